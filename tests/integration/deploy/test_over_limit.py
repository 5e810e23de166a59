"""Deployments over their limit: people are called once, whatever the way back is; also when the sweep is killed.

Somebody outside was to say how each of them ended, and has not for six hours.
"""

import json
import re
from collections.abc import Iterator
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
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.twin.server import Twin
from shipway.twin.world import Clock

pytestmark = pytest.mark.requirement("DEP-6")

CONFIGURATION = """
gates:
  smoke: {command: ["true"]}
environments:
  production: {deploy: {event: true, url: "https://hello.example"}}
"""
SWEEP = Command("sweep")
WAYS = {"nothing before": (), "goes back": ("1.0.0",), "a person is asked": ("1.0.0",)}
"""What was to become of 1.0.1 → the versions that were good in production before."""


def prepare(way: str, twin: Twin, clone: Path) -> str:
    """1.0.1 is on its way into production since noon; gives the token of who asks."""
    asks = "rollback: {first: ask}\n" if way == "a person is asked" else ""
    files = FILES | {".github/shipway.yml": f"{CONFIGURATION}{asks}"}
    source = make_source(clone.with_name("source"), files)
    git(source, "tag", "v1.0.1", "HEAD~1")
    token = settle_people(twin, source)
    world = World(twin, clone_of(twin, token, clone), token)
    for version in WAYS[way]:
        promote(world, version)
        newest = world.request("GET", "/deployments")[0]["id"]
        said = {"state": "success"}
        world.request("POST", f"/deployments/{newest}/statuses", said, world.token_of("reviewer"))
        promote(world, version)
    assert promote(world, "1.0.1").reason_code == "awaiting-deployer"
    return token


def promote(world: World, version: str) -> DeliveryOutcome:
    asked = Command("promote", {"version": version, "target": "production"})
    return asked.run(world.clone, world.environment(), int(version[-1]), NOON)


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


@pytest.fixture
def world(way: str, tmp_path: Path) -> Iterator[World]:
    """It is over its limit."""
    clock = Clock(NOON)
    (tmp_path / "at").mkdir()
    with Twin(clock=clock) as twin:
        clone = tmp_path / "at" / "clone"
        token = prepare(way, twin, clone)
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
def test_killed_after_each_write(way: str, tmp_path: Path) -> None:
    stage = Stage(tmp_path, partial(prepare, way), EVENING)
    known = undisturbed(stage, swept)

    def killed(point: int) -> dict[str, Any]:
        def play(world: World) -> None:
            world.twin.faults.add("kill-after", {"path": API, "nth": point}, pid=2)
            swept(world, apart=True)

        return said_once(stage.play(play))

    assert known.calls.count("POST /repos/{owner}/{repo}/issues") == 1
    assert [point for point in writes(known.calls) if killed(point) != said_once(known.end)] == []


def said_once(end: End) -> dict[str, Any]:
    """What stands at the end; a status that was posted again counts once."""
    seen: dict[str, Any] = json.loads(re.sub(r"chance-\d+|(?<=\"asked:)\d+", "0", end.steady))
    for deployment in seen["deployments"]:
        deployment["statuses"] = [status for status, _ in groupby(deployment["statuses"])]
    return seen
