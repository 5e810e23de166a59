"""The operations as tools of agents (Model Context Protocol): parses, calls, answers; decides nothing."""
