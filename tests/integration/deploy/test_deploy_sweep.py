"""Whatever goes wrong in either of the two runs: run again, what a workflow deploys ends as if nothing had happened.

Every request of the command that starts the workflow, of the job that brings the version in, and of the sweep after
it is hit by every fault, one at a time, and each of these processes is killed before and after each write. A step
that was killed is tried again in its job.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from integration.delivery.commands import EVENING, Command, exit_code
from integration.deploy.stage import Stage as Runner
from integration.deploy.stage import before_anything
from integration.release.child import KILLED, run_apart
from integration.release.sweep import FAULTS, PATIENCE, Known, Stage, diverged, undisturbed, writes
from integration.release.world import World
from shipway.errors import ExitCode, ShipwayError
from shipway.twin.server import Twin

Note = Callable[[str, object], None]
Carry = Callable[[World, Command, int, Mapping[str, str]], int | None]
"""Runs a command, with its number and what stands in its environment besides; gives None where it died."""

CONFIGURATION = """
gates:
  smoke: {command: ["true"]}
environments:
  dev: {deploy: {command: ["true"]}}
  production:
    deploy: {workflow: deploy.yml, command: ["true"], url: "https://hello.example"}
"""

PROMOTION = Command("promote", {"version": "1.1.0", "source": "dev", "target": "production"})
ROLLBACK = Command("roll back", {"environment": "production", "reason": "errors"})
SWEEP = Command("sweep")


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is asked for.

    Attributes:
        stands: The version in production afterwards.
        before: Versions that have come into production before.
    """

    command: Command
    stands: str
    before: tuple[str, ...] = ()

    def prepare(self, twin: Twin, clone: Path) -> str:
        """The repository as it stands before; gives the token of who asks."""
        token = before_anything(twin, clone, configuration=CONFIGURATION)
        runner = Runner(World(twin, clone, token))
        for version in dict.fromkeys((*self.before, "1.1.0")):
            assert runner.promote("dev", version=version).exit_code is ExitCode.OK
        for version in self.before:
            asked = runner.promote("production", "dev", version)
            assert runner.played("production", asked.facts["run"]["id"]).exit_code is ExitCode.OK
        return token


SCENARIOS = {
    "promote": Scenario(PROMOTION, "1.1.0"),
    "roll back": Scenario(ROLLBACK, "1.0.0", ("1.0.0", "1.1.0")),
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
    return undisturbed(stage, partial(both_runs, scenario, here))


def both_runs(scenario: Scenario, carry: Carry, world: World) -> None:
    """The command, the job that it starts, and a sweep; each again until it is at rest."""
    runner, before = Runner(world), runs_of(world)
    until(ExitCode.WAITING, carry, world, scenario.command)
    (run,) = (one for one in runs_of(world) if one not in before)
    runner.enter(run, "production")
    runner.review(run)
    job = Command("deploy", {"delivery": runs_of(world)[run]["inputs"]["delivery"]})
    until(ExitCode.OK, partial(in_the_job, runner, carry), world, job, GITHUB_RUN_ID=str(run))
    runner.end(run)
    until(ExitCode.OK, carry, world, SWEEP)
    assert runs_of(world).keys() - before.keys() == {run}
    assert stands(runner) == scenario.stands


def until(wanted: ExitCode, carry: Carry, world: World, command: Command, **variables: str) -> None:
    codes = (carry(world, command, number, variables) for number in range(1000, 1000 + PATIENCE))
    assert next(code for code in codes if code is not None) == wanted


def here(world: World, command: Command, number: int, variables: Mapping[str, str]) -> int | None:
    """In this process."""
    try:
        return int(command.run(world.clone, world.environment(**variables), number).exit_code)
    except ShipwayError as problem:
        if not problem.retryable:
            raise
        return None


def apart(world: World, command: Command, number: int, variables: Mapping[str, str]) -> int | None:
    """In a process of its own."""
    code = run_apart(world, partial(exit_code, command=command, number=number), **variables)
    return None if code == KILLED else code


def in_the_job(
    runner: Runner, carry: Carry, world: World, command: Command, number: int, variables: Mapping[str, str]
) -> int | None:
    """A step that died once everything was said is over: there is nothing to deploy any more."""
    if number > 1000 and "claim" not in runner.standing("production"):
        return int(ExitCode.OK)
    return carry(world, command, number, variables)


def runs_of(world: World) -> dict[int, dict[str, Any]]:
    """Every run that there is, by its number."""
    with world.twin.world.locked():
        return {one["id"]: one for one in world.twin.world.store.all("run", "octo-org/hello")}


def stands(runner: Runner) -> str:
    """The version that stands verified in production, where nobody is bringing in another one."""
    standing = runner.standing("production")
    assert "claim" not in standing
    return str(standing["verified"][-1]["version"])


@pytest.mark.requirement("DEP-5", "FAIL-1", "FAIL-2", "LED-1")
def test_each_request_hit_by_each_fault(
    scenario: Scenario, stage: Stage, known: Known, record_property: Note
) -> None:
    points = range(1, len(known.calls) + 1)
    act = partial(both_runs, scenario, here)
    otherwise = [
        f"{fault} at {point}"
        for fault, options in FAULTS.items()
        for point in diverged(stage, known, points, fault, act, **options)
    ]
    record_property("fault_points", len(points) * len(FAULTS))
    record_property("diverged", len(otherwise))
    assert not otherwise


@pytest.mark.requirement("DEP-5", "FAIL-1")
@pytest.mark.parametrize("moment", ["kill-before", "kill-after"])
def test_killed_at_each_write(
    moment: str, scenario: Scenario, stage: Stage, known: Known, record_property: Note
) -> None:
    points = list(writes(known.calls))
    otherwise = diverged(stage, known, points, moment, partial(both_runs, scenario, apart), pid=2)
    record_property("fault_points", len(points))
    record_property("diverged", len(otherwise))
    assert not otherwise
