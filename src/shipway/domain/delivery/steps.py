"""Steps that bring a version into an environment, or change how one stands; a release takes the same.

Each can say what the facts will be afterwards, of a release as of a delivery alone.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from shipway.domain import record
from shipway.domain.delivery.adopting import bound
from shipway.domain.delivery.payload import bearing
from shipway.domain.facts import (
    DeliveryFacts,
    Deployment,
    DeploymentState,
    DeployResult,
    GateResults,
    Oid,
)
from shipway.domain.foreign_lock import ForeignLock
from shipway.domain.ledger import Event
from shipway.domain.made import Made
from shipway.domain.override import Override
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.trial import trial_of
from shipway.domain.verdict import foreseen_pass
from shipway.domain.workflow_run import WorkflowRun

F = TypeVar("F", bound=DeliveryFacts)

FORESEEN = "(not made yet)"
"""Stands for names that only GitHub can give."""


@dataclass(frozen=True, slots=True)
class Record:
    """Append events to the ledger, together with the report of the release and the audit log.

    Attributes:
        refused: The refusal that they tell of, which stays this run's last word: what frees a claim would else have
            it begin anew.
    """

    events: tuple[Event, ...]
    refused: Refusal | None = None

    def __str__(self) -> str:
        return f"record {', '.join(event.kind for event in self.events)} in the ledger"

    def foreseen(self, facts: F) -> F:
        """The ledger with the events at its end."""
        ledger = record.after(facts.ledger, self.events)
        return facts.having(ledger=ledger, refused=self.refused or facts.refused)


@dataclass(frozen=True, slots=True)
class LiftLocks:
    """Remove the branches by which branch-deploy locks, all or none, each where it was seen."""

    locks: tuple[ForeignLock, ...]

    def __str__(self) -> str:
        return f"remove branch {', '.join(one.branch for one in self.locks)}"

    def foreseen(self, facts: F) -> F:
        """They are gone."""
        return facts.having(foreign_locks=tuple(one for one in facts.foreign_locks if one not in self.locks))


@dataclass(frozen=True, slots=True)
class RunStageGates:
    """Run the gates of a stage of one environment, and stop at the first that does not pass.

    Attributes:
        variables: What their commands are told.
        overrides: Those that count now.
        point: Number of the point of a strategy, from 1; 0 where the stage is passed once.
        since: Until when the environment stood as it was last verified; empty where nothing was deployed.
    """

    stage: str
    environment: str
    commit: Oid
    gates: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    point: int = 0
    since: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Under which what they say is kept."""
        return point_key(self.stage, self.point), self.environment

    def __str__(self) -> str:
        where = ", ".join(filter(None, (self.stage, self.environment)))
        return f"run gates {', '.join(self.gates)} ({where})"

    def foreseen(self, facts: F) -> F:
        """All gates passed."""
        passed = tuple(map(foreseen_pass, self.gates))
        results = GateResults(self.commit, passed)
        return facts.having(stage_gates={**facts.stage_gates, self.key: results})


def point_key(stage: str, point: int) -> str:
    """Under which is kept what the gates of a stage said, at a point of a strategy."""
    return f"{stage} {point}" if point else stage


