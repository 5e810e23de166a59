"""A production that comments command, a reviewer protects and a canary takes over; and the runners of its jobs."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from integration.comments.conversation import BOT, PEOPLE, Conversation
from integration.delivery.rollback_world import tags
from integration.deploy.stage import WORKFLOW, before_anything
from integration.deploy.stage import Stage as Runner
from integration.deploy.strategy_world import canary
from integration.release.child import KILLED, Command, run_apart
from integration.release.sweep import API
from integration.release.world import NAME, NOON, World, git
from shipway.bootstrap.commenting import CommentAsked, run_comment
from shipway.bootstrap.deploying import DeployAsked, run_deploy
from shipway.bootstrap.environment import Chance, Environment, Watchers
from shipway.bootstrap.sweeping import SweepAsked, run_sweep
from shipway.domain.commenting.pages import reply_mark
from shipway.errors import ExitCode, ShipwayError
from shipway.twin import admin
from shipway.twin.behaviour import comments, deployments, runs
from shipway.twin.identity import Identity
from shipway.twin.server import Twin

SHIPPED = Path(__file__).parents[3] / "workflows"
COMMENTS = "name: Comments\non: {issue_comment: {types: [created]}}\n"
SWEEP = "name: Sweep\non: {schedule: [{cron: '7 * * * *'}]}\n"
DEPLOY = 'echo "$SHIPWAY_STEP $SHIPWAY_VERSION $SHIPWAY_WEIGHT" >> ../deployed'
WATCH = 'test "$SHIPWAY_VERSION $SHIPWAY_WEIGHT" != "1.0.1 25"'
"""Finds 1.0.1 bad once it has a quarter of the traffic."""

CONFIGURATION = canary(f"workflow: deploy.yml, command: [sh, -c, '{DEPLOY}']", WATCH)
AT_REST = {"success", "failure", "error", "inactive"}


def before_the_journey(twin: Twin, clone: Path) -> str:
    """1.0.0 stands in production, there are 1.0.1 and 1.1.0, and a pull request; gives the releaser's token."""
    workflows = {"deploy.yml": WORKFLOW, "comments.yml": COMMENTS, "sweep.yml": SWEEP}
    token = before_anything(twin, clone, workflows, CONFIGURATION)
    git(clone, "tag", "v1.0.1", "v1.1.0~1")
    git(clone, "push", "--quiet", "origin", "v1.0.1")
    with twin.world.locked():
        for login, role in PEOPLE.items():
            admin.create_user(twin.world, login)
            admin.add_collaborator(twin.world, NAME, login, role)
    world = World(twin, clone, token)
    runner = Runner(world)
    asked = runner.promote("production")
    assert runner.played("production", asked.facts["run"]["id"]).exit_code is ExitCode.OK
    Conversation(world).open("topic")
    return token


def permissions(workflow: str) -> dict[str, str]:
    """What the job of a shipped workflow may do."""
    (job,) = yaml.safe_load((SHIPPED / workflow).read_text())["jobs"].values()
    return {name.replace("-", "_"): level for name, level in job["permissions"].items()} | {
        "metadata": "read"
    }


def comment(clone: Path, environment: Environment, number: int) -> int:
    """The Action's `command: comment`."""
    return int(run_comment(CommentAsked(repo=clone), environment, Watchers(), **_given(number)).exit_code)


def deploy(clone: Path, environment: Environment, number: int, delivery: str) -> int:
    """The Action's `command: deploy`."""
    asked = DeployAsked(delivery=delivery, repo=clone)
    return int(run_deploy(asked, environment, Watchers(), **_given(number)).exit_code)


def sweep(clone: Path, environment: Environment, number: int) -> int:
    """The Action's `command: sweep`."""
    return int(run_sweep(SweepAsked(repo=clone), environment, Watchers(), **_given(number)).exit_code)


