"""A canary that goes well and one that is taken back, killed at every write: run again, all ends as undisturbed.

Each point starts from the same prepared repository. A run that was killed is taken over by one that GitHub and this
machine tell apart from it.
"""

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from integration.delivery.commands import EVENING
from integration.deploy.strategy_world import good_before, promoted
from integration.release.child import KILLED, run_apart
from integration.release.ledger_view import End
from integration.release.sweep import API, PATIENCE, Known, Stage, undisturbed, writes
from integration.release.world import World
from shipway.errors import ShipwayError

BAD_AT = {"goes well": "", "is found bad at 25 %": "25"}


@pytest.fixture(scope="module", params=BAD_AT)
def bad_at(request: pytest.FixtureRequest) -> str:
    """Where it is found bad; nowhere for empty."""
    return BAD_AT[request.param]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """1.0.0 in production, once for all points of a worker."""
    return Stage(tmp_path_factory.mktemp("sweep"), good_before, EVENING)


@pytest.fixture(scope="module")
def known(bad_at: str, stage: Stage) -> Known:
    """How it ends undisturbed, and its requests."""
    return undisturbed(stage, partial(carry, bad_at, once))


def carry(bad_at: str, run: Callable[[World, int], int | None], world: World) -> None:
    """Promote, and promote again where a run was killed."""
    if bad_at:
        world.clone.with_name("bad-at").write_text(bad_at)
    codes = (run(world, number) for number in range(1, PATIENCE))
    assert any(code is not None for code in codes)


def once(world: World, number: int) -> int | None:
    """Its exit code; None where running again is worth it."""
    try:
        return promoted(world.clone, world.environment(), number)
    except ShipwayError as problem:
        if not problem.retryable:
            raise
        return None


def once_apart(world: World, number: int) -> int | None:
    code = run_apart(world, partial(promoted, number=number))
    return None if code == KILLED else code


@pytest.mark.requirement("FAIL-1", "PRO-7", "DEP-5", "RBK-3")
@pytest.mark.parametrize("moment", ["kill-before", "kill-after"])
def test_killed_at_each_write(moment: str, bad_at: str, stage: Stage, known: Known) -> None:
    def killed(point: int) -> dict[str, Any]:
        def play(world: World) -> None:
            world.twin.faults.add(moment, {"path": API, "nth": point}, pid=2)
            carry(bad_at, once_apart, world)

        return without_ids(stage.play(play))

    assert [point for point in writes(known.calls) if killed(point) != without_ids(known.end)] == []


def without_ids(end: End) -> dict[str, Any]:
    """A run that took over names itself; one that finds the version held is refused, and carries the rollback on."""
    seen: dict[str, Any] = json.loads(re.sub(r"chance-\d+", "0", end.steady))
    kept = [row for row in seen["ledger"] if row["kind"] not in {"promotion-refused", "promotion-stopped"}]
    return {**seen, "ledger": kept}
