"""How a run ended is read off GitHub by whoever looks, and each end is told truthfully."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from integration.delivery.rollback_world import ended_process
from integration.deploy.stage import Stage, stage
from shipway.bootstrap.environment import Watchers
from shipway.domain.delivery.steps import CancelRun
from shipway.errors import ExitCode

pytestmark = pytest.mark.requirement("DEP-5", "FAIL-1")


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Stage]:
    """Nothing deployed yet."""
    with stage(tmp_path) as made:
        yield made


def became(play: Stage) -> list[tuple[str, str, str]]:
    """What a sweep says of each delivery."""
    rows = play.sweep().facts["deliveries"]
    return [(row["environment"], row["became"], row["reason_code"]) for row in rows]


def test_a_workflow_that_never_calls_us_is_verified_by_the_next_look(play: Stage) -> None:
    run, _ = play.production()
    number = play.entered(run)
    play.end(run)

    assert became(play) == [("production", "finished", "done")]
    assert play.standing("production")["verified"][0]["deployment"] == number
    assert play.kinds()[-3:] == ["adopted", "deployed", "verified"]
    assert not (play.world.clone.parent / "deployed").exists()
    assert (play.world.clone.parent / "smoked").read_text().splitlines()[-1] == "1.0.0 verification"


def test_what_does_not_verify_after_its_run_is_a_failure(play: Stage) -> None:
    run, _ = play.production()
    number = play.entered(run)
    play.end(run)
    (play.world.clone.parent / "smoke-fails").touch()

    assert became(play) == [("production", "closed", "verification-failed")]
    assert play.states(number)[-1] == "failure"
    assert "verified" not in play.standing("production")
    assert play.kinds()[-2:] == ["deployment-failed", "promotion-stopped"]


def test_two_jobs_with_the_environment(play: Stage) -> None:
    run, delivery = play.production()
    play.entered(run)
    second = play.enter(run, "production")
    play.review(run)
    done = play.deploy(run, delivery)
    play.end(run)

    assert done.exit_code is ExitCode.OK
    assert play.standing("production")["verified"][0]["deployment"] == second
    assert became(play) == []


@pytest.mark.parametrize(
    ("conclusion", "reason"),
    [
        ("cancelled", "deploy-run-cancelled"),
        ("timed_out", "deploy-run-timed-out"),
    ],
)
@pytest.mark.parametrize("adopted", [True, False], ids=["in our part", "before it"])
def test_a_run_that_ends_without_a_word(play: Stage, conclusion: str, reason: str, adopted: bool) -> None:
    run, _ = play.production()
    number = play.entered(run)
    if adopted:
        play.killed_in_the_job(run)
    play.end(run, conclusion)

    assert became(play) == [("production", "closed", reason)]
    assert play.states(number)[-1] in {"failure", "error"}
    assert play.kinds()[-2:] == ["deployment-failed", "promotion-stopped"]
    assert "claim" not in play.standing("production")


@pytest.mark.requirement("FAIL-4")
def test_a_deployment_whose_place_another_took(play: Stage) -> None:
    run, _ = play.production()
    number = play.entered(run)
    play.killed_in_the_job(run)
    play.end(run)
    play.world.request("POST", f"/deployments/{number}/statuses", {"state": "inactive"})
    refused = play.promote("production", "dev")

    assert (refused.reason_code, refused.exit_code) == ("deployment-replaced", ExitCode.FAILURE)
    assert refused.message == "1.0.0 did not come into production: another deployment took its place."
    assert refused.next_step == (
        f"Look at {play.world.twin.url}/octo-org/hello/actions/runs/{run}, "
        "then try again: shipway promote 1.0.0 --from dev --to production"
    )


@pytest.mark.parametrize("adopted", [True, False], ids=["in our part", "before it"])
def test_a_run_that_fails_without_a_word_is_started_again_once(play: Stage, adopted: bool) -> None:
    run, _ = play.production()
    play.entered(run)
    if adopted:
        play.killed_in_the_job(run)
    play.end(run, "failure")
    assert became(play) == [("production", "under way", "dispatched")]
    assert play.run(run)[0] == "queued"
    number = play.entered(run)
    play.end(run, "failure")

    assert became(play) == [("production", "closed", "deploy-run-failed")]
    assert play.states(number)[-1] == "failure"
    assert play.kinds()[-2:] == ["deployment-failed", "promotion-stopped"]
    assert "claim" not in play.standing("production")


def test_started_again_it_brings_the_version_in(play: Stage) -> None:
    run, delivery = play.production()
    play.entered(run)
    play.killed_in_the_job(run)
    play.end(run, "failure")
    assert play.promote("production", "dev").reason_code == "dispatched"
    number = play.entered(run)
    done = play.deploy(run, delivery, attempt=2)
    play.end(run)

    assert (done.exit_code, done.message) == (ExitCode.OK, "1.0.0 is in production.")
    assert play.standing("production")["verified"][0]["deployment"] == number
    assert became(play) == []


def test_a_workflow_that_deploys_by_itself_has_failed_when_it_says_so(play: Stage) -> None:
    run = play.promote("dev").facts["run"]["id"]
    play.enter(run, "dev")
    play.end(run, "failure")
    assert became(play) == [("dev", "closed", "deploy-run-failed")]


def test_a_cancelled_review(play: Stage) -> None:
    run, _ = play.production()
    number = play.enter(run, "production")
    play.end(run, "cancelled")

    assert became(play) == [("production", "closed", "deploy-run-cancelled")]
    assert play.states(number)[-1] in {"failure", "error"}


def test_rejected_with_who_did(play: Stage) -> None:
    run, _ = play.production()
    play.enter(run, "production")
    play.review(run, "rejected")
    refused = play.promote("production", "dev")

    assert (refused.reason_code, refused.exit_code) == ("deploy-rejected", ExitCode.FAILURE)
    assert refused.message == ("1.0.0 did not come into production: the deploy run was rejected by reviewer.")
    again = play.promote("production", "dev")
    assert again.reason_code == "dispatched"
    assert again.facts["run"]["id"] != run


def test_started_again_while_nobody_looked(play: Stage) -> None:
    run, delivery = play.production()
    first = play.entered(run)
    play.killed_in_the_job(run)
    play.end(run, "cancelled")
    play.world.request("POST", f"/actions/runs/{run}/rerun")
    second = play.entered(run)
    done = play.deploy(run, delivery, attempt=2)
    play.end(run)

    assert done.exit_code is ExitCode.OK
    assert play.standing("production")["verified"][0]["deployment"] == second
    assert play.states(first)[-1] == "inactive"


def test_started_again_after_it_was_closed(play: Stage) -> None:
    run, delivery = play.production()
    play.entered(run)
    play.end(run, "cancelled")
    assert became(play) == [("production", "closed", "deploy-run-cancelled")]
    play.world.request("POST", f"/actions/runs/{run}/rerun")
    play.entered(run)
    with pytest.raises(Exception, match="No delivery"):
        play.deploy(run, delivery, attempt=2)


def test_a_lost_runner_counts_as_given_up_in_time(play: Stage) -> None:
    run, _ = play.production()
    number = play.entered(run)
    play.later += timedelta(minutes=20)
    assert became(play) == [("production", "under way", "dispatched")]
    play.later += timedelta(hours=3)
    assert became(play) == [("production", "closed", "deploy-run-timed-out")]
    assert play.states(number)[-1] == "error"
    assert play.run(run) == ("completed", "cancelled")


@pytest.mark.requirement("DEP-6", "RBK-6")
def test_one_that_takes_too_long_goes_back_and_calls_people(play: Stage) -> None:
    run, delivery = play.production("1.0.0")
    play.entered(run)
    assert play.deploy(run, delivery).exit_code is ExitCode.OK
    play.end(run)
    run, _ = play.production("1.1.0")
    number = play.entered(run)
    play.killed_in_the_job(run)
    play.later += timedelta(minutes=75)

    (row,) = play.sweep().facts["deliveries"]
    assert (row["became"], row["reason_code"]) == ("closed", "deploy-run-timed-out")
    assert (play.run(run), play.states(number)[-1]) == (("completed", "cancelled"), "error")
    (issue,) = play.world.request("GET", "/issues?labels=incident,P0")
    assert issue["title"] == "P0: 1.1.0 in production took too long and goes back to 1.0.0"
    back = play.runs()[0]["id"]
    assert back != run
    assert play.played("production", back).message == "production is back on 1.0.0."


def test_one_that_waits_for_review_too_long_is_cancelled(play: Stage) -> None:
    run, _ = play.production()
    play.enter(run, "production")
    play.later += timedelta(days=31)
    assert became(play) == [("production", "closed", "deploy-run-timed-out")]
    assert play.run(run) == ("completed", "cancelled")
    assert "claim" not in play.standing("production")


def test_one_that_ended_just_before_it_is_cancelled_counts_as_it_ended(play: Stage) -> None:
    run, _ = play.production()
    number = play.entered(run)
    play.later += timedelta(hours=3)
    play.watchers = Watchers(move=lambda move, _: play.end(run) if isinstance(move, CancelRun) else None)

    assert became(play) == [("production", "finished", "done")]
    assert play.standing("production")["verified"][0]["deployment"] == number


def test_a_token_that_may_not_cancel_closes_it_all_the_same(play: Stage) -> None:
    run, _ = play.production()
    number = play.entered(run)
    play.later += timedelta(hours=3)
    may = {
        "contents": "write",
        "deployments": "write",
        "actions": "read",
        "checks": "write",
        "issues": "write",
    }
    play.world = replace(play.world, token=play.world.token_of("releaser", permissions=may))
    outcome = play.sweep()

    assert [row["reason_code"] for row in outcome.facts["deliveries"]] == ["deploy-run-timed-out"]
    why = (
        f"the permission `actions: write`, which POST /repos/octo-org/hello/actions/runs/{run}/cancel needs."
    )
    assert outcome.warnings == (f"Could not cancel run {run}: The token lacks {why}",)
    assert play.states(number)[-1] == "error"


def test_a_run_that_names_no_environment(play: Stage) -> None:
    run, _ = play.production()
    play.begin(run)
    play.end(run)
    assert became(play) == [("production", "closed", "environment-not-named")]
    assert "verified" not in play.standing("production")


def test_what_a_command_left_open_is_ended(play: Stage) -> None:
    """It died between its claim and the start of the workflow."""
    play.into_dev()
    play.killed_before_dispatch(ended_process())
    before = play.standing("production")
    (planned,) = play.sweep(dry_run=True).facts["deliveries"]
    assert (planned["became"], planned["reason_code"]) == ("planned", "run-lost")
    assert planned["message"] == ("1.0.0 into production would be given up: its run ended before it did.")
    assert play.standing("production") == before
    assert became(play) == [("production", "closed", "run-lost")]
    assert "claim" not in play.standing("production")
    assert [play.sweep().message] == ["Nothing is under way."]


def test_a_sweep_in_few_requests(play: Stage) -> None:
    run, _ = play.production()
    play.enter(run, "production")
    before = len(play.world.calls())
    outcome = play.sweep()
    assert outcome.message == "Looked after 1: 1 under way."
    (row,) = outcome.facts["deliveries"]
    assert row["message"].startswith("releaser's run goes on, waits for reviewer: ")
    assert play.world.calls()[before:] == [
        "POST /graphql",
        "GET /repos/{owner}/{repo}/actions/runs/{run_id}",
        "GET /repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments",
    ]


def test_back_by_the_same_way(play: Stage) -> None:
    for version in ("1.0.0", "1.1.0"):
        run, delivery = play.production(version)
        play.entered(run)
        assert play.deploy(run, delivery).exit_code is ExitCode.OK
        play.end(run)
    asked = play.roll_back()
    assert (asked.reason_code, asked.exit_code) == ("dispatched", ExitCode.WAITING)
    run = asked.facts["run"]["id"]
    play.entered(run)
    done = play.deploy(run, asked.id)
    play.end(run)

    assert (done.message, done.exit_code) == ("production is back on 1.0.0.", ExitCode.OK)
    standing = play.standing("production")
    assert [one["version"] for one in standing["verified"]] == ["1.0.0"]
    assert [one["version"] for one in standing["holds"]] == ["1.1.0"]
    assert play.kinds("1.1.0")[-4:] == ["rollback-started", "dispatched", "adopted", "rolled-back"]
