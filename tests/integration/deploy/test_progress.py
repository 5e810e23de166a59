"""What `shipway status` says of a version on its way: how far it has come, and what it waits for."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from integration.delivery.commands import EVENING
from integration.deploy.stage import Stage, stage
from integration.deploy.strategy_world import CONFIGURATION, promote
from integration.release.world import FILES, NOON, World, clone_of, make_source, settle_people
from shipway.adapters.git_repo import Clone
from shipway.bootstrap.environment import connect
from shipway.bootstrap.status import look, status_of
from shipway.domain.status_view import environment_table, notes
from shipway.twin.server import Twin
from shipway.twin.world import Clock

PAUSED = CONFIGURATION.replace("[5, 25, 100]", "[5, 25, 100], pause: 5m")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Production has a canary with pauses, and nothing yet."""
    source = make_source(tmp_path / "source", FILES | {".github/shipway.yml": PAUSED})
    with Twin(clock=Clock(EVENING)) as twin:
        token = settle_people(twin, source)
        yield World(twin, clone_of(twin, token, tmp_path / "clone"), token)


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Stage]:
    """A workflow deploys to production, where a reviewer is asked."""
    with stage(tmp_path) as one:
        yield one


def row_of(world: World, now: Any) -> dict[str, Any]:
    """Production, as `shipway status` has it."""
    github = connect(world.environment(), Clone(world.clone))
    (row,) = status_of(look(github, "production", now, pytest.fail))["environments"]
    return dict(row)


def told(row: dict[str, Any], now: Any) -> tuple[str, list[str]]:
    """The cell about progress, and the notes."""
    heads, cells = environment_table([row], now)
    return dict(zip(heads, cells, strict=True))["progress"], notes([row], now)


@pytest.mark.requirement("DEP-3", "PRO-5")
def test_how_far_a_canary_is(world: World) -> None:
    waits = promote("1.0.0").run(world.clone, world.environment(), 1)
    assert waits.reason_code == "pausing"
    now = EVENING + timedelta(minutes=1)
    row = row_of(world, now)
    assert (row["state"], row["attempted"], row["under_way"]) == ("deploying", "1.0.0", "1.0.0")
    assert row["progress"] == {
        "version": "1.0.0",
        "actor": "releaser",
        "at": "2026-11-21T18:00:00Z",
        "replaces": "",
        "run": "",
        "strategy": "canary",
        "weight": 5,
        "colour": "",
        "passed": 2,
        "of": 8,
        "waits_for": "time",
        "until": "2026-11-21T18:05:00Z",
        "waiting_for": [],
        "goes_back": "",
    }
    assert told(row, now) == (
        "canary 5 %, paused until 2026-11-21T18:05:00Z",
        [
            (
                "1.0.0 is on its way into production, by releaser, 1m ago: canary 5 %, "
                "paused until 2026-11-21T18:05:00Z"
            )
        ],
    )

    later = EVENING + timedelta(minutes=6)
    assert told(row_of(world, later), later) == (
        "canary 5 %, waits to go on",
        [
            (
                "1.0.0 is on its way into production, by releaser, 6m ago: canary 5 %; "
                "goes on when somebody runs the command again, or shipway sweep"
            )
        ],
    )
    long_after = EVENING + timedelta(days=9)
    left = row_of(world, long_after)
    assert left["under_way"] == ""
    assert (left["progress"]["weight"], left["progress"]["waits_for"]) == (5, "resumption")


@pytest.mark.requirement("DEP-3", "PRO-5")
def test_without_its_plan_nobody_knows_how_long_the_pause_is(world: World) -> None:
    another = world.clone.with_name("config.yml")
    another.write_text(CONFIGURATION.replace("[5, 25, 100]", "[5, 100], pause: 9m"))
    promote("1.0.0", config=another).run(world.clone, world.environment(), 1)

    found = row_of(world, EVENING)["progress"]
    assert (found["strategy"], found["weight"], found["waits_for"], found["until"]) == ("canary", 5, "", "")


@pytest.mark.requirement("PRO-5")
def test_who_holds_the_job_of_a_workflow_back(play: Stage) -> None:
    run, _ = play.production()
    started = row_of(play.world, NOON)
    assert (started["progress"]["waits_for"], started["progress"]["run"]) == ("", run_url(play, run))

    play.enter(run, "production")
    before = len(api_requests(play))
    row = row_of(play.world, NOON)
    assert len(api_requests(play)) - before == 2
    assert (row["state"], row["attempted"], row["foreign"], row["actor"]) == (
        "deploying",
        "1.0.0",
        False,
        "releaser",
    )
    assert (row["progress"]["waits_for"], row["progress"]["waiting_for"]) == ("review", ["reviewer"])
    assert told(row, NOON) == (
        "waits for review",
        [
            (
                "1.0.0 is on its way into production, by releaser, 0s ago; "
                f"waits for review by reviewer: {run_url(play, run)}"
            )
        ],
    )

    play.review(run)
    assert row_of(play.world, NOON)["progress"]["waits_for"] == ""


def run_url(play: Stage, run: int) -> str:
    return f"{play.world.twin.url}/octo-org/hello/actions/runs/{run}"


def api_requests(play: Stage) -> list[Any]:
    return [one for one in play.world.twin.journal.requests if one.kind in {"rest", "graphql"}]
