"""The whole plan of each kind of release, and that a release that is interrupted goes on where it stopped."""

from dataclasses import replace

import pytest
from plan_scenarios import FOLDER, SCENARIOS, Scenario, interrupted, plan, texts
from release_world import NOW, at_the_beginning, oid, policy_of

from shipway.domain.facts import Branch
from shipway.domain.release import foresee

AGAIN = ("run gates", "deploy to")
"""Beginnings of the steps whose result a killed run takes with it: they are done again, and must bear it."""


def effects(lines: list[str]) -> list[str]:
    """What is left of a plan beside records, waits, and the steps that may be done again."""
    return [line for line in lines if not line.startswith(("record", "wait", *AGAIN))]


@pytest.mark.requirement("REL-5", "REL-7")
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_plan_of_a_release(name: str) -> None:
    assert texts()[f"{name}.txt"] == (FOLDER / f"{name}.txt").read_text()


def test_every_written_plan_has_a_scenario() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {*SCENARIOS}


@pytest.mark.requirement("FAIL-1", "REL-6")
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_release_killed_before_any_move_goes_on_with_exactly_what_is_left(name: str) -> None:
    scenario = SCENARIOS[name]
    moments = interrupted(scenario)
    moves = [move for move, _ in moments]

    for passed, (_, facts) in enumerate(moments):
        assert effects(plan(scenario, facts)) == effects(moves[passed:])


@pytest.mark.requirement("REL-6")
@pytest.mark.parametrize("name", SCENARIOS)
def test_what_is_foreseen_is_what_happens(name: str) -> None:
    scenario = SCENARIOS[name]

    assert effects(plan(scenario)) == effects([move for move, _ in interrupted(scenario)])


@pytest.mark.requirement("REL-7")
def test_a_plan_with_many_assets_is_shown_to_its_end() -> None:
    scenario = SCENARIOS["assets"]
    assets = tuple(f"dist/{number}.whl" for number in range(300))

    many = Scenario(scenario.policy, scenario.facts, replace(scenario.command, assets=assets))

    assert plan(many)[-1] == "done: 1.3.0 is released"


@pytest.mark.requirement("REL-7")
def test_looking_at_a_plan_changes_nothing() -> None:
    facts = at_the_beginning(source=Branch("main", oid(1)))

    list(foresee(facts, SCENARIOS["gates"].command, policy_of("unit"), NOW))

    assert facts == at_the_beginning(source=Branch("main", oid(1)))
