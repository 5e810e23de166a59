"""GitHub's own description of its API, as checks on what the twin answers and on what clients send."""
