"""The comment that says where a release stands goes on saying so once other runs end what a comment has begun."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from integration.comments.conversation import Conversation
from integration.delivery.rollback_world import ended_process
from integration.deploy.journey_world import before_the_journey, deploy, permissions, sweep
from integration.deploy.stage import BOT, Stage
from integration.release.child import KILLED, run_apart
from integration.release.ledger_view import end_of
from integration.release.world import NOON, World
from shipway.adapters.github.identity import Person
from shipway.bootstrap.environment import Environment
from shipway.errors import ExitCode
from shipway.twin.behaviour import comments
from shipway.twin.identity import Identity
from shipway.twin.server import Twin
from shipway.twin.world import Clock

pytestmark = pytest.mark.requirement("FACE-1", "DEP-5")

LOOKED = "query OwnComments repository pullRequest comments nodes"
WRITTEN = "mutation Together updateIssueComment issueComment"
NOT_SHOWN = "The comment in #1 does not show where 1.1.0 stands now:"

ASKED = """\
| production | 1.0.0 |
⏳ 1.1.0 is on its way into production: run RUN is queued. Waiting for the run. It goes on by itself.
<sub>`/promote 1.1.0 production`, 2026-11-21 12:00 UTC · [run](RUN)</sub>"""
VERIFIED = """\
| production | ✅ **1.1.0** |
✅ 1.1.0 is in production.
<sub>`shipway {}`, 2026-11-21 12:00 UTC{}</sub>"""
LOST = """\
| production | 1.0.0 |
⛔ 1.1.0 did not come into production: the deploy run was cancelled. \
Look at RUN, then try again: /promote 1.1.0 --to production
<sub>`shipway sweep`, 2026-11-21 12:00 UTC</sub>"""
UNTOLD = """\
| production | 1.0.0 |
⛔ 1.1.0 did not come into production. Why: /why production
<sub>`shipway sweep`, 2026-11-21 12:00 UTC</sub>"""
GIVEN_UP = """\
| production | 1.0.0 |
⛔ 1.1.0 into production: given up: its run ended before it did.
<sub>`shipway sweep`, 2026-11-21 12:00 UTC</sub>"""
BAD = """\
| production | 1.0.0 |
⛔ 1.0.1 does not stay in production: errors did not pass at 25 %: the command failed with exit code 1. \
1.0.0 is on its way into production: run RUN is queued. Waiting for the run. It goes on by itself.
- errors: the command failed with exit code 1 (the authors of the change)
<sub>`shipway deploy`, 2026-11-21 12:00 UTC · [run](RUN)</sub>"""
BACK = """\
| production | 1.0.0 |
✅ production is back on 1.0.0.
<sub>`shipway deploy`, 2026-11-21 12:00 UTC · [run](RUN)</sub>"""


@dataclass(slots=True)
class Place(World):
    """Where commands are run by who is known already.

    Attributes:
        known: What the environment says besides.
    """

    known: dict[str, Any] = field(default_factory=dict)

    def environment(self, **changes: str) -> Environment:
        """With it."""
        return replace(World.environment(self, **changes), **self.known)


@dataclass(slots=True)
class Scene:
    """A pull request, and the jobs of workflows; 1.0.0 stands in production, which a canary takes over."""

    talk: Conversation
    jobs: Stage

    def asked(self, body: str) -> tuple[int, str]:
        """Alice comments; gives the run that this starts, and its delivery."""
        self.talk.say(body)
        assert self.talk.obey().to_json()["reason_code"] == "dispatched"
        return self.newest()

    def newest(self) -> tuple[int, str]:
        """The newest run, and what is under way."""
        return self.jobs.runs()[0]["id"], self.jobs.delivery("production")

    def shown(self, version: str = "1.1.0") -> str:
        """The status comment of a version without its headings."""
        lines = re.sub(r"http\S+/runs/\d+", "RUN", self.talk.said_by_us(f"status {version}")).splitlines()
        shown = [line for line in lines if line and not line.startswith(("###", "| Env", "| ---"))]
        return "\n".join(shown).replace("\\", "")

    def by(self, **known: Any) -> Stage:
        """Commands of a job, with what its environment says besides."""
        world = self.jobs.world
        return Stage(Place(world.twin, world.clone, world.token, known=known), count=50)

    def requests(self) -> list[str]:
        """Of GraphQL, the names."""
        return self.talk.requests()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """The jobs have the token that the shipped workflow gives them."""
    with Twin(clock=Clock(NOON)) as twin:
        world = World(twin, tmp_path / "clone", before_the_journey(twin, tmp_path / "clone"))
        job = world.token_of(BOT, permissions=permissions("deploy.yml"), kind="actions")
        yield Scene(Conversation(world, number=1, token=job), Stage(World(twin, world.clone, job), count=99))


def test_what_the_job_has_verified(scene: Scene) -> None:
    run, delivery = scene.asked("/promote 1.1.0 production")
    assert scene.shown() == ASKED
    scene.jobs.entered(run)
    seen = len(scene.requests())

    outcome = scene.jobs.deploy(run, delivery)

    assert (outcome.exit_code, outcome.warnings) == (ExitCode.OK, ())
    assert scene.shown() == VERIFIED.format("deploy", " · [run](RUN)")
    assert scene.requests()[-2:] == [LOOKED, WRITTEN]
    assert scene.requests()[seen:].count(LOOKED) == 1
    begun = next(one for one in scene.jobs.events("1.1.0") if one["kind"] == "promotion-started")
    assert begun["detail"]["asked_in"] == 1
    assert '"flaws": []' in end_of(scene.talk.world).whole


def test_that_the_sweep_has_ended_it(scene: Scene) -> None:
    run, _ = scene.asked("/promote 1.1.0 production")
    scene.jobs.end(run, "cancelled")
    (row,) = scene.jobs.sweep().facts["deliveries"]
    assert row["became"] == "closed"
    assert scene.shown() == LOST


def test_that_it_was_given_up_before_its_run_was_started(scene: Scene) -> None:
    run, _ = scene.asked("/promote 1.1.0 production")
    scene.jobs.end(run, "cancelled")
    scene.jobs.sweep()
    again = scene.by(person=Person("alice", "comment"), asked_in=1)
    with again.dying_at("Dispatch"):
        again.promote("production", version="1.1.0", holder=ended_process())
    (row,) = scene.jobs.sweep().facts["deliveries"]
    assert row["became"] == "closed"
    assert scene.shown() == GIVEN_UP


def test_that_the_same_command_again_has_ended_it(scene: Scene) -> None:
    run, _ = scene.asked("/promote 1.1.0 production")
    scene.jobs.entered(run)
    scene.jobs.end(run)
    button = scene.by(person=Person("alice", "workflow run"))
    outcome = button.promote("production", version="1.1.0")
    assert outcome.exit_code is ExitCode.OK, outcome.message
    assert scene.shown() == VERIFIED.format("promote", "")


def test_that_production_went_back_by_itself(scene: Scene) -> None:
    run, delivery = scene.asked("/promote 1.0.1 production")
    scene.jobs.entered(run)
    scene.jobs.deploy(run, delivery)
    scene.jobs.end(run, "failure")
    assert scene.shown("1.0.1") == BAD
    run, delivery = scene.newest()
    scene.jobs.entered(run)
    assert scene.jobs.deploy(run, delivery).exit_code is ExitCode.OK
    assert scene.shown("1.0.1") == BACK


def test_nothing_where_somebody_has_deleted_it(scene: Scene) -> None:
    run, delivery = scene.asked("/promote 1.1.0 production")
    world, repo = scene.talk.twin.world, scene.talk.repo()
    with world.locked(Identity("releaser")):
        ours = [one for one in comments.of_thread(world, repo, 1) if "shipway:status" in one["body"]]
        comments.delete(world, repo, ours[0]["id"])
    scene.jobs.entered(run)
    outcome = scene.jobs.deploy(run, delivery)
    assert (outcome.exit_code, outcome.warnings, scene.shown()) == (ExitCode.OK, (), "")
    assert scene.requests()[-1] == LOOKED


@pytest.mark.requirement("FAIL-3")
@pytest.mark.parametrize("operation", ["OwnComments", "updateIssueComment"])
def test_it_deploys_all_the_same_where_github_does_not_take_it(scene: Scene, operation: str) -> None:
    run, delivery = scene.asked("/promote 1.1.0 production")
    scene.jobs.entered(run)
    graphql = scene.talk.twin.api_url.replace("/v3", "/graphql")
    scene.talk.twin.faults.add("error-before", {"operation": operation}, status=500, times=5)
    outcome = scene.jobs.deploy(run, delivery)
    assert outcome.exit_code is ExitCode.OK
    assert outcome.warnings == (f"{NOT_SHOWN} GitHub answered 500 to POST {graphql}.",)
    assert scene.shown() == ASKED


def test_it_deploys_all_the_same_where_the_job_may_not_write_there(scene: Scene) -> None:
    run, delivery = scene.asked("/promote 1.1.0 production")
    scene.jobs.entered(run)
    allowed: dict[str, Any] = {**permissions("deploy.yml"), "pull_requests": "read", "issues": "read"}
    scene.jobs.world.token = scene.talk.world.token_of(BOT, permissions=allowed, kind="actions")
    outcome = scene.jobs.deploy(run, delivery)
    assert outcome.exit_code is ExitCode.OK
    assert outcome.warnings == (
        f"{NOT_SHOWN} The token lacks the permission `pull_requests: write`, which status0 needs.",
    )


# --- nobody has told of it


def died(scene: Scene, run: int, delivery: str) -> None:
    """The job that brings it in is killed before it edits the comment, which was written ten minutes ago."""
    world = scene.jobs.world
    world.twin.faults.add("kill-before", {"operation": "updateIssueComment"}, pid=2)
    job = partial(deploy, number=9, delivery=delivery)
    assert run_apart(world, job, GITHUB_RUN_ID=str(run), GITHUB_RUN_ATTEMPT="1") == KILLED


def asked_before(scene: Scene, body: str) -> tuple[int, str]:
    """Ten minutes before the jobs of what it starts."""
    clock = scene.talk.twin.world.clock
    clock.set(NOON - timedelta(minutes=10))
    run, delivery = scene.asked(body)
    clock.set(NOON)
    return run, delivery


@pytest.mark.requirement("FAIL-1")
def test_the_sweep_tells_what_a_job_had_no_time_to_tell(scene: Scene) -> None:
    run, delivery = asked_before(scene, "/promote 1.1.0 production")
    scene.jobs.entered(run)
    died(scene, run, delivery)
    assert scene.shown() == ASKED.replace("12:00", "11:50")
    scene.jobs.end(run, "failure")
    seen = len(scene.requests())
    (planned,) = scene.jobs.sweep(dry_run=True).facts["deliveries"]
    assert (planned["became"], LOOKED in scene.requests()[seen:]) == ("planned", False)
    again, told = scene.jobs.sweep().facts["deliveries"]

    assert again["message"] == (
        "GitHub shows that 1.1.0 failed in production, where it was found good: said again."
    )
    assert (told["became"], told["message"]) == (
        "finished",
        "The comment in #1 did not say it: 1.1.0 is in production.",
    )
    assert scene.shown() == VERIFIED.format("sweep", "")


@pytest.mark.requirement("FAIL-1")
def test_the_next_sweep_tells_what_a_sweep_had_no_time_to_tell(scene: Scene) -> None:
    run, _ = asked_before(scene, "/promote 1.1.0 production")
    scene.jobs.end(run, "cancelled")
    scene.talk.twin.faults.add("kill-before", {"operation": "OwnComments"}, pid=2)
    assert run_apart(scene.talk.world, partial(sweep, number=9)) == KILLED
    (told,) = scene.jobs.sweep().facts["deliveries"]

    assert told["message"] == "The comment in #1 did not say it: 1.1.0 did not come into production."
    assert scene.shown() == UNTOLD


@pytest.mark.parametrize(("hours", "looks"), [(1, 1), (5, 1), (6, 0)])
def test_a_sweep_looks_for_some_hours_and_writes_nothing_where_people_were_told(
    scene: Scene, hours: int, looks: int
) -> None:
    run, delivery = asked_before(scene, "/promote 1.1.0 production")
    scene.jobs.entered(run)
    scene.jobs.deploy(run, delivery)
    scene.jobs.end(run)
    shown, seen = scene.shown(), len(scene.requests())
    scene.jobs.later += timedelta(hours=hours)
    assert scene.jobs.sweep().message == "Nothing is under way."
    assert (scene.shown(), scene.requests()[seen:].count(LOOKED)) == (shown, looks)
    assert WRITTEN not in scene.requests()[seen:]


def test_nobody_looks_where_no_comment_has_asked(scene: Scene) -> None:
    scene.by(person=Person("alice", "workflow run")).promote("production", version="1.1.0")
    run, delivery = scene.newest()
    scene.jobs.entered(run)
    assert scene.jobs.deploy(run, delivery).exit_code is ExitCode.OK
    assert LOOKED not in scene.requests()
