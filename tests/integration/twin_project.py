"""What tests of the twin work with: a local clone, a project on the twin, the journal as expectations."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from github import Auth, Github

from shipway.twin import admin
from shipway.twin.behaviour import access
from shipway.twin.server import Twin

QUIET = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "Mona",
    "GIT_AUTHOR_EMAIL": "mona@example.test",
    "GIT_COMMITTER_NAME": "Mona",
    "GIT_COMMITTER_EMAIL": "mona@example.test",
}


@dataclass(slots=True)
class Clone:
    """A working tree on which a test runs the real git."""

    path: Path

    def git(self, *arguments: str) -> str:
        """Run git and return what it printed; fails the test when git fails."""
        return subprocess.run(
            ["git", *arguments], cwd=self.path, env=_environment(), check=True, capture_output=True, text=True
        ).stdout.strip()

    def refused(self, *arguments: str) -> str:
        """Run git, which must fail, and return its stderr."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env=_environment(),
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode != 0, done.stdout
        return done.stderr

    def commit(self, message: str, **files: str) -> str:
        """Write files (`__` in a name is a dot), commit them, and return the commit's id."""
        for name, content in files.items():
            (self.path / name.replace("__", ".")).write_text(content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")


def _environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], **QUIET}


@dataclass(slots=True)
class Effects:
    """The effects of a twin that nobody has expected yet, as `effect subject` lines."""

    twin: Twin
    _seen: int = 0

    def take(self) -> list[str]:
        """Everything new, which counts as expected from now on."""
        new = self.twin.journal.entries(after=self._seen)
        self._seen = new[-1].seq if new else self._seen
        return [f"{one.effect} {one.subject}" for one in new]

    def expect(self, *lines: str) -> None:
        """Exactly these happened since the last time, in this order."""
        assert self.take() == list(lines)


@dataclass(slots=True)
class Project:
    """A repository on the twin, `octocat/hello`, with the token of its owner."""

    twin: Twin
    full_name: str
    token: str

    def github(self, token: str | None = None) -> Github:
        """PyGithub on the twin, without its pauses."""
        return Github(
            auth=Auth.Token(token or self.token),
            base_url=self.twin.api_url,
            seconds_between_requests=0,
            seconds_between_writes=0,
            retry=None,
        )

    def token_of(self, login: str, permissions: dict[str, str] | None = None, kind: str = "user") -> str:
        """A token for somebody else."""
        with self.twin.world.locked():
            admin.create_user(self.twin.world, login)
            return access.issue_token(self.twin.world, login, permissions, kind=kind)

    def remote(self, token: str | None = None) -> str:
        """The URL that git pushes to, with a token in it."""
        host = self.twin.url.removeprefix("http://")
        return f"http://x-access-token:{token or self.token}@{host}/{self.full_name}.git"
