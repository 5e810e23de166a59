"""Which version a rollback takes out, and which one it brings back: what stands there, and what was good before."""

from collections.abc import Iterable
from dataclasses import dataclass

from shipway.domain.facts import DeliveryFacts, Deployment, DeploymentState, Oid
from shipway.domain.standing import Standing, Verified
from shipway.domain.trial import trial_of

NEVER_RAN = frozenset({DeploymentState.PENDING, DeploymentState.QUEUED, DeploymentState.INACTIVE})
"""States of deployments that say nothing of what stands in an environment now."""


@dataclass(frozen=True, slots=True)
class WayBack:
    """From where to where.

    Attributes:
        gone: The version that goes; empty where nothing is deployed.
        version: The one that comes back; empty where none was verified before.
    """

    gone: str
    version: str


def way_back(facts: DeliveryFacts, environment: str, asked: str = "", *, automatic: bool = False) -> WayBack:
    """The way back of an environment.

    A rollback that is under way or that failed is gone on with; of one that went well, nothing more is gone back
    unless a version is named.

    Args:
        facts: What is true.
        environment: Where.
        asked: The version that was asked for; empty for the last verified one.
        automatic: Whether nobody asked: then one that went well counts as what stands there.
    """
    standing, newest = facts.ledger.standing(environment), newest_there(facts, environment)
    claim, stable = standing.claim, standing.stable
    if claim and claim.replaces:
        return WayBack(claim.replaces, asked or _good(standing, claim.version, claim.replaces))
    if newest and newest.replaces and newest.state.failed:
        return WayBack(newest.replaces, asked or _good(standing, newest.version, newest.replaces))
    if newest and stable and is_back(standing, newest) and asked in {"", stable.version} and not automatic:
        return WayBack(newest.replaces, stable.version)
    gone = newest.version if newest and not _is(stable, newest) else stable.version if stable else ""
    return WayBack(gone, asked or _good(standing, "", gone))


def newest_there(facts: DeliveryFacts, environment: str) -> Deployment | None:
    """The newest deployment of ours that may have changed what stands in an environment."""
    return _newest(facts.deployments, environment)


def _newest(deployments: Iterable[Deployment], environment: str) -> Deployment | None:
    ours = (
        one
        for one in deployments
        if one.environment == environment and one.version and one.state not in NEVER_RAN
    )
    return max(ours, key=lambda one: one.id, default=None)


def on_trial(deployments: Iterable[Deployment], environment: str) -> Deployment | None:
    """By which something is tried in an environment, whether or not it was found good; None where nothing is."""
    newest = _newest(deployments, environment)
    return newest if newest and trial_of(newest.version) else None


def rollback_at_hand(facts: DeliveryFacts, environment: str) -> str:
    """Id of what is under way in an environment; else of the rollback that was done there last; empty for neither."""
    claim, newest = facts.ledger.standing(environment).claim, newest_there(facts, environment)
    return claim.id if claim else newest.delivery if newest and newest.replaces else ""


def commit_there(facts: DeliveryFacts, environment: str, version: str) -> Oid:
    """The commit of a version that stands there: as it was verified, else as it was deployed."""
    seen = facts.ledger.standing(environment).verification(version)
    deployed = (one.commit for one in facts.deployments if one.version == version)
    return seen.commit if seen else next(deployed, "")


def is_back(standing: Standing, newest: Deployment) -> bool:
    """Whether what stands there came by a rollback that went well."""
    return bool(newest.replaces) and standing.stable is not None and standing.stable.deployment == newest.id


def verified_besides(standing: Standing, gone: str) -> tuple[Verified, ...]:
    """The versions that may come back, the newest last."""
    return tuple(one for one in standing.verified if one.version != gone)


def _is(stable: Verified | None, newest: Deployment) -> bool:
    """Whether what was verified last is at least as new as what was deployed last."""
    return stable is not None and stable.deployment >= newest.id


def _good(standing: Standing, first: str, gone: str) -> str:
    """A version that was verified here: the first choice where it was, else the last one."""
    versions = [one.version for one in verified_besides(standing, gone)]
    return first if first in versions else versions[-1] if versions else ""
