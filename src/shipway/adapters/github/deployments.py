"""Deployments on GitHub: one function per effect, and what is looked for where an answer was lost."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from shipway.adapters.github.client import GitHub
from shipway.adapters.github.mutations import Mutation, together
from shipway.adapters.github.reading import payload_of
from shipway.adapters.github.writing import STATUS_DESCRIPTION_LIMIT
from shipway.domain.delivery.payload import bearing
from shipway.domain.facts import Deployment, DeploymentState


@dataclass(frozen=True, slots=True)
class NewDeployment:
    """What a deployment is created from."""

    environment: str
    tag: str
    payload: Mapping[str, Any]
    production: bool
    description: str


def create_deployment(github: GitHub, new: NewDeployment) -> Deployment:
    """Create a deployment of a tag; never merges anything and waits for no context."""
    row = github.send(
        "POST",
        "/deployments",
        {
            "ref": new.tag,
            "task": "deploy",
            "auto_merge": False,
            "required_contexts": [],
            "payload": dict(new.payload),
            "environment": new.environment,
            "description": new.description[:STATUS_DESCRIPTION_LIMIT],
            "transient_environment": False,
            "production_environment": new.production,
        },
    )
    return _begun(row, new)


def deployment_made(github: GitHub, new: NewDeployment, known: Container[int]) -> Deployment | None:
    """What a request for a deployment made although its answer was lost; None when GitHub shows no such one.

    Args:
        github: Where.
        new: What was asked for.
        known: Ids of deployments that were there before.
    """
    rows = github.get("/deployments", ref=new.tag, environment=new.environment)
    made = (
        row
        for row in rows
        if payload_of(row["payload"]).get("release") == new.payload["release"] and row["id"] not in known
    )
    row = next(made, None)
    return _begun(row, new) if row else None


def _begun(row: Mapping[str, Any], new: NewDeployment) -> Deployment:
    begun = Deployment(
        id=row["id"],
        node_id=row["node_id"],
        environment=row["environment"],
        commit=row["sha"],
        state=DeploymentState.PENDING,
        creator=(row["creator"] or {}).get("login", ""),
        created_at=row["created_at"],
    )
    return bearing(begun, new.payload)


class Status(NamedTuple):
    """What is said of a deployment."""

    state: DeploymentState
    description: str


def set_deployment_states(github: GitHub, statuses: Mapping[str, Status], urls: Mapping[str, str]) -> str:
    """Post one status for each deployment (by node id), all in one request; gives when the first was posted.

    GitHub makes older deployments inactive where it does that by itself; `urls` are `environmentUrl`, `logUrl`.
    """
    return posted_at(together(github, states_posted(statuses, urls)))


def posted_at(answer: Mapping[str, Any]) -> str:
    """When the first of the statuses was posted."""
    return str(answer["s0"]["deploymentStatus"]["createdAt"])


def states_posted(statuses: Mapping[str, Status], urls: Mapping[str, str]) -> list[Mutation]:
    """The mutations that post a status for each deployment."""
    shown = {name: url for name, url in urls.items() if url}
    return [
        Mutation(
            f"s{number}",
            "createDeploymentStatus",
            "deploymentStatus { createdAt }",
            {
                "deploymentId": node_id,
                "state": one.state.value.upper(),
                "description": one.description[:STATUS_DESCRIPTION_LIMIT],
                **(shown if one.state is not DeploymentState.INACTIVE else {}),
            },
        )
        for number, (node_id, one) in enumerate(statuses.items())
    ]
