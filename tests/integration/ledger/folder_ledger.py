"""A ledger in a folder, as a package of somebody else would bring it: a file for each record."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from shipway.domain.ledger import GENESIS, Entry, Ledger
from shipway.domain.ledger_record import LedgerRecord, ledger_at, name_of, record_after
from shipway.domain.ledger_store import LedgerMoved, LedgerStore, WholeLedger


def open_ledger(url: str, repository: str) -> LedgerStore:
    """The ledger at `folder:/path`."""
    folder = Path(url.removeprefix("folder:")) / repository.replace("/", "-")
    folder.mkdir(parents=True, exist_ok=True)
    return FolderLedger(folder)


class FolderLedger:
    """Records in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, book: str) -> Ledger:
        newest = self._newest()
        entries: tuple[Entry, ...] = ()
        sequence = newest.books.get(book, 0) if newest else 0
        while sequence:
            one = self._read(name_of(sequence))
            entries, sequence = (*one.entries, *entries), one.before
        return ledger_at(newest, book, entries)

    def append(self, before: Ledger, after: Ledger, pages: Mapping[str, str]) -> Ledger:
        one = record_after(self._read(before.commit) if before.commit else None, before, after)
        with tempfile.NamedTemporaryFile("w", dir=self._folder, prefix=".") as file:
            file.write(one.to_text())
            file.flush()
            try:
                os.link(file.name, self._folder / one.name)
            except FileExistsError as problem:
                raise LedgerMoved("Somebody else wrote to the ledger first.") from problem
        return replace(after, commit=one.name, log="")

    def whole(self) -> WholeLedger:
        records = [self._read(name) for name in reversed(self._names())]
        entries = tuple(entry for one in records for entry in one.entries)
        return WholeLedger(
            self._names()[0] if records else "", entries, entries[-1].hash if entries else GENESIS
        )

    def _names(self) -> list[str]:
        return sorted(path.name for path in self._folder.glob("[0-9]*.json"))

    def _newest(self) -> LedgerRecord | None:
        return self._read(self._names()[0]) if self._names() else None

    def _read(self, name: str) -> LedgerRecord:
        return LedgerRecord.from_text((self._folder / name).read_text())
