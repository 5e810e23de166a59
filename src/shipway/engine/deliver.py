"""Performs the steps that bring a version into an environment, of a release as of a promotion or rollback."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from shipway.adapters.github import RateLimited, Stale, Transient, deployments, incidents, runs, writing
from shipway.adapters.github.client import Refused
from shipway.adapters.github.git_ledger import GitLedger
from shipway.domain import record
from shipway.domain.branch_files import stamped
from shipway.domain.delivery.adopting import bound
from shipway.domain.delivery.steps import (
    Adopt,
    CancelRun,
    Conclude,
    DeliveryMove,
    DeliveryStep,
    Deploy,
    Dispatch,
    Escalate,
    LiftLocks,
    PlaceTags,
    Record,
    RunAgain,
    RunStageGates,
    SetDeploymentState,
    StartDeployment,
    marker,
)
from shipway.domain.facts import DeliveryFacts, DeploymentState
from shipway.domain.ledger import Event, Ledger
from shipway.domain.ledger_store import LedgerMoved, LedgerUnavailable
from shipway.domain.look_ahead import Decide
from shipway.domain.made import Made
from shipway.domain.reconcile import reconciled_delivery
from shipway.domain.trial import in_words
from shipway.domain.workflow_run import WorkflowRun
from shipway.engine.context import DeliveryContext
from shipway.engine.run import Course
from shipway.engine.stage_gates import run_at_stage
from shipway.errors import GitHubError

F = TypeVar("F", bound=DeliveryFacts)

UNTIL_LISTED = (1.0, 2.0, 4.0)
"""Seconds before each look for a run that was just started: GitHub lists runs a little later."""


def delivery_course(
    gather: Callable[[], DeliveryFacts],
    decide: Decide[DeliveryFacts, DeliveryMove],
    context: DeliveryContext,
) -> Course[DeliveryFacts, DeliveryStep]:
    """What is carried on of a command about environments alone."""
    return Course(
        gather, decide, lambda step, facts: perform_delivery(step, facts, context), reconciled_delivery
    )


def perform_delivery(step: DeliveryStep, facts: F, context: DeliveryContext) -> F:  # noqa: C901, PLR0911, PLR0912 - one case a step
    """Do it, and give the facts as GitHub's answer shows them.

    Raises:
        Transient: Whether it was done is unknown; look again.
        ShipwayError: It was refused.
    """
    match step:
        case Conclude():
            return _conclude(step, facts, context)
        case Record():
            return _record(step, facts, context)
        case RunStageGates():
            gates = run_at_stage(
                step,
                context.policy,
                context.run_stage_gates,
                context.github,
                facts.repository.node_id,
                context.warn,
            )
            return facts.having(stage_gates={**facts.stage_gates, step.key: gates})
        case Adopt():
            return bound(_record(Record((step.event,)), facts, context))
        case Dispatch():
            return _dispatch(step, facts, context)
        case CancelRun():
            return _cancel_run(step, facts, context)
        case RunAgain():
            return _run_again(step, facts, context)
        case StartDeployment():
            return _start_deployment(step, facts, context)
        case Escalate():
            return facts.having(issue=optional(lambda: _issue(step, context), str(step), context))
        case SetDeploymentState():
            return _set_deployment_state(step, facts, context)
        case Deploy():
            result = replace(context.deploy(step), step=step.step)
            return facts.having(deploy_results={**facts.deploy_results, step.deployment: result})
        case LiftLocks():
            branches = {one.branch: one.commit for one in step.locks}
            writing.remove_branches(context.github, facts.repository.node_id, branches)
            return step.foreseen(facts)
        case PlaceTags():
            writing.place_tags(context.github, facts.repository.node_id, step.updates)
            return step.foreseen(facts)


def optional(make: Callable[[], Made], what: str, context: DeliveryContext) -> Made:
    """Looks for it and makes it; where GitHub stumbles twice or refuses, the run goes on with a warning."""
    try:
        try:
            return make()
        except Transient:
            return make()
    except RateLimited:
        raise
    except GitHubError as problem:
        context.warn(f"Could not {what}: {problem.message}")
        return Made()


def _issue(step: Escalate, context: DeliveryContext) -> Made:
    body = context.github.mask.text(context.pages.render(step.page, **step.view))
    return incidents.issue_opened(context.github, step.title, body, step.labels, marker(step.incident))


def _record(step: Record, facts: F, context: DeliveryContext) -> F:
    """The one way into the ledger: nothing of a secret comes in, and pages say which entries they show."""
    after, pages = _written(step, facts, context)
    with _as_transient():
        written = context.ledger.append(facts.ledger, after, pages)
    return facts.having(ledger=written, refused=step.refused or facts.refused)


def _written(step: Record, facts: DeliveryFacts, context: DeliveryContext) -> tuple[Ledger, dict[str, str]]:
    """The ledger with the events at its end, and the pages that show it."""
    hide = context.github.mask
    events = [_traced(replace(event, detail=hide.value(event.detail)), context) for event in step.events]
    ledger = record.after(facts.ledger, events)
    reports = context.reports(ledger, facts.repository.url)
    return ledger, {path: stamped(hide.text(text), ledger.head) for path, text in reports.items()}


def _traced(event: Event, context: DeliveryContext) -> Event:
    """A beginning with the trace in which it is seen."""
    if event.kind != "initiated" and not event.kind.endswith("-started"):
        return event
    return replace(event, detail={**event.detail, "trace": context.trace_id})


@contextmanager
def _as_transient() -> Iterator[None]:
    """What a ledger says as GitHub would say it: look again."""
    try:
        yield
    except Transient:
        raise
    except LedgerMoved as problem:
        raise Stale(problem.message) from problem
    except LedgerUnavailable as problem:
        raise Transient(problem.message, problem.retry_after) from problem


def _conclude(step: Conclude, facts: F, context: DeliveryContext) -> F:
    """Everything in one request, where the ledger is a branch of the repository; else one after the other."""
    store = context.ledger
    if not (step.events and isinstance(store, GitLedger) and facts.ledger.commit):
        if step.tags:
            facts = perform_delivery(PlaceTags(step.tags), facts, context)
        facts = perform_delivery(step.status, facts, context)
        return perform_delivery(Record(step.events), facts, context) if step.events else facts
    after, pages = _written(Record(step.events), facts, context)
    along = deployments.states_posted(_states(step.status, facts), _urls(step.status))
    if step.tags:
        along = [writing.tags_placed(facts.repository.node_id, step.tags), *along]
    ledger, answer = store.append_along(facts.ledger, after, pages, along)
    placed = PlaceTags(step.tags).foreseen(step.status.foreseen(facts))
    return _dated(placed, step.status, deployments.posted_at(answer)).having(ledger=ledger)


def _start_deployment(step: StartDeployment, facts: F, context: DeliveryContext) -> F:
    """Where the answer is lost, asks at once for what was made: GitHub itself would make a second one."""
    new = deployments.NewDeployment(
        step.environment,
        step.tag,
        {**step.payload, "trace": context.trace_id},
        step.production,
        f"{step.what} to {step.environment}",
    )
    try:
        made = deployments.create_deployment(context.github, new)
    except Transient:
        known = {deployment.id for deployment in facts.deployments}
        found = deployments.deployment_made(context.github, new, known)
        if not found:
            raise
        made = found
    return facts.having(deployments=(*facts.deployments, made))


def _dispatch(step: Dispatch, facts: F, context: DeliveryContext) -> F:
    """Where no run is named in the answer, or the answer is lost, the run is looked for before anything else."""
    try:
        run = runs.dispatch(context.github, step.workflow, step.ref, step.inputs)
    except Refused as problem:
        return facts.having(dispatch_refused=problem.message)
    except Transient:
        run = _appeared(step, context)
        if run is None:
            raise
    unknown = WorkflowRun(id=0, status="queued", delivery=step.inputs["delivery"])
    return facts.having(runs=(*facts.runs, run or _appeared(step, context) or unknown))


def _appeared(step: Dispatch, context: DeliveryContext) -> WorkflowRun | None:
    """The run that was started, once GitHub lists it."""
    for seconds in UNTIL_LISTED:
        context.sleep(seconds)
        if found := runs.found(context.github, step.workflow, step.inputs["delivery"]):
            return found
    return None


def _cancel_run(step: CancelRun, facts: F, context: DeliveryContext) -> F:
    """One that has ended meanwhile is looked at; one that may not be cancelled is closed all the same."""
    try:
        if runs.over_before_cancelled(context.github, step.run):
            ended = runs.numbered(context.github, step.run, step.delivery)
            return facts.having(runs=tuple(ended if run.id == step.run else run for run in facts.runs))
    except Transient:
        raise
    except GitHubError as problem:
        context.warn(f"Could not {step}: {problem.message}")
    return step.foreseen(facts)


def _run_again(step: RunAgain, facts: F, context: DeliveryContext) -> F:
    """One that GitHub does not start again, as somebody else just has, is looked at."""
    try:
        runs.start_again(context.github, step.run)
    except Transient:
        raise
    except GitHubError as problem:
        seen = runs.numbered(context.github, step.run, step.delivery)
        refused = problem.message if seen.completed and seen.attempt == step.attempt else ""
        others = tuple(seen if run.id == step.run else run for run in facts.runs)
        return facts.having(runs=others, dispatch_refused=refused)
    return step.foreseen(facts)


def _set_deployment_state(step: SetDeploymentState, facts: F, context: DeliveryContext) -> F:
    posted = deployments.set_deployment_states(context.github, _states(step, facts), _urls(step))
    return _dated(step.foreseen(facts), step, posted)


def _states(step: SetDeploymentState, facts: DeliveryFacts) -> dict[str, deployments.Status]:
    """What is said of each deployment; of those that are superseded, by what."""
    (version,) = (one.version for one in facts.deployments if one.node_id == step.deployment)
    replaced = deployments.Status(DeploymentState.INACTIVE, f"replaced by {in_words(version)}")
    said = deployments.Status(step.state, step.description)
    return {step.deployment: said} | dict.fromkeys(step.supersedes, replaced)


def _urls(step: SetDeploymentState) -> dict[str, str]:
    return {"environmentUrl": step.url, "logUrl": step.log_url}


def _dated(facts: F, step: SetDeploymentState, posted: str) -> F:
    """The facts with the time at which GitHub took the states."""
    changed = {step.deployment, *step.supersedes}
    dated = (replace(d, updated_at=posted) if d.node_id in changed else d for d in facts.deployments)
    return facts.having(deployments=tuple(dated))
