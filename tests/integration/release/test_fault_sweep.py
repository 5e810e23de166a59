"""Whatever goes wrong, wherever: run again, the release ends as if nothing had happened.

Every request of a whole release is hit by every fault, one at a time, and the process is killed before and
after each write. Each point starts from the same prepared repository and must end in the same state.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.release.world import NAME, NOON, World, clone_of, make_source, settle_people
from shipway.domain.outcome import Decision
from shipway.errors import ShipwayError
from shipway.twin.server import Twin
from shipway.twin.world import Clock

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
API = r"^(?!/_twin|.*\.git/|.*/reviews$)"
PATIENCE = 6


class Stage:
    """The repository as it is before the release, copied for each fault point."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._port = free_port()  # addresses stand in the changelog, so that all scenes need the same
        source = make_source(folder / "source")
        with Twin(folder / "prepared", port=self._port, clock=Clock(NOON)) as twin:
            self._token = settle_people(twin, source)
            clone_of(twin, self._token, folder / "clone")

    def play(self, act: Callable[[World], None]) -> str:
        """Run a play on a fresh copy; gives the canonical state in which it ends."""
        self._count += 1
        scene = self._folder / f"scene-{self._count}"
        shutil.copytree(self._folder / "prepared", scene / "twin")
        shutil.copytree(self._folder / "clone", scene / "clone")
        with Twin(scene / "twin", port=self._port, clock=Clock(NOON)) as twin:
            world = World(twin, scene / "clone", self._token)
            act(world)
            twin.faults.clear()
            state = world.canonical()
        shutil.rmtree(scene)
        return state


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """One prepared repository for all points of a worker."""
    return Stage(tmp_path_factory.mktemp("sweep"))


@pytest.fixture
def undisturbed(stage: Stage) -> tuple[str, list[str]]:
    """The state in which an undisturbed release ends, and the requests that it makes."""
    calls: list[str] = []

    def act(world: World) -> None:
        carry(world)
        calls.extend(own_calls(world))

    return stage.play(act), calls


def own_calls(world: World) -> list[str]:
    """Requests of ours so far; the reviewer's do not count."""
    return [
        f"{request.method} {request.route}"
        for request in world.twin.journal.requests
        if request.user_agent == "shipway" and request.kind in {"rest", "graphql"}
    ]


def carry(world: World, run: Callable[[World], Decision | None] | None = None) -> None:
    """Release, have the reviewer approve, release again; run again whatever failed."""
    run = run or in_process
    until(Decision.WAITING, world, run)
    world.approve()
    until(Decision.DONE, world, run)


def until(wanted: Decision, world: World, run: Callable[[World], Decision | None]) -> None:
    """Run until it rests as wanted; a stale read may let it rest where it stood before."""
    reached = (run(world) for _ in range(PATIENCE))
    assert wanted in reached, f"not {wanted} after {PATIENCE} runs"


def in_process(world: World) -> Decision | None:
    try:
        return world.release("1.1.0").decision
    except ShipwayError as problem:
        if not problem.retryable:
            raise
        return None


@pytest.mark.requirement("FAIL-1", "FAIL-2", "DEP-5")
@pytest.mark.parametrize("fault", FAULTS)
def test_each_request_hit_by_a_fault(
    fault: str,
    stage: Stage,
    undisturbed: tuple[str, list[str]],
    record_property: Callable[[str, object], None],
) -> None:
    expected, calls = undisturbed
    diverged = []
    for nth in range(1, len(calls) + 1):

        def act(world: World, nth: int = nth) -> None:
            world.twin.faults.add(fault, {"path": API, "nth": nth}, **FAULTS[fault])
            carry(world)

        if stage.play(act) != expected:
            diverged.append(f"{nth}: {calls[nth - 1]}")
    record_property("fault_points", len(calls))
    record_property("diverged", len(diverged))
    assert not diverged


def killable(world: World) -> Decision | None:
    """One run in a process of its own, which a fault may kill."""
    program = (
        "import os, sys; from pathlib import Path\n"
        "from integration.release.child import release\n"
        "sys.exit(release(Path(sys.argv[1])))"
    )
    variables = {**world.twin.environment(world.token), "GITHUB_REPOSITORY": NAME}
    done = subprocess.Popen(
        [sys.executable, "-c", program, str(world.clone)],
        env={**_environment(), **variables},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for fault in world.twin.faults.armed:
        fault.pid = done.pid
    _, said = done.communicate("go\n")
    if done.returncode == -9:
        return None
    assert done.returncode in {0, 3}, said
    return Decision.DONE if done.returncode == 0 else Decision.WAITING


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


def writes(calls: list[str]) -> Iterator[int]:
    """Numbers of the requests that may write."""
    for number, call in enumerate(calls, start=1):
        if not call.startswith("GET"):
            yield number


@pytest.mark.requirement("FAIL-1", "DEP-5")
@pytest.mark.parametrize("moment", ["kill-before", "kill-after"])
def test_killed_at_each_write(
    moment: str,
    stage: Stage,
    undisturbed: tuple[str, list[str]],
    record_property: Callable[[str, object], None],
) -> None:
    expected, calls = undisturbed
    points = list(writes(calls))
    diverged = []
    for nth in points:

        def act(world: World, nth: int = nth) -> None:
            world.twin.faults.add(moment, {"path": API, "nth": nth}, pid=2)
            carry(world, killable)

        if stage.play(act) != expected:
            diverged.append(f"{nth}: {calls[nth - 1]}")
    record_property("fault_points", len(points))
    record_property("diverged", len(diverged))
    assert not diverged
