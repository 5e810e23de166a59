"""Environments of a repository and what protects them."""

import fnmatch
from collections.abc import Mapping

from shipway.twin.behaviour import apps, protection
from shipway.twin.errors import invalid, not_found, unprocessable
from shipway.twin.store import Document, Json
from shipway.twin.world import World

LONGEST_TIMER = 43_200
"""Minutes: 30 days."""
MOST_REVIEWERS = 6


NOT_IN_PLAN = (
    "Failed to create the environment protection rule. "
    "Please ensure the billing plan supports the required reviewers protection rule."
)


def find(world: World, repo: Document, name: str) -> Document:
    """An environment, whatever the case of its name; 404 when there is none."""
    environment = world.store.get("environment", repo["full_name"], name.lower())
    if environment is None:
        raise not_found()
    return environment


def ensure(world: World, repo: Document, name: str) -> Document:
    """The environment, made without any protection when it is missing, as a deployment to it does."""
    known = world.store.get("environment", repo["full_name"], name.lower())
    return known or put(world, repo, name, {})


def put(world: World, repo: Document, name: str, settings: Mapping[str, Json]) -> Document:
    """Create an environment or replace its protection; what is not given is not protected."""
    known = world.store.get("environment", repo["full_name"], name.lower())
    wait, policy = settings.get("wait_timer") or 0, settings.get("deployment_branch_policy")
    reviewers = settings.get("reviewers") or []
    _check(world, wait, reviewers, policy)
    environment: Document = {
        "id": known["id"] if known else world.next_id(),
        "name": known["name"] if known else name,
        "wait_timer": wait,
        "prevent_self_review": bool(settings.get("prevent_self_review")),
        "reviewers": reviewers,
        "can_admins_bypass": settings.get("can_admins_bypass") is not False or not protects(repo),
        "deployment_branch_policy": policy,
        "created_at": known["created_at"] if known else world.now(),
        "updated_at": world.now(),
    }
    world.store.put("environment", repo["full_name"], name.lower(), environment)
    world.record("environment.updated" if known else "environment.created", repo["full_name"], name)
    return environment


def beyond_plan(repo: Document, settings: Mapping[str, Json]) -> bool:
    """Whether reviewers or a timer are asked for where the owner's plan has none, as told by the administrator."""
    return bool(settings.get("reviewers") or settings.get("wait_timer")) and not protects(repo)


def protects(repo: Document) -> bool:
    """Whether the owner's plan has the protection of environments; some of it is passed over in silence else."""
    return not repo["private"] or bool(repo.get("environment_protection", True))


def _check(world: World, wait: int, reviewers: list[Document], policy: Document | None) -> None:
    if not 0 <= wait <= LONGEST_TIMER:
        raise unprocessable(f"Wait timer must be between 0 and {LONGEST_TIMER} minutes.")
    if len(reviewers) > MOST_REVIEWERS:
        raise unprocessable(f"No more than {MOST_REVIEWERS} reviewers can be added to an environment.")
    for one in reviewers:
        kind = {"User": "user", "Team": "team"}[one["type"]]
        if not world.store.find(kind, None, id=one["id"]):
            raise unprocessable(f"Failed to create the environment protection rule: {one['type']} not found.")
    if policy and policy["protected_branches"] == policy["custom_branch_policies"]:
        raise unprocessable("protected_branches and custom_branch_policies cannot have the same value.")


def delete(world: World, repo: Document, name: str) -> None:
    """Remove an environment with its policies and rules."""
    environment = find(world, repo, name)
    world.store.delete("environment", repo["full_name"], name.lower())
    for kind in ("branch_policy", "protection_rule"):
        for one in world.store.find(kind, repo["full_name"], environment=environment["id"]):
            world.store.delete(kind, repo["full_name"], one["id"])
    world.record("environment.deleted", repo["full_name"], name)


