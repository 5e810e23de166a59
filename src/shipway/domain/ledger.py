"""The append-only record of everything that happened, as values with a hash chain.

Each entry carries the hash of the entry before it, whichever release that belonged to, so one number in one
place (the head) vouches for the whole history. Where the entries are kept is an adapter's business.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from hashlib import sha256
from typing import Any

from shipway.domain.standing import Standing

GENESIS = "0" * 64
"""What the first entry names as its predecessor."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a release, before it has a place in the chain.

    Attributes:
        key: Finds the event again: the same thing happening to the same subject has the same key.
        kind: ``initiated``, ``branch-cut``, ``gates``, ``pull-request``, ``merged``, ``tagged`` …
        actor: A GitHub login.
        at: When it happened, ISO 8601 in UTC.
        detail: Plain JSON.
    """

    key: str
    kind: str
    release: str
    version: str
    actor: str
    at: str
    detail: Mapping[str, Any] = field(default_factory=dict)


_NAMES = tuple(one.name for one in fields(Event))


def _row(event: Event) -> dict[str, Any]:
    """What is written of an event; its detail is plain already, which `asdict` would copy value by value."""
    return {name: getattr(event, name) for name in _NAMES}


@dataclass(frozen=True, slots=True)
class Entry:
    """An event at its place in the chain."""

    sequence: int
    event: Event
    previous: str
    hash: str

    def to_line(self) -> str:
        """One line of JSON, as the ledger stores it."""
        return canonical({"seq": self.sequence, **_row(self.event), "prev": self.previous, "hash": self.hash})

    @classmethod
    def from_line(cls, line: str) -> "Entry":
        """Read one stored line, which must be written byte for byte as `to_line` writes it.

        Raises:
            ValueError: The line is not an entry, or is one that somebody wrote in another form.
        """
        try:
            row = json.loads(line)
            place = row.pop("seq"), row.pop("prev"), row.pop("hash")
            entry = cls(place[0], Event(**row), place[1], place[2])
            written = entry.to_line()
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as problem:
            message = f"not a ledger entry: {line[:80]}"
            raise ValueError(message) from problem
        if written != line:
            message = f"not in the form in which ledger entries are written: {line[:80]}"
            raise ValueError(message)
        return entry


@dataclass(frozen=True, slots=True)
class Ledger:
    """The part of the ledger that a decision needs, at one commit of its branch.

    Attributes:
        commit: Head of the ledger branch; empty when there is none yet.
        sequence: Number of the newest entry of all; 0 when there is none.
        head: Hash of the newest entry of all.
        book: Path of the file that holds the entries at hand: those of a release, or those of environments.
        entries: Entries of the book at hand, oldest first.
        standings: Environment → how it stands.
        open_releases: Version → release id of every release that has begun and not ended.
        debts: Version of a hotfix → what it owes → until when (`shipway.domain.debts`).
        log: The audit log, one line an event, as it stands.
        full_log: What the audit log held when it was full and a new one was begun; not yet put away.
    """

    commit: str = ""
    sequence: int = 0
    head: str = GENESIS
    book: str = ""
    entries: tuple[Entry, ...] = ()
    standings: Mapping[str, Standing] = field(default_factory=dict)
    open_releases: Mapping[str, str] = field(default_factory=dict)
    debts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    log: str = ""
    full_log: str = ""

    @property
    def release_id(self) -> str:
        """The id of the release at hand; empty when it has not begun."""
        return self.entries[0].event.release if self.entries else ""

    @property
    def is_hotfix(self) -> bool:
        """Whether the release at hand began as a hotfix."""
        return bool(self.entries) and self.entries[0].event.detail.get("kind") == "hotfix"

    def standing(self, environment: str) -> Standing:
        """How an environment stands; of one that nothing happened to, nothing is known."""
        return self.standings.get(environment, Standing())

    @property
    def keys(self) -> frozenset[str]:
        """Keys of what is recorded for the release at hand."""
        return frozenset(entry.event.key for entry in self.entries)

    def newest(self, kind: str) -> Event | None:
        """The newest event of a kind in the release at hand."""
        return next((e.event for e in reversed(self.entries) if e.event.kind == kind), None)

    def append(self, events: Iterable[Event]) -> tuple[Entry, ...]:
        """Chain events to the head; the ledger itself is unchanged."""
        chained: list[Entry] = []
        previous, sequence = self.head, self.sequence
        for event in events:
            sequence += 1
            entry = Entry(sequence, event, previous, digest_of(sequence, event, previous))
            chained.append(entry)
            previous = entry.hash
        return tuple(chained)


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong with a ledger, and where.

    Attributes:
        sequence: Number of the entry; 0 where it is not about one.
        path: File, object or commit that it is about; empty when it is about the entry itself.
    """

    sequence: int
    problem: str
    path: str = ""

    def __str__(self) -> str:
        return f"{self.path or f'entry {self.sequence}'}: {self.problem}"


def canonical(value: Any) -> str:
    """JSON with sorted keys, no spaces and only ASCII: equal values give equal bytes, and always one line."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest_of(sequence: int, event: Event, previous: str) -> str:
    """The hash that an entry must carry."""
    return sha256(canonical({"seq": sequence, **_row(event), "prev": previous}).encode()).hexdigest()


def first_flaw(ledger: Ledger) -> Flaw | None:
    """What the entries of one release alone show of tampering; `flaws` sees more, with the whole ledger."""
    before: Entry | None = None
    for entry in ledger.entries:
        if entry.hash != digest_of(entry.sequence, entry.event, entry.previous):
            return Flaw(entry.sequence, "its content was changed after it was written")
        if before and before.sequence + 1 == entry.sequence and before.hash != entry.previous:
            return Flaw(entry.sequence, "it does not follow the entry before it")
        before = entry
    if before and before.sequence == ledger.sequence and before.hash != ledger.head:
        return Flaw(before.sequence, "the recorded head is another")
    return None


def flaws(entries: Sequence[Entry], head: str, anchors: Mapping[int, str]) -> tuple[Flaw, ...]:
    """Everything that shows tampering: edits, removals, reorders, and history that others saw differently.

    Args:
        entries: All entries in the order of their numbers.
        head: The hash that the ledger says it ends with.
        anchors: Sequence → hash as seen outside the ledger (in GitHub Releases and deployments).
    """
    found: list[Flaw] = []
    previous = GENESIS
    for number, entry in enumerate(entries, start=1):
        if entry.sequence != number:
            found.append(
                Flaw(number, f"entry {number} is missing; entry {entry.sequence} stands in its place")
            )
            break
        if entry.previous != previous:
            found.append(Flaw(number, "it does not follow the entry before it"))
        if entry.hash != digest_of(entry.sequence, entry.event, entry.previous):
            found.append(Flaw(number, "its content was changed after it was written"))
        previous = entry.hash
    if not found and previous != head:
        found.append(Flaw(len(entries), "the newest entries were removed: the recorded head is another"))
    by_number = {entry.sequence: entry.hash for entry in entries}
    found.extend(
        Flaw(number, "it was different when a release or deployment quoted it")
        for number, quoted in sorted(anchors.items())
        if by_number.get(number) != quoted
    )
    return tuple(found)
