"""Which gates a version has to pass: those of a release, or the fewer of a hotfix."""

from dataclasses import replace

import pytest
from release_world import COMMAND, NOW, at_the_beginning, landed, policy_of

from shipway.domain.plan import RunGates
from shipway.domain.release import decide
from shipway.domain.release_command import Stage
from shipway.domain.release_view import pull_request_view

EVERY = "security done unit integration smoke e2e deep"
TABLE: dict[Stage, tuple[str, ...]] = {
    "release": tuple(EVERY.split()),
    "hotfix": ("security", "unit", "smoke"),
}


@pytest.mark.requirement("GATE-4")
@pytest.mark.parametrize("stage", list(TABLE))
def test_the_stage_of_the_command_says_which_gates_run(stage: Stage) -> None:
    command, policy = replace(COMMAND, stage=stage), policy_of(EVERY)
    facts, new = at_the_beginning(), iter(range(100, 200))
    while not isinstance(move := decide(facts, command, policy, NOW), RunGates):
        facts = landed(move, facts, new)
    assert (move.stage, move.gates) == (stage, TABLE[stage])
    shown = pull_request_view(facts, policy, command)
    assert tuple(shown["expected_gates"]) == TABLE[stage]


@pytest.mark.parametrize(("stage", "kind"), [("release", "standard"), ("hotfix", "hotfix")])
def test_the_ledger_says_what_a_release_began_as(stage: Stage, kind: str) -> None:
    command, new = replace(COMMAND, stage=stage), iter(range(100, 200))
    facts = landed(decide(at_the_beginning(), command, policy_of(), NOW), at_the_beginning(), new)
    begun = facts.ledger.newest("initiated")
    assert begun
    assert begun.detail["kind"] == kind
    assert facts.ledger.is_hotfix == (stage == "hotfix")
