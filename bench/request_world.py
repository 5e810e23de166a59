"""Repositories for counting requests: generated on a twin, the same for every tool that is counted there."""

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from shipway.twin import admin
from shipway.twin.behaviour import issues, merging, pulls, reviews
from shipway.twin.identity import Identity
from shipway.twin.server import Twin

NAME = "octo-org/hello"
OWNER = "octo-org"
START = 1_750_000_000
"""Seconds since 1970 of the first commit; each further one is a minute later."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a repository looks like.

    Attributes:
        commits: Commits since the last release.
        squashed: Whether they came as squashed pull requests; pushed directly otherwise.
        old_pulls: Pull requests that were merged before the last release.
    """

    commits: int
    squashed: bool
    old_pulls: int

    def __str__(self) -> str:
        way = "squashed pull requests" if self.squashed else "direct pushes"
        return f"{self.commits} {way}, {self.old_pulls} old pull requests"


class Grower:
    """Adds history to a repository on a twin, quickly: with git fast-import and straight into the store."""

    def __init__(self, twin: Twin, configuration: str = "", files: Mapping[str, str] | None = None) -> None:
        self._twin = twin
        self._files = {"README.md": "# Hello\n", "version.txt": "1.0.0\n", "CHANGELOG.md": "# Changelog\n"}
        if configuration:
            self._files[".github/shipway.yml"] = configuration
        self._files |= files or {}
        self._minute = 0
        with twin.world.locked():
            admin.create_repository(twin.world, NAME, default_branch="main")
            admin.add_collaborator(twin.world, NAME, "reviewer")
            self.token = admin.token_for(twin.world, OWNER)

    def begin(self, old_pulls: int) -> None:
        """The first commit, old pull requests, and the tag v1.0.0."""
        self._import([self._commit("feat: begin", self._files)], after="")
        self.grow(old_pulls, squashed=True)
        path = self._twin.world.git.path(NAME)
        _git(path, "tag", "v1.0.0", "refs/heads/main")
        self._reread()

    def grow(self, commits: int, *, squashed: bool) -> None:
        """Add so many commits to main."""
        if not commits:
            return
        first = self._twin.world.store.count("pull", NAME) + self._twin.world.store.count("issue", NAME) + 1
        numbers = range(first, first + commits)
        base = _git(self._twin.world.git.path(NAME), "rev-parse", "refs/heads/main")
        self._import(self._commits(numbers, squashed=squashed))
        if squashed:
            self._merged_pulls(numbers, base)

    def _commits(self, numbers: range, *, squashed: bool) -> Iterator[str]:
        for number in numbers:
            change = {f"src/part-{number % 50}.txt": f"{number} {self._minute}\n"}
            if squashed:
                yield self._commit(f"fix(part): mend {number}", change, onto=f"refs/pull/{number}/head")
            text = f"{'feat' if number % 5 == 0 else 'fix'}(part): mend {number}"
            yield self._commit(f"{text} (#{number})" if squashed else text, change)

    def _commit(self, message: str, files: dict[str, str], onto: str = "refs/heads/main") -> str:
        """One commit for git fast-import, on top of main as the import has it by then."""
        self._minute += 1
        when = f"{OWNER} <{OWNER}@example.test> {START + 60 * self._minute} +0000"
        parent = "" if onto == "refs/heads/main" else "from refs/heads/main\n"
        head = f"commit {onto}\ncommitter {when}\ndata {len(message)}\n{message}\n{parent}"
        body = "".join(f"M 644 inline {name}\ndata {len(text)}\n{text}\n" for name, text in files.items())
        return head + body

    def _import(
        self, commits: Iterable[str], after: str = "reset refs/heads/main\nfrom refs/heads/main^0\n\n"
    ) -> None:
        path = self._twin.world.git.path(NAME)
        _git(path, "fast-import", "--quiet", "--force", given=after + "".join(commits))
        self._reread()

    def _reread(self) -> None:
        with self._twin.world.locked():
            self._twin.world.git[NAME].forget_refs()

    def _merged_pulls(self, numbers: range, base: str) -> None:
        world = self._twin.world
        path = world.git.path(NAME)
        merged = _git(path, "rev-list", "--reverse", f"{base}..refs/heads/main").split()
        with world.locked(Identity(OWNER)):
            repo = world.repository(NAME) or {}
            for number, sha, before in zip(numbers, merged, [base, *merged], strict=False):
                thread = issues.new_thread(world, repo, "pull", f"fix(part): mend {number}", None)
                head = world.git[NAME].refs[f"refs/pull/{number}/head"]
                world.store.put(
                    "pull", NAME, number, thread | _merged(number, sha, before, head, world.now())
                )


def _merged(number: int, sha: str, before: str, head: str, now: str) -> dict[str, object]:
    return {
        "head_repo": NAME,
        "head_ref": f"topic-{number}",
        "head_sha": head,
        "base_ref": "main",
        "base_sha": before,
        "draft": False,
        "pushed_by": OWNER,
        "merged_at": now,
        "merged_by": OWNER,
        "merge_commit_sha": sha,
        "requested_users": [],
        "requested_teams": [],
        "auto_merge": None,
        "maintainer_can_modify": False,
        "state": "closed",
        "closed_at": now,
        "closed_by": OWNER,
    }


def merge_open_pull(twin: Twin) -> None:
    """What people do with the release pull request: one approves, one merges."""
    world = twin.world
    with world.locked(Identity("reviewer")):
        repo = world.repository(NAME) or {}
        (pull,) = pulls.listed(world, repo)
        reviews.create(world, repo, pull, "APPROVE")
    with world.locked(Identity(OWNER)):
        merging.merge(world, repo, pulls.find(world, repo, pull["number"]), merging.Wish("squash"))


def asked(twin: Twin, since: int) -> dict[str, int]:
    """Requests since a number of them, by kind: `api` (REST and GraphQL) and `git`."""
    kinds = [one.kind for one in twin.journal.requests[since:]]
    return {"api": kinds.count("rest") + kinds.count("graphql"), "git": kinds.count("git")}


def _git(path: Path, *arguments: str, given: str = "") -> str:
    done = subprocess.run(
        ["git", "-c", "gc.auto=0", *arguments],
        cwd=path,
        input=given,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
