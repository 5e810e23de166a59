"""A document store on SQLite: everything of the twin that is not git."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Json = Any
"""Anything that JSON can say."""

Document = dict[str, Json]

_TABLES = """
CREATE TABLE IF NOT EXISTS documents(
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE(kind, scope, key));
CREATE TABLE IF NOT EXISTS counters(name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


class Store:
    """Documents by kind, scope (a repository's full name, an organisation, or "") and key.

    Documents come back as fresh copies in the order of their first `put`: change one and `put` it again.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self._depth = 0
        self._sql = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._sql.execute("PRAGMA synchronous=OFF")
        self._sql.executescript(_TABLES)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside are kept, or none when an exception leaves; the store is locked meanwhile.

        Transactions nest: what an inner one drops, the outer one may still survive.
        """
        with self.lock:
            point = f"nested{self._depth}"
            begin, keep, drop = (
                (f"SAVEPOINT {point}", f"RELEASE {point}", f"ROLLBACK TO {point}; RELEASE {point}")
                if self._depth
                else ("BEGIN", "COMMIT", "ROLLBACK")
            )
            self._sql.execute(begin)
            self._depth += 1
            try:
                yield
            except BaseException:
                self._leave(drop)
                raise
            self._leave(keep)

    @property
    def idle(self) -> bool:
        """Whether no transaction is under way."""
        return self._depth == 0

    def _leave(self, verb: str) -> None:
        self._depth -= 1
        for one in verb.split("; "):
            self._sql.execute(one)

    def get(self, kind: str, scope: str, key: str | int) -> Document | None:
        """The document, or None."""
        row = self._rows(
            "SELECT body FROM documents WHERE kind=? AND scope=? AND key=?", kind, scope, str(key)
        )
        return json.loads(row[0][0]) if row else None

    def put(self, kind: str, scope: str, key: str | int, body: Document) -> Document:
        """Create or replace a document and return it."""
        with self.lock:
            self._sql.execute(
                "INSERT INTO documents(kind, scope, key, body) VALUES(?,?,?,?)"
                " ON CONFLICT(kind, scope, key) DO UPDATE SET body=excluded.body",
                (kind, scope, str(key), json.dumps(body)),
            )
        return body

    def delete(self, kind: str, scope: str, key: str | int) -> bool:
        """Remove a document; False when there was none."""
        with self.lock:
            cursor = self._sql.execute(
                "DELETE FROM documents WHERE kind=? AND scope=? AND key=?", (kind, scope, str(key))
            )
        return cursor.rowcount > 0

    def all(self, kind: str, scope: str | None = None) -> list[Document]:
        """Every document of a kind, in one scope or in all, oldest first."""
        if scope is None:
            rows = self._rows("SELECT body FROM documents WHERE kind=? ORDER BY seq", kind)
        else:
            rows = self._rows("SELECT body FROM documents WHERE kind=? AND scope=? ORDER BY seq", kind, scope)
        return [json.loads(body) for (body,) in rows]

    def find(self, kind: str, scope: str | None = None, **equal: object) -> list[Document]:
        """The documents whose named fields equal the given values, oldest first."""
        documents = self.all(kind, scope)
        return [one for one in documents if all(one.get(name) == value for name, value in equal.items())]

    def keys(self, kind: str, scope: str) -> list[str]:
        """The keys of a kind in a scope, oldest first."""
        rows = self._rows("SELECT key FROM documents WHERE kind=? AND scope=? ORDER BY seq", kind, scope)
        return [key for (key,) in rows]

    def count(self, kind: str, scope: str) -> int:
        """How many documents of a kind a scope holds."""
        rows = self._rows("SELECT COUNT(*) FROM documents WHERE kind=? AND scope=?", kind, scope)
        return int(rows[0][0])

    def next_number(self, name: str) -> int:
        """The next of a named sequence that starts at 1 and never repeats."""
        with self.lock:
            row = self._sql.execute(
                "INSERT INTO counters VALUES(?, 1)"
                " ON CONFLICT(name) DO UPDATE SET value=value+1 RETURNING value",
                (name,),
            ).fetchall()
        return int(row[0][0])

    def skip_to(self, name: str, number: int) -> None:
        """Let a named sequence go on with this number, or a higher one where it is there already."""
        with self.lock:
            self._sql.execute(
                "INSERT INTO counters VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET value=max(value, excluded.value)",
                (name, number - 1),
            )

    def copy_to(self, other: "Store") -> None:
        """Make another store hold exactly what this one holds."""
        with self.lock:
            self._sql.backup(other._sql)  # noqa: SLF001 - another of its own kind

    def close(self) -> None:
        """Give the file back; the store is not usable afterwards."""
        self._sql.close()

    def _rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        with self.lock:
            return self._sql.execute(query, values).fetchall()
