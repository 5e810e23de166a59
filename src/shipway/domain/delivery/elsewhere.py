"""Deployments on which something outside works, so that they outlive the run that began them."""

from collections.abc import Iterable
from datetime import datetime

from shipway.domain.delivery import deploying
from shipway.domain.delivery.asked_in import BEGINNINGS
from shipway.domain.delivery.command import Attempt
from shipway.domain.delivery.deploying import Delivery
from shipway.domain.delivery.strategy import strategy_of
from shipway.domain.facts import Deployment, DeploymentState
from shipway.domain.policy import Policy
from shipway.domain.span import span_text
from shipway.domain.standing import Claim


def goes_on_elsewhere(
    policy: Policy, deployments: Iterable[Deployment], environment: str, claim: Claim
) -> bool:
    """Whether something outside works on what a claim stands for, whatever became of the run that claimed it."""
    ours = (one for one in deployments if (one.delivery, one.environment) == (claim.id, environment))
    return deploying.deploy_policy(policy, environment).outside and any(not one.state.settled for one in ours)


def overdue(
    policy: Policy, deployments: Iterable[Deployment], environment: str, claim: Claim, now: datetime
) -> bool:
    """Whether a deployment that nobody ended takes longer than it may, where no job was let in first."""
    ours = (one for one in deployments if (one.delivery, one.environment) == (claim.id, environment))
    newest = max(ours, key=lambda one: one.id, default=None)
    if newest is None or newest.state.settled:
        return False
    longest = deploying.deploy_policy(policy, environment).longest
    return now >= datetime.fromisoformat(newest.created_at or claim.at) + longest


def over_limit(attempt: Attempt, delivery: Delivery, deployment: Deployment) -> str:
    """That a deployment takes longer than it may; empty while it does not, and once it was found good."""
    longest = deploying.deploy_policy(attempt.policy, delivery.environment).longest
    began = _began(attempt, delivery, deployment)
    found = attempt.facts.stage_gates.get((delivery.stage, delivery.environment))
    if began is None or (found and found.passed) or _may_be_done(attempt, delivery, deployment):
        return ""
    end = datetime.fromisoformat(deployment.updated_at) if deployment.answer else attempt.now
    return "" if end < began + longest else f"it took longer than {span_text(longest)}"


def _may_be_done(attempt: Attempt, delivery: Delivery, deployment: Deployment) -> bool:
    """Whether an address that was called has done all of it, or may have, and this run has not asked yet."""
    policy, result = attempt.policy, attempt.facts.deploy_results.get(deployment.id)
    stepwise = strategy_of(policy, delivery.environment).name and not delivery.replaces
    called = deploying.deploy_policy(policy, delivery.environment).call and not stepwise
    begun = deployment.state is DeploymentState.IN_PROGRESS
    return bool(called and begun and (result is None or result.due or result.succeeded))


def _began(attempt: Attempt, delivery: Delivery, deployment: Deployment) -> datetime | None:
    """Neither review by people, before a job, nor the gates before a deployment count."""
    events = [entry.event for entry in attempt.facts.ledger.entries]
    adopted = (one.at for one in events if one.key == f"adopted:{deployment.id}")
    mine = (one for one in events if one.kind in BEGINNINGS and one.detail["id"] == delivery.id)
    claimed = next((one.at for one in mine), "")
    at = next(adopted, "") or (claimed and max(claimed, deployment.created_at))
    return datetime.fromisoformat(at) if at else None
