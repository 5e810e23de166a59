"""Commits, streamed from one `git log` while git is still writing."""

import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from shipway.domain.history import Commit
from shipway.errors import InputError

_FORMAT = "%x00".join(("%H", "%P", "%ct", "%an", "%ae", "%B"))  # the fields of `Commit`
_FIELDS = len(Commit._fields)
_commit: Callable[[tuple[str, ...]], Commit] = partial(tuple.__new__, Commit)  # `_make` at twice the speed
_CHUNK = 1 << 20  # the largest pipe that Linux grants without privileges
_SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ in <fcntl.h>; Linux only


class GitLog:
    """One run of `git log`: newest first, and children before parents unless `by_date`.

    Git starts at once, so that it works while the caller still prepares.

    Args:
        root: Folder of the repository.
        include: Revision or commit that is read with all that it can be reached from.
        exclude: What is left out with all its ancestors; empty for none.
        paths: Only commits that touch one of these; all when empty.
        count: No more commits than this.
        by_date: Newest first by their makers' clocks, which git can write without knowing them all.
        also: Left out as well, as `exclude` is.

    Attributes:
        boundary: Commits just outside, which are parents of commits read, with their messages. Complete when all
            was read.
    """

    def __init__(
        self,
        root: Path,
        include: str,
        exclude: str = "",
        paths: Sequence[str] = (),
        *,
        count: int | None = None,
        by_date: bool = False,
        also: str = "",
    ) -> None:
        revisions = [include, *(f"^{one}" for one in (exclude, also) if one)]
        command = [
            "git",
            "log",
            "-z",
            "--encoding=UTF-8",
            "--no-show-signature",
            "--no-color",
        ]
        command += (
            ["--boundary", f"--format=tformat:%m{_FORMAT}"] if exclude else [f"--format=tformat:{_FORMAT}"]
        )
        self._marked = bool(exclude)
        command += [] if by_date else ["--topo-order"]
        command += [] if count is None else [f"--max-count={count}"]
        self.boundary: dict[str, str] = {}
        self._process = subprocess.Popen(
            [*command, "--end-of-options", *revisions, "--", *paths],
            cwd=root,
            env={**os.environ, "GIT_FLUSH": "0"},  # else git writes each commit by itself
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._output, self._errors = (
            cast("BinaryIO", self._process.stdout),
            cast("BinaryIO", self._process.stderr),
        )
        _widen(self._output.fileno())

    def __iter__(self) -> Iterator[Commit]:
        """Read the commits, once.

        Raises:
            InputError: `git-log` with git's own words, when it fails.
        """
        try:
            for records in self._records():
                commits = map(_commit, records)
                yield from self._inside(commits) if self._marked else commits
        finally:
            complaint = self.close()
        if complaint:
            raise InputError(
                f"git could not read the history: {complaint}",
                "Check the names of branches and tags with `git log`.",
                reason_code="git-log",
            )

    def close(self) -> str:
        """Stop git, if it still runs, and return what it complained of; empty when it did not fail."""
        with self._process, self._errors, self._output:
            self._output.close()
            words = self._errors.read().decode(errors="replace").strip()
        return words.splitlines()[0] if self._process.returncode > 0 and words else ""

    def _inside(self, commits: Iterable[Commit]) -> Iterator[Commit]:
        """Take the marks off, and the boundary aside."""
        for commit in commits:
            mark, sha = commit.sha[0], commit.sha[1:]
            if mark == "-":
                self.boundary[sha] = commit.message
            else:
                yield commit._replace(sha=sha)

    def _records(self) -> Iterator[Iterable[tuple[str, ...]]]:
        """The commits of each piece that git wrote; what it cut off waits for the next."""
        rest, fields = b"", list[str]()
        descriptor = self._output.fileno()
        while chunk := os.read(descriptor, _CHUNK):
            whole, end, tail = chunk.rpartition(b"\0")
            if not end:
                rest += chunk
                continue
            fields += _decode(rest + whole)
            yield zip(*[iter(fields)] * _FIELDS, strict=False)
            rest, fields = tail, fields[len(fields) // _FIELDS * _FIELDS :]


def _decode(fields: bytes) -> list[str]:
    try:
        return fields.decode().split("\0")
    except UnicodeDecodeError:
        return [decode(field) for field in fields.split(b"\0")]


def decode(text: bytes) -> str:
    """A message or name as text: UTF-8 if it is that, else Latin-1, which takes any bytes (rule 14)."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _widen(descriptor: int) -> None:
    """Let git write ahead of us; a smaller pipe only costs time."""
    with suppress(ImportError, OSError):
        import fcntl  # noqa: PLC0415 - not on every platform

        fcntl.fcntl(descriptor, _SET_PIPE_SIZE, _CHUNK)


def read_authors(root: Path, include: str, count: int) -> list[tuple[str, str, str]]:
    """Commit, author's address and name of the newest commits that a revision contains, as .mailmap has them."""
    command = [
        "git",
        "log",
        "-z",
        "--no-show-signature",
        f"--max-count={count}",
        "--format=tformat:%H%n%aE%n%aN",
    ]
    done = subprocess.run(
        [*command, "--end-of-options", include, "--"], cwd=root, capture_output=True, check=False
    )
    rows = done.stdout.decode("utf-8", "replace").split("\0")[:-1]
    return [(sha, email, name) for sha, email, name in (row.split("\n") for row in rows)]
