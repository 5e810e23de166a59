"""The number of the form in which results are given to programs."""

SCHEMA = 1
"""Raised when a field changes its meaning or goes; fields may be added without. `docs/reference/json.md` has them."""
