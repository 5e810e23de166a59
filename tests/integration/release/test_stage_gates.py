"""Gates of a stage of an environment: they go by the checks on the commit, and it shows them."""

import time

import pytest

from integration.release.world import NOON, World
from shipway.adapters.git_repo import Clone
from shipway.adapters.github.commit_checks import observed_on
from shipway.bootstrap.environment import connect
from shipway.domain.delivery.steps import RunStageGates
from shipway.domain.facts import GateResults
from shipway.domain.gate_policy import GatePolicy
from shipway.domain.policy import Policy
from shipway.engine.gates import Gates, GateWatch, Pace
from shipway.engine.stage_gates import run_at_stage
from shipway.twin.behaviour import access

SCRIPT = 'test "$SHIPWAY_STAGE $SHIPWAY_ENVIRONMENT $SHIPWAY_VERSION" = "verification staging 1.1.0"'
POLICY = Policy(
    gates={"smoke": GatePolicy(command=("/bin/sh", "-c", SCRIPT)), "ci": GatePolicy(checks=("build",))}
)


def verified(world: World, commit: str) -> tuple[GateResults, list[str]]:
    """What the gates after a deployment to staging said, and warnings."""
    clone = Clone(world.clone)
    github = connect(world.environment(), clone)
    gates = Gates(
        clone, POLICY, watch=GateWatch(), echo=print, pace=Pace(time.monotonic, time.sleep, lambda: NOON)
    )
    step = RunStageGates("verification", "staging", commit, ("smoke", "ci"), {"SHIPWAY_VERSION": "1.1.0"})
    warnings: list[str] = []
    repository = world.request("GET", "", token=world.token_of("releaser"))["node_id"]
    return run_at_stage(step, POLICY, gates.run, github, repository, warnings.append), warnings


def become_app(world: World) -> None:
    """Go on with a workflow's own token."""
    rights = {"checks": "write", "contents": "read", "statuses": "read"}
    with world.twin.world.locked():
        world.token = access.issue_token(world.twin.world, "github-actions[bot]", rights, kind="actions")


@pytest.mark.requirement("GATE-2", "GATE-4")
@pytest.mark.parametrize("as_app", [False, True])
def test_they_are_shown_under_the_stage_and_the_environment(world: World, *, as_app: bool) -> None:
    head = world.git("rev-parse", "HEAD")
    world.request("POST", f"/statuses/{head}", {"state": "success", "context": "build"})
    if as_app:
        become_app(world)

    results, warnings = verified(world, head)

    shown = observed_on(connect(world.environment(), Clone(world.clone)), head)
    assert (results.passed, warnings) == (True, [])
    assert {check.name: check.conclusion for check in shown.checks} == {
        "build": "success",
        "shipway/verification/staging/smoke": "success",
        "shipway/verification/staging/ci": "success",
    }


@pytest.mark.requirement("GATE-2")
def test_what_never_reported_is_inconclusive(world: World) -> None:
    results, _ = verified(world, world.git("rev-parse", "HEAD"))

    assert [(verdict.gate, verdict.reason_code) for verdict in results.verdicts] == [
        ("smoke", "command-succeeded"),
        ("ci", "checks-absent"),
    ]


def test_a_commit_that_github_does_not_know_is_in_doubt(world: World) -> None:
    shown = observed_on(connect(world.environment(), Clone(world.clone)), "1" * 40)

    assert (shown.checks, shown.doubt) == ((), "it does not know the commit")


@pytest.mark.requirement("FAIL-4")
def test_that_they_cannot_be_shown_holds_up_nothing(world: World) -> None:
    head = world.git("rev-parse", "HEAD")
    world.token = world.token_of("reviewer", permissions={"contents": "read", "checks": "read"})

    results, warnings = verified(world, head)

    assert [verdict.gate for verdict in results.verdicts] == ["smoke", "ci"]
    assert len(warnings) == 1
    assert warnings[0].startswith("The gates could not be shown on the commit: ")


@pytest.mark.requirement("FAIL-1", "FAIL-2")
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(
    "fault", ["error-before", "error-after", "reset-before", "reset-during", "reset-after"]
)
def test_each_is_shown_once_whatever_becomes_of_the_answer(world: World, fault: str, times: int) -> None:
    head = world.git("rev-parse", "HEAD")
    become_app(world)
    world.twin.faults.add(fault, {"operation": "createCheckRun"}, times=times)

    _, warnings = verified(world, head)

    answer = world.request("GET", f"/commits/{head}/check-runs?filter=all", token=world.token_of("releaser"))
    assert warnings == []
    assert sorted(run["name"] for run in answer["check_runs"]) == [
        "shipway/verification/staging/ci",
        "shipway/verification/staging/smoke",
    ]


def test_verifying_again_is_shown_again(world: World) -> None:
    head = world.git("rev-parse", "HEAD")
    become_app(world)
    for _ in range(2):
        verified(world, head)

    answer = world.request("GET", f"/commits/{head}/check-runs?filter=all", token=world.token_of("releaser"))
    assert len(answer["check_runs"]) == 4
