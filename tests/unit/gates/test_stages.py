"""Which gates run when."""

from itertools import product

import pytest

from shipway.config import read_policy
from shipway.domain.gate_policy import GatePolicy
from shipway.domain.policy import EnvironmentPolicy, Policy
from shipway.domain.stages import DEFAULTS, STAGES, check_name, gates_at
from shipway.errors import UsageError

NAMES = ("security", "done", "unit", "integration", "smoke", "e2e", "end-to-end", "licences")
GATE = GatePolicy(command=("make",))
EVERY = Policy(gates=dict.fromkeys(NAMES, GATE), environments={"staging": EnvironmentPolicy()})

MATRIX = {
    "release": ("security", "done", "unit", "integration", "smoke", "e2e", "end-to-end", "licences"),
    "hotfix": ("security", "unit", "smoke"),
    "promotion": (),
    "canary": (),
    "verification": ("smoke",),
    "rollback": ("smoke",),
}


@pytest.mark.requirement("GATE-1", "GATE-4")
@pytest.mark.parametrize("stage", [*STAGES])
def test_the_defaults_are_those_of_the_matrix_in_their_order(stage: str) -> None:
    assert gates_at(EVERY, stage, "staging") == MATRIX[stage]


@pytest.mark.requirement("GATE-1")
def test_gates_with_a_place_of_their_own_go_from_what_is_cheap_to_what_is_slow() -> None:
    meant = ["security", "done", "unit", "integration", "smoke", "e2e"]

    assert [name for name in DEFAULTS if name != "end-to-end"] == meant


@pytest.mark.requirement("GATE-1")
def test_which_gates_there_are_is_configuration() -> None:
    policy = read_policy(
        "gates: {licences: {checks: [a]}, e2e: {checks: [b], stages: [promotion]}, unit: {checks: [c]}}"
    )

    assert gates_at(policy, "release") == ("licences", "unit")
    assert gates_at(policy, "promotion", "staging") == ("e2e",)
    assert gates_at(Policy(), "release") == ()


@pytest.mark.requirement("GATE-1", "GATE-4")
def test_the_order_of_the_file_is_the_order() -> None:
    policy = read_policy("gates: {smoke: {checks: [a]}, unit: {checks: [b]}, security: {checks: [c]}}")

    assert gates_at(policy, "hotfix") == ("smoke", "unit", "security")


@pytest.mark.requirement("GATE-4")
@pytest.mark.parametrize(("stage", "environment"), [*product(STAGES, ["staging", "production"])])
def test_a_gate_may_be_meant_for_one_environment(stage: str, environment: str) -> None:
    policy = read_policy(
        "environments: {staging: {}, production: {}}\n"
        "gates: {slow: {checks: [a], stages: ['verification:production', hotfix]}}"
    )

    wanted = stage == "hotfix" or (stage, environment) == ("verification", "production")

    assert gates_at(policy, stage, environment) == (("slow",) if wanted else ())


@pytest.mark.requirement("GATE-4")
@pytest.mark.parametrize("stage", ["release", "hotfix", "verification", "rollback"])
def test_smoke_is_never_skipped(stage: str) -> None:
    kept = [one for one in ("release", "hotfix", "verification", "rollback") if one != stage]

    with pytest.raises(UsageError) as refused:
        read_policy(f"gates: {{smoke: {{checks: [a], stages: [{', '.join(kept)}]}}}}")

    assert refused.value.message == (
        ".github/shipway.yml cannot be used:\n  .github/shipway.yml:1:30: "
        f"`gates.smoke.stages` cannot leave out `{stage}`: smoke tests are never skipped"
    )


@pytest.mark.requirement("GATE-4")
@pytest.mark.parametrize(
    ("stages", "complaint"),
    [
        ("[relese]", "has no stage `relese`; did you mean `release`?"),
        (
            "[nowhere]",
            "has no stage `nowhere`; there are release, hotfix, promotion, canary, verification, rollback",
        ),
        ("['release:staging']", "cannot bind `release` to an environment: it is passed once for a version"),
        ("['promotion:stagin']", "has no environment `stagin`; did you mean `staging`?"),
        ("['promotion:']", "has no environment ``; there are staging"),
    ],
)
def test_unknown_stages_and_environments_are_refused(stages: str, complaint: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_policy(f"environments: {{staging: {{}}}}\ngates: {{a: {{checks: [x], stages: {stages}}}}}")

    assert refused.value.message == (
        f".github/shipway.yml cannot be used:\n  .github/shipway.yml:2:26: `gates.a.stages` {complaint}"
    )


def test_gates_of_stages_that_repeat_have_names_of_their_own_on_the_commit() -> None:
    assert check_name("unit", "release") == check_name("unit", "hotfix") == "shipway/unit"
    assert check_name("smoke", "verification", "production") == "shipway/verification/production/smoke"
