"""The machinery of fault sweeps: one prepared repository, a play on a copy of it for each fault point."""

import shutil
import socket
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from integration.release.child import KILLED, release, run_apart
from integration.release.ledger_view import End, end_of
from integration.release.world import NOON, World, clone_of, make_source, settle_people
from shipway.domain.outcome import Decision
from shipway.errors import ShipwayError
from shipway.twin.behaviour import apps
from shipway.twin.server import Twin
from shipway.twin.world import Clock

API = r"^(?!/_twin|.*\.git/|.*/reviews$)"
PATIENCE = 6
RIGHTS = ("contents", "pull_requests", "deployments", "checks")

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
"""Kind of fault → its options."""

Run = Callable[[World], Decision | None]
Act = Callable[[World], None]


class Known(NamedTuple):
    """How an undisturbed play ends, and the requests that it makes."""

    end: End
    calls: list[str]


class Stage:
    """A repository as it is before a play, copied for each fault point.

    Args:
        folder: Where the copies are made.
        prepare: Fills a twin, puts a clone at the path given, and gives a token.
        now: The time during the plays.
    """

    def __init__(self, folder: Path, prepare: Callable[[Twin, Path], str], now: datetime = NOON) -> None:
        self._folder, self._count, self._now = folder, 0, now
        self._port = free_port()  # addresses stand in the changelog, so that all scenes need the same
        with Twin(folder / "prepared", port=self._port, clock=Clock(NOON)) as twin:
            self._token = prepare(twin, folder / "clone")

    def play(self, act: Act) -> End:
        """Run a play on a fresh copy; gives how it ends."""
        self._count += 1
        scene = self._folder / f"scene-{self._count}"
        shutil.copytree(self._folder / "prepared", scene / "twin")
        shutil.copytree(self._folder / "clone", scene / "clone")
        with Twin(scene / "twin", port=self._port, clock=Clock(self._now)) as twin:
            world = World(twin, scene / "clone", self._token)
            act(world)
            twin.faults.clear()
            end = end_of(world)
        shutil.rmtree(scene)
        return end


def before_a_release(twin: Twin, clone: Path, *, as_app: bool = False) -> str:
    """The repository of `world.FILES`.

    Args:
        as_app: Whether an App's installation releases, which shows gates as check runs; else a person does.
    """
    source = make_source(clone.with_name("source"))
    token = settle_people(twin, source)
    clone_of(twin, token, clone)
    return installation_token(twin) if as_app else token


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
    code = run_apart(world, release)
    if code == KILLED:
        return None
    assert code in {0, 3}
    return Decision.DONE if code == 0 else Decision.WAITING


def writes(calls: list[str]) -> Iterator[int]:
    """Numbers of the requests that may write; GraphQL asks by POST too."""
    for number, call in enumerate(calls, start=1):
        if not call.startswith("GET"):
            yield number


def undisturbed(stage: Stage, act: Act) -> Known:
    """How a play ends when nothing goes wrong, and its requests; nothing is wrong with its ledger."""
    calls: list[str] = []

    def noted(world: World) -> None:
        before = len(own_calls(world))
        act(world)
        calls.extend(own_calls(world)[before:])

    end = stage.play(noted)
    assert '"flaws": []' in end.whole
    return Known(end, calls)


def diverged(
    stage: Stage, known: Known, points: Iterable[int], fault: str, act: Act, **options: Any
) -> list[str]:
    """The fault points, by number and request, after which a play ends otherwise than undisturbed.

    Of a process that is killed the next one may take over what it had begun.
    """
    view: Callable[[End], str] = (
        (lambda end: end.steady) if fault.startswith("kill") else (lambda end: end.whole)
    )

    def end_after(nth: int) -> End:
        def disturbed(world: World) -> None:
            if fault == "timeout":
                world.timeout = 1  # nobody answers: the run waits that long
            world.twin.faults.add(fault, {"path": API, "nth": nth}, **options)
            act(world)

        return stage.play(disturbed)

    return [f"{nth}: {known.calls[nth - 1]}" for nth in points if view(end_after(nth)) != view(known.end)]
