"""The permissions of shipped workflows are those that their commands use: none is missing, and none too many.

A version that does not stay takes the longest way: it goes back, and where that fails too, people are called.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from integration.delivery.commands import EVENING, Command
from integration.deploy.stage import BOT, WORKFLOW
from integration.deploy.stage import Stage as Runner
from integration.release.world import FILES, NAME, NOON, World, clone_of, make_source, settle_people
from shipway.bootstrap.environment import Chance, Environment, Watchers
from shipway.bootstrap.release import Asked, run_release
from shipway.twin import admin
from shipway.twin.server import Twin
from shipway.twin.world import Clock

SHIPPED = Path(__file__).parents[3] / "workflows"
CONFIGURATION = """
release: {approvals: 0}
gates:
  unit: {command: ["true"]}
  healthy: {stages: [verification, rollback], command: [sh, -c, '! grep -qx "$SHIPWAY_VERSION" ../bad']}
environments:
  dev: {deploy: {command: ["true"]}}
  production: {deploy: {workflow: deploy.yml, command: ["true"]}}
rollback: {automatic: [healthy], revert: pull-request}
"""
NOT_JUDGED = {"statuses:read"}
"""What the twin lets everybody do who may read the repository."""

pytestmark = pytest.mark.requirement("SEC-3")


def permissions(workflow: str) -> dict[str, str]:
    """What the job of a shipped workflow may do."""
    (job,) = yaml.safe_load((SHIPPED / workflow).read_text())["jobs"].values()
    return {name.replace("-", "_"): level for name, level in job["permissions"].items()}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """1.0.0 was good in dev."""
    (tmp_path / "at").mkdir()
    with Twin(clock=Clock(NOON)) as twin:
        clone = tmp_path / "at" / "clone"
        files = {".github/shipway.yml": CONFIGURATION, ".github/workflows/deploy.yml": WORKFLOW}
        source = make_source(clone.with_name("source"), FILES | files)
        token = settle_people(twin, source)
        with twin.world.locked():
            admin.create_user(twin.world, BOT, kind="Bot")
        found = World(twin, clone_of(twin, token, clone), token)
        found_bad(found)
        for name in ("dev", "production"):
            found.request("PUT", f"/environments/{name}", {})
        given = {"delivery": "none", "environment": "dev", "version": "none"}
        found.request("POST", "/actions/workflows/deploy.yml/dispatches", {"ref": "main", "inputs": given})
        run(found, "promote", version="1.0.0", target="dev")
        yield found


def found_bad(world: World, *versions: str) -> None:
    """These are, from now on, and no others."""
    world.clone.with_name("bad").write_text("".join(f"{one}\n" for one in versions))


def run(world: World, name: str, **asked: Any) -> tuple[str, ...]:
    """Run a command in the run of a workflow that the releaser has started; gives what it warned of."""
    return Command(name, asked).run(world.clone, _environment(world), _number(world), EVENING).warnings


def release(world: World, version: str, **asked: Any) -> tuple[str, ...]:
    """The same of a release."""
    ids = (f"{_number(world):08x}-0000-4000-8000-{number:012x}" for number in range(99))
    chance = Chance(lambda: EVENING, lambda: 0.0, lambda: next(ids))
    wanted = Asked(version, repo=world.clone, **asked)
    return run_release(wanted, _environment(world), Watchers(), sleep=lambda _: None, chance=chance).warnings


def _environment(world: World) -> Environment:
    with world.twin.world.locked():
        started = world.twin.world.store.all("run", NAME)[0]["id"]
    return world.environment(GITHUB_RUN_ID=str(started))


def _number(world: World) -> int:
    return len(world.twin.journal.requests)


def one_more(world: World) -> None:
    """A change to release."""
    world.git("pull", "--quiet", "origin", "main")
    world.commit("fix: mend it", {"more.txt": f"{_number(world)}\n"})


Story = Callable[[World, World], Iterator[str]]
"""Who has pushed the button, and who has all rights → warnings."""


def releases(button: World, people: World) -> Iterator[str]:
    """One comes into dev, and starts a run for production; the next one does not stay, nor does what comes back."""
    yield from release(button, "1.1.0")
    one_more(people)
    found_bad(people, "1.1.0", "1.1.1")
    yield from release(button, "1.1.1")


def promotes(button: World, people: World) -> Iterator[str]:
    """Into production by a run; in dev one goes back well and is reverted, and one does not, which calls people."""
    found_bad(people, "1.1.0")
    release(people, "1.1.0")
    found_bad(people)
    yield from run(button, "promote", version="1.0.0", source="dev", target="production")
    found_bad(people, "1.1.0")
    yield from run(button, "promote", version="1.1.0", target="dev", lift_hold=True, reason="again")
    found_bad(people, "1.1.0", "1.0.0")
    yield from run(button, "promote", version="1.1.0", target="dev", lift_hold=True, reason="again")


def rolls_back(button: World, people: World) -> Iterator[str]:
    """By a run; well, which reverts; and not well, which calls people."""
    run(people, "promote", version="1.0.0", source="dev", target="production")
    brought_in(people)
    release(people, "1.1.0")
    brought_in(people)
    yield from run(button, "roll back", environment="production", reason="errors")
    yield from run(button, "roll back", environment="dev", reason="errors")
    run(people, "promote", version="1.1.0", target="dev", lift_hold=True, reason="again")
    found_bad(people, "1.0.0")
    yield from run(button, "roll back", environment="dev", reason="errors")


def brought_in(people: World) -> None:
    """What a run was started for comes into production."""
    runner = Runner(people, later=EVENING - NOON, count=_number(people))
    started = runner.runs()[0]["id"]
    runner.enter(started, "production")
    assert runner.deploy(started, runner.delivery("production")).exit_code == 0
    runner.end(started)


def locks(button: World, people: World) -> Iterator[str]:
    """Lock, and take somebody else's lock away."""
    release(people, "1.1.0")
    yield from run(button, "lock", environment="production", reason="moving")
    other = World(people.twin, people.clone, people.token_of("reviewer"))
    run(other, "lock", environment="dev", reason="moving")
    yield from run(button, "lock", environment="dev", reason="away", unlock=True, force=True)


STORIES: Mapping[str, Story] = {
    "release-button.yml": releases,
    "promote-button.yml": promotes,
    "rollback-button.yml": rolls_back,
    "lock-button.yml": locks,
}


@pytest.mark.parametrize("workflow", STORIES)
def test_what_a_workflow_may_do_is_what_it_does(workflow: str, world: World) -> None:
    given = permissions(workflow)
    button = World(world.twin, world.clone, world.token_of(BOT, permissions=given, kind="actions"))
    world.twin.world.used.clear()
    warnings = [*STORIES[workflow](button, world)]

    assert [one for one in warnings if "lacks the permission" in one] == []
    assert {f"{name}:{level}" for name, level in given.items()} - NOT_JUDGED - world.twin.world.used == set()
