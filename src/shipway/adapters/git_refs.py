"""Branches and tags, read from git's own files; git is asked only where it keeps them in another form.

Format: gitrepository-layout(5), "packed-refs" and "refs".
"""

import os
import re
from pathlib import Path
from typing import NamedTuple

from shipway.adapters.git_process import git
from shipway.errors import ASKED, InputError

_PACKED_TAG = re.compile(rb"^([0-9a-f]{40,64}) refs/tags/([^\n]+)\n(?:\^([0-9a-f]{40,64})\n)?", re.MULTILINE)
_ORIGIN = re.compile(r'^\[remote "origin"\][^\[]*?^\s*url\s*=\s*(\S[^\n]*)', re.MULTILINE)
_HOST = r"([A-Za-z0-9][\w.-]*)"
_ADDRESS = re.compile(
    rf"(?:(https?)://(?:[^@/\s]*@)?([A-Za-z0-9][\w.-]*(?::\d+)?)/|(?:ssh|git)://(?:[^@/\s]*@)?{_HOST}(?::\d+)?/|[\w.-]+@{_HOST}:)"
    r"([\w.~/-]+?)(?:\.git)?/?"
)


class GitFolder(NamedTuple):
    """Where git keeps a repository.

    Attributes:
        root: The folder that git commands run in.
        own: HEAD of this work tree.
        common: Refs and objects, shared by all work trees.
    """

    root: Path
    own: Path
    common: Path

    @property
    def is_shallow(self) -> bool:
        """Whether history was cut off when it was cloned."""
        return (self.common / "shallow").exists()


class Head(NamedTuple):
    """What is checked out: a branch, empty when detached, and its commit, empty before the first one."""

    branch: str
    sha: str


def find_repository(path: Path) -> GitFolder:
    """The repository that a folder is in.

    Raises:
        InputError: `not-a-repository`.
    """
    start = path.resolve()
    for folder in (start, *start.parents):
        if (own := _git_folder(folder)) is not None:
            return GitFolder(folder, own, _common(own))
    raise InputError(
        f"{path} is not in a git repository.",
        f"Go to a clone, or name one: {ASKED} --repo path/to/clone",
        reason_code="not-a-repository",
    )


def _git_folder(folder: Path) -> Path | None:
    dot = folder / ".git"
    if dot.is_dir():
        return dot
    if dot.is_file():
        return folder / dot.read_text().removeprefix("gitdir:").strip()
    return folder if (folder / "HEAD").is_file() and (folder / "objects").is_dir() else None


def _common(own: Path) -> Path:
    link = own / "commondir"
    return own / link.read_text().strip() if link.is_file() else own


def read_head(folder: GitFolder) -> Head:
    """What is checked out."""
    text = (folder.own / "HEAD").read_text().strip()
    if not text.startswith("ref: "):
        return Head("", text)
    name = text.removeprefix("ref: ")
    if (folder.common / "reftable").exists():
        return _named(folder, "HEAD")
    loose = folder.common / name
    sha = loose.read_text().strip() if loose.is_file() else _packed(folder, name)
    return Head(name.removeprefix("refs/heads/"), sha)


def _packed(folder: GitFolder, name: str) -> str:
    found = re.search(
        rb"^([0-9a-f]{40,64}) " + re.escape(name.encode()) + b"$", _packed_refs(folder), re.MULTILINE
    )
    return found[1].decode() if found else ""


def _packed_refs(folder: GitFolder) -> bytes:
    file = folder.common / "packed-refs"
    return file.read_bytes() if file.is_file() else b""


def resolve(folder: GitFolder, ref: str = "") -> Head:
    """The commit that a name stands for, and the branch when it is one; empty for what is checked out.

    Raises:
        InputError: `unknown-ref`, or `no-commits` in a repository that has none.
    """
    head = read_head(folder) if ref in {"", "HEAD"} else _named(folder, ref)
    if head.sha:
        return head
    if ref in {"", "HEAD"}:
        raise InputError(
            f"{folder.root} has no commits on {head.branch or 'HEAD'}.",
            "Commit something first, for example `git commit --allow-empty -m 'feat: begin'`.",
            reason_code="no-commits",
        )
    from difflib import get_close_matches  # noqa: PLC0415 - only a refusal needs it

    near = get_close_matches(ref, [*_branches(folder), *read_tags(folder)], n=3)
    raise InputError(
        f"{ref!r} is not a branch, tag or commit of {folder.root}.",
        f"Did you mean {' or '.join(near)}?"
        if near
        else "List what there is with `git branch --all` or `git tag`.",
        reason_code="unknown-ref",
    )


def _named(folder: GitFolder, ref: str) -> Head:
    sha = _git(folder, "rev-parse", "--quiet", "--verify", "--end-of-options", f"{ref}^{{commit}}")
    name = _git(folder, "rev-parse", "--quiet", "--symbolic-full-name", "--verify", "--end-of-options", ref)
    branch = (
        re.sub(r"^refs/(?:heads/|remotes/[^/]+/)", "", name)
        if name.startswith(("refs/heads", "refs/remotes"))
        else ""
    )
    return Head(branch, sha.splitlines()[-1] if sha else "")


def _branches(folder: GitFolder) -> list[str]:
    return _git(
        folder, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/remotes"
    ).splitlines()


def read_tags(folder: GitFolder) -> dict[str, str]:
    """Every tag that leads to a commit, and that commit."""
    if _in_files(folder):
        found = (
            line.partition(" refs/tags/") for line in _git(folder, "show-ref", "--tags", "-d").splitlines()
        )
        return {name.removesuffix("^{}"): sha for sha, _, name in found}  # the commit comes second
    packed = _PACKED_TAG.findall(_packed_refs(folder))
    return {os.fsdecode(name): (peeled or sha).decode() for sha, name, peeled in packed}


def _in_files(folder: GitFolder) -> bool:
    """Whether git keeps tags elsewhere than in its one list of all."""
    loose = os.walk(folder.common / "refs" / "tags")
    return (folder.common / "reftable").exists() or any(names for _, _, names in loose)


def page(folder: GitFolder) -> str:
    """The address where `origin` is shown to people; empty when it is not on a server. Never a secret."""
    config = folder.common / "config"
    found = _ORIGIN.search(config.read_text(errors="replace")) if config.is_file() else None
    address = _ADDRESS.fullmatch(found[1].strip()) if found else None
    if not address:
        return ""
    return f"{address[1] or 'https'}://{address[2] or address[3] or address[4]}/{address[5]}"


def ancestors(folder: GitFolder, sha: str) -> frozenset[str]:
    """A commit and everything that it can be reached from, as far as this clone has it."""
    return frozenset(_git(folder, "rev-list", "--end-of-options", sha).splitlines())


def _git(folder: GitFolder, *arguments: str) -> str:
    return os.fsdecode(git(folder.root, *arguments)).strip()
