"""Whatever goes wrong on the way of a hotfix: run again, it ends as if nothing had happened."""

from pathlib import Path

import pytest

from integration.hotfix.hotfixes import HOTFIX_FILES
from integration.release.sweep import PATIENCE, Known, Stage, diverged, undisturbed, writes
from integration.release.world import World, clone_of, make_source, settle_people
from shipway.domain.outcome import Decision
from shipway.errors import ShipwayError
from shipway.twin.server import Twin

FAULTS = {"error-after": {"status": 502}, "reset-before": {}, "stale-read": {}}
"""Kind of fault → its options: lost after, lost before, and an answer from before our write."""


def with_a_fix(twin: Twin, clone: Path) -> str:
    """The repository, and the branch of the hotfix with a fix on it, as people may push it before any run."""
    source = make_source(clone.with_name("source"), HOTFIX_FILES)
    token = settle_people(twin, source)
    world = World(twin, clone_of(twin, token, clone), token)
    world.git("switch", "--quiet", "--create", "hotfix/1.0.1", "v1.0.0")
    world.commit("fix: do not crash", {"fix.txt": "fixed\n"})
    return token


def carry(world: World) -> None:
    """Run until it waits, have it approved, run until it is done."""
    until(Decision.WAITING, world)
    world.approve()
    until(Decision.DONE, world)


def until(wanted: Decision, world: World) -> None:
    reached = (once(world) for _ in range(PATIENCE))
    assert wanted in reached, f"not {wanted} after {PATIENCE} runs"


def once(world: World) -> Decision | None:
    try:
        return world.release("1.0.1", stage="hotfix", base="v1.0.0").decision
    except ShipwayError as problem:
        if not problem.retryable:
            raise
        return None


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """One prepared repository for all points of a worker."""
    return Stage(tmp_path_factory.mktemp("hotfix-sweep"), with_a_fix)


@pytest.fixture(scope="module")
def known(stage: Stage) -> Known:
    """How an undisturbed hotfix ends, and its requests."""
    return undisturbed(stage, carry)


@pytest.mark.requirement("FAIL-1", "FAIL-2", "HOT-1", "HOT-3")
@pytest.mark.parametrize("fault", FAULTS)
def test_each_request_of_a_hotfix_hit_by_a_fault(fault: str, stage: Stage, known: Known) -> None:
    points = writes(known.calls) if fault != "stale-read" else range(1, len(known.calls) + 1)
    assert not diverged(stage, known, points, fault, carry, **FAULTS[fault])
