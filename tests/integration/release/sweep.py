"""The machinery of fault sweeps: one prepared repository, a play on a copy of it for each fault point."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from integration.release.world import NAME, NOON, World, clone_of, make_source, settle_people
from shipway.domain.outcome import Decision
from shipway.errors import ShipwayError
from shipway.twin.behaviour import apps
from shipway.twin.server import Twin
from shipway.twin.world import Clock

API = r"^(?!/_twin|.*\.git/|.*/reviews$)"
PATIENCE = 6
RIGHTS = ("contents", "pull_requests", "deployments", "checks")

Run = Callable[[World], Decision | None]


class Stage:
    """The repository as it is before the release, copied for each fault point.

    Args:
        folder: Where the copies are made.
        as_app: Whether an App's installation releases, which shows gates as check runs; else a person does.
    """

    def __init__(self, folder: Path, *, as_app: bool = False) -> None:
        self._folder = folder
        self._count = 0
        self._port = free_port()  # addresses stand in the changelog, so that all scenes need the same
        source = make_source(folder / "source")
        with Twin(folder / "prepared", port=self._port, clock=Clock(NOON)) as twin:
            self._token = settle_people(twin, source)
            clone_of(twin, self._token, folder / "clone")
            if as_app:
                self._token = installation_token(twin)

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


def installation_token(twin: Twin) -> str:
    """A token of an App that is installed where the repository is."""
    world = twin.world
    with world.locked():
        app, _ = apps.create(world, "shipway", "octo-org", dict.fromkeys(RIGHTS, "write"))
        token, _ = apps.create_token(world, apps.install(world, app, "octo-org"))
    return token


def own_calls(world: World) -> list[str]:
    """Requests of ours so far; the reviewer's do not count."""
    return [
        f"{request.method} {request.route}"
        for request in world.twin.journal.requests
        if request.user_agent == "shipway" and request.kind in {"rest", "graphql"}
    ]


def carry(world: World, run: Run | None = None) -> None:
    """Release, have the reviewer approve, release again; run again whatever failed."""
    run = run or in_process
    until(Decision.WAITING, world, run)
    world.approve()
    until(Decision.DONE, world, run)


def until(wanted: Decision, world: World, run: Run) -> None:
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
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, sys.path)]),
    }


def writes(calls: list[str]) -> Iterator[int]:
    """Numbers of the requests that may write; GraphQL asks by POST too."""
    for number, call in enumerate(calls, start=1):
        if not call.startswith("GET"):
            yield number


def undisturbed(stage: Stage) -> tuple[str, list[str]]:
    """The state in which an undisturbed release ends, and the requests that it makes."""
    calls: list[str] = []

    def act(world: World) -> None:
        carry(world)
        calls.extend(own_calls(world))

    return stage.play(act), calls


def diverged(
    stage: Stage,
    known: tuple[str, list[str]],
    points: Iterable[int],
    arm: Callable[[World, int], object],
    run: Run | None = None,
) -> list[str]:
    """The fault points, by number and request, after which a release ends otherwise than undisturbed."""
    expected, calls = known

    def ends_alike(nth: int) -> bool:
        def act(world: World) -> None:
            arm(world, nth)
            carry(world, run)

        return stage.play(act) == expected

    return [f"{nth}: {calls[nth - 1]}" for nth in points if not ends_alike(nth)]
