"""What the files of the ledger branch have to say, computed from the entries alone."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256

from shipway.domain.debts import debts_after
from shipway.domain.ledger import GENESIS, Entry
from shipway.domain.record import HEAD_PATH, book_of, head_text, open_after, unnumbered
from shipway.domain.standings import standings_after

README_PATH = "README.md"
README = """# Ledger

Every entry that Shipway wrote about releases of this repository, one commit an entry or more. Nothing here is
edited by hand: `shipway audit verify` finds every change, removal and reorder.
"""

_STAMP = re.compile(r"<!-- shipway:report (?P<head>[0-9a-f]{64}) (?P<digest>[0-9a-f]{64}) -->\n")


def stamped(page: str, head: str) -> str:
    """A report with its own digest at its end, and the hash of the newest entry that it shows."""
    text = page if page.endswith("\n") else f"{page}\n"
    return f"{text}<!-- shipway:report {head} {_digest(text, head)} -->\n"


def _digest(text: str, head: str) -> str:
    return sha256(f"{head}\n{text}".encode()).hexdigest()


def says_the_same(path: str, written: bytes, due: str) -> bool:
    """Whether a file is what the entries make of it, also by the rules of when it was written."""
    forms = {due, unnumbered(due)} if path == HEAD_PATH else {due}
    return written in {one.encode() for one in forms}


def shown_by(page: str) -> str:
    """Hash of the newest entry that a stamped report shows; empty when the report was changed."""
    start = page.rfind("<!-- shipway:report ")
    found = _STAMP.fullmatch(page[max(start, 0) :])
    return found["head"] if found and found["digest"] == _digest(page[:start], found["head"]) else ""


def branch_files(entries: Sequence[Entry]) -> dict[str, str]:
    """Path → text of all files but the log and the reports."""
    books: dict[str, list[str]] = {}
    for entry in entries:
        books.setdefault(book_of(entry.event), []).append(f"{entry.to_line()}\n")
    texts = {book: "".join(lines) for book, lines in books.items()}
    return {**texts, HEAD_PATH: _head(entries), README_PATH: README}


def _head(entries: Sequence[Entry]) -> str:
    events = [entry.event for entry in entries]
    last = entries[-1] if entries else None
    return head_text(
        last.sequence if last else 0,
        last.hash if last else GENESIS,
        _open(entries),
        standings_after({}, events),
        debts_after({}, events),
    )


def _open(entries: Sequence[Entry]) -> Mapping[str, str]:
    """Releases that have begun and not ended: event by event, as they were recorded."""
    still_open: Mapping[str, str] = {}
    completed: set[str] = set()
    for event in (entry.event for entry in entries):
        book = book_of(event)
        still_open = open_after(still_open, [event], completed=book in completed)
        completed |= {book} if event.kind == "completed" else set()
    return still_open
