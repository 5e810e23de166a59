"""A release goes on by itself through environments that workflows deploy to; jobs may stand in a called workflow."""

from pathlib import Path

import pytest

from integration.deploy.stage import WORKFLOW, Stage, before_anything
from integration.release.world import NOON, World
from shipway.domain.outcome import Decision
from shipway.errors import ExitCode
from shipway.twin.server import Twin
from shipway.twin.world import Clock

RELEASED = """
gates:
  smoke: {command: ["true"]}
environments:
  dev: {deploy: {workflow: deploy.yml, command: ["true"]}}
  production: {after: dev, deploy: {workflow: deploy.yml, command: ["true"]}}
"""

CALLED = """
name: Bring in
on:
  workflow_call:
    inputs:
      delivery: {type: string}
      environment: {type: string}
jobs:
  bring-in:
    runs-on: ubuntu-latest
    environment: ${{ inputs.environment }}
    steps: []
"""

CALLER = """
jobs:
  deploy:
    uses: ./.github/workflows/bring-in.yml
    with: {delivery: "${{ inputs.delivery }}", environment: "${{ inputs.environment }}"}
"""


@pytest.mark.requirement("DEP-1", "DEP-5", "REL-6")
def test_a_release_waits_for_each_run_and_goes_on_after_it(tmp_path: Path) -> None:
    with Twin(clock=Clock(NOON)) as twin:
        token = before_anything(twin, tmp_path / "clone", configuration=RELEASED)
        world = World(twin, tmp_path / "clone", token)
        play = Stage(world)
        first = world.release("minor")
        assert first.decision is Decision.WAITING
        world.approve()

        for environment in ("dev", "production"):
            waiting = world.release(first.version)
            assert (waiting.decision, waiting.reason_code) == (Decision.WAITING, "dispatched")
            run = play.standing(environment)["claim"]["dispatched"]
            assert play.played(environment, run).exit_code is ExitCode.OK
        done = world.release(first.version)

    assert (done.decision, done.version) == (Decision.DONE, first.version)
    assert [(one["environment"], one["state"]) for one in done.deployments] == [
        ("dev", "success"),
        ("production", "success"),
    ]


@pytest.mark.requirement("DEP-1", "DEP-5")
def test_a_job_in_a_called_workflow_is_one_of_the_run_that_calls_it(tmp_path: Path) -> None:
    files = {"deploy.yml": WORKFLOW + CALLER, "bring-in.yml": CALLED}
    with Twin(clock=Clock(NOON)) as twin:
        token = before_anything(twin, tmp_path / "clone", files)
        play = Stage(World(twin, tmp_path / "clone", token))
        run, delivery = play.production()
        number = play.entered(run)

        statuses = play.world.request("GET", f"/deployments/{number}/statuses")
        assert f"/actions/runs/{run}/job/" in statuses[0]["log_url"]
        done = play.deploy(run, delivery)

    assert done.exit_code is ExitCode.OK
    assert done.deployment
    assert done.deployment["id"] == number
