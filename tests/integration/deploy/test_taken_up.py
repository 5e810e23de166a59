"""A canary whose run died half-way: a release, or the sweep, takes it up where it stands."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from integration.delivery.commands import EVENING, Command
from integration.delivery.rollback_world import ledger_file
from integration.deploy.strategy_world import CONFIGURATION, deployed, good_before, promote, promoted
from integration.release.child import KILLED, release, run_apart
from integration.release.world import NOON, World
from shipway.domain.outcome import Decision
from shipway.twin.server import Twin
from shipway.twin.world import Clock

LEDGER = {"operation": "createCommitOnBranch"}
SWEEP = Command("sweep")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """1.0.0 in production."""
    with Twin(clock=Clock(EVENING)) as twin:
        token = good_before(twin, tmp_path / "clone", EVENING)
        (tmp_path / "deployed").unlink()
        yield World(twin, tmp_path / "clone", token)


def standing(world: World) -> dict[str, Any]:
    """Production's."""
    return dict(json.loads(ledger_file(world, "head.json"))["environments"]["production"])


def killed_at_5(world: World, record: int) -> None:
    """With the next record, of the given number, that the version has a share of 5 %."""
    world.twin.faults.add("kill-after", {**LEDGER, "nth": record}, pid=2)


@pytest.mark.requirement("DEP-2", "DEP-3", "FAIL-1", "REL-6")
def test_a_release_that_was_killed_half_way_goes_on(world: World) -> None:
    assert world.release("1.1.0").decision is Decision.WAITING
    world.approve()
    killed_at_5(world, 3)
    assert run_apart(world, release) == KILLED
    assert standing(world)["advance"]["weight"] == 5
    done = world.release("1.1.0")

    assert (done.decision, done.version) == (Decision.DONE, "1.1.0")
    assert deployed(world) == ["deploy 1.1.0 5 ", "shift 1.1.0 25 ", "finish 1.1.0 100 "]
    assert standing(world)["verified"][-1]["version"] == "1.1.0"


@pytest.mark.requirement("REL-7", "DEP-3")
def test_a_plan_goes_on_after_each_pause(world: World, tmp_path: Path) -> None:
    slow = tmp_path / "slow.yml"
    slow.write_text(CONFIGURATION.replace("[5, 25, 100]", "[5, 25, 100], pause: 10m"))
    released = world.release("1.1.0", dry_run=True, config=slow)
    alone = promote("1.0.1", dry_run=True, config=slow).run(world.clone, world.environment(), 2, NOON)

    for plan, version in ((released, "1.1.0"), (alone, "1.0.1")):
        assert plan.decision is Decision.PLANNED
        assert [step for step in plan.steps if step.startswith("wait for time")] == [
            f"wait for time: {version} stands at {share} % in production until 2026-11-21T{until}Z."
            for share, until in ((5, "12:10:00"), (25, "12:20:00"))
        ]
        assert plan.steps[-1].startswith("set the deployment to production to success, place ")


@pytest.mark.requirement("DEP-2", "DEP-3", "FAIL-1", "DEP-5")
@pytest.mark.parametrize("bad_at", ["", "25"], ids=["goes well", "is found bad"])
def test_a_sweep_carries_a_canary_on(world: World, bad_at: str) -> None:
    killed_at_5(world, 2)
    assert run_apart(world, partial(promoted, number=1)) == KILLED
    assert standing(world)["advance"]["weight"] == 5
    world.clone.with_name("bad-at").write_text(bad_at or "never")
    swept = SWEEP.run(world.clone, world.environment(), 2)

    (row,), after = swept.facts["deliveries"], standing(world)
    well = ("finish 1.0.1 100 ", "1.0.1", "finished")
    last, stands, became = ("back 1.0.0 100 ", "1.0.0", "closed") if bad_at else well
    assert (deployed(world)[:2], deployed(world)[-1]) == (["deploy 1.0.1 5 ", "shift 1.0.1 25 "], last)
    assert (after["verified"][-1]["version"], row["became"]) == (stands, became)
    assert not {"claim", "advance", "reverting"} & {*after}
