"""Which commits of a range count: reverts cancel, merges of what is there anyway are dropped (rules 9, 11)."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from shipway.domain.commit.change import Change, Message, Reverted
from shipway.domain.commit.header import split_number

_RULE = 11


class Entry(NamedTuple):
    """A commit of the range and what its message says."""

    sha: str
    parents: tuple[str, ...]
    title: str  # the first line as it stands, before a merge's is replaced
    message: Message


def surviving(entries: Sequence[Entry]) -> list[Entry]:
    """The commits that count, newest first as given, with the changes that count.

    A revert that finds what it reverts goes with it; one that is itself reverted cancels nothing; one that
    finds nothing stays, as a patch. The merge of a pull request goes when its commits are in the range.
    """
    if not any(len(one.parents) > 1 or _reverts(one) for one in entries):
        return list(entries)
    return list(_Range(entries).surviving())


def _reverts(entry: Entry) -> list[Reverted]:
    return [change.reverts for change in entry.message.changes if change.reverts]


class _Range:
    """The commits, found by what reverts name them by."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self.place = {entry.sha: index for index, entry in enumerate(entries)}
        self.ordered = sorted(self.place)
        self.numbers: dict[int, list[int]] = {}
        self.titles: dict[str, list[int]] = {}
        for index, entry in enumerate(entries):
            if entry.message.pull_request is not None:
                self.numbers.setdefault(entry.message.pull_request, []).append(index)
            for title in {_bare(entry.title), _bare(entry.message.header)}:
                self.titles.setdefault(title, []).append(index)

    def surviving(self) -> Iterator[Entry]:
        """Walk from the newest to the oldest, so that a revert that is itself reverted cancels nothing."""
        gone: set[int] = set()
        for index, entry in enumerate(self.entries):
            if index in gone:
                continue
            kept: list[Change] = []
            for change in entry.message.changes:
                targets = self._targets(change.reverts, index, gone) if change.reverts else set()
                gone |= targets
                if not (targets and (change.type == "revert" or change.rules[0] == _RULE)):
                    kept.append(change)
            if entry.message.merge and self._side(entry):
                kept = []
            yield entry._replace(message=replace(entry.message, changes=tuple(kept)))

    def _targets(self, reverts: Reverted, own: int, gone: set[int]) -> set[int]:
        """By commit, then by pull request, then by header: the newest one that still stands."""
        found = {place for sha in reverts.shas for place in self._by_prefix(sha)} - {own}
        if not found:
            found = {
                place for one in reverts.pull_requests for place in self.numbers.get(one, ()) if place > own
            }
        if not found and reverts.header:
            older = (one for one in self.titles.get(reverts.header, ()) if one > own and one not in gone)
            found = set(islice(older, 1))
        return found.union(*(self._side(self.entries[place]) for place in found))

    def _by_prefix(self, sha: str) -> Iterator[int]:
        for full in self.ordered[bisect_left(self.ordered, sha) :]:
            if not full.startswith(sha):
                return
            yield self.place[full]

    def _side(self, merge: Entry) -> set[int]:
        """The commits of the range that a merge brought in: reached from its later parents only."""
        if len(merge.parents) < 2:
            return set()
        main = self._reached(merge.parents[:1], set())
        return self._reached(merge.parents[1:], main)

    def _reached(self, shas: Sequence[str], known: set[int]) -> set[int]:
        found: set[int] = set()
        waiting = list(shas)
        while waiting:
            place = self.place.get(waiting.pop(), -1)
            if place >= 0 and place not in found and place not in known:
                found.add(place)
                waiting += self.entries[place].parents
        return found


def _bare(title: str) -> str:
    return split_number(title)[0]
