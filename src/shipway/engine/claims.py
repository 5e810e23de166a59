"""Who stands behind claims on environments: the runs that were dispatched, and whether others still go on."""

from collections.abc import Iterable
from functools import partial
from typing import TypeVar

from shipway.adapters.github import GitHub, delivery, runs
from shipway.adapters.github.client import Refused
from shipway.adapters.holders import has_ended
from shipway.domain.delivery.deploying import deploy_policy
from shipway.domain.facts import DeliveryFacts
from shipway.domain.policy import Policy
from shipway.domain.standing import Claim
from shipway.domain.workflow_run import WorkflowRun

F = TypeVar("F", bound=DeliveryFacts)

NOT_FOUND = 404


def looked_behind(facts: F, environments: Iterable[str], holder: str, policy: Policy, github: GitHub) -> F:
    """The facts with the workflow runs that claims stand for, and the claims whose run is known to have ended.

    GitHub is asked only where another run holds a claim, or where a workflow deploys.
    """
    claims = {name: claim for name in environments if (claim := facts.ledger.standing(name).claim)}
    known = [
        run
        for name, claim in claims.items()
        if (run := _run_of(claim, deploy_policy(policy, name).workflow, holder, github))
    ]
    seen = {run.delivery for run in known}
    others = (
        one
        for one in claims.values()
        if one.holder != holder and (one.dispatched is None or one.id not in seen)
    )
    status = partial(_status, github)
    left = {claim.id for claim in others if has_ended(claim.holder, status)}
    left |= {run.delivery for run in known if run.completed}
    return facts.having(abandoned_claims=frozenset(left), runs=tuple(known))


def _run_of(claim: Claim, workflow: str, holder: str, github: GitHub) -> WorkflowRun | None:
    """The run that deploys; also one of which nobody could record any more that it was started."""
    if claim.dispatched:
        return None if claim.holder == holder else runs.numbered(github, claim.dispatched, claim.id)
    return runs.found(github, workflow, claim.id) if workflow else None


def _status(github: GitHub, run_id: str) -> str:
    """Of a workflow run; one that is not there any more was deleted, which can be done to those that have ended."""
    try:
        return delivery.run_status(github, run_id)
    except Refused as problem:
        if problem.status == NOT_FOUND:
            return "completed"
        raise
