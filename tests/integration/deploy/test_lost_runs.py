"""Runs that are lost with a version half-way, or as a rollback, begin again once; what stands still is left alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.deploy.stage import Stage, stage
from shipway.errors import ExitCode

pytestmark = pytest.mark.requirement("DEP-3", "DEP-5", "FAIL-1")

CONFIGURATION = """
gates:
  smoke: {command: ["true"]}
  errors: {command: [../look], stages: [canary]}
environments:
  production:
    deploy: {workflow: deploy.yml, command: [sh, -c, "echo $SHIPWAY_VERSION $SHIPWAY_WEIGHT >> ../deployed"]}
    strategy: {canary: [5, 100]}
"""
FAILED = "P0: rollback of production to 1.0.0 failed"


ASKING = f"{CONFIGURATION}rollback: {{first: ask}}\n"


@pytest.fixture
def play(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """1.0.0 in production."""
    with stage(tmp_path, configuration=getattr(request, "param", CONFIGURATION)) as made:
        eyes(made, "exit 0")
        brought_in(made, "1.0.0")
        (tmp_path / "deployed").unlink()
        yield made


def eyes(play: Stage, script: str) -> None:
    """What the gate of the canary is."""
    look = play.world.clone.parent / "look"
    look.write_text(f"#!/bin/sh\n{script}\n")
    look.chmod(0o755)


def brought_in(play: Stage, version: str) -> None:
    run = play.promote("production", version=version).facts["run"]["id"]
    assert play.played("production", run).exit_code is ExitCode.OK


def begun(play: Stage) -> int:
    """The run that is to bring 1.1.0 in."""
    return int(play.promote("production", version="1.1.0").facts["run"]["id"])


def lost(play: Stage, run: int, attempt: int) -> None:
    """An attempt of a run, in its deploy command."""
    play.entered(run)
    play.killed_in_the_job(run, attempt)
    play.end(run, "failure")


def became(play: Stage) -> tuple[str, str]:
    """What a sweep says of production."""
    (row,) = play.sweep().facts["deliveries"]
    return row["became"], row["reason_code"]


def attempts(play: Stage, run: int) -> int:
    return int(play.world.request("GET", f"/actions/runs/{run}")["run_attempt"])


def test_lost_once_it_is_brought_in_by_the_same_run(play: Stage) -> None:
    run = begun(play)
    lost(play, run, 1)
    assert became(play) == ("under way", "dispatched")
    assert attempts(play, run) == 2
    play.entered(run)
    done = play.deploy(run, play.delivery("production"), attempt=2)

    assert (done.exit_code, done.message) == (ExitCode.OK, "1.1.0 is in production.")
    assert play.kinds("1.1.0")[:4] == ["promotion-started", "dispatched", "adopted", "dispatched"]


def test_lost_twice_production_goes_back(play: Stage) -> None:
    run = begun(play)
    lost(play, run, 1)
    became(play)
    lost(play, run, 2)
    assert became(play) == ("closed", "deploy-run-failed")
    claim = play.standing("production")["claim"]
    assert (claim["replaces"], claim["version"]) == ("1.1.0", "1.0.0")
    play.entered(claim["dispatched"])
    back = play.deploy(claim["dispatched"], claim["id"])

    assert (back.exit_code, back.message) == (ExitCode.OK, "production is back on 1.0.0.")
    assert attempts(play, run) == 2


def test_a_reviewer_who_does_not_let_it_go_on_again(play: Stage) -> None:
    run = begun(play)
    lost(play, run, 1)
    became(play)
    play.enter(run, "production")
    play.review(run, "rejected")

    assert became(play) == ("closed", "deploy-rejected")
    assert play.standing("production")["claim"]["replaces"] == "1.1.0"


def test_a_rollback_that_is_lost_twice_calls_people(play: Stage) -> None:
    brought_in(play, "1.1.0")
    run = play.roll_back().facts["run"]["id"]
    lost(play, run, 1)
    assert became(play) == ("under way", "dispatched")
    assert play.world.request("GET", "/issues") == []
    lost(play, run, 2)

    assert became(play) == ("closed", "deploy-run-failed")
    assert [issue["title"] for issue in play.world.request("GET", "/issues")] == [FAILED]


def test_what_stands_still_is_left_to_people(play: Stage) -> None:
    run = begun(play)
    (play.world.clone.parent / "look").unlink()
    play.entered(run)
    halted = play.deploy(run, play.delivery("production"))
    play.end(run, "failure")
    assert halted.reason_code == "strategy-halted"

    for _ in range(2):
        assert became(play) == ("under way", "strategy-halted")
    assert attempts(play, run) == 1
    eyes(play, "exit 0")
    assert play.promote("production", version="1.1.0").reason_code == "dispatched"
    play.entered(run)
    done = play.deploy(run, play.delivery("production"), attempt=2)
    assert (done.exit_code, done.message) == (ExitCode.OK, "1.1.0 is in production.")


@pytest.mark.requirement("RBK-3")
@pytest.mark.parametrize("play", [ASKING], indirect=True, ids=["ask"])
def test_where_a_person_is_asked_nobody_goes_back_and_the_job_has_failed(play: Stage) -> None:
    eyes(play, "exit 1")
    run = begun(play)
    delivery = play.delivery("production")
    play.entered(run)
    asked = play.deploy(run, delivery)
    play.end(run, "failure")
    again = play.deploy(run, delivery, attempt=2)

    for outcome in (asked, again):
        assert (outcome.reason_code, outcome.exit_code) == ("rollback-asked", ExitCode.FAILURE)
    assert became(play) == ("under way", "rollback-asked")
    assert "claim" not in play.standing("production")
