"""Deliveries that a workflow of the repository carries out, in a job that GitHub itself holds back.

The command decides and starts the workflow; a job of it that names the environment waits for reviewers and timers,
and brings the version in. Everybody else looks at the run: how it ended is read off GitHub, whoever looks, so that no
step has to come last in it, and nothing is left open when the runner is lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shipway.domain.delivery import deploying
from shipway.domain.delivery.adopting import F, attempts_known, has_taken, made_for
from shipway.domain.delivery.claims import A, claim_at_hand, patience
from shipway.domain.delivery.command import Attempt
from shipway.domain.delivery.deploying import Delivery, Say
from shipway.domain.delivery.losing import started_again
from shipway.domain.delivery.steps import (
    FORESEEN,
    Adopt,
    CancelRun,
    DeliveryMove,
    Dispatch,
    Record,
    SetDeploymentState,
)
from shipway.domain.events import timestamp
from shipway.domain.facts import Deployment, DeploymentState, DeployResult
from shipway.domain.ledger import Event
from shipway.domain.resting import Refusal, Wait
from shipway.domain.standing import Claim
from shipway.domain.workflow_run import WorkflowRun, run_in

UNDER_WAY = frozenset({"dispatched", "awaiting-review"})
"""Reasons of waits during which a run goes on by itself, so that the claim stays."""

REVIEWS = timedelta(days=30)
"""How long GitHub lets a job wait for review ("Reviewing deployments")."""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended.

    Attributes:
        reason: Stable reason code.
        words: What became of it.
    """

    reason: str
    words: str
    succeeded: bool = False
    timed_out: bool = False


ENDS: Mapping[str, RunEnd] = {
    "success": RunEnd("deploy-run-succeeded", "the deploy run succeeded", succeeded=True),
    "cancelled": RunEnd("deploy-run-cancelled", "the deploy run was cancelled"),
    "timed_out": RunEnd("deploy-run-timed-out", "the deploy run ran out of time", timed_out=True),
    "startup_failure": RunEnd("deploy-run-failed", "the deploy run could not start"),
    "skipped": RunEnd("deploy-run-failed", "the deploy run did nothing, as its jobs were skipped"),
    "deleted": RunEnd("deploy-run-lost", "the deploy run was deleted"),
}
"""Conclusion of a run → what it means; any other is a failure. `deleted` is said of one that is not there."""

OVERDUE = RunEnd("deploy-run-timed-out", "the deploy run took longer than it may", timed_out=True)


def how_it_ended(run: WorkflowRun | None, *, late: bool) -> RunEnd | None:
    """How the run that was dispatched ended; None while it goes on.

    Args:
        run: As GitHub shows it; None where it does not show it yet.
        late: Whether it takes longer than it may.
    """
    if run is None:
        return RunEnd("deploy-run-lost", "the deploy run never appeared") if late else None
    if not run.completed:
        return OVERDUE if late else None
    if run.rejected_by:
        return RunEnd("deploy-rejected", f"the deploy run was rejected by {run.rejected_by}")
    return ENDS.get(run.conclusion, RunEnd("deploy-run-failed", "the deploy run failed"))


# --- started and looked after, by whoever asks


def started(attempt: Attempt, delivery: Delivery, say: Say) -> DeliveryMove | None:
    """Start the workflow, once: a run that carries the delivery's id is taken for what an earlier try made."""
    settings = deploying.deploy_policy(attempt.policy, delivery.environment)
    begun = is_dispatched(attempt) or deploying.current(attempt.facts, delivery)
    if not settings.workflow or attempt.command.job or begun:
        return None
    facts = attempt.facts
    if facts.dispatch_refused:
        return Refusal(
            "dispatch-refused",
            f"Workflow {settings.workflow} cannot be started for {delivery.version} in {delivery.environment}: "
            f"{facts.dispatch_refused}",
            f"It has to be on the default branch, with workflow_dispatch and the inputs {', '.join(INPUTS)}; "
            f"then try again: {delivery.again}",
        )
    if run := facts.run_of(delivery.id):
        return Record((_dispatched(attempt, run, say),))
    ref = delivery.tag if settings.ref == "tag" else facts.repository.default_branch
    given = (delivery.id, delivery.environment, delivery.version)
    return Dispatch(settings.workflow, ref, dict(zip(INPUTS, given, strict=True)))


INPUTS = ("delivery", "environment", "version")
"""What the workflow is told."""


