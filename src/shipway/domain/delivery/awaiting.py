"""Deployments that somebody outside brings about who hears of them, and whose statuses tell how that goes.

Shipway makes the deployment, and says nothing of it before the end: every status that comes first is another's. What
is said after the ledger knows how it ended changes nothing.
"""

from dataclasses import replace

from shipway.domain.delivery import deploying
from shipway.domain.delivery.calling import harmless
from shipway.domain.delivery.claims import A, claim_at_hand, patience
from shipway.domain.delivery.command import Attempt
from shipway.domain.delivery.deploying import Delivery, Say
from shipway.domain.delivery.steps import DeliveryMove, F, Record
from shipway.domain.events import timestamp
from shipway.domain.facts import Deployment, DeploymentState, DeployResult
from shipway.domain.resting import Refusal, Wait

AWAITED = "awaiting-deployer"
"""Reason of a wait for somebody who hears of the deployment."""


def asked(attempt: Attempt, delivery: Delivery, say: Say) -> DeliveryMove | None:
    """Let the ledger remember the deployment, so that no word after its end counts."""
    one = _open(attempt, delivery)
    known = attempt.facts.ledger.standing(delivery.environment).adopted
    if one is None or any(other.deployment == one.id for other in known):
        return None
    detail = {
        "deployment": one.id,
        "commit": delivery.commit,
        "digest": delivery.digest,
        "until": timestamp(attempt.now + patience(attempt, delivery.stage)),
    }
    return Record((say(f"asked:{one.id}", "asked", detail),))


def awaited(attempt: Attempt, delivery: Delivery) -> DeliveryMove | None:
    """That nobody has said how it ended; None once somebody has."""
    one = deploying.current(attempt.facts, delivery)
    if one is None or not one.awaited or one.id in attempt.facts.deploy_results:
        return None
    where = f"{delivery.version} into {delivery.environment}"
    if one.state is DeploymentState.INACTIVE and claim_at_hand(attempt):
        what = (
            f"{delivery.version} did not come into {delivery.environment}: another deployment took its place."
        )
        return Refusal("deployment-replaced", what, f"Try again: {delivery.again}")
    if one.state.settled:
        return None
    said = harmless(one.said)
    how = (
        f"{one.said_by} says {one.state.value}{': ' + said if said else ''}"
        if one.said_by
        else "nobody has yet"
    )
    what = f"Deployment {one.id} of {where} waits for somebody outside to say how it ended; {how}."
    return Wait(AWAITED, what, "whoever deploys there")


def _open(attempt: Attempt, delivery: Delivery) -> Deployment | None:
    one = deploying.current(attempt.facts, delivery)
    return one if one and one.awaited and not one.state.settled else None


def answered(attempt: A) -> A:
    """The attempt with what others have said of deployments that they bring about."""
    results = {one.id: _result(one) for one in attempt.facts.deployments if one.awaited and one.answer}
    if not results:
        return attempt
    known = attempt.facts.deploy_results
    return replace(attempt, facts=attempt.facts.having(deploy_results={**results, **known}))


def _result(one: Deployment) -> DeployResult:
    by, said = one.said_by or "somebody", harmless(one.said)
    if one.answer == DeploymentState.SUCCESS:
        return DeployResult(succeeded=True, description=f"deployed by {by}", duration=0)
    what = f"failed, says {by}{': ' + said if said else ''}"
    return DeployResult(succeeded=False, description=what, duration=0)


def foreseen(facts: F) -> F:
    """The facts once whoever deploys has said that all went well."""
    open_ones = {one.id for one in facts.deployments if one.awaited and not one.state.settled}
    told = (
        replace(one, state=DeploymentState.IN_PROGRESS, answer=DeploymentState.SUCCESS.value)
        if one.id in open_ones
        else one
        for one in facts.deployments
    )
    return facts.having(deployments=tuple(told))
