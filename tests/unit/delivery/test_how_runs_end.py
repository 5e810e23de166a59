"""How the run of a workflow ended, for each of GitHub's words, and whose deployment is which."""

import itertools
from dataclasses import replace

import pytest

from shipway.domain.delivery.adopting import bound_to
from shipway.domain.delivery.dispatching import how_it_ended
from shipway.domain.facts import Deployment, DeploymentState
from shipway.domain.standing import Adopted, Standing
from shipway.domain.workflow_run import WorkflowRun, run_in

pytestmark = pytest.mark.requirement("DEP-5")

ENDS = {
    "success": "deploy-run-succeeded",
    "failure": "deploy-run-failed",
    "neutral": "deploy-run-failed",
    "cancelled": "deploy-run-cancelled",
    "skipped": "deploy-run-failed",
    "timed_out": "deploy-run-timed-out",
    "action_required": "deploy-run-failed",
    "stale": "deploy-run-failed",
    "startup_failure": "deploy-run-failed",
    "deleted": "deploy-run-lost",
    "something new": "deploy-run-failed",
}


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(("conclusion", "reason"), ENDS.items())
def test_a_run_that_is_over(conclusion: str, reason: str, late: bool) -> None:
    end = how_it_ended(WorkflowRun(id=1, status="completed", conclusion=conclusion), late=late)
    assert end
    assert (end.reason, end.succeeded) == (reason, conclusion == "success")


@pytest.mark.parametrize("status", ["queued", "requested", "pending", "waiting", "in_progress"])
def test_a_run_that_goes_on(status: str) -> None:
    run = WorkflowRun(id=1, status=status)
    assert how_it_ended(run, late=False) is None
    late = how_it_ended(run, late=True)
    assert late
    assert (late.reason, late.timed_out) == ("deploy-run-timed-out", True)


def test_a_run_that_never_appeared() -> None:
    assert how_it_ended(None, late=False) is None
    lost = how_it_ended(None, late=True)
    assert lost
    assert lost.reason == "deploy-run-lost"


def test_a_run_that_somebody_rejected() -> None:
    run = WorkflowRun(id=1, status="completed", conclusion="failure", rejected_by="bob")
    end = how_it_ended(run, late=False)
    assert end
    assert (end.reason, end.words) == ("deploy-rejected", "the deploy run was rejected by bob")


RECORDED = ("", "success", "failure", "error")


@pytest.mark.parametrize(("now", "recorded"), [*itertools.product(DeploymentState, RECORDED)])
def test_what_counts_of_a_deployment_that_was_adopted(now: DeploymentState, recorded: str) -> None:
    """The ledger's word, once there is one; until then a success of the job is none of the version."""
    deployment = Deployment(7, "D7", "production", "a" * 40, now)
    adopted = Adopted(7, "p1", "1.0.0", "b" * 40, "commit:b", "alice", release="r1", state=recorded)
    (shown,) = bound_to({"production": Standing(adopted=(adopted,))}, [deployment], "")

    expected = DeploymentState(recorded) if recorded else now
    if now is DeploymentState.SUCCESS and not recorded:
        expected = DeploymentState.IN_PROGRESS
    if now is DeploymentState.INACTIVE:
        expected = now
    assert shown.state is expected
    assert (shown.delivery, shown.version, shown.commit, shown.actor) == ("p1", "1.0.0", "b" * 40, "alice")


def test_a_foreign_deployment_stays_foreign() -> None:
    deployment = Deployment(8, "D8", "production", "a" * 40, DeploymentState.SUCCESS)
    assert bound_to({"production": Standing()}, [deployment], "") == (deployment,)


@pytest.mark.parametrize(
    ("log", "run"),
    [
        ("https://github.example/o/r/actions/runs/42/job/7", 42),
        ("https://github.example/o/r/actions/runs/42", 42),
        ("https://github.example/o/r/actions/runs/42x", 0),
        ("https://github.example/o/rr/actions/runs/42", 0),
        ("https://elsewhere.example/?https://github.example/o/r/actions/runs/42", 0),
        ("", 0),
    ],
)
def test_the_run_that_a_log_belongs_to(log: str, run: int) -> None:
    assert run_in(log, "https://github.example/o/r") == run


OURS = Deployment(7, "D7", "production", "a" * 40, DeploymentState.INACTIVE)
AGAIN = Deployment(
    9,
    "D9",
    "production",
    "a" * 40,
    DeploymentState.SUCCESS,
    log_url="https://github.example/o/r/actions/runs/42/job/1",
)
TAKEN = Adopted(7, "p1", "1.0.0", "b" * 40, "commit:b", "alice", state="success", run=42)


def stands(made: list[Deployment], taken: Adopted = TAKEN) -> list[tuple[int, str, str]]:
    """What is shown of deployments: number, version and state."""
    shown = bound_to({"production": Standing(adopted=(taken,))}, made, "https://github.example/o/r")
    return [(one.id, one.version, one.state.value) for one in shown]


def test_a_run_that_was_started_again_leaves_what_it_had_brought_in() -> None:
    failed = replace(AGAIN, id=8, node_id="D8", state=DeploymentState.FAILURE)
    assert stands([AGAIN, OURS]) == [(7, "1.0.0", "success")]
    assert stands([AGAIN, failed, OURS]) == [(8, "", "failure"), (7, "1.0.0", "success")]


@pytest.mark.requirement("SEC-1")
@pytest.mark.parametrize(
    ("made", "taken"),
    [
        (replace(AGAIN, commit="c" * 40), TAKEN),
        (replace(AGAIN, log_url="https://github.example/o/r/actions/runs/43"), TAKEN),
        (replace(AGAIN, log_url="https://elsewhere.example/o/r/actions/runs/42"), TAKEN),
        (replace(AGAIN, log_url=""), replace(TAKEN, run=0)),
        (AGAIN, replace(TAKEN, state="failure")),
        (AGAIN, replace(TAKEN, state="")),
        (replace(AGAIN, environment="dev"), TAKEN),
        (replace(AGAIN, id=6), TAKEN),
        (replace(AGAIN, state=DeploymentState.IN_PROGRESS), TAKEN),
        (replace(AGAIN, delivery="p2"), TAKEN),
    ],
)
def test_what_is_none_of_it_started_again(made: Deployment, taken: Adopted) -> None:
    assert (made.id, "", made.state.value) in stands([made, OURS], taken)
    assert (7, "1.0.0", "inactive") in stands([made, OURS], taken)


@pytest.mark.requirement("SEC-1")
def test_what_somebody_else_has_deployed_since_stands_there() -> None:
    theirs = replace(AGAIN, id=8, node_id="D8", log_url="")
    expected = [(9, "", "success"), (8, "", "success"), (7, "1.0.0", "inactive")]
    assert stands([AGAIN, theirs, OURS]) == expected
