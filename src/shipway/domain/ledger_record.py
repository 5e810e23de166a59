"""One record of a ledger as one object: for stores that put whole objects and cannot change them.

Objects are named for the number of their first entry, counted down, so that the newest comes first in a list. A
store that puts an object only where none is has all that it takes: two writers who saw the same head want the same
name, and one of them gets it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from shipway.domain import record
from shipway.domain.debts import Debts
from shipway.domain.ledger import Entry, Ledger, canonical
from shipway.domain.standing import Standing
from shipway.domain.standings import FORMAT

CEILING = 10**12
"""Higher than any number of an entry; twelve digits keep names in order."""


@dataclass(frozen=True, slots=True)
class LedgerRecord:
    """What one append wrote, and the state of the ledger after it.

    Attributes:
        book: Which book the entries belong to.
        entries: Those of this record, oldest first.
        before: Number of the first entry of the record before this one in the same book; 0 for none.
        books: Book → number of the first entry of its newest record, this one included.
        standings: Environment → how it stands afterwards.
        open_releases: Version → release id afterwards.
        debts: What hotfixes owe afterwards.
        format: Of the state afterwards; 0 in those written before it had a number, which are of format 1.
    """

    book: str
    entries: tuple[Entry, ...]
    before: int = 0
    books: Mapping[str, int] = field(default_factory=dict)
    standings: Mapping[str, Standing] = field(default_factory=dict)
    open_releases: Mapping[str, str] = field(default_factory=dict)
    debts: Debts = field(default_factory=dict)
    format: int = FORMAT

    @property
    def name(self) -> str:
        """What its object is called."""
        return name_of(self.entries[0].sequence)

    def to_text(self) -> str:
        """As it is stored: equal records are equal byte for byte."""
        return canonical(
            {
                "book": self.book,
                "before": self.before,
                "books": self.books,
                "entries": [entry.to_line() for entry in self.entries],
                "environments": {name: one.to_json() for name, one in self.standings.items()},
                "open": self.open_releases,
                **({"debts": self.debts} if self.debts else {}),
                **({"format": self.format} if self.format else {}),
            }
        )

    @classmethod
    def from_text(cls, text: str) -> "LedgerRecord":
        """Read a stored one.

        Raises:
            ValueError: It is none, or is not as `to_text` writes it.
        """
        try:
            row: dict[str, Any] = json.loads(text)
            found = cls(
                book=row["book"],
                entries=tuple(map(Entry.from_line, row["entries"])),
                before=row["before"],
                books=row["books"],
                standings={name: Standing.from_json(one) for name, one in row["environments"].items()},
                open_releases=row["open"],
                debts=row.get("debts", {}),
                format=row.get("format", 0),
            )
            same = found.entries != () and found.to_text() == text
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as problem:
            message = f"not a ledger record: {text[:80]}"
            raise ValueError(message) from problem
        if not same:
            message = f"not in the form in which ledger records are written: {text[:80]}"
            raise ValueError(message)
        return found


def name_of(sequence: int) -> str:
    """The name of the object whose first entry has this number."""
    return f"{CEILING - sequence:012d}-{sequence}.json"


def record_after(newest: LedgerRecord | None, before: Ledger, after: Ledger) -> LedgerRecord:
    """The record that brings a ledger from one state to the next.

    Args:
        newest: The newest record; None when there is none.
        before: The ledger that ends with it.
        after: The ledger with the new entries.
    """
    entries = after.entries[len(before.entries) :]
    books = newest.books if newest else {}
    return LedgerRecord(
        book=after.book,
        entries=entries,
        before=books.get(after.book, 0),
        books={**books, after.book: entries[0].sequence},
        standings=after.standings,
        open_releases=after.open_releases,
        debts=after.debts,
    )


def ledger_at(newest: LedgerRecord | None, book: str, entries: tuple[Entry, ...]) -> Ledger:
    """The ledger that ends with a record, with the entries of one book."""
    if newest is None:
        return Ledger(book=book)
    last = newest.entries[-1]
    return Ledger(
        commit=newest.name,
        sequence=last.sequence,
        head=last.hash,
        book=book,
        entries=entries,
        standings=newest.standings,
        open_releases=newest.open_releases,
        debts=newest.debts,
    )


def replayed(records: Iterable[LedgerRecord]) -> Iterator[LedgerRecord]:
    """What each of these records, oldest first, has to be by the entries of all before it."""
    newest: LedgerRecord | None = None
    of_book: dict[str, tuple[Entry, ...]] = {}
    for one in records:
        before = ledger_at(newest, one.book, of_book.get(one.book, ()))
        after = record.after(before, [entry.event for entry in one.entries])
        newest = replace(record_after(newest, before, after), format=one.format)
        of_book[one.book] = after.entries
        yield newest
