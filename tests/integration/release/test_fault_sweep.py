"""Whatever goes wrong, wherever: run again, the release ends as if nothing had happened.

Every request of a whole release is hit by every fault, one at a time, and the process is killed before and
after each write. Each point starts from the same prepared repository and must end in the same state. A second
sweep releases with the token of an App, whose gates are check runs: the faults that leave a write in doubt.
"""

from collections.abc import Callable
from typing import Any

import pytest

from integration.release.sweep import API, Stage, diverged, killable, undisturbed, writes
from integration.release.world import World

FAULTS: dict[str, dict[str, Any]] = {
    "error-before": {"status": 502},
    "error-after": {"status": 502},
    "reset-before": {},
    "reset-after": {},
    "timeout": {},
    "rate-limit": {},
    "secondary-rate-limit": {"retry_after": 1},
    "stale-read": {},
}
Known = tuple[str, list[str]]
Note = Callable[[str, object], None]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """One prepared repository for all points of a worker."""
    return Stage(tmp_path_factory.mktemp("sweep"))


@pytest.fixture(scope="module")
def known(stage: Stage) -> Known:
    """How an undisturbed release ends, and its requests."""
    return undisturbed(stage)


@pytest.fixture(scope="module")
def app_stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The same for an App."""
    return Stage(tmp_path_factory.mktemp("sweep-app"), as_app=True)


@pytest.fixture(scope="module")
def app_known(app_stage: Stage) -> Known:
    """How an undisturbed release of an App ends, and its requests."""
    return undisturbed(app_stage)


def armed(fault: str, **options: Any) -> Callable[[World, int], object]:
    """Arms a fault at a request."""
    return lambda world, nth: world.twin.faults.add(fault, {"path": API, "nth": nth}, **options)


@pytest.mark.requirement("FAIL-1", "FAIL-2", "DEP-5")
@pytest.mark.parametrize("fault", FAULTS)
def test_each_request_hit_by_a_fault(fault: str, stage: Stage, known: Known, record_property: Note) -> None:
    points = range(1, len(known[1]) + 1)
    otherwise = diverged(stage, known, points, armed(fault, **FAULTS[fault]))
    record_property("fault_points", len(points))
    record_property("diverged", len(otherwise))
    assert not otherwise


@pytest.mark.requirement("FAIL-1", "DEP-5")
@pytest.mark.parametrize("moment", ["kill-before", "kill-after"])
def test_killed_at_each_write(moment: str, stage: Stage, known: Known, record_property: Note) -> None:
    points = list(writes(known[1]))
    otherwise = diverged(stage, known, points, armed(moment, pid=2), killable)
    record_property("fault_points", len(points))
    record_property("diverged", len(otherwise))
    assert not otherwise


@pytest.mark.requirement("FAIL-1", "FAIL-2", "GATE-10")
@pytest.mark.parametrize("fault", ["reset-after", "error-after", "kill-before", "kill-after"])
def test_each_write_of_an_app_left_in_doubt(
    fault: str, app_stage: Stage, app_known: Known, record_property: Note
) -> None:
    every = list(writes(app_known[1]))
    killed = fault.startswith("kill")
    first = 2 if fault == "kill-after" else 0
    points = every[first::4] if killed else every  # a process of its own takes a second
    arm = armed(fault, pid=2) if killed else armed(fault, status=502)
    otherwise = diverged(app_stage, app_known, points, arm, killable if killed else None)
    record_property("fault_points", len(points))
    record_property("diverged", len(otherwise))
    assert not otherwise
