"""Locks on a repository: through the command line, in this process, and against each other."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from integration.release.world import FILES, NAME, NOON, World, clone_of, make_source, settle_people
from shipway.bootstrap.environment import Chance, Watchers
from shipway.bootstrap.locking import LockAsked, run_lock
from shipway.bootstrap.promoting import PromotionAsked, run_promotion
from shipway.bootstrap.rollback import RollbackAsked, run_rollback
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.errors import ExitCode, ShipwayError, UsageError
from shipway.twin import admin
from shipway.twin.server import Twin
from shipway.twin.world import Clock

CONFIGURATION = """
environments:
  dev: {deploy: {command: ["true"]}}
  staging: {deploy: {command: ["true"]}}
  production: {deploy: {command: ["true"]}}
"""

pytestmark = pytest.mark.requirement("LOCK-1")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A repository for one test."""
    yield from repository(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A repository for tests that bear what others did before them."""
    yield from repository(tmp_path_factory.mktemp("shared"))


LOCKABLE = FILES | {".github/shipway.yml": CONFIGURATION}


def repository(tmp_path: Path, files: dict[str, str] = LOCKABLE) -> Iterator[World]:
    """Version 1.0.0, three environments, and three people: an administrator and two who may write."""
    source = make_source(tmp_path / "source", files)
    with Twin(clock=Clock(NOON)) as twin:
        token = settle_people(twin, source)
        with twin.world.locked():
            admin.create_user(twin.world, "writer")
            admin.add_collaborator(twin.world, NAME, "writer", "write")
        yield World(twin, clone_of(twin, token, tmp_path / "clone"), token)


def lock(
    world: World, environment: str = "staging", login: str = "releaser", **asked: Any
) -> DeliveryOutcome:
    """Run `shipway lock` or `unlock` in this process."""
    token = world.token_of(login)
    return run_lock(
        LockAsked(repo=world.clone, environment=environment, **{"reason": "moving", **asked}),
        world.environment(GITHUB_TOKEN=token, GH_TOKEN=token),
        Watchers(),
        sleep=world.pauses.append,
        chance=Chance(lambda: NOON, lambda: 0.0),
    )


def promote(world: World, target: str = "dev", source: str = "", version: str = "1.0.0") -> DeliveryOutcome:
    """Run `shipway promote` in this process."""
    return run_promotion(
        PromotionAsked(version=version, source=source, target=target, repo=world.clone),
        world.environment(),
        Watchers(),
        sleep=world.pauses.append,
        chance=Chance(lambda: NOON, lambda: 0.0),
    )


def shipway(world: World, *arguments: str, token: str = "") -> subprocess.CompletedProcess[str]:
    """Run the program itself."""
    variables = {
        **world.twin.environment(token or world.token),
        "GITHUB_REPOSITORY": NAME,
        "PATH": "/usr/bin:/bin",
    }
    program = [sys.executable, "-c", "from shipway.cli import main; main()", *arguments]
    return subprocess.run(
        program, cwd=world.clone, env=variables, capture_output=True, text=True, check=False, timeout=120
    )


def ledger(world: World, start: str) -> str:
    """The files of the ledger whose path starts like this, one after the other."""
    world.git("fetch", "--quiet", "origin", "+shipway-ledger:refs/shipway/ledger")
    listed = world.git("ls-tree", "-r", "--name-only", "refs/shipway/ledger").splitlines()
    found = [path for path in listed if path.startswith(start)]
    return "\n".join(world.git("show", f"refs/shipway/ledger:{path}") for path in found)


def locked_now(world: World) -> set[str]:
    """The environments that are locked, by the head of the ledger."""
    standings = json.loads(ledger(world, "head.json")).get("environments", {})
    return {name for name, standing in standings.items() if standing.get("lock")}


def entries(world: World) -> list[dict[str, Any]]:
    """What happened to environments."""
    return [json.loads(line) for line in ledger(world, "environments/").splitlines()]


def test_a_lock_is_made_changed_shown_and_taken_off(world: World) -> None:
    made = lock(world)
    assert (made.exit_code, made.reason_code, made.message) == (0, "locked", "staging is locked: moving")
    before = len(world.calls())
    again = lock(world)
    assert (again.reason_code, world.calls()[before:]) == ("already-locked", ["POST /graphql"])
    assert "staging is locked by releaser, " in shipway(world, "status").stdout
    changed = lock(world, reason="still moving", lasting="2h")
    assert changed.facts["locks"]["staging"]["until"] == "2026-11-21T14:00:00Z"
    opened = lock(world, unlock=True)
    assert (opened.reason_code, opened.message) == ("unlocked", "staging is unlocked: moving")
    assert lock(world, unlock=True).reason_code == "not-locked"
    assert [one["kind"] for one in entries(world)] == ["locked", "locked", "unlocked"]


def through_the_program(world: World) -> tuple[int, str]:
    done = shipway(world, "promote", "1.0.0", "--to", "dev", "--output", "json")
    return done.returncode, json.loads(done.stdout)["message"]


def in_this_process(world: World) -> tuple[int, str]:
    outcome = promote(world)
    return int(outcome.exit_code), outcome.message


def through_the_action(world: World) -> tuple[int, str]:
    inputs = {"command": "promote", "version": "1.0.0", "to": "dev", "dry-run": "false", "token": world.token}
    return by_action(world, inputs)


def releasing(world: World) -> tuple[int, str]:
    outcome = world.release("1.1.0")
    assert outcome.pull_request
    world.approve(outcome.pull_request["number"])
    ended = world.release("1.1.0")
    return int(ended.exit_code), ended.message


def going_back(world: World) -> tuple[int, str]:
    try:
        outcome = run_rollback(
            RollbackAsked(environment="dev", reason="slow", repo=world.clone),
            world.environment(),
            Watchers(),
            sleep=world.pauses.append,
            chance=Chance(lambda: NOON, lambda: 0.0),
        )
    except ShipwayError as refused:
        return int(refused.exit_code), refused.message
    return int(outcome.exit_code), outcome.message


def going_back_through_the_program(world: World) -> tuple[int, str]:
    done = shipway(world, "rollback", "dev", "--reason", "slow", "--output", "json")
    result = json.loads(done.stdout)
    return done.returncode, result.get("error", result)["message"]


def going_back_through_the_action(world: World) -> tuple[int, str]:
    inputs = {"command": "rollback", "environment": "dev", "reason": "slow", "token": world.token}
    return by_action(world, {**inputs, "dry-run": "false"})


FRONT_ENDS: list[Callable[[World], tuple[int, str]]] = [
    through_the_program,
    in_this_process,
    through_the_action,
    releasing,
]
WAYS_BACK: list[Callable[[World], tuple[int, str]]] = [
    going_back,
    going_back_through_the_program,
    going_back_through_the_action,
]


def by_action(world: World, inputs: dict[str, str]) -> tuple[int, str]:
    """Run the Action as its step does."""
    output = world.clone.parent / "output"
    output.unlink(missing_ok=True)
    variables = {
        **world.twin.environment(inputs["token"]),
        "GITHUB_REPOSITORY": NAME,
        "GITHUB_OUTPUT": str(output),
        "PATH": "/usr/bin:/bin",
        **{f"INPUT_{name.replace('-', '_').upper()}": value for name, value in inputs.items()},
    }
    done = subprocess.run(
        [sys.executable, "-m", "shipway.action"],
        cwd=world.clone,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    lines = output.read_text().splitlines()
    result = json.loads(lines[next(n for n, line in enumerate(lines) if line.startswith("result<<")) + 1])
    return done.returncode, result["message"]


@pytest.mark.parametrize("enter", FRONT_ENDS, ids=lambda enter: enter.__name__)
@pytest.mark.parametrize("every", [False, True], ids=["one", "all"])
def test_locked_means_closed_whoever_asks_and_however(
    world: World, enter: Callable[[World], tuple[int, str]], every: bool
) -> None:
    lock(world, "" if every else "dev", every=every)
    code, message = enter(world)
    assert code == ExitCode.LOCKED
    assert "dev is locked by releaser since 2026-11-21T12:00:00Z: moving" in message
    assert not [call for call in world.calls() if call.startswith("POST") and call.endswith("/deployments")]


@pytest.mark.parametrize("enter", WAYS_BACK, ids=lambda enter: enter.__name__)
def test_locked_means_closed_for_what_was_there_before(
    world: World, enter: Callable[[World], tuple[int, str]]
) -> None:
    world.git("tag", "--annotate", "v1.1.0", "--message", "v1.1.0")
    world.git("push", "--quiet", "origin", "v1.1.0")
    assert [promote(world, version=one).exit_code for one in ("1.0.0", "1.1.0")] == [0, 0]
    lock(world, "dev")
    before = len(world.calls())
    code, message = enter(world)
    assert code == ExitCode.LOCKED
    assert "dev is locked by releaser since 2026-11-21T12:00:00Z: moving" in message
    assert not [call for call in world.calls()[before:] if call == "POST /repos/{owner}/{repo}/deployments"]


def test_the_action_locks_and_unlocks(world: World) -> None:
    inputs = {"environment": "staging", "reason": "do not use --global today", "dry-run": "false"}
    code, message = by_action(world, {**inputs, "command": "lock", "token": world.token})
    assert (code, message) == (0, "staging is locked: do not use --global today")
    assert locked_now(world) == {"staging"}
    code, message = by_action(world, {**inputs, "command": "unlock", "token": world.token_of("writer")})
    assert code == ExitCode.LOCKED
    code, message = by_action(world, {**inputs, "command": "unlock", "token": world.token})
    assert (code, locked_now(world)) == (0, set())


def test_a_lock_that_has_run_out_lets_in(world: World) -> None:
    lock(world, "dev", lasting="2h")
    ended = run_promotion(
        PromotionAsked(version="1.0.0", target="dev", repo=world.clone),
        world.environment(),
        Watchers(),
        sleep=world.pauses.append,
        chance=Chance(lambda: NOON.replace(hour=14), lambda: 0.0),
    )
    assert ended.exit_code is ExitCode.OK


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"scope": "user"}, ExitCode.OK),
        ({"release": "1.0.0"}, ExitCode.OK),
        ({"release": "v1.0.0"}, ExitCode.OK),
        ({"release": "2.0.0"}, ExitCode.LOCKED),
        ({"pr": 7}, ExitCode.LOCKED),
        ({}, ExitCode.LOCKED),
    ],
)
def test_whom_a_lock_lets_through(world: World, asked: dict[str, Any], code: ExitCode) -> None:
    lock(world, "dev", **asked)
    assert promote(world).exit_code is code


def test_of_two_who_lock_at_once_one_gets_it(world: World) -> None:
    people = ("releaser", "reviewer", "writer")
    with ThreadPoolExecutor(len(people)) as pool:
        outcomes = list(pool.map(lambda login: lock(world, login=login, reason=f"for {login}"), people))
    (winner,) = [login for login, one in zip(people, outcomes, strict=True) if one.exit_code is ExitCode.OK]
    losers = [one for one in outcomes if one.exit_code is not ExitCode.OK]
    assert {one.exit_code for one in losers} == {ExitCode.LOCKED}
    assert {one.message for one in losers} == {
        f"staging is locked by {winner} since 2026-11-21T12:00:00Z: for {winner}."
    }
    assert [(one["kind"], one["actor"]) for one in entries(world)] == [("locked", winner)]


def test_somebody_elses_lock_is_taken_away_by_force_and_that_is_said(world: World) -> None:
    lock(world, login="writer", reason="mine")
    refused = lock(world, login="reviewer", unlock=True)
    assert (refused.exit_code, refused.reason_code) == (ExitCode.LOCKED, "locked")
    forced = lock(world, login="reviewer", unlock=True, force=True)
    assert (forced.exit_code, forced.reason_code) == (ExitCode.NOT_AUTHORISED, "not-authorised")
    assert locked_now(world) == {"staging"}
    taken = lock(world, unlock=True, force=True, reason="writer is away")
    assert taken.warnings[:1] == (
        "releaser took the lock of staging away from writer, who had locked it for: mine",
    )
    assert taken.to_json()["announce"] == taken.warnings[0]
    kinds = [(one["kind"], one["actor"]) for one in entries(world)]
    assert kinds == [("locked", "writer"), ("unlock-refused", "reviewer"), ("unlocked", "releaser")]
    assert locked_now(world) == set()


@pytest.mark.parametrize(
    ("asked", "reason", "message"),
    [
        ({"environment": "stagin"}, "environment-unknown", "There is no environment 'stagin'."),
        ({"environment": ""}, "lock-unclear", "Name one environment, or say --all."),
        ({"every": True}, "lock-unclear", "Name one environment, or say --all."),
        ({"reason": " "}, "reason-unclear", "A reason is needed."),
        ({"reason": "x" * 1001}, "reason-unclear", "The reason has 1,001 characters; it can have 1,000."),
        (
            {"lasting": "soon"},
            "span-unclear",
            "'soon' is no length of time such as 30s, 5m, 2h, 7d or 1h30m.",
        ),
        ({"lasting": "0m"}, "span-unclear", "A lock with an end lasts at most 366d, and more than nothing."),
        (
            {"lasting": "999999w"},
            "span-unclear",
            "A lock with an end lasts at most 366d, and more than nothing.",
        ),
        ({"scope": "release"}, "lock-unclear", "Scope release needs --release."),
        ({"scope": "pr"}, "lock-unclear", "Scope pr needs --pr."),
        ({"scope": "team"}, "lock-unclear", "There is no scope 'team': user, release or pr."),
        ({"scope": "user", "release": "1.0.0"}, "lock-unclear", "--release does not belong to scope user."),
        ({"release": "1.0.0", "pr": 7}, "lock-unclear", "--pr does not belong to scope release."),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_written(
    shared: World, asked: dict[str, Any], reason: str, message: str
) -> None:
    before = len(shared.calls())
    with pytest.raises(UsageError) as refused:
        lock(shared, **{"environment": "staging", **asked})
    assert (refused.value.reason_code, refused.value.message) == (reason, message)
    assert len(shared.calls()) == before


TRAPS: dict[str, tuple[tuple[str, ...], set[str], str]] = {
    "words that look like options, in quotes": (
        ("staging", "--reason", "do not use --global today"),
        {"staging"},
        "do not use --global today",
    ),
    "a word that looks like short options": (
        ("staging", "--reason", "fixing -disk full"),
        {"staging"},
        "fixing -disk full",
    ),
    "a reason that is an option": (("staging", "--reason", "--all"), {"staging"}, "--all"),
    "a reason that is the option for force": (("staging", "--reason", "--force"), {"staging"}, "--force"),
    "a reason with the sign of equality": (("staging", "--reason=--all"), {"staging"}, "--all"),
    "several lines": (("staging", "--reason", "one\n--all\r\ntwo"), {"staging"}, "one --all two"),
    "control characters": (("staging", "--reason", "\x1b[2Jgone\x07"), {"staging"}, "[2Jgone"),
    "emoji": (("staging", "--reason", "🚧 👩\u200d💻 работа"), {"staging"}, "🚧 👩\u200d💻 работа"),
    "as long as can be": (("staging", "--reason", "x" * 1000), {"staging"}, "x" * 1000),
    "all, really": (("--all", "--reason", "not staging"), {"dev", "staging", "production"}, "not staging"),
}


@pytest.mark.parametrize("name", TRAPS)
def test_a_reason_is_never_read_as_anything_else(shared: World, name: str) -> None:
    arguments, closed, reason = TRAPS[name]
    done = shipway(shared, "lock", *arguments, "--output", "json")
    assert (done.returncode, done.stderr) == (0, "✓ record locked in the ledger\n")
    newest = max(entries(shared), key=lambda one: int(one["seq"]))["detail"]
    assert newest["reason"] == reason
    assert set(newest.get("environments") or [newest["environment"]]) == closed


@pytest.mark.parametrize(
    "arguments",
    [
        ("staging", "--reason", "do", "not", "use", "--global", "today"),
        ("staging", "--reason", "do", "not", "use", "--all", "today"),
        ("staging", "--reason", "fixing", "-disk", "full"),
        ("--all", "--reason"),
        ("staging", "production", "--reason", "both"),
    ],
    ids=" ".join,
)
def test_a_reason_without_quotes_locks_nothing(shared: World, arguments: tuple[str, ...]) -> None:
    before = len(shared.calls())
    done = shipway(shared, "lock", *arguments)
    assert done.returncode == ExitCode.USAGE
    assert len(shared.calls()) == before
