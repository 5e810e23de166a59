"""An address that deploys, called over real HTTP: done, accepted, unknown, refused, hostile; and on the way back."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from integration.delivery.commands import EVENING, Command, exit_code
from integration.delivery.rollback_world import ended_process, ledger_file
from integration.deploy.deployer import JSON, LOST, Deployer, Reply, accepted, deployer, state
from integration.deploy.strategy_world import good_before, promote
from integration.release.child import KILLED, run_apart
from integration.release.sweep import API
from integration.release.world import World
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.outcome import Decision
from shipway.errors import ExitCode
from shipway.twin.server import Twin
from shipway.twin.world import Clock

pytestmark = pytest.mark.requirement("DEP-2")

CONFIGURATION = """
gates:
  smoke: {{command: ["true"]}}
environments:
  production:
    deploy:
      call: {{url: "{url}/deploy", headers: {{Authorization: DEPLOY_TOKEN}}, timeout: 5}}
{more}"""
SECRET = "Bearer s3cret-of-the-deployer"
CANARY = "    strategy: {canary: [5, 100]}\n"


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployer]:
    """What deploys."""
    monkeypatch.setenv("DEPLOY_TOKEN", SECRET)
    with deployer() as made:
        yield made


@pytest.fixture
def world(tmp_path: Path, outside: Deployer) -> Iterator[World]:
    """1.0.0 in production, by a call."""
    with Twin(clock=Clock(EVENING)) as twin:
        (tmp_path / "at").mkdir()
        clone = tmp_path / "at" / "clone"
        token = good_before(twin, clone, EVENING, CONFIGURATION.format(url=outside.url, more=""))
        outside.asked.clear()
        outside.done.clear()
        yield World(twin, clone, token)


def stepwise(world: World, outside: Deployer) -> Path:
    """The same with a canary."""
    path = world.clone.with_name("config.yml")
    path.write_text(CONFIGURATION.format(url=outside.url, more=CANARY))
    return path


def asked(
    world: World, number: int, later: timedelta = timedelta(), version: str = "1.0.1", **more: Any
) -> DeliveryOutcome:
    """Promote; a later one is another run, on this machine."""
    return promote(version, **more).run(world.clone, world.environment(), number, EVENING + later)


def states(world: World) -> list[str]:
    """What was said of the newest deployment, in order."""
    newest = world.request("GET", "/deployments")[0]["id"]
    return [row["state"] for row in reversed(world.request("GET", f"/deployments/{newest}/statuses"))]


def test_it_is_told_everything_and_no_secret_is_shown(world: World, outside: Deployer) -> None:
    done = asked(world, 1)

    assert (done.decision, outside.verbs) == (Decision.DONE, ["POST /deploy"])
    (one,) = outside.asked
    assert one.headers["Authorization"] == SECRET
    assert one.headers["Idempotency-Key"] == f"{one.body['delivery']}-{one.body['deployment']}-0"
    assert {**one.body, "sha": "", "digest": "", "delivery": "", "deployment": 0, "release": ""} == {
        "schema": 1,
        "environment": "production",
        "version": "1.0.1",
        "tag": "v1.0.1",
        "sha": "",
        "digest": "",
        "release": "",
        "delivery": "",
        "deployment": 0,
        "stage": "verification",
        "previous_version": "1.0.0",
        "strategy": None,
    }
    assert SECRET not in json.dumps(done.to_json())
    assert SECRET not in ledger_file(world, "releases/1.0.1.jsonl")
    assert f"deploy to production: POST {outside.url}/deploy" in done.steps


@pytest.mark.requirement("DEP-3")
def test_each_step_is_a_call_and_so_is_the_way_back(world: World, outside: Deployer) -> None:
    outside.replies = [(200, {}, b""), (422, {}, b"no")]
    done = asked(world, 1, config=stepwise(world, outside))

    assert done.reason_code == "deployment-failed"
    assert done.message == (
        "1.0.1 does not stay in production: the step to 100 % failed, the answer was 422. "
        "production is back on 1.0.0."
    )
    strategies = [(body["version"], body["strategy"]) for body in outside.bodies]
    canary = {"name": "canary", "colour": ""}
    assert strategies == [
        ("1.0.1", {**canary, "step": "deploy", "weight": 5}),
        ("1.0.1", {**canary, "step": "finish", "weight": 100}),
        ("1.0.0", {**canary, "step": "back", "weight": 100}),
    ]
    assert [body["previous_version"] for body in outside.bodies] == ["1.0.0", "1.0.0", "1.0.1"]
    assert len(outside.done) == 3


def test_what_was_accepted_is_looked_at_where_it_says(world: World, outside: Deployer) -> None:
    said = {"description": "pod 3 of 5", "url": "https://deploy.example/1"}
    outside.replies = [accepted(), state("in_progress", **said), state("success")]
    done = asked(world, 1, wait=True)

    assert done.decision is Decision.DONE
    assert outside.verbs == ["POST /deploy", "GET /jobs/1", "GET /jobs/1"]
    assert outside.asked[1].headers["Authorization"] == SECRET


def test_without_waiting_the_next_run_asks_again_under_the_same_key(world: World, outside: Deployer) -> None:
    outside.replies = [accepted(), state("in_progress")]
    waits = asked(world, 1)
    outside.replies = [accepted(), state("in_progress", description="pod 3 of 5")]
    again = asked(world, 2, wait=True)

    assert (waits.decision, waits.reason_code, waits.exit_code) == (
        Decision.WAITING,
        "deploying",
        ExitCode.WAITING,
    )
    assert waits.message == "1.0.1 is being deployed to production: it goes on."
    assert waits.next_step == "Waiting for the deployer. Then run the command again."
    assert again.decision is Decision.DONE
    assert len(outside.done) == 1
    assert states(world) == ["in_progress", "success"]


def test_the_sweep_carries_it_on_and_nobody_else_comes_between(world: World, outside: Deployer) -> None:
    world.git("push", "--quiet", "origin", "HEAD:refs/tags/v1.0.2")
    outside.replies = [accepted(), state("in_progress")]
    left = replace(world.environment(), holder=ended_process())
    promote("1.0.1").run(world.clone, left, 1)
    between = asked(world, 2, version="1.0.2")
    swept = Command("sweep").run(world.clone, world.environment(), 3, EVENING)

    assert between.reason_code == "promotion-under-way"
    (row,) = swept.facts["deliveries"]
    assert (row["became"], row["message"]) == ("finished", "1.0.1 is in production.")
    assert len(outside.done) == 1


@pytest.mark.parametrize("reply", [LOST, (503, {}, b""), (429, {}, b""), (409, {}, b"")], ids=str)
def test_what_nobody_knows_is_asked_again_and_not_done_twice(
    world: World, outside: Deployer, reply: Reply
) -> None:
    outside.replies = [reply, reply]
    done = asked(world, 1, wait=True)

    assert done.decision is Decision.DONE
    assert outside.verbs == ["POST /deploy"] * 3
    assert len(outside.done) == 1


@pytest.mark.requirement("DEP-6")
@pytest.mark.parametrize(
    "replies",
    [[LOST], [accepted("")], [accepted(), state("in_progress")]],
    ids=["lost", "accepted", "looked at"],
)
def test_over_its_limit_it_goes_back_and_calls_people(
    world: World, outside: Deployer, replies: list[Reply]
) -> None:
    outside.replies = [*replies]
    asked(world, 1)
    late = timedelta(minutes=31)
    world.twin.world.clock.advance(late)
    outside.replies = [*replies]
    done = asked(world, 2, late)

    assert done.reason_code == "deployment-over-limit"
    assert done.message == (
        "1.0.1 does not stay in production: it took longer than 30m. production is back on 1.0.0."
    )
    assert [body["version"] for body in outside.bodies] == ["1.0.1", "1.0.1", "1.0.0"]
    (issue,) = world.request("GET", "/issues?labels=incident,P0")
    assert issue["title"] == "P0: 1.0.1 in production took too long and goes back to 1.0.0"


@pytest.mark.requirement("DEP-6")
def test_what_was_done_while_nobody_looked_stays(world: World, outside: Deployer) -> None:
    outside.replies = [accepted(), state("in_progress")]
    asked(world, 1)
    outside.replies = [accepted(), state("success")]
    world.twin.world.clock.advance(timedelta(hours=3))

    assert asked(world, 2, timedelta(hours=3)).decision is Decision.DONE


@pytest.mark.requirement("DEP-6", "RBK-6")
def test_a_rollback_over_its_limit_calls_people(world: World, outside: Deployer) -> None:
    asked(world, 1)
    back = Command("roll back", {"environment": "production", "reason": "errors"})
    outside.replies = [accepted("")]
    waits = back.run(world.clone, world.environment(), 2, EVENING)
    late = timedelta(minutes=31)
    world.twin.world.clock.advance(late)
    outside.replies = [accepted("")]
    failed = back.run(world.clone, world.environment(), 3, EVENING + late)

    assert (waits.reason_code, failed.decision) == ("deploying", Decision.REFUSED)
    assert states(world)[-1] == "error"
    (issue,) = world.request("GET", "/issues?labels=incident,P0")
    assert issue["title"] == "P0: rollback of production to 1.0.0 failed"


METADATA = "http://169.254.169.254/latest/meta-data/"


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ((302, {"Location": METADATA}, b""), "the answer was 302, and redirections are not followed"),
        (accepted(METADATA), "the answer names a place of another origin, which is not looked at"),
        (
            accepted("//elsewhere.example/1"),
            "the answer names a place of another origin, which is not looked at",
        ),
        ((404, {}, b"<script>"), "the answer was 404"),
        ((401, JSON, b'{"description": "`$(id)` @everyone"}'), "the answer was 401"),
    ],
    ids=["redirected", "elsewhere", "other host", "not found", "not allowed"],
)
def test_what_it_refuses_is_a_failure(world: World, outside: Deployer, reply: Reply, why: str) -> None:
    outside.replies = [reply]
    done = asked(world, 1)

    assert (done.reason_code, done.message) == (
        "deployment-failed",
        f"Deployment of 1.0.1 to production failed: failed, {why}.",
    )
    assert outside.verbs == ["POST /deploy"]
    assert states(world)[-1] == "failure"


@pytest.mark.parametrize(
    "reply",
    [
        (200, JSON, b'{"state": "success", "description": "' + b"x" * 10_000_000 + b'"}'),
        (200, {"Content-Type": "text/html"}, b'{"state": "success"}'),
        (200, JSON, b"[" * 100_000),
        (200, JSON, b"\xff\xfe"),
        (200, JSON, b'["success"]'),
        (302, {"Location": METADATA}, b""),
        (500, JSON, b'{"state": "success"}'),
        LOST,
    ],
    ids=["10 MB", "HTML", "deep", "no text", "a list", "redirected", "an error", "lost"],
)
def test_a_place_that_does_not_say_how_it_goes_is_never_a_success(
    world: World, outside: Deployer, reply: Reply
) -> None:
    outside.replies = [accepted(), reply, (400, {}, b"")]
    done = asked(world, 1, wait=True)

    assert done.reason_code == "deployment-failed"
    assert outside.verbs == ["POST /deploy", "GET /jobs/1", "POST /deploy"]


def test_words_of_the_deployer_take_no_effect(world: World, outside: Deployer) -> None:
    bad = "::error::boom\n# <img src=x> @octocat [a](https://x.example) `rm` **b** \u202e"
    outside.replies = [accepted(), state("failure", description=bad + "y" * 500)]
    done = asked(world, 1, wait=True)

    said = done.message.removeprefix("Deployment of 1.0.1 to production failed: failed: ")
    assert said.startswith("error:boom img src x octocat a (https x.example) rm b yyy")
    assert len(said) <= 121


def test_a_variable_that_is_not_set_asks_nobody(
    world: World, outside: Deployer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEPLOY_TOKEN")
    done = asked(world, 1)

    assert done.message == (
        "Deployment of 1.0.1 to production failed: failed, the call needs DEPLOY_TOKEN, which is not set."
    )
    assert outside.asked == []


@pytest.mark.requirement("FAIL-1")
@pytest.mark.parametrize("moment", ["kill-before", "kill-after"])
def test_killed_at_each_write_it_is_done_once(world: World, outside: Deployer, moment: str) -> None:
    command = promote("1.0.1")
    codes = []
    for point in range(1, 20):
        world.twin.faults.add(moment, {"path": API, "nth": point}, pid=2)
        codes.append(run_apart(world, partial(exit_code, command=command, number=point)))
        world.twin.faults.clear()
        if codes[-1] != KILLED:
            break

    assert codes[-1] == ExitCode.OK
    assert KILLED in codes
    assert len(outside.done) == 1
