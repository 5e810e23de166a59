"""A repository whose production is deployed to by a workflow that waits for a reviewer, and its runner."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from integration.delivery.rollback_world import ledger_file
from integration.release.world import FILES, NAME, NOON, World, clone_of, git, make_source, settle_people
from shipway.bootstrap.deploying import DeployAsked, run_deploy
from shipway.bootstrap.environment import Chance, Watchers
from shipway.bootstrap.promoting import PromotionAsked, run_promotion
from shipway.bootstrap.rollback import RollbackAsked, run_rollback
from shipway.bootstrap.sweeping import SweepAsked, run_sweep
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.plan import Move
from shipway.twin import admin
from shipway.twin.behaviour import runs
from shipway.twin.identity import Identity
from shipway.twin.server import Twin
from shipway.twin.world import Clock

WORKFLOW = """
name: Deploy
run-name: Deploy ${{ inputs.version }} to ${{ inputs.environment }} (${{ inputs.delivery }})
on:
  workflow_dispatch:
    inputs:
      delivery: {required: true}
      environment: {required: true}
      version: {required: true}
"""

CONFIGURATION = """
gates:
  smoke: {command: [sh, -c, "echo $SHIPWAY_VERSION $SHIPWAY_STAGE >> ../smoked; test ! -e ../smoke-fails"]}
environments:
  dev: {deploy: {workflow: deploy.yml}}
  production:
    after: dev
    deploy:
      workflow: deploy.yml
      command: [sh, -c, "echo $SHIPWAY_VERSION >> ../deployed; test ! -e ../deploy-fails"]
      url: "https://hello.example"
