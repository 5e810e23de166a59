"""Which commits of a range count: reverts cancel, merges of what is there anyway are dropped (rules 9, 11)."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from heapq import heappop, heappush
from itertools import islice
from typing import NamedTuple

from shipway.domain.commit.change import Change, Reverted
from shipway.domain.commit.header import merged_number, split_number

_RULE = 11
_SIDE, _MAIN = 1, 2


class Entry(NamedTuple):
    """A commit of the range and what its message says.

    Attributes:
        parents: Their names, separated by spaces, as git gives them.
        title: The first line as it stands.
        changes: What counts of it.
        conventional: Whether it follows Conventional Commits, even if nothing of it counts.
        forced: The version that it forces.
        merge: Whether it speaks for a merged pull request.
        header: The title of that pull request.
    """

    sha: str
    parents: str
    title: str
    changes: tuple[Change, ...] = ()
    conventional: bool = False
    forced: str = ""
    merge: bool = False
    header: str = ""


def surviving(entries: Sequence[Entry]) -> list[Entry]:
    """The commits that count, newest first as given, with the changes that count.

    A revert that finds what it reverts goes with it; one that is itself reverted cancels nothing; one that
    finds nothing stays, as a patch. The merge of a pull request goes when its commits are in the range.
    """
    if not any(map(_matters, entries)):
        return list(entries)
    return list(_Range(entries).surviving())


def _matters(entry: Entry) -> bool:
    if not entry.changes:
        return entry.merge
    return entry.merge or " " in entry.parents or any(change.reverts for change in entry.changes)


class _Range:
    """The commits, found by what reverts name them by."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self.place = {entry.sha: index for index, entry in enumerate(entries)}

    @cached_property
    def _ordered(self) -> list[str]:
        """All commits, to find those that begin alike; most reverts name theirs in full."""
        return sorted(self.place)

    @cached_property
    def _names(self) -> tuple[dict[int, list[int]], dict[str, list[int]]]:
        """Where pull requests and titles stand; most reverts name a commit alone and need neither."""
        numbers: dict[int, list[int]] = {}
        titles: dict[str, list[int]] = {}
        for index, entry in enumerate(self.entries):
            for title in dict.fromkeys((entry.title, entry.header or entry.title)):
                bare, number = split_number(title)
                titles.setdefault(bare, []).append(index)
                if number is None and entry.merge:
                    number = merged_number(title)
                if number is not None:
                    numbers.setdefault(number, []).append(index)
        return numbers, titles

    def surviving(self) -> Iterator[Entry]:
        """Walk from the newest to the oldest, so that a revert that is itself reverted cancels nothing."""
        gone: set[int] = set()
        for index, entry in enumerate(self.entries):
            if index in gone:
                continue
            if not entry.changes:
                yield entry
                continue
            kept: list[Change] = []
            for change in entry.changes:
                targets = self._targets(change.reverts, index, gone) if change.reverts else set()
                gone |= targets
                if not (targets and (change.type == "revert" or change.rules[0] == _RULE)):
                    kept.append(change)
            if " " in entry.parents and self._repeats(entry):
                kept = []
            yield entry if len(kept) == len(entry.changes) else entry._replace(changes=tuple(kept))

    def _repeats(self, entry: Entry) -> bool:
        """Whether a merge only says again what its commits say; a title of its own stands beside prose."""
        side = self._side(entry)
        return bool(side) and (entry.merge or any(self.entries[place].conventional for place in side))

    def _targets(self, reverts: Reverted, own: int, gone: set[int]) -> set[int]:
        """By commit, then by pull request, then by header: the newest one that still stands."""
        found = {place for sha in reverts.shas for place in self._by_prefix(sha)} - {own}
        if not found and (reverts.pull_requests or reverts.header):
            numbers, titles = self._names
            found = {place for one in reverts.pull_requests for place in numbers.get(one, ()) if place > own}
            if not found and reverts.header:
                older = (one for one in titles.get(reverts.header, ()) if one > own and one not in gone)
                found = set(islice(older, 1))
        return found.union(*(self._side(self.entries[place]) for place in found))

    def _by_prefix(self, sha: str) -> Iterator[int]:
        if sha in self.place:
            yield self.place[sha]
        if len(sha) >= len(self.entries[0].sha):
            return
        for full in self._ordered[bisect_left(self._ordered, sha) :]:
            if not full.startswith(sha):
                return
            yield self.place[full]

    def _side(self, merge: Entry) -> set[int]:
        """The commits of the range that a merge brought in: reached from its later parents only.

        Parents stand after their children, so a commit's colour is settled when it is its turn; the walk ends
        where the branches part.
        """
        first, *others = merge.parents.split() or [""]
        if not others:
            return set()
        colours: dict[int, int] = {}
        waiting: list[int] = []
        found: set[int] = set()

        def paint(shas: Iterable[str], colour: int) -> None:
            for place in (self.place[sha] for sha in shas if sha in self.place):
                if place not in colours:
                    heappush(waiting, place)
                colours[place] = colours.get(place, 0) | colour

        paint(others, _SIDE)
        paint([first], _MAIN)
        while any(colours[place] == _SIDE for place in waiting):
            place = heappop(waiting)
            if colours[place] == _SIDE:
                found.add(place)
            paint(self.entries[place].parents.split(), colours[place])
        return found
