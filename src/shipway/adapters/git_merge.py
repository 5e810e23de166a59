"""Merges that are made without a work tree: what conflicts, and the merge once that is settled."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from shipway.errors import InputError

CONFLICTS = 1
"""Exit code of `git merge-tree` where both sides changed the same lines; others are failures."""

NAME, EMAIL = "Shipway", "shipway@users.noreply.github.com"


@dataclass(frozen=True, slots=True)
class Merge:
    """What merging one commit into another gives.

    Attributes:
        tree: The merged files, those of `conflicts` with both sides in them.
        conflicts: Paths that both sides changed in ways that git cannot join.
    """

    tree: str
    conflicts: tuple[str, ...]


def merged(root: Path, ours: str, theirs: str) -> Merge:
    """Merge one commit into another.

    Args:
        root: Folder of the repository.
        ours: What is merged into.
        theirs: What is merged.

    Raises:
        InputError: `merge-failed`: git cannot tell, for one because it is older than 2.38.
    """
    done = _git(root, "merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs)
    if done.returncode not in (0, CONFLICTS):
        raise _failed(done)
    tree, *paths = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    return Merge(tree.strip(), tuple(dict.fromkeys(path for path in paths if path)))


def picked(root: Path, onto: str, commit: str, parent: str) -> Merge:
    """Apply what a commit changed to another one.

    git before 2.40 takes no base for a merge, so it gets a commit that has one.

    Args:
        root: Folder of the repository.
        onto: What is changed.
        commit: What has the change.
        parent: What that is a change of.

    Raises:
        InputError: `merge-failed`.
    """
    stand_in = committed(root, f"{onto}^{{tree}}", (parent,), "what is picked onto")
    return merged(root, stand_in, commit)


def tree_with(root: Path, tree: str, texts: Mapping[str, str]) -> str:
    """A tree with other texts in some of its files.

    Raises:
        InputError: `merge-failed`.
    """
    with TemporaryDirectory(prefix="shipway-") as folder:
        env = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        _told(root, "read-tree", tree, env=env)
        for path, text in texts.items():
            blob = _told(root, "hash-object", "-w", "--stdin", given=text.encode())
            _told(root, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", env=env)
        return _told(root, "write-tree", env=env)


def committed(root: Path, tree: str, parents: Sequence[str], message: str) -> str:
    """Commit a tree, dated as the last parent: the same arguments give the same commit.

    Raises:
        InputError: `merge-failed`.
    """
    at = _told(root, "show", "--no-patch", "--format=%cI", parents[-1])
    people = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", NAME), ("EMAIL", EMAIL), ("DATE", at))
    }
    named = [word for parent in parents for word in ("-p", parent)]
    return _told(root, "commit-tree", *named, "-m", message, tree, env=people)


def recommitted(root: Path, tree: str, parent: str, of: str, message: str, at: datetime) -> str:
    """Commit a tree in the name of another commit's author.

    Args:
        root: Folder of the repository.
        of: Commit whose author and date are kept.
        at: When it is committed.

    Raises:
        InputError: `merge-failed`.
    """
    author = _told(root, "show", "--no-patch", "--format=%an%x00%ae%x00%aI", of).split("\0")
    people = {
        f"GIT_AUTHOR_{part}": said for part, said in zip(("NAME", "EMAIL", "DATE"), author, strict=True)
    }
    people |= {"GIT_COMMITTER_NAME": NAME, "GIT_COMMITTER_EMAIL": EMAIL, "GIT_COMMITTER_DATE": at.isoformat()}
    return _told(root, "commit-tree", "-p", parent, "-F", "-", tree, env=people, given=message.encode())


def _told(root: Path, *arguments: str, env: Mapping[str, str] | None = None, given: bytes = b"") -> str:
    done = _git(root, *arguments, env=env, given=given)
    if done.returncode:
        raise _failed(done)
    return done.stdout.decode().strip()


def _git(
    root: Path, *arguments: str, env: Mapping[str, str] | None = None, given: bytes = b""
) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        ["git", *arguments],
        cwd=root,
        env={**os.environ, "LC_ALL": "C", **(env or {})},
        input=given,
        capture_output=True,
        check=False,
    )


def _failed(done: "subprocess.CompletedProcess[bytes]") -> InputError:
    words = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return InputError(
        f"git cannot merge: {words[-1] if words else 'no reason given'}",
        "Use git 2.38 or newer: git --version",
        reason_code="merge-failed",
    )
