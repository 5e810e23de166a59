"""A repository on a twin with the workflows that users copy, and a run that alice has started there."""

import json
import subprocess
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from act import ROOT

from shipway.twin import admin
from shipway.twin.behaviour.access import issue_token
from shipway.twin.server import Twin

REPOSITORY = "octo-org/hello"
BOT = "github-actions[bot]"


@dataclass(frozen=True, slots=True)
class Hello:
    """A repository on a twin, a clone of it, and the people who work on it."""

    twin: Twin
    clone: Path
    alice: str
    reviewer: str

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, token: str = "") -> Any:
        """Call the API of the twin as the reviewer, or as whom a token belongs to."""
        request = urllib.request.Request(  # noqa: S310 - the address is the twin's, on loopback
            f"{self.twin.api_url}/repos/{REPOSITORY}{path}",
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"Bearer {token or self.reviewer}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
            return json.loads(answer.read() or b"null")

    def fix(self) -> str:
        """A fix on the main branch, behind something that nobody released; gives its commit."""
        self._commit("feat: sing", "song.txt")
        return self._commit("fix: do not crash", "fix.txt")

    def _commit(self, message: str, path: str) -> str:
        body = {"message": message, "content": b64encode(b"text\n").decode(), "branch": "main"}
        return str(self.ask("PUT", f"/contents/{path}", body, self.alice)["commit"]["sha"])

    def approve(self, number: str) -> None:
        """Approve a pull request."""
        self.ask("POST", f"/pulls/{number}/reviews", {"event": "APPROVE"})

    def variables(self, workflow: str) -> dict[str, str]:
        """What the job of a workflow sees: a run of alice's, a token that may do what the job asks for."""
        self.ask("POST", "/actions/workflows/release-button.yml/dispatches", {"ref": "main"}, self.alice)
        run = self.ask("GET", "/actions/runs")["workflow_runs"][0]
        token = _job_token(self.twin, workflow)
        return {
            **self.twin.environment(token),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": str(run["id"]),
        }


def git(clone: Path, *arguments: str) -> None:
    author = ("-c", "user.name=alice", "-c", "user.email=alice@example.test")
    subprocess.run(["git", *author, *arguments], cwd=clone, check=True, capture_output=True)


@contextmanager
def greeting(clone: Path, files: Mapping[str, str]) -> Iterator[Hello]:
    """Make the clone, with these files in it, and the twin."""
    (clone / ".github/workflows").mkdir(parents=True)
    for workflow in ROOT.glob("workflows/*.yml"):
        (clone / ".github/workflows" / workflow.name).write_text(workflow.read_text())
    for name, text in {"package.json": '{"version": "1.0.0"}\n', **files}.items():
        (clone / name).parent.mkdir(exist_ok=True)
        (clone / name).write_text(text)
    git(clone, "init", "--quiet", "--initial-branch=main")
    git(clone, "add", ".")
    git(clone, "commit", "--quiet", "--message=feat: say hello")
    git(clone, "tag", "v1.0.0")
    git(clone, "commit", "--quiet", "--allow-empty", "--message=fix: say it well")
    with Twin() as twin:
        with twin.world.locked():
            admin.create_repository(twin.world, REPOSITORY, from_git=clone)
            admin.create_user(twin.world, BOT, kind="Bot")
            admin.add_member(twin.world, "octo-org", "alice")
            admin.add_collaborator(twin.world, REPOSITORY, "alice", "write")
            admin.add_member(twin.world, "octo-org", "bob", "admin")
            tokens = [issue_token(twin.world, login) for login in ("alice", "bob")]
        yield Hello(twin, clone, *tokens)


def _job_token(twin: Twin, workflow: str) -> str:
    """A token that may do what the workflow's job asks for, and nothing else."""
    (job,) = yaml.safe_load((ROOT / workflow).read_text())["jobs"].values()
    permissions = {name.replace("-", "_"): level for name, level in job["permissions"].items()}
    with twin.world.locked():
        return issue_token(twin.world, BOT, {**permissions, "metadata": "read"}, kind="actions")
