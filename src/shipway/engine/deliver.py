"""Performs the steps that bring a version into an environment, of a release as of a promotion or rollback."""

from dataclasses import replace
from typing import TypeVar

from shipway.adapters.github import Stale, Transient, writing
from shipway.domain import record
from shipway.domain.branch_files import stamped
from shipway.domain.delivery.steps import (
    DeliveryStep,
    Deploy,
    PlaceTags,
    Record,
    RunStageGates,
    SetDeploymentState,
    StartDeployment,
)
from shipway.domain.facts import DeliveryFacts, Surroundings
from shipway.domain.ledger_store import LedgerMoved, LedgerUnavailable
from shipway.engine.context import DeliveryContext

F = TypeVar("F", bound=DeliveryFacts)


def perform_delivery(step: DeliveryStep, facts: F, context: DeliveryContext) -> F:
    """Do it, and give the facts as GitHub's answer shows them.

    Raises:
        Transient: Whether it was done is unknown; look again.
        ShipwayError: It was refused.
    """
    match step:
        case Record():
            return _record(step, facts, context)
        case RunStageGates():
            gates = context.run_stage_gates(step, Surroundings())
            return facts.having(stage_gates={**facts.stage_gates, step.stage: gates})
        case StartDeployment():
            return _start_deployment(step, facts, context)
        case SetDeploymentState():
            return _set_deployment_state(step, facts, context)
        case Deploy():
            result = context.deploy(step)
            return facts.having(deploy_results={**facts.deploy_results, step.deployment: result})
        case PlaceTags():
            writing.place_tags(context.github, facts.repository.node_id, step.updates)
            return step.foreseen(facts)


def _record(step: Record, facts: F, context: DeliveryContext) -> F:
    """The one way into the ledger: nothing of a secret comes in, and pages say which entries they show."""
    hide = context.github.mask
    events = [replace(event, detail=hide.value(event.detail)) for event in step.events]
    ledger = record.after(facts.ledger, events)
    reports = context.reports(ledger, facts.repository.url)
    pages = {path: stamped(hide.text(text), ledger.head) for path, text in reports.items()}
    try:
        return facts.having(ledger=context.ledger.append(facts.ledger, ledger, pages))
    except Transient:
        raise
    except LedgerMoved as problem:
        raise Stale(problem.message) from problem
    except LedgerUnavailable as problem:
        raise Transient(problem.message, problem.retry_after) from problem


def _start_deployment(step: StartDeployment, facts: F, context: DeliveryContext) -> F:
    """Where the answer is lost, asks at once for what was made: GitHub itself would make a second one."""
    new = writing.NewDeployment(
        step.environment, step.tag, step.payload, step.production, f"{step.tag} to {step.environment}"
    )
    try:
        made = writing.create_deployment(context.github, new)
    except Transient:
        known = {deployment.id for deployment in facts.deployments}
        found = writing.deployment_made(context.github, new, known)
        if not found:
            raise
        made = found
    return facts.having(deployments=(*facts.deployments, made))


def _set_deployment_state(step: SetDeploymentState, facts: F, context: DeliveryContext) -> F:
    states = {step.deployment: step.state} | dict.fromkeys(step.supersedes, step.state.INACTIVE)
    urls = {"environmentUrl": step.url, "logUrl": step.log_url}
    posted = writing.set_deployment_states(context.github, states, step.description, urls)
    after = step.foreseen(facts)
    deployments = (replace(d, updated_at=posted) if d.node_id in states else d for d in after.deployments)
    return after.having(deployments=tuple(deployments))
