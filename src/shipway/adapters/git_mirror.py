"""A copy of a repository that people may play with: the original lends its objects and is only read.

Formats: gitrepository-layout(5), "objects/info/alternates" and "packed-refs".
"""

import os
import re
import subprocess
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from shipway.errors import ASKED, GitHubError, InputError

_QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C.UTF-8"}
_LOCATION = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR")


@dataclass(frozen=True, slots=True)
class Original:
    """A repository on this machine that lends what it has.

    Attributes:
        common: Where git keeps its refs and objects.
        branch: The branch that is checked out; empty when HEAD is detached.
        head: The commit that is checked out; empty before the first one.
        whole: Whether all objects of its commits are here: it is neither shallow nor partial.
    """

    common: Path
    branch: str
    head: str
    whole: bool

    @classmethod
    def at(cls, path: Path) -> "Original":
        """The repository that a folder is in.

        Raises:
            InputError: There is none.
        """
        try:
            common = _read(path, "rev-parse", "--path-format=absolute", "--git-common-dir")
        except InputError as problem:
            raise InputError(
                f"{path} is not in a git repository.",
                f"Go to a clone, or name one: {ASKED} --repo path/to/clone",
                reason_code="no-repository",
            ) from problem
        branch = _read(path, "symbolic-ref", "--quiet", "--short", "HEAD", ok=(0, 1))
        head = _read(path, "rev-parse", "--quiet", "--verify", "HEAD^{commit}", ok=(0, 1))
        partial = _read(path, "config", "--get-regexp", r"^remote\..*\.promisor$", ok=(0, 1))
        shallow = _read(path, "rev-parse", "--is-shallow-repository") == "true"
        return cls(Path(common), branch, head, whole=not partial and not shallow)

    def refs(self) -> dict[str, str]:
        """Full name → object of every branch and tag."""
        listed = _read(
            self.common, "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags"
        )
        rows = (line.rpartition(" ") for line in listed.splitlines())
        return {name: oid for name, _, oid in rows}

    def newest_tags(self, count: int) -> tuple[str, ...]:
        """Names of the tags made last, newest first."""
        order = ("--sort=-creatordate", f"--count={count}", "--format=%(refname:lstrip=2)")
        return tuple(_read(self.common, "for-each-ref", *order, "refs/tags").splitlines())


@dataclass(frozen=True, slots=True)
class Mirror:
    """A bare repository of ours, new and empty, that is to look like another one."""

    path: Path

    def borrow(self, original: Original) -> None:
        """Use the objects of an original without copying them."""
        info = self.path / "objects" / "info"
        info.mkdir(exist_ok=True)
        (info / "alternates").write_bytes(os.fsencode(original.common / "objects") + b"\n")

    def set_refs(self, refs: Mapping[str, str]) -> None:
        """Point branches and tags at objects that are here."""
        script = "".join(f"update {name}\0{oid}\0\0" for name, oid in refs.items())
        _git(self.path, "update-ref", "-z", "--stdin", stdin=script.encode())
        _git(self.path, "pack-refs", "--all")

    def fetch(self, url: str, token: str) -> None:
        """Take over all branches and tags of a remote.

        Raises:
            GitHubError: It did not give them.
        """
        header = b64encode(f"x-access-token:{token}".encode()).decode()
        secret = {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.extraheader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {header}",
        }
        refspecs = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        try:
            _git(
                self.path, "fetch", "--quiet", "--no-tags", "--", url, *refspecs, more=secret if token else {}
            )
        except InputError as problem:
            raise GitHubError(
                problem.message,
                "Check the address, and that the token may read the repository; then run the same command again.",
                reason_code="git-remote",
                retryable=True,
            ) from problem
        _git(self.path, "pack-refs", "--all")

    def check_out(self, folder: Path, branch: str, commit: str = "", only: Iterable[str] = ()) -> None:
        """Make a working copy with a branch checked out, which borrows its objects in turn.

        Args:
            folder: Where to; it must not exist.
            branch: Name of the branch; empty for a detached HEAD.
            commit: What to check out, when it is not what the mirror's branch points at.
            only: Folders to which the working tree is limited, besides the files at the top; all when empty.
        """
        _git(
            self.path.parent,
            "clone",
            "--quiet",
            "--shared",
            "--no-checkout",
            "--",
            str(self.path),
            str(folder),
        )
        folders = tuple(only)
        if folders:
            _git(folder, "sparse-checkout", "set", "--cone", *folders)
        where = ("-B", branch) if branch else ("--detach",)
        _git(folder, "checkout", "--quiet", *where, commit or f"refs/remotes/origin/{branch}", "--")


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write files under a folder, and the folders they need."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def commit_files(folder: Path, files: Mapping[str, str], message: str, url: str, token: str) -> None:
    """Commit files in a working copy and push its branch."""
    write_files(folder, files)
    who = ("-c", "user.name=Shipway", "-c", "user.email=shipway@users.noreply.github.com")
    _git(folder, "add", "--force", "--sparse", "--", *files)
    _git(folder, *who, "-c", "commit.gpgsign=false", "commit", "--quiet", "--no-verify", "--message", message)
    header = b64encode(f"x-access-token:{token}".encode()).decode()
    _git(
        folder, "-c", f"http.extraheader=Authorization: Basic {header}", "push", "--quiet", "--", url, "HEAD"
    )


def catch_up(folder: Path, branch: str) -> None:
    """Bring a working copy, in which nobody has committed since, to where its branch is in the mirror."""
    _git(folder, "pull", "--quiet", "--ff-only", "origin", branch)


def difference(repository: Path, before: str, after: str) -> str:
    """What changed in the files between two commits, as a unified diff."""
    return _git(repository, "diff", "--no-color", "--no-ext-diff", "--find-renames", before, after, "--")


def paths_at(repository: Path, commit: str) -> list[str]:
    """Paths of all files of a commit."""
    return _git(repository, "ls-tree", "-r", "-z", "--name-only", commit).split("\0")[:-1]


def text_at(repository: Path, commit: str, path: str) -> str:
    """A file of a commit as text; empty when it is not there."""
    return _git(repository, "cat-file", "blob", f"{commit}:{path}", ok=(0, 128))


def _read(folder: Path, *arguments: str, ok: tuple[int, ...] = (0,)) -> str:
    """Ask a repository that may belong to somebody else; nothing of it is run or changed."""
    return _git(folder, "-c", "safe.directory=*", *arguments, ok=ok).strip()


def _git(
    folder: Path,
    *arguments: str,
    ok: tuple[int, ...] = (0,),
    stdin: bytes = b"",
    more: Mapping[str, str] | None = None,
) -> str:
    kept = {name: value for name, value in os.environ.items() if name not in _LOCATION}
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        env=kept | _QUIET | dict(more or {}),
        check=False,
    )
    if done.returncode not in ok:
        command = next(one for one in arguments if re.fullmatch("[a-z][a-z-]+", one))
        raise InputError(
            f"git {command} failed in {folder}: {_reason(done.stderr)}.",
            "See whether the clone that you stand in is damaged: git fsck; a fresh clone is whole.",
            reason_code="git",
        )
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def _reason(complaint: bytes) -> str:
    """What git says of why it failed, without what it hints at after that."""
    lines = [line for line in complaint.decode("utf-8", "replace").splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith("hint:")]
    return told[-1].strip().rstrip(".") if told else "it gave no reason"
