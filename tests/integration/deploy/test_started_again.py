"""`Re-run all jobs` of a run that has ended well: GitHub makes one deployment more, and the same version stands."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.deploy.stage import Stage, stage
from integration.release.world import NOON
from shipway.adapters.git_repo import Clone
from shipway.bootstrap.environment import connect
from shipway.bootstrap.status import look, status_of
from shipway.domain.status_view import notes
from shipway.errors import ExitCode

pytestmark = pytest.mark.requirement("DEP-5", "FAIL-1")


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Stage]:
    """Nothing deployed yet."""
    with stage(tmp_path) as made:
        yield made


def brought_in(play: Stage, version: str = "1.0.0") -> tuple[int, str]:
    """Production holds a version; gives the run and the delivery."""
    run, delivery = play.production(version)
    play.entered(run)
    assert play.deploy(run, delivery).exit_code is ExitCode.OK
    play.end(run)
    return run, delivery


def begun_again(play: Stage, run: int) -> int:
    """Its job begins once more; gives the number of the new deployment."""
    play.world.request("POST", f"/actions/runs/{run}/rerun")
    return play.entered(run)


def started_again(play: Stage, run: int, delivery: str, attempt: int = 2) -> int:
    """The same, and its job ends well."""
    number = begun_again(play, run)
    assert play.deploy(run, delivery, attempt).exit_code is ExitCode.OK
    play.end(run)
    return number


def row(play: Stage, environment: str = "production") -> dict[str, Any]:
    """What `shipway status` says of it."""
    github = connect(play.world.environment(), Clone(play.world.clone))
    (found,) = status_of(look(github, environment, NOON, pytest.fail))["environments"]
    return dict(found)


def test_what_stands_there_is_what_was_verified(play: Stage) -> None:
    run, delivery = brought_in(play)
    before, said = play.standing("production"), play.kinds()
    for attempt in (2, 3):
        started_again(play, run, delivery, attempt)

    found = row(play)
    assert (found["version"], found["state"], found["foreign"]) == ("1.0.0", "verified", False)
    assert notes([found], NOON) == []
    assert play.promote("production", "dev").exit_code is ExitCode.OK
    assert play.sweep().message == "Nothing is under way."
    assert (play.standing("production"), play.kinds()) == (before, said)
    assert len(play.runs()) == 2


def test_where_github_ends_the_one_before(play: Stage) -> None:
    play.into_dev()
    run = play.runs()[0]["id"]
    delivery = play.events()[0]["detail"]["id"]
    play.world.request("POST", f"/actions/runs/{run}/rerun")
    play.enter(run, "dev")
    assert play.deploy(run, delivery, attempt=2).exit_code is ExitCode.OK
    play.end(run)

    found = row(play, "dev")
    assert (found["version"], found["state"], found["foreign"]) == ("1.0.0", "verified", False)
    assert play.promote("dev").exit_code is ExitCode.OK
    assert len(play.runs()) == 1


def test_the_next_version_ends_it_on_github(play: Stage) -> None:
    run, delivery = brought_in(play)
    number = started_again(play, run, delivery)
    brought_in(play, "1.1.0")

    assert play.states(number)[-1] == "inactive"
    assert (row(play)["version"], row(play)["foreign"]) == ("1.1.0", False)


def test_a_rollback_that_was_started_again_has_been_done(play: Stage) -> None:
    brought_in(play)
    brought_in(play, "1.1.0")
    asked = play.roll_back()
    run = asked.facts["run"]["id"]
    play.entered(run)
    assert play.deploy(run, asked.id).exit_code is ExitCode.OK
    play.end(run)
    started_again(play, run, asked.id)

    again = play.roll_back()
    assert (again.message, again.exit_code) == ("production is back on 1.0.0.", ExitCode.OK)
    assert (row(play)["version"], row(play)["state"]) == ("1.0.0", "verified")
    assert play.runs()[0]["id"] == run


def test_as_long_as_it_goes_on_nobody_ends_it(play: Stage) -> None:
    run, _ = brought_in(play)
    number = begun_again(play, run)

    assert play.sweep().message == "Nothing is under way."
    assert play.states(number)[-1] == "in_progress"
    assert (row(play)["version"], row(play)["state"]) == ("1.0.0", "deploying")


@pytest.mark.requirement("SEC-1")
def test_after_somebody_else_has_deployed_it_brings_nothing_back(play: Stage) -> None:
    run, delivery = brought_in(play)
    made = play.world.request(
        "POST", "/deployments", {"ref": "main", "environment": "production", "required_contexts": []}
    )
    play.world.request("POST", f"/deployments/{made['id']}/statuses", {"state": "success"})
    started_again(play, run, delivery)

    found = row(play)
    assert (found["version"], found["state"], found["foreign"]) == ("", "deployed", True)
