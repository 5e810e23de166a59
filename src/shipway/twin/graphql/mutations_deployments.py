"""Mutations of deployments."""

import json

from shipway.twin.behaviour import deployments
from shipway.twin.behaviour.deployments import Merged
from shipway.twin.errors import Refused
from shipway.twin.graphql.fields import Context
from shipway.twin.graphql.lookup import thing, typed, writable
from shipway.twin.graphql.mutations import Input, Payload, mutation

WRITE = "deployments:write"


@mutation("createDeployment")
def create_deployment(context: Context, given: Input) -> Payload:
    """Record a deployment of a ref."""
    repo = writable(context, given["repository_id"], WRITE, "Repository").data
    ref = typed(context, given["ref_id"], "Ref")["full_name"].split("/", 2)[2]
    names = ("description", "environment", "task")
    made = deployments.create(
        context.world,
        repo,
        ref,
        auto_merge=given.get("auto_merge", True),
        required_contexts=given.get("required_contexts"),
        payload=_payload(given.get("payload")),
        **{name: given[name] for name in names if given.get(name)},
    )
    if isinstance(made, Merged):
        return {"auto_merged": True, "deployment": None}
    return {"auto_merged": False, "deployment": thing("deployment", repo, made)}


def _payload(text: str | None) -> object:
    try:
        return json.loads(text or "{}")
    except ValueError:
        raise Refused(422, "Payload is not valid JSON.") from None


@mutation("createDeploymentStatus")
def create_status(context: Context, given: Input) -> Payload:
    """Say how a deployment goes."""
    deployment = writable(context, given["deployment_id"], WRITE, "Deployment")
    names = ("auto_inactive", "description", "environment", "environment_url", "log_url")
    fields = {name: given[name] for name in names if given.get(name) is not None}
    made = deployments.create_status(
        context.world, deployment.repository, deployment.data, given["state"].lower(), **fields
    )
    return {"deployment_status": thing("deployment_status", deployment.repository, made)}
