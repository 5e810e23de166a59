"""Deployments, their statuses, and environments."""

import json

from shipway.twin.behaviour import deployments
from shipway.twin.graphql import git, people
from shipway.twin.graphql.connections import Connection, connect, in_order
from shipway.twin.graphql.fields import Context, Json, Thing, plain, resolves
from shipway.twin.graphql.lookup import thing, things
from shipway.twin.store import Document

NEEDS = "deployments:read"
STATES = {"success": "ACTIVE"}
"""The state of a deployment where it differs from that of its last status."""


def _chosen(
    repo: Document,
    found: list[Document],
    environments: list[str] | None = None,
    order_by: dict[str, str] | None = None,
    **page: Json,
) -> Connection:
    kept = [one for one in found if not environments or one["environment"] in environments]
    return connect(things("deployment", repo, in_order(kept, order_by)), **page)


@resolves("Repository", "deployments", needs=NEEDS)
def find_deployments(context: Context, repo: Thing, **arguments: Json) -> Connection:
    """Deployments, oldest first unless asked otherwise."""
    found = context.world.store.all("deployment", repo["full_name"])
    return _chosen(repo.data, found, **arguments)


@resolves("Commit", "deployments", needs=NEEDS)
def deployments_of_commit(context: Context, commit: Thing, **arguments: Json) -> Connection:
    """The deployments of a commit."""
    found = context.world.store.find("deployment", commit.repository["full_name"], sha=commit["oid"])
    return _chosen(commit.repository, found, **arguments)


def _statuses(context: Context, deployment: Thing) -> list[Thing]:
    found = deployments.statuses(context.world, deployment.repository, deployment["id"])
    return things("deployment_status", deployment.repository, found)


plain("Deployment", commitOid="sha", latestEnvironment="environment")
resolves("Deployment", "commit")(lambda _, one: git.commit(one.repository, one["sha"]))
resolves("Deployment", "creator")(lambda context, one: people.actor(context, one["creator"]))
resolves("Deployment", "payload")(lambda _, one: json.dumps(one["payload"]))
resolves("Deployment", "statuses")(lambda context, one, **page: connect(_statuses(context, one), **page))


@resolves("Deployment", "ref")
def ref_of(context: Context, deployment: Thing) -> Thing | None:
    """The branch or tag it was made from, when it was one."""
    names = (f"refs/heads/{deployment['ref']}", f"refs/tags/{deployment['ref']}")
    found = (git.ref(context, deployment.repository, name) for name in names)
    return next((one for one in found if one), None)


@resolves("Deployment", "latestStatus")
def latest_status(context: Context, deployment: Thing) -> Thing | None:
    """The newest status."""
    return next(iter(_statuses(context, deployment)), None)


@resolves("Deployment", "state")
def state(context: Context, deployment: Thing) -> str:
    """What the newest status makes of it."""
    newest = latest_status(context, deployment)
    return STATES.get(newest["state"], newest["state"].upper()) if newest else "PENDING"


resolves("DeploymentStatus", "state")(lambda _, one: one["state"].upper())
resolves("DeploymentStatus", "creator")(lambda context, one: people.actor(context, one["creator"]))


@resolves("DeploymentStatus", "deployment")
def deployment_of(context: Context, status: Thing) -> Thing:
    """The deployment that a status is about."""
    found = context.world.store.get("deployment", status.repository["full_name"], status["deployment"])
    return thing("deployment", status.repository, found or {})


# -- environments ----------------------------------------------------------------------------------


@resolves("Repository", "environment")
def find_environment(context: Context, repo: Thing, name: str) -> Thing | None:
    """An environment by name."""
    found = context.world.store.get("environment", repo["full_name"], name.lower())
    return thing("environment", repo.data, found) if found else None


@resolves("Repository", "environments")
def find_environments(
    context: Context,
    repo: Thing,
    names: list[str] | None = None,
    order_by: dict[str, str] | None = None,
    **page: Json,
) -> Connection:
    """The environments, some by name if asked."""
    page.pop("pinned_environment_filter", None)
    found = [
        one
        for one in things("environment", repo.data, context.world.store.all("environment", repo["full_name"]))
        if not names or one["name"] in names
    ]
    return connect(in_order(found, order_by, name=lambda one: one["name"].lower()), **page)


@resolves("Environment", "protectionRules")
def protection_rules(_: Context, environment: Thing, **page: Json) -> Connection:
    """What stands before a job that names the environment; rules of apps are not in this API."""
    repo = environment.repository
    rules: list[Document] = []
    if environment["wait_timer"]:
        rules.append({"type": "WAIT_TIMER", "timeout": environment["wait_timer"]})
    if environment["reviewers"]:
        rules.append({"type": "REQUIRED_REVIEWERS", "reviewers": environment["reviewers"]})
    if environment["deployment_branch_policy"]:
        rules.append({"type": "BRANCH_POLICY"})
    data = {"prevent_self_review": environment["prevent_self_review"]}
    return connect([Thing("DeploymentProtectionRule", {**data, **one}, repo) for one in rules], **page)


resolves("DeploymentProtectionRule", "databaseId")(lambda _, rule: rule.data.get("id"))
resolves("DeploymentProtectionRule", "timeout")(lambda _, rule: rule.data.get("timeout", 0))


@resolves("DeploymentProtectionRule", "reviewers")
def reviewers(context: Context, rule: Thing, **page: Json) -> Connection:
    """Who may let a job pass."""
    found = [_reviewer(context, one) for one in rule.data.get("reviewers", ())]
    return connect([one for one in found if one], **page)


def _reviewer(context: Context, given: Document) -> Thing | None:
    kind = {"User": "user", "Team": "team"}[given["type"]]
    found = context.world.store.find(kind, None, id=given["id"])
    if not found:
        return None
    return people.team(found[0]) if kind == "team" else Thing("User", found[0])
