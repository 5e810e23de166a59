"""Questions about history that git answers: walks, merge bases, differences, merges.

Answers about object ids never change, so they are remembered with the repository.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from shipway.twin.git_objects import TreeEntry
from shipway.twin.git_store import GitError, GitRepository

_STATUS = {"A": "added", "D": "removed", "M": "modified", "T": "changed", "R": "renamed", "C": "copied"}
SHORT = 50
"""Commits in a row that are quicker to read one by one than to ask git about."""
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_HUNKS = re.compile(r"^diff --git ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file of a difference in GitHub's words; `patch` is None for binary files."""

    path: str
    previous: str | None
    status: str
    sha: str
    additions: int
    deletions: int
    patch: str | None


def is_ancestor(git: GitRepository, old: str, new: str) -> bool:
    """Whether `new` contains `old`: moving a ref from one to the other is a fast forward."""
    if old == new or old in git.commit(new).parents:
        return True
    return merge_base(git, old, new) == old


def merge_base(git: GitRepository, one: str, other: str) -> str | None:
    """The best common ancestor; None for unrelated histories."""

    def ask() -> str | None:
        return git.run("merge-base", one, other, ok=(0, 1)).decode().strip() or None

    return git.remember(("merge-base", one, other), ask)


def commits_between(git: GitRepository, base: str, head: str) -> list[str]:
    """The commits of `head` that `base` lacks, oldest first, as GitHub lists them."""

    def ask() -> list[str]:
        straight = _straight(git, base, head)
        if straight is not None:
            return straight
        return git.run("rev-list", "--topo-order", "--reverse", f"{base}..{head}", "--").decode().split()

    return git.remember(("between", base, head), ask)


def _straight(git: GitRepository, base: str, head: str) -> list[str] | None:
    """The same without a process, for a short line of commits on top of the base; None for anything else."""
    found: list[str] = []
    while head != base and len(found) < SHORT:
        parents = git.commit(head).parents
        if len(parents) != 1:
            return None
        found.append(head)
        head = parents[0]
    return found[::-1] if head == base else None


def count_between(git: GitRepository, base: str, head: str) -> int:
    """How many commits of `head` `base` lacks."""

    def ask() -> int:
        return int(git.run("rev-list", "--count", f"{base}..{head}", "--"))

    return git.remember(("count", base, head), ask)


def log(
    git: GitRepository,
    head: str,
    *,
    skip: int = 0,
    limit: int = -1,
    path: str = "",
    filters: Iterable[str] = (),
) -> list[str]:
    """Commits reachable from `head`, newest first; `filters` are options of `git rev-list` such as `--since=…`."""
    options = (f"--skip={skip}", f"--max-count={limit}", *filters)
    paths = (f":(literal){path}",) if path else ()

    def ask() -> list[str]:
        return git.run("rev-list", *options, head, "--", *paths).decode().split()

    return git.remember(("log", head, options, paths), ask)


def total(git: GitRepository, head: str, *, path: str = "", filters: Iterable[str] = ()) -> int:
    """How many commits `log` would list without a limit."""
    options = tuple(filters)
    paths = (f":(literal){path}",) if path else ()

    def ask() -> int:
        return int(git.run("rev-list", "--count", *options, head, "--", *paths))

    return git.remember(("total", head, options, paths), ask)


def listing(git: GitRepository, tree: str, *, recursive: bool = False) -> list[tuple[TreeEntry, int | None]]:
    """What lies in a tree, or (recursive) below it, named by path, with the size of files in bytes."""
    options = ("-r", "-t") if recursive else ()

    def ask() -> list[tuple[TreeEntry, int | None]]:
        rows = git.run("ls-tree", *options, "-l", "-z", tree).decode("utf-8", "surrogateescape")
        return [_listed(row) for row in rows.split("\0") if row]

    return git.remember(("listing", tree, options), ask)


def _listed(row: str) -> tuple[TreeEntry, int | None]:
    head, _, path = row.partition("\t")
    mode, _, sha, size = head.split()
    return TreeEntry(mode, path, sha), None if size == "-" else int(size)


