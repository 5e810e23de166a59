"""Commits gathered into releases, newest first, while they are still being read."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from shipway.domain.cancel import Entry, surviving
from shipway.domain.commit import DEFAULT_RULES, Rules
from shipway.domain.commit.message import read_message
from shipway.domain.commit.quick import PROSE, QuickReader
from shipway.domain.log import Commit, OutOfOrder
from shipway.domain.section import Contributor, Section
from shipway.domain.version import Version

SOURCE = re.compile(r"^Shipway-Source: ([0-9a-f]{40,64})$", re.MULTILINE)
"""Names, in a release's commit, the commit that it was cut from."""
_entry: Callable[[tuple[object, ...]], Entry] = partial(tuple.__new__, Entry)  # at twice the speed


class Tagged(NamedTuple):
    """A version's tag on a commit."""

    tag: str
    version: Version


class History:
    """Sorts commits, given newest first and children before parents, into the releases that contain them.

    A commit belongs to the oldest release that it can be reached from. Only what can still grow is kept.

    Args:
        tags: Commit → release.
        rules: What messages mean.
        wanted: Types whose changes are kept besides those that ask for a release; None keeps all.
    """

    def __init__(
        self, tags: Mapping[str, Tagged], rules: Rules = DEFAULT_RULES, wanted: frozenset[str] | None = None
    ) -> None:
        self._tags = tags
        self._reader = _Reader(rules, wanted)
        self._owner: dict[str, int] = {}
        self._open: dict[int, _Release] = {0: _Release(None)}
        self._count = 1
        self._passed: set[str] = set()

    def read(self, commits: Iterable[Commit]) -> Iterator[Section]:
        """Yield each release as soon as it is complete, newest first; first what is not released yet.

        Raises:
            OutOfOrder: A parent came before its child.
        """
        owners, tags, releases, entry = self._owner, self._tags, self._open, self._reader.entry
        passed = self._passed
        for commit in commits:
            sha, parents, time, name, email, message = commit
            owner = owners.pop(sha, 0)
            if owners:  # others are awaited, of which one may turn out to be a child of this
                passed.add(sha)
            if sha in tags:
                yield from self._closed()
                owner = self._begun(tags[sha], message)
            if " " in parents or parents in owners or parents in passed:
                self._await(parents.split(), owner)
            elif parents:
                owners[parents] = owner
            release = releases[owner]
            release.entries.append(entry(commit))
            release.authors[email] = name
            if not release.time:
                release.time = time
        for owner in sorted(releases):
            yield releases[owner].section()

    def _await(self, parents: Iterable[str], owner: int) -> None:
        """Remember that the parents belong to a release, unless an older one claims them."""
        for parent in parents:
            if parent in self._passed:
                raise OutOfOrder
            self._owner[parent] = max(self._owner.get(parent, 0), owner)

    def _begun(self, tagged: Tagged, message: str) -> int:
        """A release from here on, with what it was cut from: squashed, it does not have that as a parent."""
        owner, self._count = self._count, self._count + 1
        self._open[owner] = _Release(tagged)
        source = SOURCE.search(message)
        if source and source[1] not in self._passed:
            self._await([source[1]], owner)
        return owner

    def _closed(self) -> Iterator[Section]:
        """Releases that no commit still to come can belong to, up to the newest that is not yet complete."""
        awaited = min(self._owner.values(), default=self._count)
        while self._open and (first := min(self._open)) < awaited:
            yield self._open.pop(first).section()


class _Reader:
    """Turns commits into entries."""

    def __init__(self, rules: Rules, wanted: frozenset[str] | None) -> None:
        self._rules = rules
        self._quick = QuickReader(rules, wanted).read

    def entry(self, commit: Commit) -> Entry:
        sha, parents, _, name, email, text = commit
        if "\r" in text:  # many who write in a browser's form; rule 2
            text = text.replace("\r\n", "\n")
        title = text.partition("\n")[0]
        found = self._quick(text, title, sha)
        if found is None:
            message = read_message(text, self._rules, f"{name} {email}", sha)
            changes = message.changes
            return Entry(
                sha, parents, title, changes, bool(changes), message.forced, message.merge, message.header
            )
        if isinstance(found, str):
            return _entry((sha, parents, title, (), found != PROSE, "", False, ""))
        return _entry((sha, parents, title, (found,), True, "", False, ""))


class _Release:
    """A release while its commits are being read."""

    __slots__ = ("authors", "entries", "tagged", "time")

    def __init__(self, tagged: Tagged | None) -> None:
        self.tagged = tagged
        self.time = ""
        self.entries: list[Entry] = []
        self.authors: dict[str, str] = {}

    def section(self) -> Section:
        conventional = any(one.conventional for one in self.entries)
        kept = surviving(self.entries)
        return Section(
            version=self.tagged.version if self.tagged else None,
            tag=self.tagged.tag if self.tagged else "",
            time=int(self.time or 0),
            changes=tuple(change for one in kept for change in one.changes),
            forced=next((one.forced for one in kept if one.forced), ""),
            contributors=tuple(map(Contributor, self.authors.values(), self.authors)),
            shas=tuple(one.sha for one in self.entries),
            plain=()
            if conventional
            else tuple((one.sha, one.title) for one in kept if " " not in one.parents),
        )
