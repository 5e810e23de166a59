"""Puts the parts together, for each kind of command; the only place that knows every adapter."""
