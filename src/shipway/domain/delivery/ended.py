"""What the ledger says of a deployment that has ended, read off GitHub's word alone: every run reads the same."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from shipway.domain.facts import Deployment, DeploymentState
from shipway.domain.trial import trial_of

Ending = tuple[str, str, Mapping[str, Any]]
"""Key, kind, detail."""


def endings(deployment: Deployment) -> Iterator[Ending]:
    """A success is only said of what was verified, so it is recorded as both; nothing of one that goes on."""
    if not deployment.state.settled or deployment.state is DeploymentState.INACTIVE:
        return
    detail = {
        "id": deployment.delivery,
        "environment": deployment.environment,
        "deployment": deployment.id,
        "commit": deployment.commit,
        "digest": deployment.digest,
        "state": deployment.state.value,
        "duration": seconds_of(deployment),
    }
    succeeded = deployment.state is DeploymentState.SUCCESS
    yield f"deployment:{deployment.id}", "deployed" if succeeded else "deployment-failed", detail
    if succeeded:
        yield verified_key(deployment), _good(deployment), detail


def verified_key(deployment: Deployment) -> str:
    """Key of the event that says that what was deployed was found good."""
    return f"{_good(deployment)}:{deployment.id}"


def _good(deployment: Deployment) -> str:
    """How what was found good is recorded: nothing that is only tried is verified, so nothing is promoted from it."""
    return "tried" if trial_of(deployment.version) else "verified"


def seconds_of(deployment: Deployment) -> float | None:
    """Seconds from its creation to its end, by GitHub's clock."""
    if not deployment.created_at or not deployment.updated_at:
        return None
    ended, began = (datetime.fromisoformat(at) for at in (deployment.updated_at, deployment.created_at))
    return (ended - began).total_seconds()
