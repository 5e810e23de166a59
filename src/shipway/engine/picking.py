"""Picks commits in the clone, without its work tree: nothing is pushed before it is known that all of them fit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shipway.adapters import git_merge
from shipway.domain.facts import Oid, Picked
from shipway.domain.hotfix.base import Base
from shipway.domain.hotfix.picking import (
    ABBREVIATED,
    foreign_pick,
    merge_picked,
    pick_conflicts,
    picked_message,
    reference,
    unknown_pick,
)
from shipway.engine.source import Source


@dataclass(frozen=True, slots=True)
class Picks:
    """What is to be picked.

    Attributes:
        asked: Hashes of commits, in the order in which they are picked.
        base: What the hotfix repairs.
        branch: Of the hotfix.
        only: Heads besides the default branch of which commits are picked; None for those of all branches.
        at: When they are picked.
    """

    asked: tuple[str, ...]
    source: Source
    base: Base
    branch: str
    only: tuple[Oid, ...] | None
    at: datetime

    def onto(self, head: Oid, *, begun: bool) -> Picked:
        """Pick what is not there yet.

        Args:
            head: What the hotfix holds so far.
            begun: Whether its branch is there.

        Raises:
            UsageError: `pick-unknown`, `pick-merge`.
            InputError: `pick-conflict`.
        """
        self.source.need_commit(head)
        new, there = list[Oid](), list[Oid]()
        top = head
        commits = [self._commit(text) for text in self.asked]
        for commit in commits:
            made = top if self._holds(top, commit) else self._picked(top, commit, begun=begun)
            (there if made == top else new).append(commit)
            top = made
        return Picked(top, tuple(new), tuple(there))

    def _commit(self, text: str) -> Oid:
        if not ABBREVIATED.fullmatch(text):
            raise unknown_pick(text)
        clone, remote = self.source.clone, self.source.remote
        for heads in self._heads():
            commit = clone.commit(text)
            if commit.startswith(text) and any(clone.contains(head, commit) for head in heads):
                return commit
        raise unknown_pick(text) if self.only is None else foreign_pick(text, remote.default)

    def _heads(self) -> Iterator[list[Oid]]:
        """Heads of the default branch, then the others; GitHub would give forks' commits too, which nobody let in."""
        remote = self.source.remote
        self.source.need(remote.default)
        yield [remote.heads[remote.default]]
        if self.only is None:
            self.source.need(*remote.heads)
        for head in self.only or ():
            self.source.need_commit(head)
        yield [*(remote.heads.values() if self.only is None else self.only)]

    def _holds(self, head: Oid, commit: Oid) -> bool:
        clone = self.source.clone
        return clone.contains(head, commit) or bool(clone.saying(reference(commit), self.base.commit, head))

    def _picked(self, top: Oid, commit: Oid, *, begun: bool) -> Oid:
        """The commit that picking makes; the one before, where it would change nothing."""
        clone = self.source.clone
        parents = clone.parents(commit)
        if len(parents) != 1:
            raise merge_picked(commit)
        found = git_merge.picked(clone.root, top, commit, parents[0])
        if found.conflicts:
            raise pick_conflicts(commit, self.asked, found.conflicts, self.base, self.branch, begun=begun)
        message = picked_message(clone.message(commit), commit)
        made = git_merge.recommitted(clone.root, found.tree, top, commit, message, self.at)
        return top if clone.same_files(made, top) else made
