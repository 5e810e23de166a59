"""Deployments and their statuses, as records: nothing here deploys anything."""

from collections.abc import Sequence
from dataclasses import dataclass

from shipway.twin import git_history
from shipway.twin.behaviour import checks, commits, environments
from shipway.twin.behaviour.events import announce
from shipway.twin.errors import Refused, invalid, not_found, unprocessable
from shipway.twin.store import Document, Json
from shipway.twin.world import World

DESCRIPTION_LIMIT = 140
"""Characters of the description of a deployment and of its statuses."""
STATES = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")


@dataclass(frozen=True, slots=True)
class Merged:
    """The answer to a request whose ref was behind: the default branch was merged into it instead."""

    message: str


def find(world: World, repo: Document, deployment_id: int) -> Document:
    """A deployment by its id; 404 when there is none."""
    deployment = world.store.get("deployment", repo["full_name"], deployment_id)
    if deployment is None:
        raise not_found()
    return deployment


def create(
    world: World,
    repo: Document,
    ref: str,
    *,
    auto_merge: bool = True,
    required_contexts: Sequence[str] | None = None,
    **fields: Json,
) -> Document | Merged:
    """Record a deployment of a ref; `fields` are those of GitHub's request.

    Unless told otherwise GitHub first merges the default branch into a branch that is behind it, and wants
    every context on the commit to be successful.
    """
    sha = world.git_of(repo).resolve(ref)
    if sha is None:
        raise unprocessable(f"No ref found for: {ref}")
    _check_description("Deployment", fields.get("description"))
    if auto_merge:
        merged = _auto_merge(world, repo, ref, sha)
        if merged:
            return merged
    _check_contexts(world, repo, ref, sha, required_contexts)
    return record(world, repo, ref, sha, fields)


def record(world: World, repo: Document, ref: str, sha: str, fields: dict[str, Json]) -> Document:
    """Keep a deployment without asking for merges or checks, as the start of a workflow's job does."""
    name = fields.get("environment") or "production"
    environments.ensure(world, repo, name)
    production = fields.get("production_environment")
    deployment: Document = {
        "id": world.next_id(),
        "ref": ref,
        "sha": sha,
        "task": fields.get("task") or "deploy",
        "payload": fields.get("payload") or {},
        "environment": name,
        "original_environment": name,
        "description": fields.get("description"),
        "transient_environment": bool(fields.get("transient_environment")),
        "production_environment": name == "production" if production is None else production,
        "creator": world.actor.login,
        "run": fields.get("run"),
        "attempt": fields.get("attempt"),
        "created_at": world.now(),
        "updated_at": world.now(),
    }
    world.store.put("deployment", repo["full_name"], deployment["id"], deployment)
    world.record("deployment.created", repo["full_name"], name, ref=ref, sha=sha)
    announce(world, repo, "deployment", "created", deployment=deployment)
    return deployment


def _check_description(resource: str, description: str | None) -> None:
    if description and len(description) > DESCRIPTION_LIMIT:
        message = f"description is too long (maximum is {DESCRIPTION_LIMIT} characters)"
        raise invalid(resource, "description", "custom", message)


def _auto_merge(world: World, repo: Document, ref: str, sha: str) -> Merged | None:
    git, default = world.git_of(repo), repo["default_branch"]
    base = git.branch(default)
    if git.branch(ref) is None or base is None or git_history.is_ancestor(git, base, sha):
        return None
    try:
        commits.merge(world, repo, ref, default, f"Merge {default} into {ref} on deployment.")
    except Refused as refused:
        raise Refused(409, f"Conflict merging {default} into {ref}.") from refused
    return Merged(f"Auto-merged {default} into {ref} on deployment.")


