"""What one release contains, once its commits have been read."""

from typing import NamedTuple

from shipway.domain.bump import Level
from shipway.domain.commit import Change
from shipway.domain.version import Version


class Contributor(NamedTuple):
    """An author of commits, as git knows them; untrusted text."""

    name: str
    email: str


class Section(NamedTuple):
    """What one release contains.

    Attributes:
        version: None for what is not released yet.
        tag: Its tag; empty when not released.
        time: When its newest commit was made, seconds since 1970.
        changes: After reverts have cancelled what they revert; newest first.
        forced: The version that the newest `Release-As:` names (rule 12); empty when none does.
        contributors: Authors of all its commits, newest first.
        shas: Its commits, newest first.
        plain: Headers of all commits with their sha, when not one of them is conventional; else empty.
    """

    version: Version | None
    tag: str
    time: int
    changes: tuple[Change, ...]
    forced: str
    contributors: tuple[Contributor, ...]
    shas: tuple[str, ...]
    plain: tuple[tuple[str, str], ...] = ()

    @property
    def level(self) -> Level:
        """What its changes ask for together."""
        return max((change.level for change in self.changes), default=Level.NONE)

    @property
    def breaking(self) -> tuple[Change, ...]:
        """Its changes that break those who depend on us."""
        return tuple(change for change in self.changes if change.breaking)

    @property
    def pull_requests(self) -> tuple[int, ...]:
        """Numbers in the headers of its changes, each once."""
        numbers = (change.pull_request for change in self.changes)
        return tuple(dict.fromkeys(number for number in numbers if number is not None))