@dataclass(frozen=True, slots=True)
class StartDeployment:
    """Create the deployment."""

    environment: str
    tag: str
    commit: Oid
    payload: Mapping[str, Any]
    production: bool
    url: str

    @property
    def what(self) -> str:
        """What is brought in, for people: its tag, or what it is a trial of."""
        trial = trial_of(str(self.payload.get("version", "")))
        return trial.words if trial else self.tag

    def __str__(self) -> str:
        return f"create the deployment to {self.environment}"

    def foreseen(self, facts: F) -> F:
        """A pending deployment."""
        started = Deployment(
            id=max((deployment.id for deployment in facts.deployments), default=0) + 1,
            node_id=f"{FORESEEN} {self.environment}",
            environment=self.environment,
            commit=self.commit,
            state=DeploymentState.PENDING,
        )
        return facts.having(deployments=(*facts.deployments, bearing(started, self.payload)))


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Start the workflow that deploys; its run carries the id of the delivery in its name.

    Attributes:
        workflow: Its file.
        ref: Branch or tag.
    """

    workflow: str
    ref: str
    inputs: Mapping[str, str]

    def __str__(self) -> str:
        return f"start {self.workflow} on {self.ref} for {self.inputs['environment']}"

    def foreseen(self, facts: F) -> F:
        """A run, under a number that only GitHub can give."""
        return facts.having(runs=(*facts.runs, _queued(self.inputs["delivery"])))


@dataclass(frozen=True, slots=True)
class CancelRun:
    """Have GitHub cancel a run that takes longer than it may, so that it brings nothing in any more."""

    run: int
    delivery: str

    def __str__(self) -> str:
        return f"cancel run {self.run}"

    def foreseen(self, facts: F) -> F:
        """GitHub was asked; that it is over takes it some time."""
        told = (replace(run, told_to_end=run.told_to_end or run.id == self.run) for run in facts.runs)
        return facts.having(runs=tuple(told))


@dataclass(frozen=True, slots=True)
class RunAgain:
    """Have GitHub start a run again that was lost.

    Attributes:
        attempt: The one that was lost.
    """

    run: int
    attempt: int
    delivery: str

    def __str__(self) -> str:
        return f"start run {self.run} again"

    def foreseen(self, facts: F) -> F:
        """Its next attempt is queued."""
        runs = (self._queued(run) if run.id == self.run else run for run in facts.runs)
        return facts.having(runs=tuple(runs))

    def _queued(self, run: WorkflowRun) -> WorkflowRun:
        return replace(run, status="queued", conclusion="", attempt=self.attempt + 1)


def _queued(delivery: str) -> WorkflowRun:
    return WorkflowRun(id=0, status="queued", delivery=delivery, url=FORESEEN)


@dataclass(frozen=True, slots=True)
class Adopt:
    """Record whose delivery the deployment is that GitHub made for a job."""

    event: Event

    def __str__(self) -> str:
        return f"adopt the deployment to {self.event.detail['environment']} that GitHub made"

    def foreseen(self, facts: F) -> F:
        """The deployment as that of the delivery."""
        return bound(Record((self.event,)).foreseen(facts))


@dataclass(frozen=True, slots=True)
class SetDeploymentState:
    """Post a deployment status; a success can end the deployments that it supersedes in the same breath.

    Attributes:
        deployment: Node id.
        supersedes: Node ids of deployments that become inactive.
    """

    deployment: str
    environment: str
    state: DeploymentState
    description: str
    url: str = ""
    log_url: str = ""
    supersedes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"set the deployment to {self.environment} to {self.state}"

    def foreseen(self, facts: F) -> F:
        """The deployments in their new states."""
        states = dict.fromkeys(self.supersedes, DeploymentState.INACTIVE) | {self.deployment: self.state}
        said = {self.deployment: self.description}
        changed = (
            replace(d, state=states[d.node_id], said=said.get(d.node_id, ""), answer="", belied=False)
            if d.node_id in states
            else d
            for d in facts.deployments
        )
        return facts.having(deployments=tuple(changed))


@dataclass(frozen=True, slots=True)
class Deploy:
    """Run what deploys to an environment; what it may have done before, it must bear being done again.

    Attributes:
        command: Argument list; empty where it is no command.
        shown: What is done, for people.
        step: Number of the point of a strategy, from 1; 0 where the version takes over at once.
        share: What the point is, for people; empty where there is none.
        location: Where to look, where a deployer that was called works on it already; empty to call it.
    """

    deployment: int
    environment: str
    command: tuple[str, ...]
    timeout: float
    variables: Mapping[str, str] = field(default_factory=dict)
    step: int = 0
    share: str = ""
    shown: str = ""
    location: str = ""

    def __str__(self) -> str:
        share = f" ({self.share})" if self.share else ""
        if self.location:
            return f"look how the deployment to {self.environment}{share} goes"
        return f"deploy to {self.environment}{share}: {self.shown or shlex.join(self.command)}"

    def foreseen(self, facts: F) -> F:
        """The command succeeded."""
        result = DeployResult(succeeded=True, description="would have to succeed", duration=0, step=self.step)
        return facts.having(deploy_results={**facts.deploy_results, self.deployment: result})


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """A tag that is to stand on a commit, and where it stood when that was decided; empty for nowhere."""

    name: str
    before: Oid
    after: Oid


@dataclass(frozen=True, slots=True)
class PlaceTags:
    """Create or move tags, all or none, if they still stand where they were seen."""

    updates: tuple[RefUpdate, ...]

    def __str__(self) -> str:
        return f"place {', '.join(update.name for update in self.updates)}"

    def foreseen(self, facts: F) -> F:
        """The tags stand there."""
        placed = {update.name: update.after for update in self.updates}
        return facts.having(environment_tags={**facts.environment_tags, **placed})


@dataclass(frozen=True, slots=True)
class Conclude:
    """Say that a deployment succeeded, with all that follows from it, in one request where that can be.

    Each of the three is found again by itself, should the others be lost.

    Attributes:
        status: The deployment's success.
        tags: Tags that show it.
        events: What the ledger says of it.
    """

    status: SetDeploymentState
    tags: tuple[RefUpdate, ...]
    events: tuple[Event, ...]

    def __str__(self) -> str:
        placed = f", place {', '.join(tag.name for tag in self.tags)}" if self.tags else ""
        recorded = f", record {', '.join(event.kind for event in self.events)}" if self.events else ""
        return f"{self.status}{placed}{recorded}"

    def foreseen(self, facts: F) -> F:
        """All three."""
        after = PlaceTags(self.tags).foreseen(self.status.foreseen(facts))
        return Record(self.events).foreseen(after) if self.events else after


def marker(about: str) -> str:
    """What finds again what was made for a rollback or an incident; invisible on a page of GitHub's."""
    return f"<!-- shipway:rollback {about} -->"


@dataclass(frozen=True, slots=True)
class Escalate:
    """Open an issue for whoever is on call, once for each incident.

    Attributes:
        page: Its template.
        view: What it shows.
        incident: Names it, for whoever looks whether there is an issue.
    """

    title: str
    page: str
    view: Mapping[str, Any]
    labels: tuple[str, ...]
    incident: str

    def __str__(self) -> str:
        return f"open an issue: {self.title}"

    def foreseen(self, facts: F) -> F:
        """It is open, under a number that only GitHub can give."""
        return facts.having(issue=Made())


DeliveryStep = (
    Conclude
    | Record
    | RunStageGates
    | StartDeployment
    | Dispatch
    | CancelRun
    | RunAgain
    | Adopt
    | SetDeploymentState
    | Deploy
    | PlaceTags
    | Escalate
    | LiftLocks
)

DeliveryMove = DeliveryStep | Wait | Refusal | Done
