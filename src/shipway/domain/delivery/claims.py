"""Whose turn an environment is, and what both promotions and rollbacks do about it."""

from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from shipway.domain.delivery.claim_policy import standing_claim
from shipway.domain.delivery.command import Attempt, Bringing
from shipway.domain.delivery.steps import SetDeploymentState
from shipway.domain.events import timestamp
from shipway.domain.gate_policy import longest
from shipway.domain.policy import DeployPolicy
from shipway.domain.stages import gates_at
from shipway.domain.standing import Claim

A = TypeVar("A", bound=Attempt)

GRACE = timedelta(minutes=5)
"""Added to the time limits of a promotion's commands before its claim counts as given up."""


def our_claim(situation: Attempt) -> bool:
    """Whether the claim that stands is ours to go on with; one that a workflow works on is anybody's to look at."""
    claim = claim_at_hand(situation)
    return claim is not None and (claim.holder == situation.command.holder or claim.dispatched is not None)


def claim_at_hand(situation: Attempt) -> Claim | None:
    """The claim that stands, where it is about what is asked for."""
    claim = situation.facts.ledger.standing(situation.command.target).claim
    return claim if claim and _same(claim, situation.command) else None


def _same(claim: Claim, command: Bringing) -> bool:
    return (claim.version, claim.replaces) == (command.version, command.replaces)


def delivery_id(situation: Attempt) -> str:
    """Of what is under way: the claim's where it is ours, else the new one's."""
    claim = claim_at_hand(situation)
    if claim is None:
        return situation.command.id
    ours = our_claim(situation) or standing_claim(situation) is None
    return claim.id if ours else situation.command.id


def patience(situation: Attempt, *stages: str) -> timedelta:
    """How long a claim counts: what deploying and the gates of these stages may take, and some more."""
    policy, target = situation.policy, situation.command.target
    names = {name for stage in stages for name in gates_at(policy, stage, target)}
    seconds = sum(longest(name, policy.gates[name]) for name in names)
    environment = policy.environments.get(target)
    deploy = environment.deploy if environment else DeployPolicy(timeout=0)
    once = timedelta(seconds=deploy.timeout)
    outlives = deploy.workflow or deploy.outside or (environment is not None and environment.strategy.name)
    return timedelta(seconds=seconds) + (max(once, deploy.longest) if outlives else once) + GRACE


def as_if_done(situation: A, status: SetDeploymentState) -> A:
    """The situation once GitHub has taken the success, which it will date itself."""
    now = timestamp(situation.now)
    facts = status.foreseen(situation.facts)
    dated = (
        replace(one, updated_at=now) if one.node_id == status.deployment else one for one in facts.deployments
    )
    return replace(situation, facts=facts.having(deployments=tuple(dated)))
