"""Release lines: the main line, and maintenance lines such as `1.x` and `2.4.x`."""

import re
from typing import NamedTuple

from shipway.domain.version import Version

_BRANCH = re.compile(r"(?:.*/)?v?(0|[1-9][0-9]{0,8})(?:\.(0|[1-9][0-9]{0,8}))?\.x(?:\.x)?", re.ASCII)


class Line(NamedTuple):
    """The versions that a branch releases.

    Attributes:
        major: The only major number of a maintenance line; None on the main line.
        minor: The only minor number of a line such as `2.4.x`; None when any is allowed.
    """

    major: int | None = None
    minor: int | None = None

    @classmethod
    def of_branch(cls, branch: str) -> "Line":
        """The line that a branch's name stands for: `1.x`, `v2.4.x`, `maintenance/1.x`, else the main line."""
        found = _BRANCH.fullmatch(branch)
        if not found:
            return cls()
        return cls(int(found[1]), None if found[2] is None else int(found[2]))

    @property
    def is_main(self) -> bool:
        """Whether any version may be released from here."""
        return self.major is None

    def __str__(self) -> str:
        if self.major is None:
            return "main line"
        return f"{self.major}.x" if self.minor is None else f"{self.major}.{self.minor}.x"

    def __contains__(self, version: object) -> bool:
        return isinstance(version, Version) and self.holds(version.major, version.minor)

    def holds(self, major: int, minor: int) -> bool:
        """Whether versions that begin with these numbers belong to this line."""
        return self.major in (None, major) and self.minor in (None, minor)


MAIN_LINE = Line()
