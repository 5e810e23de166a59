"""Environments over REST."""

from shipway.twin.behaviour import apps, environments
from shipway.twin.behaviour.nodes import node_id
from shipway.twin.errors import Refused
from shipway.twin.rest.git_shapes import api, html
from shipway.twin.rest.teams import team_shape
from shipway.twin.rest.users import simple_user
from shipway.twin.routing import Call, Reply, created, route
from shipway.twin.store import Document, Json
from shipway.twin.world import World

REPO = "/repos/{owner}/{repo}"
ENVIRONMENT = REPO + "/environments/{environment_name:path}"
POLICIES = ENVIRONMENT + "/deployment-branch-policies"
RULES = ENVIRONMENT + "/deployment_protection_rules"


def environment_shape(world: World, repo: Document, environment: Document) -> Document:
    """GitHub's `environment`."""
    return {
        **brief(world, repo, environment),
        "created_at": environment["created_at"],
        "updated_at": environment["updated_at"],
        "can_admins_bypass": environment.get("can_admins_bypass", True),
        "protection_rules": _rules(world, repo, environment),
        "deployment_branch_policy": environment["deployment_branch_policy"],
    }


def brief(world: World, repo: Document, environment: Document) -> Document:
    """An environment as pending deployments show it."""
    return {
        "id": environment["id"],
        "node_id": node_id("environment", repo, environment),
        "name": environment["name"],
        "url": f"{api(world, repo)}/environments/{environment['name']}",
        "html_url": f"{html(world, repo)}/deployments/activity_log?environments_filter={environment['name']}",
    }


def _rules(world: World, repo: Document, environment: Document) -> list[Document]:
    found: list[Document] = []

    def add(kind: str, number: int, **more: Json) -> None:
        rule = {"id": number}
        found.append({**rule, "node_id": node_id("protection_rule", repo, rule), "type": kind, **more})

    number = environment["id"] * 10
    if environment["wait_timer"]:
        add("wait_timer", number + 1, wait_timer=environment["wait_timer"])
    if environment["reviewers"]:
        shown = reviewers(world, environment)
        prevent = environment["prevent_self_review"]
        add("required_reviewers", number + 2, prevent_self_review=prevent, reviewers=shown)
    if environment["deployment_branch_policy"]:
        add("branch_policy", number + 3)
    for rule in environments.rules(world, repo, environment):
        add(apps.find(world, rule["app"])["slug"], rule["id"])
    return found


def reviewers(world: World, environment: Document) -> list[Document]:
    """The people and teams that review deployments."""
    shown = []
    for one in environment["reviewers"]:
        kind = {"User": "user", "Team": "team"}[one["type"]]
        for found in world.store.find(kind, None, id=one["id"]):
            who = simple_user(world, found["login"]) if kind == "user" else team_shape(world, found)
            shown.append({"type": one["type"], "reviewer": who})
    return shown


def _environment(call: Call) -> Document:
    return environments.find(call.world, call.repo, call["environment_name"])


@route("GET", REPO + "/environments", needs="actions:read")
def list_environments(call: Call) -> Json:
    """Every environment."""
    found = call.world.store.all("environment", call.repo["full_name"])
    return call.page(found, lambda one: environment_shape(call.world, call.repo, one), wrap="environments")


@route("GET", ENVIRONMENT, needs="actions:read")
def get_environment(call: Call) -> Json:
    """One environment."""
    return environment_shape(call.world, call.repo, _environment(call))


@route("PUT", ENVIRONMENT, needs="administration:write")
def put_environment(call: Call) -> Json:
    """Create an environment or replace its protection; GitHub leaves a bare one behind what its plan lacks."""
    if environments.beyond_plan(call.repo, call.json):
        environments.ensure(call.world, call.repo, call["environment_name"])
        return Reply(422, Refused(422, environments.NOT_IN_PLAN).body())
    environment = environments.put(call.world, call.repo, call["environment_name"], call.json)
    return environment_shape(call.world, call.repo, environment)


@route("DELETE", ENVIRONMENT, needs="administration:write")
def delete_environment(call: Call) -> None:
    """Remove an environment."""
    environments.delete(call.world, call.repo, call["environment_name"])


def _policy(call: Call, policy: Document) -> Document:
    node = node_id("branch_policy", call.repo, policy)
    return {"id": policy["id"], "node_id": node, "name": policy["name"], "type": policy["type"]}


@route("GET", POLICIES, needs="actions:read")
def list_policies(call: Call) -> Json:
    """Which branches and tags may deploy."""
    found = environments.policies(call.world, call.repo, _environment(call))
    return call.page(found, lambda one: _policy(call, one), wrap="branch_policies")


@route("POST", POLICIES, needs="administration:write")
def create_policy(call: Call) -> Json:
    """Let more branches or tags deploy."""
    (name,) = call.required(name=str)
    kind = call.optional("type", str) or "branch"
    return _policy(call, environments.add_policy(call.world, call.repo, _environment(call), name, kind))


@route("DELETE", POLICIES + "/{branch_policy_id}", needs="administration:write")
def delete_policy(call: Call) -> None:
    """Let some deploy no more."""
    number = call.number("branch_policy_id")
    environments.remove(call.world, call.repo, "branch_policy", _environment(call), number)


def _app(call: Call, app: Document) -> Document:
    url = f"{call.world.api_url}/apps/{app['slug']}"
    return {"id": app["id"], "slug": app["slug"], "integration_url": url, "node_id": f"A_{app['id']}"}


def _rule(call: Call, rule: Document) -> Document:
    shown = _app(call, apps.find(call.world, rule["app"]))
    node = node_id("protection_rule", call.repo, rule)
    return {"id": rule["id"], "node_id": node, "enabled": rule["enabled"], "app": shown}


@route("GET", RULES, needs="actions:read")
def list_rules(call: Call) -> Json:
    """The apps that have to agree."""
    found = environments.rules(call.world, call.repo, _environment(call))
    name = "custom_deployment_protection_rules"
    return call.page(found, lambda one: _rule(call, one), wrap=name)


@route("GET", RULES + "/apps", needs="actions:read")
def list_apps(call: Call) -> Json:
    """The apps that could."""
    _environment(call)
    found = environments.available_apps(call.world, call.repo)
    name = "available_custom_deployment_protection_rule_integrations"
    return call.page(found, lambda one: _app(call, one), wrap=name)


@route("POST", RULES, needs="administration:write")
def create_rule(call: Call) -> Json:
    """Let an app decide."""
    (app_id,) = call.required(integration_id=int)
    rule = environments.add_rule(call.world, call.repo, _environment(call), app_id)
    return created(_rule(call, rule))


@route("DELETE", RULES + "/{protection_rule_id}", needs="administration:write")
def delete_rule(call: Call) -> None:
    """Let an app decide no more."""
    number = call.number("protection_rule_id")
    environments.remove(call.world, call.repo, "protection_rule", _environment(call), number)
