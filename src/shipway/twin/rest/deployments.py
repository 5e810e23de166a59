"""Deployments over REST."""

from shipway.twin.behaviour import deployments
from shipway.twin.behaviour.deployments import Merged
from shipway.twin.behaviour.nodes import node_id
from shipway.twin.errors import not_found, unprocessable
from shipway.twin.rest.git_shapes import api, html
from shipway.twin.rest.users import simple_user
from shipway.twin.routing import Call, Reply, created, route
from shipway.twin.store import Document, Json
from shipway.twin.world import World

REPO = "/repos/{owner}/{repo}"
DEPLOYMENT = REPO + "/deployments/{deployment_id}"
_ADDRESSES = ("environment_url", "log_url", "target_url")
_SHOWN_AS = {"waiting": "pending"}


def deployment_shape(world: World, repo: Document, deployment: Document) -> Document:
    """GitHub's `deployment`."""
    url = f"{api(world, repo)}/deployments/{deployment['id']}"
    hidden = {"creator", "run", "attempt"}
    return {
        **{name: value for name, value in deployment.items() if name not in hidden},
        "node_id": node_id("deployment", repo, deployment),
        "url": url,
        "creator": simple_user(world, deployment["creator"]),
        "statuses_url": f"{url}/statuses",
        "repository_url": api(world, repo),
        "performed_via_github_app": None,
    }


def status_shape(world: World, repo: Document, status: Document) -> Document:
    """GitHub's `deployment-status`, in which the state `waiting` of a held job is not known."""
    deployment = f"{api(world, repo)}/deployments/{status['deployment']}"
    hidden = {"deployment"} | {name for name in _ADDRESSES if not status[name]}
    return {
        "target_url": f"{html(world, repo)}/deployments",  # GitHub says "", which its description forbids
        **{name: value for name, value in status.items() if name not in hidden},
        "state": _SHOWN_AS.get(status["state"], status["state"]),
        "node_id": node_id("deployment_status", repo, status),
        "url": f"{deployment}/statuses/{status['id']}",
        "creator": simple_user(world, status["creator"]),
        "deployment_url": deployment,
        "repository_url": api(world, repo),
        "performed_via_github_app": None,
    }


@route("GET", REPO + "/deployments", needs="deployments:read")
def list_deployments(call: Call) -> Json:
    """Deployments, newest first, by sha, ref, task and environment."""
    names = ("sha", "ref", "task", "environment")
    found = deployments.listed(call.world, call.repo, **{name: call.query.get(name) for name in names})
    return call.page(found, lambda one: deployment_shape(call.world, call.repo, one))


@route("POST", REPO + "/deployments", needs="deployments:write")
def create_deployment(call: Call) -> Json:
    """A new deployment; 202 when the default branch had to be merged first."""
    (ref,) = call.required(ref=str)
    payload = call.json.get("payload")
    if payload is not None and not isinstance(payload, dict | str):
        raise unprocessable("Invalid request.\n\nFor 'properties/payload', it is not an object or a string.")
    fields = {name: value for name, value in call.json.items() if name != "ref" and value is not None}
    made = deployments.create(call.world, call.repo, ref, **fields)
    if isinstance(made, Merged):
        return Reply(202, {"message": made.message})
    shape = deployment_shape(call.world, call.repo, made)
    return created(shape, shape["url"])


def _deployment(call: Call) -> Document:
    return deployments.find(call.world, call.repo, call.number("deployment_id"))


@route("GET", DEPLOYMENT, needs="deployments:read")
def get_deployment(call: Call) -> Json:
    """One deployment."""
    return deployment_shape(call.world, call.repo, _deployment(call))


@route("DELETE", DEPLOYMENT, needs="deployments:write")
def delete_deployment(call: Call) -> None:
    """Remove a deployment."""
    deployments.delete(call.world, call.repo, call.number("deployment_id"))


@route("GET", DEPLOYMENT + "/statuses", needs="deployments:read")
def list_statuses(call: Call) -> Json:
    """The statuses of a deployment, newest first."""
    found = deployments.statuses(call.world, call.repo, _deployment(call)["id"])
    return call.page(found, lambda one: status_shape(call.world, call.repo, one))


@route("POST", DEPLOYMENT + "/statuses", needs="deployments:write")
def create_status(call: Call) -> Json:
    """A new status."""
    (state,) = call.required(state=str)
    fields = {name: value for name, value in call.json.items() if name != "state"}
    status = deployments.create_status(call.world, call.repo, _deployment(call), state, **fields)
    shape = status_shape(call.world, call.repo, status)
    return created(shape, shape["url"])


@route("GET", DEPLOYMENT + "/statuses/{status_id}", needs="deployments:read")
def get_status(call: Call) -> Json:
    """One status."""
    for one in deployments.statuses(call.world, call.repo, _deployment(call)["id"]):
        if one["id"] == call.number("status_id"):
            return status_shape(call.world, call.repo, one)
    raise not_found()
