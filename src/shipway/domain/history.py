"""Commits gathered into releases, newest first, while they are still being read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from shipway.domain.bump import Level
from shipway.domain.cancel import Entry, surviving
from shipway.domain.commit import DEFAULT_RULES, Change, Rules, read_message
from shipway.domain.version import Version


class Commit(NamedTuple):
    """One commit as git gives it; names, addresses and message are untrusted text."""

    sha: str
    parents: tuple[str, ...]
    time: int  # committer's, seconds since 1970
    name: str
    email: str
    message: str


@dataclass(frozen=True, slots=True)
class Contributor:
    """An author of commits, as git knows them; untrusted text."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Section:
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


@dataclass(frozen=True, slots=True)
class Tagged:
    """A version's tag on a commit."""

    tag: str
    version: Version


class History:
    """Sorts commits, given newest first and children before parents, into the releases that contain them.

    A commit belongs to the oldest release that it can be reached from. Only what can still grow is kept.
    """

    def __init__(self, tags: Mapping[str, Tagged], rules: Rules = DEFAULT_RULES) -> None:
        self._tags = tags
        self._rules = rules
        self._owner: dict[str, int] = {}
        self._open: dict[int, _Release] = {0: _Release(None)}
        self._count = 1

    def read(self, commits: Iterable[Commit]) -> Iterator[Section]:
        """Yield each release as soon as it is complete, newest first; first what is not released yet."""
        for commit in commits:
            owner = self._owner.pop(commit.sha, 0)
            if commit.sha in self._tags:
                yield from self._closed()
                owner, self._count = self._count, self._count + 1
                self._open[owner] = _Release(self._tags[commit.sha])
            for parent in commit.parents:
                self._owner[parent] = max(self._owner.get(parent, 0), owner)
            self._open[owner].add(commit, self._rules)
        for owner in sorted(self._open):
            yield self._open[owner].section()

    def _closed(self) -> Iterator[Section]:
        """Releases that no commit still to come can belong to, up to the newest that is not yet complete."""
        awaited = min(self._owner.values(), default=self._count)
        while self._open and (first := min(self._open)) < awaited:
            yield self._open.pop(first).section()


class _Release:
    """A release while its commits are being read."""

    def __init__(self, tagged: Tagged | None) -> None:
        self.tagged = tagged
        self.time = 0
        self.entries: list[Entry] = []
        self.authors: dict[str, str] = {}

    def add(self, commit: Commit, rules: Rules) -> None:
        message = read_message(commit.message, rules, f"{commit.name} {commit.email}", commit.sha)
        title = commit.message.partition("\n")[0]
        self.time = self.time or commit.time
        self.authors.setdefault(commit.email, commit.name)
        self.entries.append(Entry(commit.sha, commit.parents, title, message))

    def section(self) -> Section:
        conventional = any(one.message.changes for one in self.entries)
        kept = surviving(self.entries)
        plain = () if conventional else tuple((one.sha, one.title) for one in kept if len(one.parents) < 2)
        return Section(
            version=self.tagged.version if self.tagged else None,
            tag=self.tagged.tag if self.tagged else "",
            time=self.time,
            changes=tuple(change for one in kept for change in one.message.changes),
            forced=next((one.message.forced for one in kept if one.message.forced), ""),
            contributors=tuple(Contributor(name, email) for email, name in self.authors.items()),
            shas=tuple(one.sha for one in self.entries),
            plain=plain,
        )
