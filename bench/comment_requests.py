"""Count the GitHub API requests from a comment to the workflow run that it starts."""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.request_world import NAME, Grower

from shipway.twin.behaviour import comments, environments, issues
from shipway.twin.behaviour.events import Happened
from shipway.twin.identity import Identity
from shipway.twin.rest.payloads import payload
from shipway.twin.server import Twin

BUDGET = 8
"""Requests from the event to the run."""

CONFIGURATION = "environments: {dev: {deploy: {workflow: deploy.yml}}}\n"
WORKFLOW = """\
name: Deploy
on: {workflow_dispatch: {inputs: {delivery: {}, environment: {}, version: {}}}}
"""


def of_a_comment() -> tuple[int, int]:
    """Requests of `/promote` where the ledger has begun: how many, and which one is the first reaction."""
    with TemporaryDirectory() as folder, Twin() as twin:
        grower = Grower(twin, CONFIGURATION, {".github/workflows/deploy.yml": WORKFLOW})
        grower.begin(1)
        clone = Path(folder, "clone")
        with twin.world.locked():
            environments.ensure(twin.world, twin.world.repository(NAME) or {}, "dev")
        subprocess.run(["git", "clone", "--quiet", f"{twin.url}/{NAME}.git", str(clone)], check=True)
        _obeyed(twin, grower.token, clone, "/lock dev --reason first --for 1m")
        _obeyed(twin, grower.token, clone, "/unlock dev --reason done")
        before = len(twin.journal.requests)
        _obeyed(twin, grower.token, clone, "/promote 1.0.0 dev")
        made = [one.operation for one in twin.journal.requests[before:] if one.kind in {"rest", "graphql"}]
        first = next(number for number, one in enumerate(made, 1) if "addReaction" in one)
        return len(made), first


def _obeyed(twin: Twin, token: str, clone: Path, body: str) -> None:
    """Comment as the reviewer, and run what the workflow runs."""
    event = clone.with_name("event.json")
    event.write_text(json.dumps(_event(twin, body)))
    variables = {
        **twin.environment(token),
        "GITHUB_REPOSITORY": NAME,
        "GITHUB_EVENT_NAME": "issue_comment",
        "GITHUB_EVENT_PATH": str(event),
    }
    command = [str(Path(sys.executable).with_name("shipway")), "comment"]
    done = subprocess.run(
        command, cwd=clone, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    if done.returncode not in {0, 3}:
        sys.exit(f"shipway comment, {body}: {done.stdout}{done.stderr}")


def _event(twin: Twin, body: str) -> object:
    world = twin.world
    repo = world.repository(NAME) or {}
    with world.locked(Identity("reviewer")):
        thread = issues.find(world, repo, 1)
        comment = comments.create(world, repo, thread, body)
        about = {"thread": thread, "comment": comment}
        return payload(world, repo, Happened(NAME, "issue_comment", "created", about))
