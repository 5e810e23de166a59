"""A repository on a twin, and a release carried through it with a fixed clock, fixed chance and no waiting."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import requests

from shipway.bootstrap.environment import Chance, Environment, Watchers
from shipway.bootstrap.release import Asked, run_release
from shipway.domain.outcome import Outcome
from shipway.domain.plan import Move
from shipway.twin import admin
from shipway.twin.behaviour import access, reviews
from shipway.twin.server import Twin
from shipway.twin.state import state

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
RELEASE_ID = "00000000-0000-4000-8000-000000000001"
NAME = "octo-org/hello"

CONFIGURATION = """
gates:
  unit: {command: ["true"]}
environments:
  staging: {deploy: {command: ["true"]}}
  production: {after: staging, deploy: {command: ["true"]}}
release:
  assets: [dist/*.txt]
"""

FILES = {
    "pyproject.toml": '[project]\nname = "hello"\nversion = "1.0.0"\n',
    "CHANGELOG.md": "# Changelog\n\nKept by people too.\n\n## 1.0.0\n\n- First.\n",
    "dist/hello.txt": "hello\n",
    ".github/shipway.yml": CONFIGURATION,
}


@dataclass(slots=True)
class World:
    """The twin, a clone of its repository, and everything that was told during runs.

    Attributes:
        timeout: Seconds until a run takes an answer for lost.
    """

    twin: Twin
    clone: Path
    token: str
    timeout: int = 30
    moves: list[str] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def git(self, *arguments: str) -> str:
        """Run git in the clone."""
        return git(self.clone, *arguments)

    def commit(self, message: str, files: dict[str, str] | None = None) -> str:
        """Commit in the clone and push."""
        write(self.clone, files or {"notes.txt": message})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        self.git("push", "--quiet", "origin", "HEAD")
        return self.git("rev-parse", "HEAD")

    @property
    def bare(self) -> Path:
        """The repository as the twin keeps it, to look into without asking over HTTP."""
        repository = self.twin.world.repository(NAME)
        assert repository
        return self.twin.world.git_of(repository).path

    def environment(self, **changes: str) -> Environment:
        """What the command line would read, pointing at the twin."""
        variables = {**self.twin.environment(self.token), "GITHUB_REPOSITORY": NAME, **changes}
        return replace(Environment.read(variables), timeout=self.timeout)

    def release(
        self,
        version: str = "auto",
        output: Callable[[str], None] = lambda line: None,
        now: Callable[[], datetime] = lambda: NOON,
        **asked: Any,
    ) -> Outcome:
        """Run `shipway release` in this process; `output` is given what commands write."""
        return run_release(
            Asked(version, repo=self.clone, **asked),
            self.environment(),
            Watchers(move=lambda move, _: self._note(move), output=output),
            sleep=self.pauses.append,
            chance=Chance(now, lambda: 0.0, lambda: RELEASE_ID),
        )

    def _note(self, move: Move) -> None:
        self.moves.append(type(move).__name__)

    def approve(self, number: int = 1, login: str = "reviewer") -> None:
        """Approve the pull request, as the reviewer would on its page."""
        self.request("POST", f"/pulls/{number}/reviews", {"event": "APPROVE"}, self.token_of(login))

    def token_of(self, login: str, **options: Any) -> str:
        """A token of somebody."""
        with self.twin.world.locked():
            return access.issue_token(self.twin.world, login, **options)

    def request(self, verb: str, path: str, body: Any = None, token: str = "") -> Any:
        """Ask the twin's REST interface, as a stranger's client would."""
        answer = requests.request(
            verb,
            f"{self.twin.api_url}/repos/{NAME}{path}",
            json=body,
            headers={"Authorization": f"Bearer {token or self.token}"},
            timeout=30,
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def calls(self) -> list[str]:
        """REST and GraphQL requests so far, as `METHOD route`."""
        return [f"{r.method} {r.route}" for r in self.twin.journal.requests if r.kind in {"rest", "graphql"}]

    def canonical(self) -> str:
        """Everything a person could see; the ledger without hashes, which cover times of day."""
        with self.twin.world.locked():
            return json.dumps(state(self.twin.world), indent=1, sort_keys=True, default=str)


def git(where: Path, *arguments: str) -> str:
    """Run git and return what it printed."""
    done = subprocess.run(["git", *arguments], cwd=where, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def make_source(folder: Path, files: dict[str, str] | None = None) -> Path:
    """A repository with a release v1.0.0 and two changes since."""
    given = FILES if files is None else files
    settings = tuple((name, value) for name, value in os.environ.items() if name.startswith("GIT_"))
    shutil.copytree(_kept_source(tuple(given.items()), settings), folder, symlinks=True)
    return folder


_KEPT = TemporaryDirectory(prefix="sources-")


@cache
def _kept_source(files: tuple[tuple[str, str], ...], _settings: tuple[tuple[str, str], ...]) -> Path:
    """Made once for all that begin with the same, as a copy takes a third of the time."""
    folder = Path(mkdtemp(dir=_KEPT.name))
    git(folder, "init", "--quiet", "--initial-branch=main")
    write(folder, dict(files))
    commits = ["feat: begin", "feat: greet in French", "fix: greet once"]
    for number, message in enumerate(commits):
        write(folder, {"hello.txt": f"{message}\n"})
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message", message)
        if number == 0:
            git(folder, "tag", "--annotate", "v1.0.0", "--message", "v1.0.0")
    return folder


def settle_people(twin: Twin, source: Path) -> str:
    """Bring the repository and its people in; gives the token of who releases."""
    world = twin.world
    with world.locked():
        for login in ("releaser", "reviewer"):
            admin.create_user(world, login)
        admin.create_org(world, "octo-org", ("releaser", "reviewer"))
        admin.create_repository(world, NAME, from_git=source)
        admin.add_collaborator(world, NAME, "releaser", "admin")
        admin.add_collaborator(world, NAME, "reviewer", "write")
        return access.issue_token(world, "releaser")


def clone_of(twin: Twin, token: str, folder: Path) -> Path:
    """A clone as its user would have it, with the token kept in it; made without HTTP, for the sake of time."""
    address = twin.url.replace("://", f"://x-access-token:{token}@", 1)
    git(folder.parent, "clone", "--quiet", str(World(twin, folder, token).bare), folder.name)
    git(folder, "remote", "set-url", "origin", f"{address}/{NAME}.git")
    return folder


__all__ = [
    "CONFIGURATION",
    "FILES",
    "NAME",
    "World",
    "clone_of",
    "git",
    "make_source",
    "reviews",
    "settle_people",
]
Hook = Callable[[], None]
