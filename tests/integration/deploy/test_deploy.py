"""A command decides and starts a workflow; its job, held back by GitHub, brings the version in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.deploy.stage import Stage, stage
from shipway.domain.outcome import Decision
from shipway.errors import ExitCode


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Stage]:
    """Nothing deployed yet."""
    with stage(tmp_path) as made:
        yield made


@pytest.mark.requirement("DEP-1", "DEP-2", "DEP-5")
def test_a_reviewer_lets_the_job_go_on_and_it_brings_the_version_in(play: Stage) -> None:
    play.into_dev()
    asked = play.promote("production", "dev")

    assert (asked.decision, asked.reason_code, asked.exit_code) == (
        Decision.WAITING,
        "dispatched",
        ExitCode.WAITING,
    )
    run, *_ = play.runs()
    assert asked.facts["run"] == {
        "id": run["id"],
        "url": run["html_url"],
        "status": "queued",
        "conclusion": "",
        "waiting_for": [],
    }
    assert asked.message == f"1.0.0 is on its way into production: run {run['html_url']} is queued."
    assert asked.id in run["display_title"]

    deployment = play.enter(run["id"], "production")
    waiting = play.promote("production", "dev")
    assert (waiting.reason_code, waiting.facts["run"]["waiting_for"]) == ("awaiting-review", ["reviewer"])
    assert waiting.next_step == "Waiting for reviewer. It goes on by itself."

    play.review(run["id"])
    done = play.deploy(run["id"], asked.id)
    play.end(run["id"])

    assert (done.decision, done.message, done.exit_code) == (
        Decision.DONE,
        "1.0.0 is in production.",
        ExitCode.OK,
    )
    assert done.deployment
    assert done.deployment["id"] == deployment
    assert play.kinds()[-5:] == ["promotion-started", "dispatched", "adopted", "deployed", "verified"]
    assert len(play.world.request("GET", "/deployments")) == 2
    assert (play.world.clone.parent / "deployed").read_text() == "1.0.0\n"
    standing = play.standing("production")
    assert "claim" not in standing
    assert [one["deployment"] for one in standing["verified"]] == [deployment]
    again = play.promote("production", "dev")
    assert (again.decision, again.message) == (Decision.DONE, "1.0.0 is in production.")
