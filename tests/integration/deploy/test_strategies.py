"""A canary on its way, on the twin: all goes well, a gate finds it bad, it takes too long, or nobody can tell."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from integration.delivery.commands import EVENING
from integration.delivery.rollback_world import ledger_file
from integration.deploy.strategy_world import CONFIGURATION, deployed, good_before, promote
from integration.release.world import World
from shipway.domain.outcome import Decision
from shipway.errors import ExitCode
from shipway.twin.server import Twin
from shipway.twin.world import Clock


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """1.0.0 in production."""
    with Twin(clock=Clock(EVENING)) as twin:
        (tmp_path / "at").mkdir()
        clone = tmp_path / "at" / "clone"
        token = good_before(twin, clone, EVENING)
        clone.with_name("deployed").unlink()
        yield World(twin, clone, token)


def entries(world: World, version: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ledger_file(world, f"releases/{version}.jsonl").splitlines()]


def kinds(world: World, version: str) -> list[str]:
    return [one["kind"] for one in entries(world, version)]


def standing(world: World) -> dict[str, object]:
    return dict(json.loads(ledger_file(world, "head.json"))["environments"]["production"])


@pytest.mark.requirement("DEP-3", "DEP-2")
def test_a_canary_takes_over_step_by_step(world: World) -> None:
    done = promote("1.0.1").run(world.clone, world.environment(), 1)

    assert (done.decision, done.message) == (Decision.DONE, "1.0.1 is in production.")
    assert deployed(world) == ["deploy 1.0.1 5 ", "shift 1.0.1 25 ", "finish 1.0.1 100 "]
    assert kinds(world, "1.0.1").count("advanced") == 6
    assert "advance" not in standing(world)


@pytest.mark.requirement("DEP-3", "RBK-3", "RBK-2")
def test_a_gate_that_fails_at_25_brings_the_old_version_back(world: World) -> None:
    world.clone.with_name("bad-at").write_text("25")
    done = promote("1.0.1").run(world.clone, world.environment(), 1)

    assert (done.decision, done.reason_code, done.exit_code) == (
        Decision.REFUSED,
        "verification-failed",
        ExitCode.GATE,
    )
    assert done.message == (
        "1.0.1 does not stay in production: errors did not pass at 25 %: the command failed with exit code 1. "
        "production is back on 1.0.0."
    )
    assert done.next_step == "Release what mends it as a version of its own: shipway release patch"
    assert deployed(world) == ["deploy 1.0.1 5 ", "shift 1.0.1 25 ", "back 1.0.0 100 "]
    assert done.facts["rollback"]["success"] is True
    assert done.facts["rollback"]["own_seconds"] < 10
    (began,) = (one for one in entries(world, "1.0.1") if one["kind"] == "rollback-started")
    grounds = {row["gate"]: (row["reason_code"], row["summary"]) for row in began["detail"]["verdicts"]}
    assert grounds["authority"] == (
        "found-bad",
        "1.0.1 was found bad: errors did not pass at 25 %: the command failed with exit code 1",
    )
    after = standing(world)
    assert [one["version"] for one in after["holds"]] == ["1.0.1"]
    assert [one["version"] for one in after["verified"]] == ["1.0.0"]
    assert not {"claim", "advance", "reverting"} & {*after}
    again = promote("1.0.1").run(world.clone, world.environment(), 2)
    assert (again.reason_code, len(deployed(world))) == ("held", 3)


@pytest.mark.requirement("DEP-3")
def test_what_cannot_be_told_halts_it_and_running_again_goes_on(world: World) -> None:
    configuration = world.clone.with_name("config.yml")
    broken = CONFIGURATION.replace("errors: {command: [sh, -c,", "errors: {command: [no-such-program, -c,")
    configuration.write_text(broken)
    halted = promote("1.0.1", config=configuration).run(world.clone, world.environment(), 1)

    assert (halted.decision, halted.reason_code, halted.exit_code) == (
        Decision.REFUSED,
        "strategy-halted",
        ExitCode.GATE,
    )
    assert halted.message.startswith("1.0.1 stays at 5 % in production: errors did not pass at 5 %: ")
    assert deployed(world) == ["deploy 1.0.1 5 "]
    assert standing(world)["claim"]
    gone_on = promote("1.0.1").run(world.clone, world.environment(), 2)
    assert gone_on.decision is Decision.DONE
    assert deployed(world)[1:] == ["shift 1.0.1 25 ", "finish 1.0.1 100 "]


@pytest.mark.requirement("DEP-3", "FAIL-1")
def test_a_pause_outlives_the_run(world: World) -> None:
    configuration = world.clone.with_name("config.yml")
    configuration.write_text(CONFIGURATION.replace("[5, 25, 100]", "[5, 100], pause: 5m"))
    asked = promote("1.0.1", config=configuration)
    waits = asked.run(world.clone, world.environment(), 1)
    world.twin.world.clock.advance(timedelta(minutes=5))
    done = asked.run(world.clone, world.environment(), 2, EVENING + timedelta(minutes=5))

    assert (waits.decision, waits.reason_code, waits.exit_code) == (
        Decision.WAITING,
        "pausing",
        ExitCode.WAITING,
    )
    assert waits.message == "1.0.1 stands at 5 % in production until 2026-11-21T18:05:00Z."
    assert waits.next_step == "Run the command again then, or with --wait."
    assert done.decision is Decision.DONE


@pytest.mark.requirement("DEP-6", "RBK-6")
def test_one_that_takes_too_long_goes_back_and_calls_people(world: World) -> None:
    configuration = world.clone.with_name("config.yml")
    configuration.write_text(CONFIGURATION.replace("[5, 25, 100]", "[5, 100], pause: 5m"))
    asked = promote("1.0.1", config=configuration)
    asked.run(world.clone, world.environment(), 1)
    late = timedelta(minutes=31)
    world.twin.world.clock.advance(late)
    done = asked.run(world.clone, world.environment(), 2, EVENING + late)

    assert done.reason_code == "deployment-over-limit"
    assert done.message == (
        "1.0.1 does not stay in production: it took longer than 30m. production is back on 1.0.0."
    )
    (issue,) = world.request("GET", "/issues?labels=incident,P0")
    assert issue["title"] == "P0: 1.0.1 in production took too long and goes back to 1.0.0"
    assert "by itself, as its deployment took too long" in issue["body"]


@pytest.mark.requirement("RBK-3")
def test_the_first_time_a_person_is_asked(world: World) -> None:
    configuration = world.clone.with_name("config.yml")
    configuration.write_text(f"{CONFIGURATION}rollback: {{first: ask}}\n")
    world.clone.with_name("bad-at").write_text("25")
    asked = promote("1.0.1", config=configuration).run(world.clone, world.environment(), 1)

    assert (asked.decision, asked.reason_code, asked.exit_code) == (
        Decision.WAITING,
        "rollback-asked",
        ExitCode.WAITING,
    )
    assert asked.next_step == (
        "Whoever may roll back production answers: shipway rollback production --reason '…'; or tries again: "
        "shipway promote 1.0.1 --to production --lift-hold --reason '…'"
    )
    assert deployed(world) == ["deploy 1.0.1 5 ", "shift 1.0.1 25 "]
    again = promote("1.0.1", config=configuration, lift_hold=True, reason="try").run(
        world.clone, world.environment(), 2
    )
    assert again.reason_code == "verification-failed"
    assert deployed(world)[-1] == "back 1.0.0 100 "