def is_dispatched(attempt: Attempt) -> bool:
    """Whether the ledger says that a workflow was started for the claim at hand."""
    claim = claim_at_hand(attempt)
    return claim is not None and claim.dispatched is not None


def _dispatched(attempt: Attempt, run: WorkflowRun, say: Say) -> Event:
    """A run that GitHub has not named yet is waited for no longer than one that goes on."""
    claim = claim_at_hand(attempt)
    settings = deploying.deploy_policy(attempt.policy, attempt.command.target)
    again = {"attempt": run.attempt} if run.attempt > 1 else {}
    until = attempt.now + (REVIEWS if run.id else timedelta()) + _patience(attempt)
    detail = {
        "workflow": settings.workflow,
        "run": run.id,
        "url": run.url,
        "until": timestamp(until),
        **again,
    }
    key = ":".join(("dispatched", claim.id if claim else "", *map(str, (run.id, *again.values()))))
    return say(key, "dispatched", detail)


def _patience(attempt: Attempt) -> timedelta:
    return patience(attempt, "rollback" if attempt.command.replaces else "verification")


def watched(attempt: Attempt, delivery: Delivery, say: Say) -> DeliveryMove | None:
    """What follows from how the run goes; None where there is none, or where it succeeded and verifying is next."""
    claim = claim_at_hand(attempt)
    if attempt.command.job or claim is None or claim.dispatched is None:
        return None
    run = attempt.facts.run_of(delivery.id)
    if run and run.id and (not claim.dispatched or _begun_anew(attempt, run)):
        return Record((_dispatched(attempt, run, say),))
    found = _unadopted(attempt, delivery, run)
    end = how_it_ended(run, late=_late(attempt, claim, found))
    if end is None:
        return _wait(delivery, run)
    if run and (again := started_again(attempt, delivery, run)):
        return again
    if end is OVERDUE and run and not run.told_to_end:
        return CancelRun(run.id, delivery.id)
    if found and run:
        spare = _patience(attempt) if run.completed else timedelta()
        return Adopt(_adopted(attempt, delivery, found, run, say, spare))
    return _concluded(attempt, delivery, end, run)


def _begun_anew(attempt: Attempt, run: WorkflowRun) -> bool:
    """Whether somebody has started it again since the ledger heard of it: then it has its time anew."""
    return not run.completed and run.attempt > attempts_known(attempt.facts.ledger, run)


def _concluded(
    attempt: Attempt, delivery: Delivery, end: RunEnd, run: WorkflowRun | None
) -> DeliveryMove | None:
    deployment = deploying.newest(attempt.facts, delivery)
    what = end.words
    if not end.succeeded:
        if deployment and not deployment.state.settled:
            state = DeploymentState.ERROR if end.timed_out else DeploymentState.FAILURE
            return _state(attempt, deployment, state, what, run)
        return _refusal(end.reason, delivery, what, run)
    if deployment is None:
        what = f"the deploy run succeeded, and no job of it names environment {delivery.environment}"
        return _refusal("environment-not-named", delivery, what, run)
    if deployment.state is DeploymentState.INACTIVE:
        return _refusal("deployment-replaced", delivery, "another deployment took its place", run)
    if deployment.state.failed and deployment.id in attempt.facts.tried_before:
        return _refusal("deployment-failed", delivery, "the job that names the environment failed", run)
    return None


def _state(
    attempt: Attempt, deployment: Deployment, state: DeploymentState, what: str, run: WorkflowRun | None
) -> SetDeploymentState:
    url = deploying.deploy_policy(attempt.policy, deployment.environment).url
    log = run.url if run else ""
    return SetDeploymentState(deployment.node_id, deployment.environment, state, what, url, log)


def _refusal(reason: str, delivery: Delivery, what: str, run: WorkflowRun | None) -> Refusal:
    look = f"Look at {run.url}, then try" if run and run.url else "Try"
    message = f"{delivery.version} did not come into {delivery.environment}: {what}."
    return Refusal(reason, message, f"{look} again: {delivery.again}")


def _wait(delivery: Delivery, run: WorkflowRun | None) -> Wait:
    where = f"{delivery.version} is on its way into {delivery.environment}"
    if run is None or not run.id:
        return Wait("dispatched", f"{where}: its run has not appeared yet.", "GitHub")
    if run.status == "waiting":
        who = ", ".join(run.waiting_for) or "GitHub"
        return Wait("awaiting-review", f"{where}: run {run.url} waits for {who}.", who)
    return Wait("dispatched", f"{where}: run {run.url} is {run.status.replace('_', ' ')}.", "the run")