"""

BOT = "github-actions[bot]"
ONE_WORKFLOW = MappingProxyType({"deploy.yml": WORKFLOW})


@dataclass(slots=True)
class Stage:
    """Commands, and the runner's part of what they start.

    Attributes:
        later: How much time has passed since noon.
        count: Makes the ids of deliveries.
    """

    world: World
    later: timedelta = timedelta()
    count: int = 0
    watchers: Watchers = field(default_factory=Watchers)

    def _given(self) -> dict[str, Any]:
        self.count += 1
        number = f"{self.count:08x}-0000-4000-8000-000000000000"
        now = NOON + self.later
        return {"sleep": self.world.pauses.append, "chance": Chance(lambda: now, lambda: 0.0, lambda: number)}

    def promote(
        self, target: str, source: str = "", version: str = "1.0.0", holder: str = "", **asked: Any
    ) -> DeliveryOutcome:
        """Run `shipway promote`; `holder` names it as another run."""
        wanted = PromotionAsked(version=version, source=source, target=target, repo=self.world.clone, **asked)
        environment = replace(self.world.environment(), timeout=2, **({"holder": holder} if holder else {}))
        return run_promotion(wanted, environment, self.watchers, **self._given())

    def roll_back(self, **asked: Any) -> DeliveryOutcome:
        """Run `shipway rollback production`."""
        wanted = RollbackAsked(
            **{"environment": "production", "reason": "errors", "repo": self.world.clone, **asked}
        )
        environment = replace(self.world.environment(), timeout=2)
        return run_rollback(wanted, environment, self.watchers, **self._given())

    def deploy(self, run: int, delivery: str, attempt: int = 1) -> DeliveryOutcome:
        """Run `shipway deploy` in a job of a run."""
        variables = {"GITHUB_RUN_ID": str(run), "GITHUB_RUN_ATTEMPT": str(attempt)}
        environment = replace(self.world.environment(**variables), timeout=2)
        wanted = DeployAsked(delivery=delivery, repo=self.world.clone)
        return run_deploy(wanted, environment, self.watchers, **self._given())

    def sweep(self, holder: str = "run:999", *, dry_run: bool = False) -> DeliveryOutcome:
        """Run `shipway sweep`, as another run."""
        environment = replace(self.world.environment(), timeout=2, holder=holder)
        asked = SweepAsked(repo=self.world.clone, dry_run=dry_run)
        return run_sweep(asked, environment, self.watchers, **self._given())

    # --- the runner

    def runs(self) -> list[dict[str, Any]]:
        """All runs, the newest first."""
        return list(self.world.request("GET", "/actions/runs")["workflow_runs"])

    @contextmanager
    def _acting(
        self,
        number: int,
        identity: Identity = Identity(BOT, "actions"),  # noqa: B008 - frozen
    ) -> Iterator[tuple[Any, Any, Any]]:
        """As GitHub itself, or as somebody: the twin's world, the repository, and a run."""
        twin = self.world.twin.world
        with twin.locked(identity):
            repo = twin.repository(NAME)
            assert repo
            yield twin, repo, runs.find(twin, repo, number)

    def run(self, number: int) -> tuple[str, str]:
        """How far a run is, and how it ended."""
        row = self.world.request("GET", f"/actions/runs/{number}")
        return row["status"], row["conclusion"]

    def begin(self, number: int) -> None:
        """A runner takes the run up."""
        with self._acting(number) as (twin, repo, run):
            runs.set_status(twin, repo, run, "in_progress")

    def enter(self, number: int, environment: str) -> int:
        """A job that names an environment begins; gives the number of its deployment."""
        with self._acting(number) as (twin, repo, run):
            if run["status"] == "queued":
                runs.set_status(twin, repo, run, "in_progress")
            return int(runs.enter_environment(twin, repo, run, environment)["id"])

    def end(self, number: int, conclusion: str = "success") -> None:
        """The run comes to its end."""
        with self._acting(number) as (twin, repo, run):
            runs.set_status(twin, repo, run, "completed", conclusion)

    def review(self, number: int, state: str = "approved", login: str = "reviewer") -> None:
        """Somebody reviews what waits at the environment."""
        with self._acting(number, Identity(login)) as (twin, repo, _):
            (one,) = runs.pending(twin, repo, number)
            runs.review(twin, repo, number, [one["environment"]], state, "seen")

    def into_dev(self, version: str = "1.0.0") -> None:
        """Let a version be verified in dev."""
        asked = self.promote("dev", version=version)
        done = self.played("dev", asked.facts["run"]["id"])
        assert done.exit_code == 0, done.message

    def production(self, version: str = "1.0.0") -> tuple[int, str]:
        """Let a promotion to production be started; gives its run and its id."""
        self.into_dev(version)
        asked = self.promote("production", "dev", version)
        assert asked.reason_code == "dispatched", asked.message
        return int(asked.facts["run"]["id"]), asked.id

    def entered(self, run: int) -> int:
        """The job of production begins and is let go on; gives the number of its deployment."""
        number = self.enter(run, "production")
        self.review(run)
        return number

    def played(self, environment: str, run: int) -> DeliveryOutcome:
        """A whole run of the shipped workflow."""
        self.enter(run, environment)
        if environment == "production":
            self.review(run)
        outcome = self.deploy(run, self.delivery(environment))
        self.end(run, "success" if outcome.exit_code == 0 else "failure")
        return outcome

    def killed_in_the_job(self, run: int, attempt: int = 1) -> None:
        """The job dies once it has taken up its deployment, in its deploy command."""
        with self.dying_at("Deploy"):
            self.deploy(run, self.delivery("production"), attempt)

    def killed_before_dispatch(self, holder: str) -> None:
        """A promotion dies once it has claimed production."""
        with self.dying_at("Dispatch"):
            self.promote("production", "dev", holder=holder)

    def killed_before_record(self, holder: str) -> None:
        """A promotion dies once GitHub has started its workflow."""
        with self.dying_at("Record", after="Dispatch"):
            self.promote("production", "dev", holder=holder)

    @contextmanager
    def dying_at(self, step: str, after: str = "") -> Iterator[None]:
        """What is run here dies before a step, where another came before."""
        seen = {""}

        def die(move: Move, _: object) -> None:
            if type(move).__name__ == step and after in seen:
                raise KeyboardInterrupt
            seen.add(type(move).__name__)

        self.watchers = Watchers(move=die)
        with pytest.raises(KeyboardInterrupt):
            yield
        self.watchers = Watchers()

    # --- what is there afterwards

    def standing(self, environment: str) -> dict[str, Any]:
        """How an environment stands, as the ledger says."""
        found = json.loads(ledger_file(self.world, "head.json")).get("environments", {})
        return dict(found.get(environment, {}))

    def delivery(self, environment: str) -> str:
        """Id of what is under way into an environment."""
        return str(self.standing(environment)["claim"]["id"])

    def events(self, version: str = "1.0.0") -> list[dict[str, Any]]:
        """Entries about a version."""
        return [
            json.loads(line) for line in ledger_file(self.world, f"releases/{version}.jsonl").splitlines()
        ]

    def kinds(self, version: str = "1.0.0") -> list[str]:
        """What happened to a version, in order."""
        return [event["kind"] for event in self.events(version)]

    def states(self, deployment: int) -> list[str]:
        """What was said of a deployment, in order."""
        rows = self.world.request("GET", f"/deployments/{deployment}/statuses")
        return [row["state"] for row in reversed(rows)]


@contextmanager
def stage(folder: Path, workflow: str = WORKFLOW, configuration: str = CONFIGURATION) -> Iterator[Stage]:
    """Versions 1.0.0 and 1.1.0, and nothing deployed."""
    with Twin(clock=Clock(NOON)) as twin:
        clone = folder / "clone"
        token = before_anything(twin, clone, {"deploy.yml": workflow}, configuration)
        yield Stage(World(twin, clone, token))


def before_anything(
    twin: Twin, clone: Path, workflows: Mapping[str, str] = ONE_WORKFLOW, configuration: str = CONFIGURATION
) -> str:
    """Fill a twin: two versions, and both environments; gives the token of who asks."""
    files = {f".github/workflows/{name}": text for name, text in workflows.items()}
    source = make_source(clone.with_name("source"), {**FILES, ".github/shipway.yml": configuration, **files})
    git(source, "tag", "v1.1.0")
    token = settle_people(twin, source)
    with twin.world.locked():
        admin.create_user(twin.world, BOT, kind="Bot")
    world = World(twin, clone_of(twin, token, clone), token)
    reviewer = twin.world.user("reviewer") or {}
    body = {"reviewers": [{"type": "User", "id": reviewer["id"]}]}
    world.request("PUT", "/environments/production", body)
    world.request("PUT", "/environments/dev", {})
    return token
