"""Somebody outside deploys who hears of the deployment: what they say counts, until the ledger knows how it ended."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from integration.delivery.commands import EVENING, Command, exit_code
from integration.delivery.rollback_world import ended_process, ledger_file
from integration.release.child import KILLED, run_apart
from integration.release.sweep import API
from integration.release.world import FILES, World, clone_of, git, make_source, settle_people
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.outcome import Decision
from shipway.errors import ExitCode
from shipway.twin.server import Twin
from shipway.twin.world import Clock

pytestmark = pytest.mark.requirement("DEP-2", "DEP-5")

CONFIGURATION = """
gates:
  smoke: {command: [sh, -c, "test ! -e ../smoke-fails"]}
environments:
  production: {deploy: {event: true, url: "https://hello.example"}}
"""
OUTSIDE = "reviewer"
BACK = Command("roll back", {"environment": "production", "reason": "errors"})
SWEEP = Command("sweep")


class Outside:
    """Who deploys, and the commands that ask for it; each is another run that has ended by the next one."""

    def __init__(self, world: World) -> None:
        self.world, self.later, self._count = world, timedelta(), 0
        self._token = world.token_of(OUTSIDE)

    def run(self, command: Command) -> DeliveryOutcome:
        """Run a command."""
        self._count += 1
        environment = replace(self.world.environment(), holder=ended_process())
        return command.run(self.world.clone, environment, self._count, EVENING + self.later)

    def promote(self, version: str, **asked: Any) -> DeliveryOutcome:
        """Into production."""
        return self.run(Command("promote", {"version": version, "target": "production", **asked}))

    @property
    def newest(self) -> dict[str, Any]:
        """The newest deployment."""
        return dict(self.world.request("GET", "/deployments")[0])

    def say(self, state: str, words: str = "", number: int = 0, token: str = "") -> None:
        """Set a status."""
        path = f"/deployments/{number or self.newest['id']}/statuses"
        self.world.request("POST", path, {"state": state, "description": words}, token or self._token)

    def states(self, number: int = 0) -> list[tuple[str, str]]:
        """Who said what of a deployment, in order."""
        rows = self.world.request("GET", f"/deployments/{number or self.newest['id']}/statuses")
        return [(row["creator"]["login"], row["state"]) for row in reversed(rows)]

    def stands(self, version: str) -> int:
        """Let a version be in production; gives its deployment."""
        self.promote(version)
        self.say("success")
        assert self.promote(version).decision is Decision.DONE
        return int(self.newest["id"])

    def wait(self, **span: int) -> None:
        """Time passes."""
        self.later += timedelta(**span)
        self.world.twin.world.clock.advance(timedelta(**span))


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    """Nothing deployed."""
    with Twin(clock=Clock(EVENING)) as twin:
        (tmp_path / "at").mkdir()
        clone = tmp_path / "at" / "clone"
        source = make_source(clone.with_name("source"), FILES | {".github/shipway.yml": CONFIGURATION})
        git(source, "tag", "v1.0.1", "HEAD~1")
        token = settle_people(twin, source)
        yield Outside(World(twin, clone_of(twin, token, clone), token))


def test_it_waits_until_somebody_else_has_said_how_it_ended(outside: Outside) -> None:
    waits = outside.promote("1.0.0")
    payload, number = outside.newest["payload"], outside.newest["id"]
    outside.say("in_progress", "pod 3 of 5")
    looks = outside.promote("1.0.0")
    outside.say("success")
    done = outside.promote("1.0.0")

    assert (waits.reason_code, waits.exit_code) == ("awaiting-deployer", ExitCode.WAITING)
    where = f"Deployment {number} of 1.0.0 into production waits for somebody outside to say how it ended"
    assert waits.message == f"{where}; nobody has yet."
    assert looks.message == f"{where}; {OUTSIDE} says in_progress: pod 3 of 5."
    assert done.decision is Decision.DONE
    assert (payload["deployer"], payload["version"], payload["stage"]) == ("event", "1.0.0", "verification")
    assert outside.states() == [(OUTSIDE, "in_progress"), (OUTSIDE, "success"), ("releaser", "success")]


def test_the_sweep_carries_it_on_and_nobody_else_comes_between(outside: Outside) -> None:
    outside.promote("1.0.0")
    between = outside.promote("1.0.1")
    outside.say("success")
    (row,) = outside.run(SWEEP).facts["deliveries"]

    assert between.reason_code == "promotion-under-way"
    assert (row["became"], row["message"]) == ("finished", "1.0.0 is in production.")


@pytest.mark.parametrize("state", ["failure", "error"])
def test_a_failure_is_told_with_who_said_so(outside: Outside, state: str) -> None:
    outside.promote("1.0.0")
    outside.say(state, "**quota** of @team is used up")
    failed = outside.promote("1.0.0")

    assert (failed.reason_code, failed.message) == (
        "deployment-failed",
        f"Deployment of 1.0.0 to production failed: failed, says {OUTSIDE}: quota of team is used up.",
    )
    assert outside.states()[-1] == ("releaser", "failure")
    assert outside.promote("1.0.0").reason_code == "awaiting-deployer"


@pytest.mark.requirement("FAIL-4")
def test_one_whose_place_another_took_is_told_and_tried_again(outside: Outside) -> None:
    outside.promote("1.0.0")
    outside.say("inactive")
    refused = outside.promote("1.0.0")

    assert (refused.reason_code, refused.exit_code) == ("deployment-replaced", ExitCode.FAILURE)
    assert refused.message == "1.0.0 did not come into production: another deployment took its place."
    assert refused.next_step == "Try again: shipway promote 1.0.0 --to production"
    assert outside.promote("1.0.0").reason_code == "awaiting-deployer"


def test_a_success_that_does_not_verify_is_none(outside: Outside) -> None:
    outside.world.clone.with_name("smoke-fails").touch()
    outside.promote("1.0.0")
    outside.say("success")
    failed = outside.promote("1.0.0")

    assert failed.reason_code == "verification-failed"
    assert outside.states()[-1] == ("releaser", "failure")


@pytest.mark.requirement("DEP-6", "RBK-6")
@pytest.mark.parametrize("said", ["", "in_progress"])
def test_over_its_limit_it_goes_back_and_a_late_word_is_nothing(outside: Outside, said: str) -> None:
    good = outside.stands("1.0.0")
    outside.promote("1.0.1")
    late = int(outside.newest["id"])
    if said:
        outside.say(said)
    outside.wait(minutes=31)
    (row,) = outside.run(SWEEP).facts["deliveries"]

    assert (row["became"], row["reason_code"]) == ("closed", "deployment-over-limit")
    assert outside.states(late)[-1] == ("releaser", "error")
    (issue,) = outside.world.request("GET", "/issues?labels=incident,P0")
    assert issue["title"] == "P0: 1.0.1 in production took too long and goes back to 1.0.0"
    back = outside.newest
    assert (back["payload"]["replaces"], back["payload"]["stage"]) == ("1.0.1", "rollback")
    outside.say("success")
    outside.say("success", number=late)
    (row,) = outside.run(SWEEP).facts["deliveries"]

    assert (row["became"], row["message"]) == ("finished", "production is back on 1.0.0.")
    assert outside.promote("1.0.1").reason_code == "held"
    assert '"kind":"verified"' not in ledger_file(outside.world, "releases/1.0.1.jsonl")
    assert outside.states(good)[-1] == ("releaser", "inactive")


@pytest.mark.requirement("DEP-6")
def test_what_was_said_in_time_counts_whenever_somebody_looks(outside: Outside) -> None:
    outside.stands("1.0.0")
    outside.promote("1.0.1")
    outside.say("success")
    outside.wait(hours=3)

    assert outside.run(SWEEP).facts["deliveries"][0]["became"] == "finished"


@pytest.mark.requirement("DEP-6", "RBK-6")
def test_a_rollback_that_nobody_answers_calls_people(outside: Outside) -> None:
    outside.stands("1.0.0")
    outside.stands("1.0.1")
    waits = outside.run(BACK)
    outside.wait(minutes=31)
    (row,) = outside.run(SWEEP).facts["deliveries"]

    assert waits.reason_code == "awaiting-deployer"
    assert row["became"] == "closed"
    assert outside.states()[-1] == ("releaser", "error")
    (issue,) = outside.world.request("GET", "/issues?labels=incident,P0")
    assert issue["title"] == "P0: rollback of production to 1.0.0 failed"


def test_who_may_not_write_cannot_answer(outside: Outside) -> None:
    outside.promote("1.0.0")
    reader = outside.world.token_of(OUTSIDE, permissions={"deployments": "read"})
    with pytest.raises(Exception, match="403"):
        outside.say("success", token=reader)


@pytest.mark.requirement("FAIL-1")
@pytest.mark.parametrize("moment", ["kill-before", "kill-after"])
def test_killed_at_each_write_it_ends_as_undisturbed(outside: Outside, moment: str) -> None:
    command = Command("promote", {"version": "1.0.0", "target": "production"})
    codes = []
    for point in range(1, 30):
        outside.world.twin.faults.add(moment, {"path": API, "nth": point}, pid=2)
        codes.append(run_apart(outside.world, partial(exit_code, command=command, number=point)))
        outside.world.twin.faults.clear()
        made = outside.world.request("GET", "/deployments")
        if made and codes.count(KILLED) and not outside.states():
            outside.say("success")
        if codes[-1] == ExitCode.OK:
            break

    assert codes[-1] == ExitCode.OK
    assert KILLED in codes
    assert outside.states(outside.newest["id"])[-1] == ("releaser", "success")
    assert ledger_file(outside.world, "releases/1.0.0.jsonl").count('"kind":"verified"') == 1