def _late(attempt: Attempt, claim: Claim, found: Deployment | None) -> bool:
    """A job that nobody has adopted has as much time from when GitHub began it as one that was."""
    if timestamp(attempt.now) >= claim.until:
        return True
    if found is None or found.state is not DeploymentState.IN_PROGRESS or not found.updated_at:
        return False
    return attempt.now >= datetime.fromisoformat(found.updated_at) + _patience(attempt)


def ran(attempt: A) -> A:
    """The attempt with what a run that succeeded did, so that nobody who only looks deploys again."""
    claim = claim_at_hand(attempt)
    if attempt.command.job or claim is None or claim.dispatched is None:
        return attempt
    run = attempt.facts.run_of(claim.id)
    end = how_it_ended(run, late=False)
    if end is None or not end.succeeded:
        return attempt
    result = DeployResult(succeeded=True, description=f"deployed by {run.url if run else ''}", duration=0)
    ours = {one.id: result for one in attempt.facts.deployments if one.delivery == claim.id}
    known = attempt.facts.deploy_results
    return replace(attempt, facts=attempt.facts.having(deploy_results={**ours, **known}))


def answered(facts: F) -> F:
    """The facts once every run that was dispatched has brought its version in."""
    runs = tuple(replace(run, status="completed", conclusion="success") for run in facts.runs)
    number = max((one.id for one in facts.deployments), default=0)
    made = tuple(
        Deployment(
            id=number + place,
            node_id=f"{FORESEEN} {name}",
            environment=name,
            commit=facts.tag.commit if facts.tag else "",
            state=DeploymentState.IN_PROGRESS,
            release_id="" if one.claim.replaces else facts.ledger.release_id,
            version=one.claim.version,
            delivery=one.claim.id,
            replaces=one.claim.replaces,
        )
        for place, (name, one) in enumerate(facts.ledger.standings.items(), start=1)
        if one.claim and one.claim.dispatched is not None
    )
    return facts.having(runs=runs, deployments=(*facts.deployments, *made))


# --- brought in, by the job


def adopted(attempt: Attempt, delivery: Delivery, say: Say) -> DeliveryMove | None:
    """Take the deployment that GitHub made for this job; a job without one is not held back by anything."""
    job = attempt.command.job
    if job is None:
        return None
    run = WorkflowRun(id=job.run, status="in_progress", attempt=job.attempt, url=attempt.command.run_url)
    claim = claim_at_hand(attempt)
    if claim and not claim.dispatched:
        return Record((_dispatched(attempt, run, say),))
    if found := _unadopted(attempt, delivery, run):
        return Adopt(_adopted(attempt, delivery, found, run, say, _patience(attempt)))
    if deploying.current(attempt.facts, delivery) or has_taken(attempt.facts.ledger, delivery.id, run):
        return None
    return _unprotected(attempt, delivery, run)


def _unprotected(attempt: Attempt, delivery: Delivery, run: WorkflowRun) -> Refusal:
    url = attempt.facts.repository.url
    named = {d.environment for d in attempt.facts.deployments if run_in(d.log_url, url) == run.id}
    instead = f", it names {', '.join(sorted(named))}" if named else ""
    return Refusal(
        "environment-not-named",
        f"GitHub has made no deployment to {delivery.environment} for a job of this run{instead}.",
        f"Name it in the job, so that its protection counts: environment: {delivery.environment}",
    )


def _unadopted(attempt: Attempt, delivery: Delivery, run: WorkflowRun | None) -> Deployment | None:
    """What GitHub made for this attempt of the run, where nobody has taken it yet."""
    if run is None or has_taken(attempt.facts.ledger, delivery.id, run):
        return None
    found, newest = (
        made_for(attempt.facts, delivery.environment, run.id),
        deploying.newest(attempt.facts, delivery),
    )
    return found if found and (newest is None or found.id > newest.id) else None


def _adopted(
    attempt: Attempt, delivery: Delivery, found: Deployment, run: WorkflowRun, say: Say, spare: timedelta
) -> Event:
    """The claim counts for as long from now on as is left; for no longer where the job is overdue already."""
    detail = {
        "deployment": found.id,
        "run": run.id,
        "attempt": run.attempt,
        "commit": delivery.commit,
        "digest": delivery.digest,
        "until": timestamp(attempt.now + spare),
    }
    return say(f"adopted:{found.id}", "adopted", detail)