def _check_contexts(world: World, repo: Document, ref: str, sha: str, required: Sequence[str] | None) -> None:
    states = checks.contexts(world, repo, sha)
    wanted = list(states) if required is None else list(required)
    if all(states.get(name) == "success" for name in wanted):
        return
    found = [{"context": name, "state": states.get(name, "pending")} for name in wanted]
    error = {"resource": "Deployment", "field": "required_contexts", "code": "invalid", "contexts": found}
    raise Refused(409, f"Conflict: Commit status checks failed for {ref}.", errors=[error])


def listed(world: World, repo: Document, **equal: str | None) -> list[Document]:
    """Deployments, newest first, by sha, ref, task and environment."""
    wanted = {name: value for name, value in equal.items() if value}
    return world.store.find("deployment", repo["full_name"], **wanted)[::-1]


def delete(world: World, repo: Document, deployment_id: int) -> None:
    """Remove a deployment that is not active, or the only one of its environment."""
    deployment = find(world, repo, deployment_id)
    latest = latest_status(world, repo, deployment_id)
    alone = len(listed(world, repo, environment=deployment["environment"])) == 1
    if not alone and latest and latest["state"] == "success":
        which = "We cannot delete an active deployment unless it is the only deployment"
        raise unprocessable(f"{which} in a given environment.")
    world.store.delete("deployment", repo["full_name"], deployment_id)
    world.record("deployment.deleted", repo["full_name"], deployment["environment"])


# -- statuses --------------------------------------------------------------------------------------


def statuses(world: World, repo: Document, deployment_id: int) -> list[Document]:
    """The statuses of a deployment, newest first."""
    return world.store.find("deployment_status", repo["full_name"], deployment=deployment_id)[::-1]


def latest_status(world: World, repo: Document, deployment_id: int) -> Document | None:
    """The newest status of a deployment."""
    return next(iter(statuses(world, repo, deployment_id)), None)


def create_status(world: World, repo: Document, deployment: Document, state: str, **fields: Json) -> Document:
    """Say how a deployment goes; `fields` are those of GitHub's request.

    A success makes the earlier successes in the same environment inactive, except in transient and
    production environments, unless `auto_inactive` is False.
    """
    if state not in STATES:
        raise invalid("DeploymentStatus", "state", "invalid")
    _check_description("DeploymentStatus", fields.get("description"))
    status = set_state(world, repo, deployment, state, **fields)
    if state == "success" and fields.get("auto_inactive") is not False:
        _deactivate_others(world, repo, deployment)
    return status


def set_state(world: World, repo: Document, deployment: Document, state: str, **fields: Json) -> Document:
    """Add a status of any state, `waiting` too, which only GitHub itself sets."""
    if fields.get("environment") and fields["environment"] != deployment["environment"]:
        deployment["environment"] = fields["environment"]
        environments.ensure(world, repo, deployment["environment"])
    log = fields.get("log_url") or fields.get("target_url") or ""
    status: Document = {
        "id": world.next_id(),
        "deployment": deployment["id"],
        "state": state,
        "description": fields.get("description") or "",
        "environment": deployment["environment"],
        "environment_url": fields.get("environment_url") or "",
        "log_url": log,
        "target_url": log,
        "creator": world.actor.login,
        "created_at": world.now(),
        "updated_at": world.now(),
    }
    world.store.put("deployment_status", repo["full_name"], status["id"], status)
    deployment["updated_at"] = world.now()
    world.store.put("deployment", repo["full_name"], deployment["id"], deployment)
    world.record("deployment_status.created", repo["full_name"], deployment["environment"], state=state)
    announce(world, repo, "deployment_status", "created", deployment=deployment, deployment_status=status)
    return status


def _deactivate_others(world: World, repo: Document, deployment: Document) -> None:
    for other in listed(world, repo, environment=deployment["environment"]):
        kept = other["transient_environment"] or other["production_environment"]
        if kept or other["id"] >= deployment["id"]:
            continue
        latest = latest_status(world, repo, other["id"])
        if latest and latest["state"] == "success":
            set_state(world, repo, other, "inactive")
