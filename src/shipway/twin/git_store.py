"""Bare git repositories under one directory, quick to read.

Refs are kept in memory, since only the twin writes them. Objects are read through one long-lived
`git cat-file --batch` per repository and written as loose objects, without a process per call.
"""

import os
import shutil
import subprocess
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from shipway.twin import git_objects
from shipway.twin.git_objects import TREE_MODE, ZERO, Commit, Tag, TreeEntry

T = TypeVar("T")

ENVIRONMENT = {
    "PATH": os.defpath,
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
}
"""What git sees of the environment: nothing that a person configured."""

_SETTINGS = {
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    "http.receivepack": "true",
    "receive.hideRefs": "refs/pull",
    "receive.advertiseAtomic": "true",
    "gc.auto": "0",
    "core.logAllRefUpdates": "false",
}


class GitError(Exception):
    """git said no; the text is what it wrote to stderr."""


def git_path() -> str:
    """PATH as the twin's git needs it: the one the process runs with."""
    return os.environ.get("PATH", os.defpath)


def run_git(*arguments: str, stdin: bytes | None = None, ok: Sequence[int] = (0,)) -> bytes:
    """Run git and return its output; GitError unless the exit code is one of `ok`."""
    done = subprocess.run(
        ["git", *arguments],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        env=ENVIRONMENT | {"PATH": git_path()},
        check=False,
    )
    if done.returncode not in ok:
        raise GitError(done.stderr.decode("utf-8", "replace").strip())
    return done.stdout


