"""What a deployment of ours carries on GitHub, so that whoever goes on with it knows what it is."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shipway.domain.facts import Deployment


def bearing(deployment: Deployment, payload: Mapping[str, Any]) -> Deployment:
    """A deployment with what its payload says of it; an empty one is that of somebody else's."""
    return replace(
        deployment,
        release_id=str(payload.get("release", "")),
        version=str(payload.get("version", "")),
        delivery=str(payload.get("delivery", "")),
        actor=str(payload.get("actor", "")),
        digest=str(payload.get("digest", "")),
        replaces=str(payload.get("replaces", "")),
        awaited=payload.get("deployer") == "event",
    )
