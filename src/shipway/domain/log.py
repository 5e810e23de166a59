"""Commits as git tells of them, before anything is made of their messages."""

from typing import NamedTuple


class Commit(NamedTuple):
    """One commit as git gives it: text, none of it to be trusted.

    Attributes:
        parents: Their names, separated by spaces.
        time: The committer's, in seconds since 1970.
    """

    sha: str
    parents: str
    time: str
    name: str
    email: str
    message: str


class OutOfOrder(Exception):
    """A commit came after its parent: the clocks of its makers disagreed. Sort by ancestry, then read again."""