def policies(world: World, repo: Document, environment: Document) -> list[Document]:
    """The names of branches and tags that may deploy, when the environment has custom policies."""
    return world.store.find("branch_policy", repo["full_name"], environment=environment["id"])


def add_policy(world: World, repo: Document, environment: Document, name: str, kind: str) -> Document:
    """Let branches or tags (`kind`) of a name or pattern deploy; 404 without custom policies."""
    if not (environment["deployment_branch_policy"] or {}).get("custom_branch_policies"):
        raise not_found()
    if kind not in {"branch", "tag"}:
        raise invalid("DeploymentBranchPolicy", "type", "invalid")
    for known in policies(world, repo, environment):
        if (known["name"], known["type"]) == (name, kind):
            return known
    policy = {"id": world.next_id(), "environment": environment["id"], "name": name, "type": kind}
    world.record("environment.policy_added", repo["full_name"], environment["name"], pattern=name)
    return world.store.put("branch_policy", repo["full_name"], str(policy["id"]), policy)


def remove(world: World, repo: Document, kind: str, environment: Document, number: int) -> None:
    """Take away a branch policy or a custom rule (`kind` branch_policy or protection_rule)."""
    found = world.store.get(kind, repo["full_name"], number)
    if found is None or found["environment"] != environment["id"]:
        raise not_found()
    world.store.delete(kind, repo["full_name"], number)
    world.record(f"environment.{kind}_removed", repo["full_name"], environment["name"])


def admits(world: World, repo: Document, environment: Document, ref: str) -> bool:
    """Whether a full ref may deploy there."""
    policy = environment["deployment_branch_policy"]
    if not policy:
        return True
    if policy["protected_branches"]:
        name = ref.removeprefix("refs/heads/")
        rules = protection.rules_of(world, repo, name)
        return bool(protection.of_branch(world, repo, name) or rules)
    prefixes = {"branch": "refs/heads/", "tag": "refs/tags/"}
    return any(
        fnmatch.fnmatchcase(ref, prefixes[one["type"]] + one["name"])
        for one in policies(world, repo, environment)
    )


def rules(world: World, repo: Document, environment: Document) -> list[Document]:
    """The custom protection rules: apps that have to agree."""
    return world.store.find("protection_rule", repo["full_name"], environment=environment["id"])


def available_apps(world: World, repo: Document) -> list[Document]:
    """Apps that may decide: those installed in the repository that hear of deployments which wait."""
    found = [
        apps.find(world, one["app"])
        for one in world.store.all("installation", "")
        if repo["full_name"] in [there["full_name"] for there in apps.repositories_of(world, one)]
    ]
    return [one for one in found if "deployment_protection_rule" in one["events"]]


def add_rule(world: World, repo: Document, environment: Document, app_id: int) -> Document:
    """Let an app decide about deployments to the environment."""
    if world.store.get("app", "", app_id) is None:
        raise invalid("DeploymentProtectionRule", "integration_id", "invalid")
    if any(one["app"] == app_id for one in rules(world, repo, environment)):
        raise unprocessable("The deployment protection rule is already enabled.")
    rule = {"id": world.next_id(), "environment": environment["id"], "app": app_id, "enabled": True}
    world.record("environment.rule_added", repo["full_name"], environment["name"], app=app_id)
    return world.store.put("protection_rule", repo["full_name"], str(rule["id"]), rule)


def may_review(world: World, repo: Document, environment: Document, login: str) -> bool:
    """Whether somebody is one of the reviewers or in one of the reviewing teams."""
    user = world.user(login) or {"id": 0}
    for one in environment["reviewers"]:
        if one["type"] == "User" and one["id"] == user["id"]:
            return True
        teams = world.store.find("team", repo["owner"].lower(), id=one["id"]) if one["type"] == "Team" else []
        scopes = [f"{team['org'].lower()}/{team['slug']}" for team in teams]
        if any(world.store.get("team_member", scope, login.lower()) for scope in scopes):
            return True
    return False
