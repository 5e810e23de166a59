"""A small GitHub over real HTTP, for the demo, for rehearsals and for tests."""
