"""Whatever GitHub answers when a workflow is started: one run, which is looked at before another version comes in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from integration.delivery.rollback_world import ended_process
from integration.deploy.stage import Stage, stage
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.errors import ExitCode

pytestmark = pytest.mark.requirement("DEP-5", "FAIL-1")

START = {"method": "POST", "path": "/dispatches$"}
LISTING = {"method": "GET", "path": "/actions/workflows/deploy.yml/runs$"}


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Stage]:
    """1.0.0 is verified in dev."""
    with stage(tmp_path) as made:
        made.into_dev()
        yield made


def brought_in(play: Stage, asked: DeliveryOutcome) -> int:
    """The one run that was started brings the version in; gives its number."""
    (run,) = (one for one in play.runs() if asked.id in one["display_title"])
    assert asked.reason_code == "dispatched"
    done = play.played("production", run["id"])
    assert (done.exit_code, done.message) == (ExitCode.OK, "1.0.0 is in production.")
    assert play.kinds()[-4:] == ["dispatched", "adopted", "deployed", "verified"]
    return int(run["id"])


@pytest.mark.parametrize("kind", ["error-after", "reset-after", "error-before", "reset-before", "timeout"])
def test_a_lost_answer(play: Stage, kind: str) -> None:
    play.world.twin.faults.add(kind, START)
    asked = play.promote("production", "dev")

    assert asked.facts["run"]["id"] == brought_in(play, asked)


@pytest.mark.parametrize("details", ["overlooked", "refused"])
def test_a_server_that_does_not_name_the_run(play: Stage, details: Literal["overlooked", "refused"]) -> None:
    play.world.twin.world.run_details = details
    asked = play.promote("production", "dev")

    assert asked.facts["run"]["id"] == brought_in(play, asked)


def test_a_run_that_is_listed_late_is_named_by_its_job(play: Stage) -> None:
    play.world.twin.world.run_details = "overlooked"
    play.world.twin.faults.add("stale-read", LISTING, times=3)
    asked = play.promote("production", "dev")
    assert asked.message == "1.0.0 is on its way into production: its run has not appeared yet."
    assert play.standing("production")["claim"]["dispatched"] == 0
    run, _ = play.runs()
    play.entered(run["id"])

    assert play.deploy(run["id"], asked.id).exit_code is ExitCode.OK
    assert play.kinds()[-5:] == ["dispatched", "dispatched", "adopted", "deployed", "verified"]


def test_a_run_that_is_listed_late_is_named_by_who_looks(play: Stage) -> None:
    play.world.twin.world.run_details = "overlooked"
    play.world.twin.faults.add("stale-read", LISTING, times=3)
    play.promote("production", "dev")
    asked = play.promote("production", "dev")

    assert asked.facts["run"]["id"] == brought_in(play, asked)


def test_a_job_that_begins_before_the_record_of_its_start_can_be_read(play: Stage) -> None:
    asked = play.promote("production", "dev")
    run = asked.facts["run"]["id"]
    play.entered(run)
    play.world.twin.faults.add("stale-read", {"path": "/graphql$"})

    assert play.deploy(run, asked.id).exit_code is ExitCode.OK


# --- another version


def unlooked(play: Stage) -> None:
    """The run of 1.0.0 has brought it in without a word, and 1.1.0 is verified in dev."""
    play.into_dev("1.1.0")
    run = play.promote("production", "dev").facts["run"]["id"]
    play.entered(run)
    play.end(run)


def test_nobody_has_looked_how_a_run_ended(play: Stage) -> None:
    unlooked(play)
    refused = play.promote("production", "dev", "1.1.0", holder="run:999")

    assert (refused.reason_code, refused.exit_code) == ("run-unconcluded", ExitCode.LOCKED)
    assert refused.message == (
        "1.1.0 cannot go to production: the run that brings 1.0.0 into production is over, and nobody has looked how "
        "it ended."
    )
    assert refused.next_step == (
        "Look how it ended: shipway sweep. Then: shipway promote 1.1.0 --from dev --to production"
    )
    assert play.sweep().message == "Looked after 1: 1 finished."
    assert [one["version"] for one in play.standing("production")["verified"]] == ["1.0.0"]
    assert play.promote("production", "dev", "1.1.0").reason_code == "dispatched"


def test_a_rollback_knows_first_what_is_there(play: Stage) -> None:
    play.played("production", play.promote("production", "dev").facts["run"]["id"])
    play.into_dev("1.1.0")
    run = play.promote("production", "dev", "1.1.0").facts["run"]["id"]
    play.entered(run)
    play.end(run)
    refused = play.roll_back()

    assert refused.reason_code == "run-unconcluded"
    assert refused.next_step == (
        "Look how it ended: shipway sweep. Then: shipway rollback production --reason '…'"
    )
    assert play.sweep().exit_code is ExitCode.OK
    assert play.roll_back().reason_code == "dispatched"
    assert play.standing("production")["claim"]["replaces"] == "1.1.0"


@pytest.mark.parametrize("conclusion", ["failure", "cancelled"])
def test_a_run_that_brought_nothing_in_keeps_nobody_out(play: Stage, conclusion: str) -> None:
    play.into_dev("1.1.0")
    run = play.promote("production", "dev").facts["run"]["id"]
    play.entered(run)
    play.end(run, conclusion)

    assert play.promote("production", "dev", "1.1.0").reason_code == "dispatched"


def test_a_run_of_which_nobody_recorded_the_start_keeps_others_out(play: Stage) -> None:
    play.into_dev("1.1.0")
    play.killed_before_record(ended_process())
    refused = play.promote("production", "dev", "1.1.0")
    assert (refused.reason_code, refused.exit_code) == ("promotion-under-way", ExitCode.LOCKED)

    asked = play.promote("production", "dev")
    brought_in(play, asked)
