"""Locks of branch-deploy, on a repository whose configuration takes its commands: they close, and are lifted."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from integration.delivery.branch_deploy import locked
from integration.delivery.test_locks import (
    CONFIGURATION,
    FRONT_ENDS,
    LOCKABLE,
    WAYS_BACK,
    entries,
    lock,
    promote,
    repository,
    shipway,
)
from integration.release.world import NOON, World
from shipway.bootstrap.environment import Chance, Watchers
from shipway.bootstrap.locking import LockAsked, run_lock
from shipway.domain.delivery.steps import DeliveryMove, LiftLocks
from shipway.domain.facts import DeliveryFacts
from shipway.errors import ExitCode

DIALECT = {".github/shipway.yml": f"comments: {{dialect: branch-deploy}}\n{CONFIGURATION}"}
CLOSED = "dev is locked by writer since 2026-11-20T10:00:00Z: moving the database (dev-branch-deploy-lock)"

pytestmark = pytest.mark.requirement("LOCK-1", "FACE-2")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A repository that moves from branch-deploy."""
    yield from repository(tmp_path, LOCKABLE | DIALECT)


def stand(world: World) -> set[str]:
    """The locks of branch-deploy that there are."""
    listed = world.git("ls-remote", "--heads", "origin", "*-branch-deploy-lock").split()
    return {name.removeprefix("refs/heads/") for name in listed[1::2]}


@pytest.mark.parametrize("enter", FRONT_ENDS, ids=lambda enter: enter.__name__)
def test_they_close_whoever_asks_and_however(world: World, enter: Callable[[World], tuple[int, str]]) -> None:
    locked(world)
    code, message = enter(world)
    assert code == ExitCode.LOCKED
    assert CLOSED in message
    assert not [call for call in world.calls() if call.startswith("POST") and call.endswith("/deployments")]


def test_they_close_for_what_was_there_before(world: World) -> None:
    world.git("tag", "--annotate", "v1.1.0", "--message", "v1.1.0")
    world.git("push", "--quiet", "origin", "v1.1.0")
    assert [promote(world, version=one).exit_code for one in ("1.0.0", "1.1.0")] == [0, 0]
    locked(world)
    code, message = WAYS_BACK[0](world)
    assert (code, CLOSED in message) == (ExitCode.LOCKED, True)


def test_who_locked_comes_in_and_nothing_more_is_asked_for_that(world: World) -> None:
    promote(world)
    locked(world, "staging", created_by="releaser")
    before = len(world.calls())
    done = promote(world, "staging", "dev")
    assert (done.exit_code, len(world.calls()) - before) == (ExitCode.OK, 5)
    (verdict,) = (one for one in done.verdicts if one["gate"] == "lock")
    assert verdict["summary"] == "the lock of staging lets releaser through"


def test_that_of_all_environments_is_lifted_with_all_of_them(world: World) -> None:
    locked(world, "global", **{"global": True, "environment": None, "reason": None})
    why = "is locked by writer since 2026-11-20T10:00:00Z: no reason given (global-branch-deploy-lock)"
    refused = promote(world)
    assert (refused.message, refused.next_step) == (
        f"1.0.0 cannot go to dev: dev {why}.",
        "Ask them, or: shipway unlock --all --reason '…' --force",
    )
    one = lock(world, "dev", unlock=True, force=True)
    assert (one.exit_code, one.message, one.next_step) == (
        ExitCode.LOCKED,
        f"dev {why}.",
        "Ask them, or: shipway unlock --all --reason '…' --force",
    )
    own = lock(world, "dev", "writer", unlock=True)
    assert own.next_step == "The lock is your own: shipway unlock --all --reason '…'"
    assert lock(world, "dev").message == f"dev {why}."

    lifted = lock(world, "", every=True, unlock=True, force=True)
    assert (lifted.exit_code, lifted.message) == (
        ExitCode.OK,
        "dev, staging, production are unlocked: moving",
    )
    assert stand(world) == set()
    assert promote(world).exit_code is ExitCode.OK


def test_its_own_lock_and_ours_go_together_and_that_is_recorded(world: World) -> None:
    lock(world, "dev", "writer")
    branch = locked(world)
    planned = lock(world, "dev", "writer", unlock=True, dry_run=True)
    assert (planned.steps, stand(world)) == (
        ("record unlocked in the ledger", f"remove branch {branch}"),
        {branch},
    )
    before = len(world.calls())
    done = lock(world, "dev", "writer", unlock=True)
    assert (done.reason_code, done.message) == ("unlocked", "dev is unlocked: moving")
    assert (len(world.calls()) - before, stand(world)) == (3, set())
    assert entries(world)[-1]["detail"]["branches"].keys() == {branch}
    assert lock(world, "dev", "writer", unlock=True).reason_code == "not-locked"