def _given(number: int) -> dict[str, Any]:
    """A clock that stands, no pauses, and ids that no other run gives."""
    ids = (f"{number:08x}-{count:04x}-4000-8000-000000000000" for count in range(99))
    return {"sleep": lambda _: None, "chance": Chance(lambda: NOON, lambda: 0.0, lambda: next(ids))}


class Death(NamedTuple):
    """Where a job is killed.

    Attributes:
        job: Number of the job, as they are started.
        request: Number of the request in it, from 1; 0 where it is lost before it begins.
        moment: Kind of fault.
    """

    job: int
    request: int = 0
    moment: str = "kill-after"


class Job(NamedTuple):
    """A job that was started.

    Attributes:
        workflow: Its file.
        calls: What it has asked of GitHub, in order.
    """

    workflow: str
    calls: list[str]


@dataclass(slots=True)
class Workers:
    """GitHub's part: it starts jobs for comments and dispatches, and ends them as they end, or die.

    Attributes:
        deaths: Which jobs die, and where.
        killed: Runs whose job died and was not run again since.
        answered: Comments whose job has come to its end.
        jobs: Those so far.
    """

    world: World
    deaths: tuple[Death, ...] = ()
    killed: list[int] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    events: dict[int, str] = field(default_factory=dict)

    @property
    def runner(self) -> Runner:
        """Its part in deployments."""
        return Runner(self.world)

    def comment(self, body: str) -> None:
        """Alice writes it in the pull request, and GitHub starts a job for it."""
        talk = Conversation(self.world, number=1)
        talk.say(body)
        run = self._started("comments.yml", "issue_comment")
        self.events[run] = json.dumps(talk.event)
        self._play(run)

    def sweep(self) -> None:
        """The job that is started on a schedule."""
        self._play(self._started("sweep.yml", "schedule"))

    def _started(self, workflow: str, event: str) -> int:
        twin = self.world.twin.world
        with twin.locked(Identity("alice")):
            repo = twin.repository(NAME)
            found = twin.store.get("workflow", NAME, f".github/workflows/{workflow}")
            assert repo
            assert found
            head = twin.git_of(repo).refs["refs/heads/main"]
            return int(runs.start(twin, repo, found, "refs/heads/main", head, event=event)["id"])

    def deploy(self) -> None:
        """Every run that was dispatched: a reviewer lets its job go on."""
        while waiting := [one["id"] for one in self.runner.runs() if one["status"] == "queued"]:
            self._play(waiting[-1])

    def again(self) -> None:
        """Somebody presses `Re-run jobs` on what died, where it does not go on again already."""
        for run in [*self.killed]:
            self.killed.remove(run)
            if self.runner.run(run)[0] == "completed":
                self.world.request("POST", f"/actions/runs/{run}/rerun")
                self._play(run)

    def _play(self, number: int) -> None:
        """One attempt of a run."""
        run = self.world.request("GET", f"/actions/runs/{number}")
        if run["path"].endswith("deploy.yml"):
            self.runner.entered(number)
        else:
            self.runner.begin(number)
        code = self._job(run)
        if code is None:
            self.killed.append(number)
        elif number in self.events:
            self.answered.add(json.loads(self.events[number])["comment"]["node_id"])
        self.runner.end(number, "success" if code in {ExitCode.OK, ExitCode.WAITING} else "failure")

    def _job(self, run: Mapping[str, Any]) -> int | None:
        """Exit code of the job; None where it died."""
        workflow = Path(run["path"]).name
        act = partial(self._command(workflow, run), number=run["id"] * 16 + run["run_attempt"])
        variables = self._variables(workflow, run)
        number, before = len(self.jobs) + 1, len(self._asked())
        death = next((one for one in self.deaths if one.job == number), None)
        try:
            if death:
                return self._dying(act, variables, death)
            return act(self.world.clone, self.world.environment(**variables))
        except ShipwayError as problem:
            return int(problem.exit_code)
        finally:
            self.jobs.append(Job(workflow, self._asked()[before:]))

    def _asked(self) -> list[str]:
        """Requests of ours so far, of GraphQL by the operation."""
        return [
            one.operation or f"{one.method} {one.route}"
            for one in self.world.twin.journal.requests
            if one.user_agent == "shipway" and one.kind in {"rest", "graphql"}
        ]

    def _dying(self, act: Command, variables: Mapping[str, str], death: Death) -> int | None:
        if death.request:
            self.world.twin.faults.add(death.moment, {"path": API, "nth": death.request}, pid=2)
            assert run_apart(self.world, act, **variables) == KILLED
        return None

    def _command(self, workflow: str, run: Mapping[str, Any]) -> Callable[..., int]:
        if workflow == "deploy.yml":
            return partial(deploy, delivery=run["display_title"].partition("(")[2].rstrip(")"))
        return comment if workflow == "comments.yml" else sweep

    def _variables(self, workflow: str, run: Mapping[str, Any]) -> dict[str, str]:
        """What the job finds in its environment; its token may do what the shipped workflow says."""
        path = self.world.clone.with_name("event.json")
        path.write_text(self.events.get(run["id"], "{}"))
        token = self.world.token_of(BOT, permissions=permissions(workflow), kind="actions")
        return {
            "GITHUB_TOKEN": token,
            "GH_TOKEN": token,
            "GITHUB_EVENT_NAME": run["event"],
            "GITHUB_EVENT_PATH": str(path),
            "GITHUB_RUN_ID": str(run["id"]),
            "GITHUB_RUN_ATTEMPT": str(run["run_attempt"]),
        }


