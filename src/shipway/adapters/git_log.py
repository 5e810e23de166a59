"""Commits, streamed from one `git log` while git is still writing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from shipway.adapters.git_process import GitProcess, git
from shipway.domain.log import Commit
from shipway.errors import InputError

_FORMAT = "%x00".join(("%H", "%P", "%ct", "%an", "%ae", "%B"))  # the fields of `Commit`
_FIELDS = len(Commit._fields)
_commit: Callable[[tuple[str, ...]], Commit] = partial(tuple.__new__, Commit)  # `_make` at twice the speed


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
        self._marked = bool(exclude)
        self.boundary: dict[str, str] = {}
        self._process = GitProcess(
            root,
            *("log", "-z", "--encoding=UTF-8", "--no-show-signature", "--no-color"),
            f"--format=tformat:{'%m' if exclude else ''}{_FORMAT}",
            *(["--boundary"] if exclude else []),
            *([] if by_date else ["--topo-order"]),
            *([] if count is None else [f"--max-count={count}"]),
            *("--end-of-options", *revisions, "--", *paths),
        )

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
            complaint = self._process.close()
        if complaint:
            raise InputError(
                f"git could not read the history: {complaint}",
                "See whether the clone is damaged: git fsck; a fresh clone is whole.",
                reason_code="git-log",
            )

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
        for chunk in self._process:
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


def read_authors(root: Path, include: str, count: int) -> list[tuple[str, str, str]]:
    """Commit, author's address and name of the newest commits that a revision contains, as .mailmap has them."""
    words = git(
        root,
        *("log", "-z", "--no-show-signature", f"--max-count={count}", "--format=tformat:%H%n%aE%n%aN"),
        *("--end-of-options", include, "--"),
    )
    rows = words.decode("utf-8", "replace").split("\0")[:-1]
    return [(sha, email, name) for sha, email, name in (row.split("\n") for row in rows)]
