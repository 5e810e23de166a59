"""Whose lock was taken away is told so on GitHub, once, and never at the price of the unlocking."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.delivery.test_locks import lock, locked_now, repository
from integration.release.world import World

pytestmark = pytest.mark.requirement("LOCK-1", "FAIL-3")


TOLD_NOWHERE = (
    "writer was not told of the lock of staging: there is no pull request to say it in, so tell them yourself"
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    for world in repository(tmp_path):
        world.release("1.1.0")
        world.approve()
        world.release("1.1.0")
        yield world


def told(world: World, number: int = 1) -> list[str]:
    said = world.request("GET", f"/issues/{number}/comments")
    return [one["body"].splitlines()[1] for one in said if one["body"].startswith("<!-- shipway:unlocked:")]


def test_the_owner_is_mentioned_in_the_pull_request_of_what_stands_there(world: World) -> None:
    lock(world, login="writer")
    before = len(world.calls())

    opened = lock(world, unlock=True, force=True, reason="they are away")

    assert len(world.calls()) - before == 4
    assert opened.steps == ("record unlocked in the ledger", "tell writer in pull request #1")
    assert told(world) == ["@writer, your lock of **staging** was taken away by `releaser`."]
    lock(world, unlock=True, force=True)
    assert len(told(world)) == 1, "once"


def test_a_lock_for_a_pull_request_is_told_of_there(world: World) -> None:
    world.git("switch", "--quiet", "--create", "topic")
    world.commit("feat: greet in Finnish")
    world.git("switch", "--quiet", "main")
    made = world.request("POST", "/pulls", {"title": "feat: greet", "head": "topic", "base": "main"})
    lock(world, login="writer", pr=made["number"])

    lock(world, unlock=True, force=True)

    assert (told(world), len(told(world, made["number"]))) == ([], 1)


def test_where_there_is_nowhere_to_say_it_people_are_asked_to(tmp_path: Path) -> None:
    for bare in repository(tmp_path):
        lock(bare, login="writer")
        opened = lock(bare, unlock=True, force=True)
        assert opened.exit_code == 0
        assert opened.warnings == (
            "releaser took the lock of staging away from writer, who had locked it for: moving",
            TOLD_NOWHERE,
        )


@pytest.mark.parametrize("kind", ["error-before", "reset-after"])
def test_it_is_said_once_where_github_stumbles(world: World, kind: str) -> None:
    lock(world, login="writer")
    world.twin.faults.add(kind, {"operation": "addComment"})

    opened = lock(world, unlock=True, force=True)

    assert opened.steps[1:] == ("tell writer in pull request #1",)
    assert len(told(world)) == 1


def test_that_it_cannot_be_said_stops_nothing(world: World) -> None:
    lock(world, login="writer")
    world.twin.faults.add("error-before", {"operation": "addComment"}, times=50)

    opened = lock(world, unlock=True, force=True)

    assert (opened.exit_code, opened.reason_code) == (0, "unlocked")
    assert opened.warnings[1].startswith("writer could not be told of the lock of staging: ")
    assert locked_now(world) == set()