class GitRepository:
    """One bare repository."""

    def __init__(self, path: Path, refs: Mapping[str, str] | None = None) -> None:
        self.path = path
        self._refs = None if refs is None else dict(refs)
        self._reader: subprocess.Popen[bytes] | None = None
        self._memory: OrderedDict[object, object] = OrderedDict()

    # -- processes ---------------------------------------------------------------------------------

    def run(self, *arguments: str, stdin: bytes | None = None, ok: Sequence[int] = (0,)) -> bytes:
        """Run git here and return its output; GitError unless the exit code is one of `ok`."""
        return run_git("--git-dir", str(self.path), *arguments, stdin=stdin, ok=ok)

    def remember(self, key: object, compute: Callable[[], T]) -> T:
        """The result of a computation on object ids, which never change; kept for the next time.

        None is not kept: what is missing now may be pushed later.
        """
        if key in self._memory:
            self._memory.move_to_end(key)
            return self._memory[key]  # type: ignore[return-value]  # the key decides the type
        value = compute()
        if value is not None:
            self._memory[key] = value
        if len(self._memory) > 4096:
            self._memory.popitem(last=False)
        return value

    def close(self) -> None:
        """End the reading process."""
        if self._reader:
            for pipe in (self._reader.stdin, self._reader.stdout):
                if pipe:
                    pipe.close()
            self._reader.wait()
            self._reader = None

    # -- refs --------------------------------------------------------------------------------------

    @property
    def refs(self) -> dict[str, str]:
        """Full ref name to object id, sorted by name. Read only: change refs with `update_refs`."""
        if self._refs is None:
            listing = self.run("for-each-ref", "--format=%(refname)%00%(objectname)").decode()
            self._refs = dict(line.split("\0") for line in listing.splitlines())
        return self._refs

    def forget_refs(self) -> None:
        """Read the refs again next time: somebody else, such as a push, wrote them."""
        self._refs = None

    def update_refs(self, changes: Iterable[tuple[str, str, str]]) -> None:
        """Move refs together or not at all; each change is (name, new, old) and `ZERO` means absent."""
        changes, known = list(changes), self.refs
        script = "".join(f"update {name}\0{new}\0{old}\0" for name, new, old in changes)
        self.forget_refs()  # for good, when git refuses
        self.run("update-ref", "-z", "--stdin", stdin=script.encode())
        moved = known | {name: new for name, new, _ in changes}
        self._refs = dict(sorted((name, sha) for name, sha in moved.items() if sha != ZERO))

    def set_head(self, branch: str) -> None:
        """Name the default branch."""
        self.run("symbolic-ref", "HEAD", f"refs/heads/{branch}")

    def branch(self, name: str) -> str | None:
        """The commit a branch points at."""
        return self.refs.get(f"refs/heads/{name}")

    def resolve(self, name: str) -> str | None:
        """The commit that a branch, tag, full ref or (short) object id means, as GitHub reads them."""
        for ref in (f"refs/heads/{name}", f"refs/tags/{name}", name, f"refs/{name}"):
            if ref in self.refs:
                return self.peel(self.refs[ref])
        if 4 <= len(name) <= 40 and set(name) <= set("0123456789abcdef"):
            return self._commit_by_prefix(name)
        return None

    def _commit_by_prefix(self, prefix: str) -> str | None:
        if len(prefix) == 40:
            return self.peel(prefix)
        found = self.run("rev-parse", "--verify", "--quiet", f"{prefix}^{{commit}}", ok=(0, 1, 128))
        return found.decode().strip() or None

    def peel(self, sha: str) -> str | None:
        """The commit behind an object id: itself, or what an annotated tag leads to."""
        return self.remember(("peel", sha), lambda: self._peel(sha))

    def _peel(self, sha: str) -> str | None:
        kind = self.kind(sha)
        while kind == "tag":
            sha = self.tag(sha).object
            kind = self.kind(sha)
        return sha if kind == "commit" else None

    # -- reading objects ---------------------------------------------------------------------------

    def find(self, sha: str) -> tuple[str, bytes] | None:
        """Type and content of an object, or None when it is not here."""
        reader = self._start_reader()
        if not reader.stdin or not reader.stdout:
            raise GitError("cat-file has no pipes")
        reader.stdin.write(sha.encode() + b"\n")
        reader.stdin.flush()
        header = reader.stdout.readline().split()
        if len(header) != 3:
            return None
        data = reader.stdout.read(int(header[2]))
        reader.stdout.read(1)
        return header[1].decode(), data

    def _start_reader(self) -> subprocess.Popen[bytes]:
        if self._reader is None:
            self._reader = subprocess.Popen(
                ["git", "--git-dir", str(self.path), "cat-file", "--batch"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=ENVIRONMENT | {"PATH": git_path()},
            )
        return self._reader

    def kind(self, sha: str) -> str | None:
        """`commit`, `tree`, `blob`, `tag`, or None when the object is not here."""
        if len(sha) != 40 or not set(sha) <= set("0123456789abcdef"):
            return None
        if ("commit", sha) in self._memory:
            return "commit"
        found = self.find(sha)
        return found[0] if found else None

    def read(self, kind: str, sha: str) -> bytes:
        """The content of an object that must exist and be of that kind; GitError otherwise."""
        found = self.find(sha)
        if found is None or found[0] != kind:
            raise GitError(f"{sha} is not a {kind}")
        return found[1]

    def commit(self, sha: str) -> Commit:
        """A commit by its id."""
        return self.remember(("commit", sha), lambda: git_objects.parse_commit(sha, self.read("commit", sha)))

    def tag(self, sha: str) -> Tag:
        """An annotated tag by its id."""
        return git_objects.parse_tag(sha, self.read("tag", sha))

    def tree(self, sha: str) -> list[TreeEntry]:
        """The entries of a tree by its id."""
        return self.remember(("tree", sha), lambda: git_objects.parse_tree(self.read("tree", sha)))

    def entry(self, tree: str, path: str) -> TreeEntry | None:
        """What lies at a path below a tree."""
        found = TreeEntry(TREE_MODE, "", tree)
        for name in path.split("/"):
            if found.type != "tree":
                return None
            step = next((one for one in self.tree(found.sha) if one.name == name), None)
            if step is None:
                return None
            found = step
        return found

    # -- writing objects ---------------------------------------------------------------------------

    def write(self, kind: str, data: bytes) -> str:
        """Store an object and return its id."""
        sha = git_objects.object_sha(kind, data)
        target = self.path / "objects" / sha[:2] / sha[2:]
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            draft = target.with_suffix(".new")
            draft.write_bytes(zlib.compress(b"%s %d\0" % (kind.encode(), len(data)) + data, 1))
            draft.replace(target)
        return sha

    def write_tree(self, entries: Iterable[TreeEntry]) -> str:
        """Store a tree and return its id."""
        return self.write("tree", git_objects.format_tree(entries))

    def copy_commit(self, sha: str, parents: Sequence[str]) -> str:
        """Store a copy of a commit with other parents and return its id."""
        one = self.commit(sha)
        data = git_objects.format_commit(one.tree, parents, one.author, one.committer, one.message)
        return self.write("commit", data)

    def edit_tree(self, tree: str | None, changes: Mapping[str, TreeEntry | None]) -> str | None:
        """The tree with paths set or (None) removed; None when nothing is left in it."""
        entries = {one.name: one for one in self.tree(tree)} if tree else {}
        below: dict[str, dict[str, TreeEntry | None]] = {}
        for path, entry in changes.items():
            name, slash, rest = path.partition("/")
            if slash:
                below.setdefault(name, {})[rest] = entry
            elif entry is None:
                entries.pop(name, None)
            else:
                entries[name] = TreeEntry(entry.mode, name, entry.sha)
        for name, inner in below.items():
            old = entries.pop(name, None)
            sha = self.edit_tree(old.sha if old and old.type == "tree" else None, inner)
            if sha:
                entries[name] = TreeEntry(TREE_MODE, name, sha)
        return self.write_tree(entries.values()) if entries else None


class GitStore:
    """Every repository of a twin, by `owner/name`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._open: dict[str, GitRepository] = {}

    def path(self, full_name: str) -> Path:
        """Where a repository lives."""
        return self.root / f"{full_name.lower()}.git"

    def __getitem__(self, full_name: str) -> GitRepository:
        key = full_name.lower()
        if key not in self._open:
            self._open[key] = GitRepository(self.path(key))
        return self._open[key]

    def create(self, full_name: str, default_branch: str, source: Path | None = None) -> GitRepository:
        """Make a bare repository, empty or with branches and tags of a local one.

        A source on no branch lends its commit to the default branch. It is only read.
        """
        path = self.path(full_name)
        path.parent.mkdir(parents=True, exist_ok=True)
        repository = self[full_name]
        if source is None:
            run_git("init", "--bare", "--quiet", "--template=", "--", str(path))
        else:
            run_git("clone", "--bare", "--quiet", "--template=", "--", str(source), str(path))
            repository.run("remote", "remove", "origin")
            head = repository.run("rev-parse", "--verify", "--quiet", "HEAD", ok=(0, 1)).decode().strip()
            if head and repository.branch(default_branch) is None:
                repository.update_refs([(f"refs/heads/{default_branch}", head, ZERO)])
        repository.set_head(default_branch)
        lines = (
            f"[{key.rpartition('.')[0]}]\n\t{key.rpartition('.')[2]} = {value}\n"
            for key, value in _SETTINGS.items()
        )
        with (path / "config").open("a", encoding="utf-8") as config:
            config.writelines(lines)
        return repository

    def delete(self, full_name: str) -> None:
        """Remove a repository from disk."""
        repository = self._open.pop(full_name.lower(), None)
        if repository:
            repository.close()
        shutil.rmtree(self.path(full_name))

    def as_of(self, refs: Mapping[str, Mapping[str, str]]) -> "GitStore":
        """The same repositories with other refs: how they looked at an earlier moment."""
        past = GitStore(self.root)
        past._open = {name: GitRepository(self.path(name), one) for name, one in refs.items()}
        return past

    def refs(self) -> dict[str, dict[str, str]]:
        """The refs of every repository that was opened."""
        return {name: dict(repository.refs) for name, repository in self._open.items()}

    def copy_to(self, root: Path) -> None:
        """Copy every repository; files that git never changes in place are shared by hard links."""
        if self.root.exists():
            shutil.copytree(self.root, root, copy_function=_link)

    def close(self) -> None:
        """End all reading processes."""
        for repository in self._open.values():
            repository.close()


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