def diff(git: GitRepository, base: str, head: str) -> bytes:
    """The difference between two trees or commits as a patch."""
    return git.run("diff", "--no-color", "--no-ext-diff", "--find-renames", base, head, "--")


def format_patch(git: GitRepository, commits: str) -> bytes:
    """The commits of a range such as `base..head` as mails."""
    return git.run("format-patch", "--stdout", "--no-color", commits, "--")


def changed_files(git: GitRepository, base: str, head: str) -> list[FileChange]:
    """The files that differ between two trees or commits, by path."""
    return git.remember(("files", base, head), lambda: _changed_files(git, base, head))


def _changed_files(git: GitRepository, base: str, head: str) -> list[FileChange]:
    options = ("--no-color", "--no-ext-diff", "--find-renames", "--full-index")
    raw = git.run("diff", *options, "--raw", "-z", "--no-abbrev", base, head, "--").decode("utf-8", "replace")
    numbers = git.run("diff", *options, "--numstat", "-z", base, head, "--").decode("utf-8", "replace")
    patches = iter(_HUNKS.split(git.run("diff", *options, base, head, "--").decode("utf-8", "replace"))[1:])
    counts = _numstat(numbers)
    changes = []
    for status, sha, previous, path in _raw(raw):
        added, deleted = counts[path]
        patch = next(patches)
        if status == "T":  # a file that became a link: git shows it leave and come
            patch += next(patches)
        hunks = patch.find("\n@@")
        text = patch[hunks + 1 :].rstrip("\n") if hunks >= 0 else None
        changes.append(FileChange(path, previous, _STATUS[status[0]], sha, added, deleted, text))
    return changes


def _raw(text: str) -> Iterable[tuple[str, str, str | None, str]]:
    fields = iter(text.split("\0"))
    for head in fields:
        if not head:
            return
        _, _, old, new, status = head.split(" ")
        first = next(fields)
        sha = old if status == "D" else new
        if status[0] in "RC":
            yield status, sha, first, next(fields)
        else:
            yield status, sha, None, first


def _numstat(text: str) -> dict[str, tuple[int, int]]:
    counts: dict[str, tuple[int, int]] = {}
    fields = iter(text.split("\0"))
    for head in fields:
        if not head:
            break
        added, deleted, path = head.split("\t", 2)
        if not path:  # a rename: the old and the new path follow
            next(fields)
            path = next(fields)
        counts[path] = (int(added) if added != "-" else 0, int(deleted) if deleted != "-" else 0)
    return counts


def merge_trees(git: GitRepository, ours: str, theirs: str) -> str | None:
    """The tree of a merge of two commits; None when it has conflicts (or no common history)."""

    def ask() -> str | None:
        try:
            out = git.run("merge-tree", "--write-tree", "--no-messages", ours, theirs, ok=(0, 1)).decode()
        except GitError:
            return None
        lines = out.splitlines()
        return lines[0] if len(lines) == 1 else None

    return git.remember(("merge", ours, theirs), ask)


def replay(git: GitRepository, commit: str, onto: str) -> str | None:
    """The tree of a commit's change applied on another commit (a cherry-pick); None on conflicts."""
    parents = git.commit(commit).parents
    if parents[:1] == (onto,):
        return git.commit(commit).tree
    # git 2.39 has no --merge-base: a merge with a stand-in for `onto` on the commit's parent is the same.
    stand_in = git.copy_commit(onto, parents[:1])
    return merge_trees(git, stand_in, commit)


def undo(git: GitRepository, newest: str, before: str, onto: str) -> str | None:
    """The tree of a commit without what came after `before` up to `newest`; None on conflicts."""
    # A merge with stand-ins: one for `onto`, on `newest`, and one for `before`, which takes the changes back.
    ours, theirs = git.copy_commit(onto, [newest]), git.copy_commit(before, [newest])
    return merge_trees(git, ours, theirs)