def where(workers: Workers) -> dict[str, Any]:
    """Where the journey has led, as far as it says nothing of how often something was tried."""
    world = workers.world
    deployed = world.clone.with_name("deployed")
    standing = workers.runner.standing("production")
    return {
        "verified": [(one["version"], one["commit"]) for one in standing["verified"]],
        "held": sorted(one["version"] for one in standing.get("holds", ())),
        "left": sorted({"claim", "advance", "reverting", "question"} & {*standing}),
        "deployed last": deployed.read_text().splitlines()[-1] if deployed.exists() else "",
        "tags": tags(world),
        "calls": [one["title"] for one in world.request("GET", "/issues") if "pull_request" not in one],
        "pull request": [world.request("GET", "/pulls/1")[name] for name in ("state", "merged", "title")],
        "not answered once": _not_answered_once(workers),
        **_on_github(world),
    }


def _on_github(world: World) -> dict[str, Any]:
    """What GitHub shows of deployments and runs."""
    twin = world.twin.world
    with twin.locked():
        repo = twin.repository(NAME)
        assert repo
        made = sorted(twin.store.all("deployment", NAME), key=lambda one: one["id"])
        latest = {one["id"]: deployments.latest_status(twin, repo, one["id"]) or {} for one in made}
        seen = twin.store.all("run", NAME)
    states = {number: status["state"] for number, status in latest.items()}
    begun = Counter(one["inputs"]["delivery"] for one in seen if one["inputs"])
    return {
        "open": [number for number, state in states.items() if state not in AT_REST],
        "standing": [*states.values()].count("success"),
        "under way": [one["id"] for one in seen if one["status"] != "completed"],
        "begun twice": [delivery for delivery, count in begun.items() if count > 1],
    }


def _not_answered_once(workers: Workers) -> list[str]:
    """Comments of ours that stand there twice, and comments of people whose job has ended and that have no answer."""
    talk = Conversation(workers.world, number=1)
    with talk.twin.world.locked():
        rows = comments.of_thread(talk.twin.world, talk.repo(), 1)
        ours = Counter(one["body"].partition("\n")[0] for one in rows if one["user"] == BOT)
    twice = [mark for mark, count in ours.items() if count > 1]
    return twice + [one for one in sorted(workers.answered) if not ours[reply_mark(one)]]
