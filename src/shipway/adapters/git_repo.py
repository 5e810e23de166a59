"""The clone that a release is made from, and the branches and tags of its remote: the only file on GitPython.

Reading long histories is `git_log`'s business; this is everything else that git is asked.
"""

import os
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import git
from git.exc import GitCommandError, InvalidGitRepositoryError, NoSuchPathError

from shipway.errors import ASKED, ExitCode, GitHubError, InputError


@dataclass(frozen=True, slots=True)
class Remote:
    """What the remote advertises.

    Attributes:
        default: Name of the default branch; empty when the repository is empty.
        heads: Branch → commit.
        tags: Tag → commit, peeled; without those that move.
    """

    default: str
    heads: Mapping[str, str]
    tags: Mapping[str, str]


T = TypeVar("T")

_ID = re.compile(r"[0-9a-f]{40,64}")

MOVING_TAGS = "latest-"
"""How tags begin that move with what an environment holds."""


class Clone:
    """A clone on this machine.

    Args:
        path: Any folder in it.

    Raises:
        InputError: There is no repository.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._repo = git.Repo(path, search_parent_directories=True)
        except (InvalidGitRepositoryError, NoSuchPathError) as problem:
            raise InputError(
                f"{path} is not in a git repository.",
                f"Go to a clone, or name one: {ASKED} --repo path/to/clone",
                reason_code="no-repository",
            ) from problem
        self._repo.git.update_environment(LC_ALL="C", GIT_TERMINAL_PROMPT="0", GIT_OPTIONAL_LOCKS="0")
        self._known: dict[tuple[str, ...], Any] = {}

    def _once(self, ask: Callable[[], T], commit: str, *what: str) -> T:
        """What git is asked once about the id of a commit; what it does not have may come, and names may move."""
        known: T | None = self._known.get((commit, *what))
        answer = known or ask()
        if answer and _ID.fullmatch(commit):
            self._known[commit, *what] = answer
        return answer

    @property
    def root(self) -> Path:
        """The top folder."""
        return Path(self._repo.working_tree_dir or self._repo.git_dir)

    @property
    def branch(self) -> str:
        """The branch that is checked out; empty when HEAD is detached."""
        return "" if self._repo.head.is_detached else self._repo.active_branch.name

    @property
    def head(self) -> str:
        """The commit that is checked out; empty in a repository without commits."""
        return self._repo.head.commit.hexsha if self._repo.head.is_valid() else ""

    @property
    def changed_files(self) -> tuple[str, ...]:
        """Tracked files with changes that are not committed."""
        if self._repo.bare or not self.head:
            return ()
        output: str = self._repo.git.diff("--name-only", "-z", "HEAD", "--")
        return tuple(name for name in output.split("\0") if name)

    @property
    def origin(self) -> str:
        """The address of `origin`; empty when there is none."""
        return next((remote.url for remote in self._repo.remotes if remote.name == "origin"), "")

    @property
    def work_files(self) -> tuple[str, ...]:
        """Files on the disk that are committed, or would be: those that git ignores are left out."""
        output: str = self._repo.git.ls_files("--cached", "--others", "--exclude-standard", "-z")
        return tuple(name for name in output.split("\0") if name and (self.root / name).is_file())

    @property
    def known_branches(self) -> tuple[str, ...]:
        """Names of the branches that are here, and of those that `origin` had when it was asked last."""
        output: str = self._repo.git.for_each_ref("--format=%(refname)", "refs/heads", "refs/remotes/origin")
        names = (ref.split("/", 2 if ref.startswith("refs/heads/") else 3)[-1] for ref in output.split())
        return tuple(dict.fromkeys(name for name in names if name != "HEAD"))

    @property
    def known_default(self) -> str:
        """The default branch, as far as is known here: that of `origin`, else the one that is checked out."""
        try:
            found: str = self._repo.git.symbolic_ref("--short", "refs/remotes/origin/HEAD")
        except GitCommandError:
            usual = [name for name in ("main", "master") if name in self.known_branches]
            return next(iter(usual), self.branch) or "main"
        return found.removeprefix("origin/")

    def has(self, commit: str) -> bool:
        """Whether the commit is here."""
        return self._once(lambda: self._has(commit), commit, "here")

    def _has(self, commit: str) -> bool:
        try:
            self._repo.git.cat_file("-e", f"{commit}^{{commit}}")
        except GitCommandError:
            return False
        return True

    def commit(self, name: str) -> str:
        """The commit that an abbreviated hash means; empty where that is none here, or several."""
        try:
            return str(self._repo.git.rev_parse("--verify", "--quiet", f"{name}^{{commit}}"))
        except GitCommandError:
            return ""

    def files(self, commit: str) -> tuple[str, ...]:
        """Paths of all files of a commit."""

        def listed() -> tuple[str, ...]:
            output: str = self._repo.git.ls_tree("-r", "-z", "--name-only", commit, "--")
            return tuple(name for name in output.split("\0") if name)

        return self._once(listed, commit, "files")

    def read(self, commit: str, path: str) -> str:
        """The text of a file of a commit.

        Raises:
            InputError: It is not there, or is not UTF-8 text.
        """
        try:
            return self._once(lambda: self._raw(commit, path).decode("utf-8"), commit, "text", path)
        except (GitCommandError, UnicodeDecodeError) as problem:
            raise InputError(
                f"{path} cannot be read at {commit[:10]}.",
                f"Check that it is committed as UTF-8 text: git show {commit[:10]}:{path}",
                reason_code="unreadable-file",
            ) from problem

    def _raw(self, commit: str, path: str) -> bytes:
        raw: bytes = self._repo.git.show(
            f"{commit}:{path}", stdout_as_string=False, strip_newline_in_stdout=False
        )
        return raw

    @property
    def whole(self) -> bool:
        """Whether no part of the history was left out when it was cloned."""
        return str(self._repo.git.rev_parse("--is-shallow-repository")) == "false"

    def changed(self, before: str, after: str) -> tuple[str, ...]:
        """Paths that differ between two commits."""
        output: str = self._repo.git.diff("--name-only", "-z", "--no-renames", before, after, "--")
        return tuple(name for name in output.split("\0") if name)

    def local_tags(self) -> frozenset[str]:
        """Names of the tags that are here."""
        output: str = self._repo.git.tag("--list")
        return frozenset(output.split())

    def related(self, one: str, other: str) -> bool:
        """Whether two commits have an ancestor in common."""
        try:
            return bool(self._repo.git.merge_base(one, other))
        except GitCommandError:
            return False

    def contains(self, head: str, commit: str) -> bool:
        """Whether a commit is another's ancestor, or the same."""
        try:
            self._repo.git.merge_base("--is-ancestor", commit, head)
        except GitCommandError:
            return False
        return True

    def surplus(self, commit: str, base: str) -> int:
        """How many commits one has that another does not have."""
        return int(self._repo.git.rev_list("--count", commit, f"^{base}", "--"))

    def saying(self, words: str, base: str, head: str) -> tuple[str, ...]:
        """Commits after one, up to another, that say these words; newest first."""
        output: str = self._repo.git.log(
            "--format=%H", "--fixed-strings", f"--grep={words}", f"{base}..{head}", "--"
        )
        return tuple(output.split())

    def parent(self, commit: str) -> str:
        """The first parent."""
        return str(self._repo.git.rev_parse(f"{commit}^"))

    def parents(self, commit: str) -> tuple[str, ...]:
        """All parents."""
        output: str = self._repo.git.show("--no-patch", "--format=%P", commit)
        return tuple(output.split())

    def message(self, commit: str) -> str:
        """What a commit says."""
        return str(self._repo.git.show("--no-patch", "--format=%B", commit))

    def date(self, commit: str) -> str:
        """The day on which it was committed, like `2026-11-21`."""
        return str(self._repo.git.show("--no-patch", "--format=%cs", commit))

    def same_files(self, one: str, other: str) -> bool:
        """Whether two commits hold the same files."""
        trees = [self._repo.git.rev_parse(f"{commit}^{{tree}}") for commit in (one, other)]
        return len({*trees}) == 1

    def stand_at(self, commit: str) -> None:
        """Check a commit out, without a branch."""
        self._repo.git.checkout("--quiet", "--detach", commit)

    def push(self, url: str, token: str, commit: str, branch: str) -> None:
        """Push a commit to a branch that is not there yet, or that it goes on from.

        Raises:
            GitHubError: The remote refused it.
        """
        self._remotely(token, "push", "--quiet", "--", url, f"{commit}:refs/heads/{branch}")

    def remote(self, url: str, token: str) -> Remote:
        """Ask the remote for its branches and tags.

        Raises:
            GitHubError: It did not answer.
        """
        output = self._remotely(
            token, "ls-remote", "--symref", "--", url, "HEAD", "refs/heads/*", "refs/tags/*"
        )
        default, heads, tags = "", dict[str, str](), dict[str, str]()
        for line in output.splitlines():
            left, _, name = line.partition("\t")
            if left.startswith("ref: refs/heads/") and name == "HEAD":
                default = left.removeprefix("ref: refs/heads/")
            elif name.startswith("refs/heads/"):
                heads[name.removeprefix("refs/heads/")] = left
            elif name.startswith(f"refs/tags/{MOVING_TAGS}"):
                continue
            elif name.startswith("refs/tags/"):
                tags[name.removeprefix("refs/tags/").removesuffix("^{}")] = left
        return Remote(default, heads, tags)

    def fetch(self, url: str, token: str, refs: Iterable[str]) -> None:
        """Bring commits and tags here; nothing that people see moves but missing tags appear.

        Raises:
            GitHubError: The remote did not give them.
        """
        refspecs = [f"+{ref}:refs/shipway/{ref.removeprefix('refs/')}" for ref in refs]  # commits by name too
        moving = f"^refs/tags/{MOVING_TAGS}*"  # git refuses to move a tag, and nobody reads these here
        self._remotely(
            token, "fetch", "--quiet", "--no-write-fetch-head", "--tags", "--", url, *refspecs, moving
        )

    def fetched(self, ref: str) -> str:
        """The commit that a ref stood at when `fetch` brought it here last; empty when it never did."""
        output: str = self._repo.git.for_each_ref(
            "--format=%(objectname)", f"refs/shipway/{ref.removeprefix('refs/')}"
        )
        return output.strip()

    @property
    def signs_tags(self) -> bool:
        """Whether git here knows a key to sign tags with (`user.signingKey`)."""
        return bool(self._repo.config_reader().get_value("user", "signingkey", default=""))

    @property
    def has_identity(self) -> bool:
        """Whether git here knows whom to write as."""
        try:
            self._repo.git.var("GIT_COMMITTER_IDENT")
        except GitCommandError:
            return False
        return True

    def push_signed_tag(self, url: str, token: str, name: str, commit: str, message: str) -> None:
        """Sign a tag on a commit and push it; it is made here too, as `git tag --sign` does.

        Raises:
            GitHubError: The remote refused it, for one because it has such a tag.
            InputError: The key cannot sign.
        """
        if not self.has(commit):
            self.fetch(url, token, [commit])
        try:
            self._repo.git.tag("--sign", "--force", "--message", message, "--", name, commit)
        except GitCommandError as problem:
            raise _unsigned(name, _last_line(problem)) from problem
        if "-----BEGIN" not in self._repo.git.cat_file("-p", f"refs/tags/{name}"):
            # git 2.39 makes an unsigned tag and succeeds when an SSH key's file is missing
            self._repo.git.tag("--delete", "--", name)
            raise _unsigned(name, "git found no key at user.signingKey")
        self._remotely(token, "push", "--quiet", "--", url, f"refs/tags/{name}:refs/tags/{name}")

    def _remotely(self, token: str, *arguments: str) -> str:
        """Run git with the token in its environment, so that it stands on no command line and in no file."""
        header = b64encode(f"x-access-token:{token}".encode()).decode()
        secret = {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.extraheader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {header}",
        }
        environment = {**os.environ, **secret, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"} if token else None
        try:
            output = self._repo.git.execute(["git", *arguments], env=environment)
        except GitCommandError as problem:
            raise _remote_refusal(arguments[0], _last_line(problem)) from problem
        return str(output)


def _remote_refusal(command: str, complaint: str) -> GitHubError:
    """What git's last words mean; it says "not found" of what the token may not see, too."""
    if "could not read Username" in complaint or "Authentication failed" in complaint:
        return GitHubError(
            "GitHub does not accept the token.",
            "Pass a valid one in GITHUB_TOKEN, for example: GITHUB_TOKEN=$(gh auth token) shipway status",
            reason_code="bad-credentials",
            exit_code=ExitCode.NOT_AUTHORISED,
        )
    if complaint.endswith("not found"):
        address = complaint.split("'")[1] if complaint.count("'") > 1 else "that name"
        return GitHubError(
            f"GitHub shows this token no repository at {address}.",
            "Check the name in GITHUB_REPOSITORY or `origin`, and that the job grants what reading it needs: "
            "contents: read",
            reason_code="repository-not-found",
        )
    return GitHubError(
        f"git {command} failed: {complaint}",
        "Check the address, and that the token may read the repository; then run the same command again.",
        reason_code="git-remote",
        retryable=True,
    )


def _unsigned(name: str, why: str) -> InputError:
    return InputError(
        f"Tag {name} cannot be signed: {why}.",
        f"Make the key usable, or unset it: git config --unset user.signingKey; git tag --sign {name} tries it.",
        reason_code="tag-unsigned",
    )


def _last_line(problem: GitCommandError) -> str:
    """What git complained of at the end."""
    lines = str(problem.stderr).strip().removeprefix("stderr:").strip().strip("'").strip().splitlines()
    return lines[-1].strip() if lines else "no reason given"
