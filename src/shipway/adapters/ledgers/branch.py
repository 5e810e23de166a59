"""The ledger's branch in a clone, byte for byte: its files, and what each of its commits changed."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Self, cast

from shipway.domain.ledger_audit import BOOK, Change
from shipway.errors import InputError


class LedgerBranch:
    """A branch at a commit.

    Args:
        root: Folder of the clone, which has the commit with all its ancestors.
    """

    def __init__(self, root: Path, commit: str) -> None:
        self._root, self._commit = root, commit

    def files(self) -> Mapping[str, bytes]:
        """Path → content of every file; a link holds where it leads."""
        listed = self._git("ls-tree", "-r", "-z", "--full-tree", self._commit)
        rows = (row.partition("\t") for row in _text(listed).split("\0") if row)
        with _Blobs(self._root) as blobs:
            return {path: blobs.read(about.split()[2]) for about, _, path in rows}

    def changes(self, without: str = "") -> Iterator[Change]:
        """Every commit, oldest first; of files other than books only that they changed.

        Args:
            without: A commit that is left out with all before it; empty for none.
        """
        since = [f"^{without}"] if without else []
        log = self._git(
            *(
                "log",
                "--reverse",
                "--topo-order",
                "--raw",
                "--no-abbrev",
                "--no-renames",
                "-m",
                "--root",
                "-z",
            ),
            *("--format=%x01%H %P%x02", self._commit, *since, "--"),
        )
        with _Blobs(self._root) as blobs:
            for part in _text(log).split("\1")[1:]:
                about, _, rows = part.partition("\2")
                commit, *parents = about.split()
                yield Change(commit, tuple(parents), dict(_changed(rows.strip("\0\n"), blobs)))

    def brought(self, entry_hash: str) -> str:
        """The commit that brought the entry with this hash about environments or the ledger; empty for none."""
        wanted = f'"hash":"{entry_hash}"'
        log = self._git("log", "--reverse", "--format=%H", "-S", wanted, self._commit, "--", "environments/")
        return _text(log).partition("\n")[0]

    def _git(self, *arguments: str) -> bytes:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self._root,
            env={**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise InputError(
                f"git {arguments[0]} failed on the ledger: {done.stderr.decode(errors='replace').strip()}",
                "Fetch it anew: git fetch origin shipway-ledger",
                reason_code="ledger-broken",
            )
        return done.stdout


class _Blobs:
    """One `git cat-file` that is asked for one blob after the other."""

    def __init__(self, root: Path) -> None:
        self._process = subprocess.Popen(
            ["git", "cat-file", "--batch"], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def read(self, blob: str) -> bytes:
        """What it holds."""
        given, answers = cast("BinaryIO", self._process.stdin), cast("BinaryIO", self._process.stdout)
        given.write(f"{blob}\n".encode())
        given.flush()
        head = answers.readline().split()
        content = answers.read(int(head[2]) + 1) if len(head) == 3 else b"\n"
        return content[:-1]


def _changed(rows: str, blobs: _Blobs) -> Iterator[tuple[str, bytes | None]]:
    """Path and content for each `:MODE MODE BLOB BLOB STATUS NUL PATH`."""
    parts = rows.split("\0") if rows else []
    for about, path in zip(parts[::2], parts[1::2], strict=True):
        blob = about.split()[3]
        gone = not blob.strip("0")
        yield path, None if gone else blobs.read(blob) if BOOK.fullmatch(path) else b""


def _text(output: bytes) -> str:
    return output.decode("utf-8", "surrogateescape")
