"""The JSON that programs read keeps its shape: golden files under `tests/scenarios/release/outcome`."""

import json
from pathlib import Path

import pytest
from release_world import COMMAND, at_the_beginning, gate_results, policy_of
from test_merge_rules import READY
from test_release_endings import DELIVERS, LINE, MERGED, deployment, in_review, next_move, published, recorded

from shipway.domain.facts import DeploymentState, Facts
from shipway.domain.outcome import PROGRESS, SCHEMA, Outcome, nothing_to_release, outcome_of, planned
from shipway.domain.policy import Policy
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.state import State
from shipway.domain.verdict import Ruling
from shipway.errors import ExitCode

FOLDER = Path(__file__).parents[2] / "scenarios" / "release" / "outcome"
GATED = policy_of("unit", approvals=1)
FAILED = gate_results(READY.head_oid, ("unit", Ruling.FAIL))
DELIVERED = (
    deployment("staging", DeploymentState.SUCCESS, 1),
    deployment("production", DeploymentState.SUCCESS, 2),
)

TAGS = {f"{tag}-{name}": MERGED for tag in ("v1.3.0", "latest") for name in LINE}


def outcome(facts: Facts, policy: Policy) -> Outcome:
    move = next_move(facts, policy)
    assert isinstance(move, Wait | Refusal | Done)
    return outcome_of(move, facts, COMMAND, policy, ("tag v1.3.0",))


OUTCOMES = {
    "waiting": outcome(in_review(), policy_of()),
    "refused": outcome(in_review(GATED, gates=FAILED, reported_gates=frozenset({"unit"})), GATED),
    "done": outcome(recorded(published(*DELIVERED, environment_tags=TAGS), completed=True), DELIVERS),
    "planned": planned((Done("x"),), at_the_beginning(), COMMAND, policy_of(), ("tag v1.3.0",)),
    "nothing-to-release": nothing_to_release("v1.2.0", ("no conventional commits",)),
}


@pytest.mark.requirement("CLI-1", "FACE-1")
@pytest.mark.parametrize("name", OUTCOMES)
def test_the_shape_of_an_outcome(name: str) -> None:
    assert OUTCOMES[name].to_json() == json.loads((FOLDER / f"{name}.json").read_text())


@pytest.mark.requirement("CLI-1")
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("waiting", ExitCode.WAITING),
        ("refused", ExitCode.GATE),
        ("done", ExitCode.OK),
        ("planned", ExitCode.OK),
        ("nothing-to-release", ExitCode.OK),
    ],
)
def test_the_exit_code_of_an_outcome(name: str, code: ExitCode) -> None:
    assert OUTCOMES[name].exit_code is code


@pytest.mark.requirement("CLI-1")
def test_the_same_keys_whatever_happened() -> None:
    (keys,) = {tuple(each.to_json()) for each in OUTCOMES.values()}

    assert keys[0] == "schema"
    assert {each.to_json()["schema"] for each in OUTCOMES.values()} == {SCHEMA}


@pytest.mark.requirement("REL-4")
def test_progress_grows_with_the_state() -> None:
    climb = [State.INITIATED, State.GATES, State.REVIEW, State.MERGED, State.TAGGED, State.DELIVERING]

    assert [PROGRESS[state] for state in climb] == sorted({PROGRESS[state] for state in climb})
    assert PROGRESS.keys() == {*State}
    assert (PROGRESS[State.INITIATED], PROGRESS[State.COMPLETED]) == (0, 100)


def test_a_gate_that_is_called_like_a_condition_of_merging_is_shown_beside_it() -> None:
    policy = policy_of("checks")
    gates = gate_results(READY.head_oid, ("checks", Ruling.PASS))
    shown = outcome(in_review(policy, gates=gates, reported_gates=frozenset({"checks"})), policy)

    assert [row["reason_code"] for row in shown.verdicts if row["gate"] == "checks"] == [
        "example",
        "checks-green",
    ]


@pytest.mark.requirement("REL-7")
def test_a_dry_run_that_ends_in_a_refusal_is_refused() -> None:
    refusal = Refusal("tagged-early", "No.", "Look.", ExitCode.TAG_EXISTS)
    shown = planned((refusal,), at_the_beginning(), COMMAND, policy_of(), ())

    assert (shown.decision, shown.reason_code, shown.exit_code) == (
        "refused",
        "tagged-early",
        ExitCode.TAG_EXISTS,
    )
