"""Whatever goes wrong, wherever: run again, an environment ends as if nothing had happened.

Every request of each command about environments is hit by every fault, one at a time, and the process is killed
before and after each write; each point starts from the same prepared repository. A run that was killed is taken
over by one that GitHub and this machine tell apart from it. A flaw in the ledger counts as another end.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from integration.delivery.branch_deploy import locked
from integration.delivery.commands import CONFIGURATION, EVENING, Command, before_anything, exit_code
from integration.release.child import KILLED, run_apart
from integration.release.sweep import FAULTS, PATIENCE, Known, Stage, diverged, undisturbed, writes
from integration.release.world import NOON, World
from shipway.errors import ExitCode, ShipwayError
from shipway.twin.server import Twin

Note = Callable[[str, object], None]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A command, and what stood before it.

    Attributes:
        ends: Exit code with which it comes to rest.
        before: Commands, each with the login of who ran it.
        released: Whether 1.1.0 has been released into every environment before.
        theirs: Environment → who has locked it in branch-deploy, whose commands are taken then.
    """

    command: Command
    ends: ExitCode = ExitCode.OK
    before: tuple[tuple[Command, str], ...] = ()
    released: bool = False
    theirs: Mapping[str, str] = field(default_factory=dict)

    def prepare(self, twin: Twin, clone: Path) -> str:
        """The repository as it stands before the command; gives the token of who asks."""
        token = before_anything(twin, clone)
        world = World(twin, clone, token)
        for hours, (command, login) in enumerate(self.before):
            environment = world.environment(GITHUB_TOKEN=world.token_of(login))
            done = command.run(clone, environment, 1000 + hours, NOON + timedelta(hours=hours))
            assert done.exit_code is ExitCode.OK, done.message
        if self.released:
            world.release("minor")
            world.approve()
            assert world.release("minor").reason_code == "soaking"
            last = promote("1.1.0", "staging", "production").run(clone, world.environment())
            assert last.exit_code is ExitCode.OK
        if self.theirs:
            dialect = f"comments: {{dialect: branch-deploy}}\n{CONFIGURATION}"
            world.commit("chore: take its commands", {".github/shipway.yml": dialect})
        for name, login in self.theirs.items():
            locked(world, name, created_by=login)
        return token


def promote(version: str, *way: str, **asked: Any) -> Command:
    """Into the last of these environments, from the one before."""
    *source, target = way
    return Command("promote", {"version": version, "source": "".join(source), "target": target, **asked})


def lock(environment: str = "", **asked: Any) -> Command:
    return Command("lock", {"environment": environment, "reason": "moving", **asked})


def by_releaser(*commands: Command) -> tuple[tuple[Command, str], ...]:
    return tuple((command, "releaser") for command in commands)


def whole_way(version: str) -> tuple[Command, ...]:
    way = ("dev", "staging", "production")
    return promote(version, "dev"), promote(version, *way[:2]), promote(version, *way[1:])


SCENARIOS = {
    "promote into the first environment": Scenario(promote("1.0.0", "dev")),
    "promote into production": Scenario(
        promote("1.0.1", "staging", "production"),
        before=by_releaser(*whole_way("1.0.0"), *whole_way("1.0.1")[:2]),
    ),
    "promote into what somebody has locked": Scenario(
        promote("1.0.0", "dev"), ExitCode.LOCKED, ((lock("dev"), "reviewer"),)
    ),
    "lock everything": Scenario(lock(every=True, lasting="2h")),
    "unlock": Scenario(lock("dev", unlock=True), before=by_releaser(lock("dev"))),
    "unlock by force": Scenario(
        lock(every=True, unlock=True, force=True),
        before=((lock("dev"), "reviewer"), (lock("production", scope="user"), "releaser")),
    ),
    "unlock by force and tell the owner": Scenario(
        lock("staging", unlock=True, force=True),
        before=(*by_releaser(*whole_way("1.0.0")), (lock("staging", pr=1), "reviewer")),
        released=True,
    ),
    "unlock what is locked here and in branch-deploy": Scenario(
        lock(every=True, unlock=True, force=True),
        before=by_releaser(lock("dev")),
        theirs={"dev": "releaser", "global": "reviewer"},
    ),
    "roll back": Scenario(
        Command("roll back", {"environment": "production", "reason": "errors"}),
        before=by_releaser(*whole_way("1.0.0")),
        released=True,
    ),
}


@pytest.fixture(scope="module", params=SCENARIOS)
def scenario(request: pytest.FixtureRequest) -> Scenario:
    """One command."""
    return SCENARIOS[request.param]


@pytest.fixture(scope="module")
def stage(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Its repository, once for all points of a worker."""
    return Stage(tmp_path_factory.mktemp("sweep"), scenario.prepare, EVENING)


@pytest.fixture(scope="module")
def known(scenario: Scenario, stage: Stage) -> Known:
    """How it ends undisturbed, and its requests."""
    return undisturbed(stage, partial(carry, scenario))


def carry(scenario: Scenario, world: World) -> None:
    """Run it, and again whatever may be tried again."""
    until_at_rest(scenario, partial(once, scenario, world))


def carry_killed(scenario: Scenario, world: World) -> None:
    """The same with a process for each run."""
    until_at_rest(scenario, partial(once_apart, scenario, world))


def until_at_rest(scenario: Scenario, run: Callable[[int], int | None]) -> None:
    codes = (run(number) for number in range(1, PATIENCE))
    rested = next((code for code in codes if code is not None), None)
    assert rested == scenario.ends


def once(scenario: Scenario, world: World, number: int) -> int | None:
    """Its exit code; None where running again is worth it."""
    try:
        return int(scenario.command.run(world.clone, world.environment(), number).exit_code)
    except ShipwayError as problem:
        if not problem.retryable:
            raise
        return None


def once_apart(scenario: Scenario, world: World, number: int) -> int | None:
    code = run_apart(world, partial(exit_code, command=scenario.command, number=number))
    return None if code == KILLED else code


@pytest.mark.requirement("FAIL-1", "FAIL-2", "PRO-7", "LED-1")
def test_each_request_hit_by_each_fault(
    scenario: Scenario, stage: Stage, known: Known, record_property: Note
) -> None:
    points = range(1, len(known.calls) + 1)
    act = partial(carry, scenario)
    otherwise = [
        f"{fault} at {point}"
        for fault, options in FAULTS.items()
        for point in diverged(stage, known, points, fault, act, **options)
    ]
    record_property("fault_points", len(points) * len(FAULTS))
    record_property("diverged", len(otherwise))
    assert not otherwise


@pytest.mark.requirement("FAIL-1", "PRO-7")
@pytest.mark.parametrize("moment", ["kill-before", "kill-after"])
def test_killed_at_each_write(
    moment: str, scenario: Scenario, stage: Stage, known: Known, record_property: Note
) -> None:
    points = list(writes(known.calls))
    otherwise = diverged(stage, known, points, moment, partial(carry_killed, scenario), pid=2)
    record_property("fault_points", len(points))
    record_property("diverged", len(otherwise))
    assert not otherwise
