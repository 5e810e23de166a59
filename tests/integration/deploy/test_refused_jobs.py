"""Nobody comes past the policies by starting the workflow by hand, or by a job that GitHub did not hold back."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from integration.delivery.rollback_world import ended_process
from integration.deploy.stage import CONFIGURATION, WORKFLOW, Stage, stage
from shipway.bootstrap.environment import Chance, Watchers
from shipway.bootstrap.locking import LockAsked, run_lock
from shipway.errors import ExitCode, ShipwayError

pytestmark = pytest.mark.requirement("DEP-1", "SEC-1")


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Stage]:
    """Nothing deployed yet."""
    with stage(tmp_path) as made:
        yield made


def test_an_environment_that_a_job_would_make(play: Stage) -> None:
    play.into_dev()
    play.world.request("DELETE", "/environments/production")
    refused = play.promote("production", "dev")

    assert (refused.reason_code, refused.exit_code) == ("environment-missing", ExitCode.TRANSITION)
    assert refused.message == (
        "1.0.0 cannot go to production: GitHub has no environment production, and the job that deploys would make "
        "it, open to every job."
    )
    assert refused.next_step == (
        "Make it as configured: shipway environments apply. Then go on: "
        "shipway promote 1.0.0 --from dev --to production"
    )
    assert len(play.runs()) == 1


def test_back_into_an_environment_that_a_job_would_make(play: Stage) -> None:
    for version in ("1.0.0", "1.1.0"):
        run, _ = play.production(version)
        assert play.played("production", run).exit_code is ExitCode.OK
    play.world.request("DELETE", "/environments/production")
    refused = play.roll_back()

    assert (refused.reason_code, refused.exit_code) == ("environment-missing", ExitCode.TRANSITION)
    assert refused.next_step == (
        "Make it as configured: shipway environments apply. Then: "
        "shipway rollback production --to 1.0.0 --reason '…'"
    )


def by_hand(play: Stage, delivery: str) -> int:
    """Start the workflow by hand; gives the run."""
    inputs = {"delivery": delivery, "environment": "production", "version": "1.0.0"}
    path = "/actions/workflows/deploy.yml/dispatches"
    play.world.request("POST", path, {"ref": "main", "inputs": inputs})
    return int(play.runs()[0]["id"])


@pytest.fixture
def unstarted(tmp_path: Path) -> Iterator[Stage]:
    """The promotion of 1.0.0 died once it had claimed production; nobody has looked at licences."""
    gate = "gates:\n  licences: {command: [sh, -c, 'test ! -e ../unlicensed'], stages: [promotion]}"
    with stage(tmp_path, configuration=CONFIGURATION.replace("gates:", gate)) as made:
        made.into_dev()
        made.killed_before_dispatch(ended_process())
        yield made


@pytest.mark.parametrize("licensed", [True, False])
def test_started_by_hand_before_the_gates_have_passed(unstarted: Stage, licensed: bool) -> None:
    if not licensed:
        (unstarted.world.clone.parent / "unlicensed").touch()
    delivery = unstarted.delivery("production")
    run = by_hand(unstarted, delivery)
    unstarted.entered(run)
    done = unstarted.deploy(run, delivery)

    assert done.reason_code == ("done" if licensed else "gates-failed")
    assert (unstarted.world.clone.parent / "deployed").exists() is licensed


def test_a_run_of_another_name_does_not_pass_for_the_one_that_was_to_be_started(unstarted: Stage) -> None:
    run = by_hand(unstarted, "another")
    unstarted.entered(run)
    with pytest.raises(ShipwayError) as refused:
        unstarted.deploy(run, unstarted.delivery("production"))
    assert refused.value.reason_code == "delivery-elsewhere"


def test_an_unknown_delivery(play: Stage) -> None:
    run = by_hand(play, "no-such")
    play.entered(run)
    with pytest.raises(ShipwayError) as refused:
        play.deploy(run, "no-such")
    assert (refused.value.reason_code, refused.value.exit_code) == ("delivery-unknown", ExitCode.TRANSITION)
    assert refused.value.message == (
        "No delivery no-such is under way: nobody has started it, or it has ended."
    )
    assert not (play.world.clone.parent / "deployed").exists()


def test_a_delivery_that_another_run_works_on(play: Stage) -> None:
    run, delivery = play.production()
    other = by_hand(play, delivery)
    play.entered(other)
    with pytest.raises(ShipwayError) as refused:
        play.deploy(other, delivery)
    assert (refused.value.reason_code, refused.value.exit_code) == ("delivery-elsewhere", ExitCode.LOCKED)
    assert play.standing("production")["claim"]["dispatched"] == run


def test_a_delivery_that_has_ended_is_not_brought_in_again(play: Stage) -> None:
    run, delivery = play.production()
    play.entered(run)
    assert play.deploy(run, delivery).exit_code is ExitCode.OK
    again = play.deploy(run, delivery)
    assert (again.exit_code, again.message) == (ExitCode.OK, "1.0.0 is in production.")
    assert (play.world.clone.parent / "deployed").read_text().splitlines() == ["1.0.0"]
    assert play.kinds()[-2:] == ["deployed", "verified"]


def test_outside_of_a_run(play: Stage) -> None:
    with pytest.raises(ShipwayError) as refused:
        play.deploy(0, "any")
    assert refused.value.reason_code == "delivery-unknown"


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("", "GitHub has made no deployment to production for a job of this run."),
        ("dev", "GitHub has made no deployment to production for a job of this run, it names dev."),
    ],
    ids=["no environment", "another one"],
)
def test_a_job_that_does_not_name_the_environment(play: Stage, named: str, message: str) -> None:
    run, delivery = play.production()
    if named:
        play.enter(run, named)
    refused = play.deploy(run, delivery)

    assert (refused.reason_code, refused.message) == ("environment-not-named", message)
    assert refused.next_step == ("Name it in the job, so that its protection counts: environment: production")
    assert "claim" not in play.standing("production")
    assert not (play.world.clone.parent / "deployed").exists()


def test_locked_while_it_waited_for_review(play: Stage) -> None:
    run, delivery = play.production()
    play.enter(run, "production")
    asked = LockAsked(environment="production", reason="incident 42", repo=play.world.clone)
    run_lock(asked, play.world.environment(), Watchers(), chance=Chance())
    play.review(run)
    refused = play.deploy(run, delivery)

    assert (refused.reason_code, refused.exit_code) == ("locked", ExitCode.LOCKED)
    assert not (play.world.clone.parent / "deployed").exists()
    assert play.kinds()[-2:] == ["dispatched", "promotion-stopped"]


def guarded(folder: Path) -> AbstractContextManager[Stage]:
    """The configuration names who reviews."""
    protection = "  production:\n    protection: {reviewers: [reviewer]}\n"
    return stage(folder, configuration=CONFIGURATION.replace("  production:\n", protection))


def made_anew(play: Stage) -> tuple[int, str]:
    """Somebody deletes the environment before its job begins, so GitHub makes it; gives run and delivery."""
    run, delivery = play.production()
    play.world.request("DELETE", "/environments/production")
    play.enter(run, "production")
    return run, delivery


@pytest.mark.requirement("AUTH-1")
def test_an_environment_that_github_made_anew_for_the_job(tmp_path: Path) -> None:
    with guarded(tmp_path) as play:
        run, delivery = made_anew(play)
        refused = play.deploy(run, delivery)

        assert (refused.reason_code, refused.exit_code) == ("environment-unguarded", ExitCode.TRANSITION)
        assert refused.message == (
            "1.0.0 cannot go to production: GitHub has no rule for production, so nothing has held back "
            "the job that deploys."
        )
        assert refused.next_step == (
            "Make it as configured: shipway environments apply. Then go on: "
            "shipway promote 1.0.0 --from dev --to production"
        )
        assert not (play.world.clone.parent / "deployed").exists()


@pytest.mark.requirement("AUTH-1")
def test_one_that_github_has_a_rule_for(tmp_path: Path) -> None:
    with guarded(tmp_path) as play:
        run, delivery = play.production()
        play.entered(run)
        assert play.deploy(run, delivery).exit_code is ExitCode.OK


@pytest.mark.requirement("AUTH-1")
def test_one_in_a_private_repository_whose_plan_may_have_no_rules(tmp_path: Path) -> None:
    with guarded(tmp_path) as play:
        play.world.request("PATCH", "", {"private": True})
        run, delivery = made_anew(play)
        assert play.deploy(run, delivery).exit_code is ExitCode.OK


@pytest.mark.parametrize(
    ("workflow", "configured"),
    [
        (WORKFLOW.replace("      version: {required: true}\n", ""), CONFIGURATION),
        (WORKFLOW.replace("workflow_dispatch", "workflow_call"), CONFIGURATION),
        (WORKFLOW, CONFIGURATION.replace("deploy.yml", "other.yml")),
    ],
    ids=["input missing", "cannot be started", "not there"],
)
def test_a_workflow_that_github_does_not_start(tmp_path: Path, workflow: str, configured: str) -> None:
    with stage(tmp_path, workflow, configured) as play:
        refused = play.promote("dev")

        assert refused.reason_code == "dispatch-refused"
        assert refused.next_step.endswith(
            "with workflow_dispatch and the inputs delivery, environment, version; "
            "then try again: shipway promote 1.0.0 --to dev"
        )
        assert play.runs() == []
        assert play.kinds() == ["promotion-started", "promotion-stopped"]
        assert play.standing("dev") == {}
