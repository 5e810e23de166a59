"""Cuts of the ledger's branch, and who answers for them.

A branch that was set back by force stays suspicious for as long as GitHub remembers the move, also where somebody
did it to heal the ledger. An acknowledgement is an entry by which somebody answers for one such cut and names what it
lost. It holds the commits before and after, so it was written after both; a later cut, even between the same two, has
another number.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shipway.domain.ledger import Entry, Event, Flaw, digest_of

KIND = "cut-acknowledged"
"""Kind of the event."""

NAMED = 5
"""Lost entries that a sentence names; all of them stand in the entry."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A move of the branch that may have lost something, by GitHub's own record.

    Attributes:
        id: GitHub's number of the move.
        before: Commit that it stood at.
        after: Commit that it was set to; zeros where it was deleted.
        deleted: Whether the branch was deleted, and not set elsewhere by force.
        at: ISO 8601.
    """

    id: int
    before: str
    after: str
    deleted: bool
    by: str
    at: str

    @property
    def story(self) -> str:
        """What happened."""
        how = "deleted" if self.deleted else "rewritten"
        return f"it was {how} by {self.by} at {self.at}, and {self.before[:10]} was lost"

    def __str__(self) -> str:
        return f"{self.story} (cut {self.id})"

    def flaw(self, doubt: str = "") -> Flaw:
        """What is said where nobody answers for it; `doubt` says why somebody's answer does not count."""
        return Flaw(0, f"{self}{f'; {doubt}' if doubt else ''}", "the branch")


@dataclass(frozen=True, slots=True)
class LostEntry:
    """An entry that the branch does not have any more.

    Attributes:
        subjects: The deployment and the GitHub Release that it told of.
    """

    sequence: int
    hash: str
    kind: str
    version: str = ""
    subjects: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        return f"{self.sequence} {' '.join(filter(None, (self.kind, self.version)))}"

    def to_json(self) -> dict[str, Any]:
        """As the ledger keeps it."""
        row = {"seq": self.sequence, "hash": self.hash, "kind": self.kind}
        more = {"version": self.version, "subjects": list(self.subjects)}
        return row | {name: value for name, value in more.items() if value}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "LostEntry":
        """Read it back."""
        return cls(
            row["seq"], row["hash"], row["kind"], row.get("version", ""), tuple(row.get("subjects", ()))
        )


@dataclass(frozen=True, slots=True)
class Loss:
    """What a cut lost.

    Attributes:
        entries: By their numbers.
        forged: How many lines were no entries that Shipway can have written.
    """

    entries: tuple[LostEntry, ...] = ()
    forged: int = 0

    def __str__(self) -> str:
        more = len(self.entries) - NAMED
        named = ", ".join(map(str, self.entries[:NAMED])) + (f" and {more} more" if more > 0 else "")
        forged = [f"forged lines: {self.forged}"] if self.forged else []
        return "; ".join([f"lost entries: {named or 'none'}", *forged])


def subjects_of(detail: Mapping[str, Any]) -> tuple[str | int, ...]:
    """The deployment and the GitHub Release that an event tells of."""
    return tuple(detail[name] for name in ("url", "deployment") if name in detail)


def loss_of(lines: Iterable[bytes], kept: Sequence[Entry]) -> Loss:
    """What of these lines of books is not in the ledger now.

    Args:
        lines: Of every book, as every commit that was lost had them.
        kept: The entries that there are.
    """
    here = {entry.to_line().encode() for entry in kept}
    gone = {line for line in lines if line not in here}
    entries = sorted(filter(None, map(_intact, gone)), key=lambda entry: (entry.sequence, entry.hash))
    return Loss(tuple(map(_lost, entries)), len(gone) - len(entries))


def _intact(line: bytes) -> Entry | None:
    """The entry that a line holds; None where it is none, or was changed after it was written."""
    try:
        entry = Entry.from_line(line.decode("ascii"))
    except ValueError:
        return None
    return entry if entry.hash == digest_of(entry.sequence, entry.event, entry.previous) else None


def _lost(entry: Entry) -> LostEntry:
    event = entry.event
    return LostEntry(entry.sequence, entry.hash, event.kind, event.version, subjects_of(event.detail))


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """An entry by which somebody answers for a cut."""

    entry: Entry
    loss: Loss = field(default_factory=Loss)

    @property
    def by(self) -> str:
        """Who."""
        return self.entry.event.actor

    @property
    def reason(self) -> str:
        """Why."""
        return str(self.entry.event.detail.get("reason", ""))

    def is_of(self, cut: Cut) -> bool:
        """Whether it is about exactly this one."""
        detail = self.entry.event.detail
        return all(detail.get(name) == value for name, value in _identity(cut).items())

    def told(self, cut: Cut) -> str:
        """What an audit says of it."""
        self_made = ", who made it" if self.by.lower() == cut.by.lower() else ""
        return (
            f"the branch: {cut}: acknowledged by {self.by}{self_made}, at {self.entry.event.at}: {self.reason}; "
            f"{self.loss}"
        )


def _identity(cut: Cut) -> dict[str, Any]:
    return {"cut": cut.id, "before": cut.before, "after": cut.after, "deleted": cut.deleted, "cut_at": cut.at}


def acknowledgements(entries: Iterable[Entry]) -> tuple[Acknowledgement, ...]:
    """All of them, whether or not they count."""
    return tuple(
        Acknowledgement(entry, _loss_in(entry.event.detail)) for entry in entries if entry.event.kind == KIND
    )


def _loss_in(detail: Mapping[str, Any]) -> Loss:
    """As the entry names it; nothing where somebody wrote it in another form."""
    try:
        return Loss(tuple(map(LostEntry.from_json, detail["lost"])), int(detail["forged"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        return Loss()


def acknowledged(cut: Cut, loss: Loss, *, id_: str, actor: str, at: str, reason: str, run: str) -> Event:
    """The entry by which somebody answers for a cut."""
    detail = {
        **_identity(cut),
        "cut_by": cut.by,
        "lost": [one.to_json() for one in loss.entries],
        "forged": loss.forged,
        "reason": reason,
        "run": run,
    }
    return Event(f"{KIND}:{id_}", KIND, "", "", actor, at, detail)


def unnamed(cut: Cut, loss: Loss, named: Collection[LostEntry]) -> tuple[Flaw, ...]:
    """What a cut lost and nobody named when it was acknowledged."""
    known = {(one.sequence, one.hash) for one in named}
    return tuple(
        Flaw(one.sequence, f"it was lost with cut {cut.id}, whose acknowledgement does not name it")
        for one in loss.entries
        if (one.sequence, one.hash) not in known
    )
