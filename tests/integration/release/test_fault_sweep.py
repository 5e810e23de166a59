"""Whatever goes wrong, wherever: run again, the release ends as if nothing had happened.

Every request of a whole release is hit by every fault, one at a time, and the process is killed before and
after each write. Each point starts from the same prepared repository and must end in the same state. A second
sweep releases with the token of an App, whose gates are check runs: the faults that leave a write in doubt.
"""

from collections.abc import Callable
from functools import partial

import pytest

from integration.release.sweep import (
    FAULTS,
    Known,
    Stage,
    before_a_release,
    carry,
    diverged,
    killable,
    undisturbed,
    writes,
)

Note = Callable[[str, object], None]

carry_killed = partial(carry, run=killable)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """One prepared repository for all points of a worker."""
    return Stage(tmp_path_factory.mktemp("sweep"), before_a_release)


@pytest.fixture(scope="module")
def known(stage: Stage) -> Known:
    """How an undisturbed release ends, and its requests."""
    return undisturbed(stage, carry)


@pytest.fixture(scope="module")
def app_stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The same for an App."""
    return Stage(tmp_path_factory.mktemp("sweep-app"), partial(before_a_release, as_app=True))


@pytest.fixture(scope="module")
def app_known(app_stage: Stage) -> Known:
    """How an undisturbed release of an App ends, and its requests."""
    return undisturbed(app_stage, carry)


@pytest.mark.requirement("FAIL-1", "FAIL-2", "DEP-5")
@pytest.mark.parametrize("fault", FAULTS)
def test_each_request_hit_by_a_fault(fault: str, stage: Stage, known: Known, record_property: Note) -> None:
    points = range(1, len(known.calls) + 1)
    otherwise = diverged(stage, known, points, fault, carry, **FAULTS[fault])
    record_property("fault_points", len(points))
    record_property("diverged", len(otherwise))
    assert not otherwise


@pytest.mark.requirement("FAIL-1", "DEP-5")
@pytest.mark.parametrize("moment", ["kill-before", "kill-after"])
def test_killed_at_each_write(moment: str, stage: Stage, known: Known, record_property: Note) -> None:
    points = list(writes(known.calls))
    otherwise = diverged(stage, known, points, moment, carry_killed, pid=2)
    record_property("fault_points", len(points))
    record_property("diverged", len(otherwise))
    assert not otherwise


@pytest.mark.requirement("FAIL-1", "FAIL-2", "GATE-10")
@pytest.mark.parametrize("fault", ["reset-after", "error-after", "kill-before", "kill-after"])
def test_each_write_of_an_app_left_in_doubt(
    fault: str, app_stage: Stage, app_known: Known, record_property: Note
) -> None:
    every = list(writes(app_known.calls))
    killed = fault.startswith("kill")
    first = 2 if fault == "kill-after" else 0
    points = every[first::4] if killed else every  # a process of its own takes a second
    act, options = (carry_killed, {"pid": 2}) if killed else (carry, {"status": 502})
    otherwise = diverged(app_stage, app_known, points, fault, act, **options)
    record_property("fault_points", len(points))
    record_property("diverged", len(otherwise))
    assert not otherwise