def test_somebody_elses_takes_force_and_the_one_of_all_stays(world: World) -> None:
    locked(world)
    locked(world, "global", created_by="reviewer")
    assert lock(world, "dev", unlock=True).message == f"{CLOSED}."
    assert stand(world) == {"dev-branch-deploy-lock", "global-branch-deploy-lock"}
    done = lock(world, "dev", unlock=True, force=True)
    assert (done.exit_code, stand(world)) == (ExitCode.OK, {"global-branch-deploy-lock"})
    assert (
        "it stays closed: dev is locked by reviewer since 2026-11-20T10:00:00Z: moving the database "
        "(global-branch-deploy-lock)"
    ) in done.warnings
    assert "releaser took the lock of dev away from writer" in done.facts["announce"]


def test_ones_own_lock_opens_nothing_that_is_closed_with_all(world: World) -> None:
    for name in ("dev", "staging", "production"):
        locked(world, name, created_by="releaser")
    locked(world, "global")
    refused = promote(world)
    assert (refused.exit_code, refused.next_step) == (
        ExitCode.LOCKED,
        "Ask them, or: shipway unlock --all --reason '…' --force",
    )
    assert refused.message == f"1.0.0 cannot go to dev: {CLOSED.replace('(dev', '(global')}."
    every = lock(world, "", every=True, unlock=True)
    assert (every.exit_code, len(stand(world))) == (ExitCode.LOCKED, 4)
    assert lock(world, "dev").message == f"{CLOSED.replace('(dev', '(global')}."
    assert lock(world, "", "writer", every=True, unlock=True).message == (
        "dev is locked by releaser since 2026-11-20T10:00:00Z: moving the database (dev-branch-deploy-lock)."
    )


@pytest.mark.parametrize(
    "text",
    ["", "not JSON", "[]", "{}", '{"created_by": ["writer"]}', '{"created_by": "a\\u001b[31m"}', "[" * 9000],
)
def test_what_cannot_be_understood_closes_too(world: World, text: str) -> None:
    locked(world, text=text)
    why = "dev is locked by somebody unknown: its lock.json cannot be understood (dev-branch-deploy-lock)"
    assert promote(world).message == f"1.0.0 cannot go to dev: {why}."
    assert f"{why}\n" in shipway(world, "status").stdout
    done = lock(world, "dev", unlock=True, force=True)
    assert (done.exit_code, stand(world)) == (ExitCode.OK, set())


def test_a_lock_that_is_another_by_now_stays(world: World) -> None:
    """It is removed where it was seen, and not what somebody else has locked since."""
    branch = locked(world)
    others: list[str] = []

    def meanwhile(move: DeliveryMove, _: DeliveryFacts) -> None:
        if isinstance(move, LiftLocks) and not others:
            others.append(locked(world, created_by="reviewer"))

    token = world.token_of("writer")
    asked = LockAsked(repo=world.clone, environment="dev", unlock=True, reason="moved")
    done = run_lock(
        asked,
        world.environment(GITHUB_TOKEN=token, GH_TOKEN=token),
        Watchers(move=meanwhile),
        sleep=world.pauses.append,
        chance=Chance(lambda: NOON, lambda: 0.0),
    )
    assert (done.exit_code, stand(world), others) == (ExitCode.OK, {branch}, [branch])
    (warning,) = done.warnings
    assert warning.startswith("it stays closed: dev is locked by reviewer since ")


def test_status_shows_them(world: World) -> None:
    locked(world, created_by="reviewer", reason="a\u202eb \x1b[31m\n::error::c")
    shown = shipway(world, "status")
    assert "dev is locked by reviewer, " in shown.stdout
    assert "ab [31m ::error::c (dev-branch-deploy-lock)" in shown.stdout


def test_without_the_dialect_they_are_nothing_to_us(tmp_path: Path) -> None:
    for world in repository(tmp_path):
        locked(world)
        assert promote(world).exit_code is ExitCode.OK
        assert lock(world, "dev", unlock=True).reason_code == "not-locked"
        assert "is locked by" not in shipway(world, "status").stdout
