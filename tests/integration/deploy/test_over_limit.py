"""Deployments over their limit: people are called once, whatever the way back is; also when the sweep is killed.

Somebody outside was to say how each of them ended, or the run died in the middle of the command that
deploys; that was six hours ago.
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from integration.delivery.commands import EVENING, Command, exit_code
from integration.release.child import KILLED, run_apart
from integration.release.ledger_view import End
from integration.release.sweep import API, PATIENCE, Stage, undisturbed, writes
from integration.release.world import FILES, NOON, World, clone_of, git, make_source, settle_people
from shipway.bootstrap.environment import Environment
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.twin.server import Twin
from shipway.twin.world import Clock

pytestmark = pytest.mark.requirement("DEP-6")

CONFIGURATION = """
gates:
  smoke: {command: ["true"]}
environments:
  production: {deploy: {url: "https://hello.example", HOW}}
"""
DEATH = 'echo "$SHIPWAY_VERSION" >> ../deployed; test "$SHIPWAY_VERSION" != 1.0.1 || kill -9 $PPID'
HOW = {"outside": "event: true", "command": f"command: {json.dumps(['sh', '-c', DEATH])}"}
"""Who deploys → how that is configured; what deploys 1.0.1 ends the run that started it."""
SWEEP, LOOK = Command("sweep"), Command("sweep", {"dry_run": True})
WAYS = {"nothing before": (), "goes back": ("1.0.0",), "a person is asked": ("1.0.0",)}
"""What was to become of 1.0.1 → the versions that were good in production before."""


def prepare(how: str, way: str, twin: Twin, clone: Path) -> str:
    """1.0.1 is on its way into production since noon; gives the token of who asks."""
    asks = "rollback: {first: ask}\n" if way == "a person is asked" else ""
    files = FILES | {".github/shipway.yml": f"{CONFIGURATION.replace('HOW', HOW[how])}{asks}"}
    source = make_source(clone.with_name("source"), files)
    git(source, "tag", "v1.0.1", "HEAD~1")
    token = settle_people(twin, source)
    world = World(twin, clone_of(twin, token, clone), token)
    for version in WAYS[way]:
        if promote(world, version).reason_code == "awaiting-deployer":
            newest = world.request("GET", "/deployments")[0]["id"]
            said = {"state": "success"}
            world.request("POST", f"/deployments/{newest}/statuses", said, world.token_of("reviewer"))
            promote(world, version)
    if how == "outside":
        assert promote(world, "1.0.1").reason_code == "awaiting-deployer"
    else:
        assert run_apart(world, dies) == KILLED
    return token


def promote(world: World, version: str) -> DeliveryOutcome:
    return promoted(world.clone, world.environment(), version)


def promoted(clone: Path, environment: Environment, version: str) -> DeliveryOutcome:
    asked = Command("promote", {"version": version, "target": "production"})
    return asked.run(clone, environment, int(version[-1]), NOON)


def dies(clone: Path, environment: Environment) -> int:
    """For a process of its own, whose end the deploy command is."""
    return int(promoted(clone, environment, "1.0.1").exit_code)


def swept(world: World, *, apart: bool = False) -> None:
    """Sweep until one sweep comes to its end, and once more; what goes back waits for somebody outside then."""
    for _ in range(2):
        codes = (once(world, number, apart=apart) for number in range(1000, 1000 + PATIENCE))
        assert next(code for code in codes if code is not None) == 0


def once(world: World, number: int, *, apart: bool) -> int | None:
    """Its exit code; None where it died."""
    if not apart:
        return int(SWEEP.run(world.clone, world.environment(), number).exit_code)
    code = run_apart(world, partial(exit_code, command=SWEEP, number=number))
    return None if code == KILLED else code


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """What was to become of it."""
    return str(request.param)


@pytest.fixture(params=HOW)
def how(request: pytest.FixtureRequest) -> str:
    """Who deploys."""
    return str(request.param)


@pytest.fixture
def world(how: str, way: str, tmp_path: Path) -> Iterator[World]:
    """It is over its limit."""
    clock = Clock(NOON)
    (tmp_path / "at").mkdir()
    with Twin(clock=clock) as twin:
        clone = tmp_path / "at" / "clone"
        token = prepare(how, way, twin, clone)
        clock.advance(EVENING - NOON)
        yield World(twin, clone, token)


def test_people_are_called_once_however_often_somebody_looks(way: str, world: World) -> None:
    row, *_ = SWEEP.run(world.clone, world.environment(), 1).facts["deliveries"]
    swept(world)
    (issue,) = world.request("GET", "/issues?state=all&labels=incident,P0")

    title, reason, words = SAID[way]
    assert (issue["title"], row["reason_code"]) == (title, reason)
    assert words in issue["body"]
    assert "<!-- shipway:rollback production 1.0.1 -->" in issue["body"]


def test_what_deploys_it_is_not_started_again(tmp_path: Path) -> None:
    clock = Clock(NOON)
    (tmp_path / "at").mkdir()
    with Twin(clock=clock) as twin:
        world = World(twin, clone := tmp_path / "at" / "clone", prepare("command", "goes back", twin, clone))
        early = LOOK.run(clone, world.environment(), 1, NOON + timedelta(minutes=29))
        clock.advance(EVENING - NOON)
        (row,) = SWEEP.run(clone, world.environment(), 2).facts["deliveries"]
        seen = world.request("GET", "/deployments")
    (lost,) = early.facts["deliveries"]

    assert (lost["became"], lost["reason_code"]) == ("planned", "run-lost")
    assert (row["became"], row["reason_code"]) == ("closed", "deployment-over-limit")
    assert row["message"] == BACK
    assert (clone.parent / "deployed").read_text().split() == ["1.0.0", "1.0.1", "1.0.0"]
    assert [one["payload"]["version"] for one in seen] == ["1.0.0", "1.0.1", "1.0.0"]


BACK = "1.0.1 does not stay in production: it took longer than 30m. production is back on 1.0.0."

SAID = {
    "nothing before": (
        "P0: 1.0.1 in production took too long",
        "deployment-failed",
        "No other version was verified there before, so there is none to go back to.",
    ),
    "goes back": (
        "P0: 1.0.1 in production took too long and goes back to 1.0.0",
        "deployment-over-limit",
        "by itself, as its deployment took too long.",
    ),
    "a person is asked": (
        "P0: 1.0.1 in production took too long",
        "rollback-asked",
        "Whether production goes back to 1\\.0.0 is for a person to say.",
    ),
}
"""Way → title of the issue, reason, and what stands in it."""


@pytest.mark.requirement("FAIL-1", "RBK-6")
def test_killed_after_each_write(how: str, way: str, tmp_path: Path) -> None:
    stage = Stage(tmp_path, partial(prepare, how, way), EVENING)
    known = undisturbed(stage, swept)
    seen = said_once if how == "outside" else stopped_somehow

    def killed(point: int) -> dict[str, Any]:
        def play(world: World) -> None:
            world.twin.faults.add("kill-after", {"path": API, "nth": point}, pid=2)
            swept(world, apart=True)

        return seen(stage.play(play))

    assert known.calls.count("POST /repos/{owner}/{repo}/issues") == 1
    assert [point for point in writes(known.calls) if killed(point) != seen(known.end)] == []


def said_once(end: End) -> dict[str, Any]:
    """What stands at the end; a status that was posted again counts once."""
    seen: dict[str, Any] = json.loads(re.sub(r"chance-\d+|(?<=\"asked:)\d+", "0", end.steady))
    for deployment in seen["deployments"]:
        deployment["statuses"] = [status for status, _ in groupby(deployment["statuses"])]
    return seen


def stopped_somehow(end: End) -> dict[str, Any]:
    """The same; what ended before that could be recorded is stopped as held, or as its run was lost."""
    seen = said_once(end)
    for row in seen["ledger"]:
        if row["kind"] == "promotion-stopped":
            del row["detail"], row["key"]
    return seen
