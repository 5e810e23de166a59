"""Teams and collaborators over REST."""

from shipway.twin import admin, node_ids
from shipway.twin.behaviour import access, repositories, teams
from shipway.twin.errors import not_found
from shipway.twin.rest.users import simple_user
from shipway.twin.routing import Call, Reply, created, route
from shipway.twin.store import Document, Json
from shipway.twin.world import World

REPO = "/repos/{owner}/{repo}"
TEAMS = "/orgs/{org}/teams"
TEAM = TEAMS + "/{team_slug}"
_PERMISSIONS = {"read": "pull", "triage": "triage", "write": "push", "maintain": "maintain", "admin": "admin"}
_ROLES = {permission: role for role, permission in _PERMISSIONS.items()}
_LEGACY = {"triage": "read", "maintain": "write"}


def team_shape(world: World, team: Document, role: str = "read") -> Document:
    """GitHub's `team`; `role` is the one it has in the repository that is looked at."""
    org = world.user(team["org"]) or {}
    url = f"{world.api_url}/orgs/{team['org']}/teams/{team['slug']}"
    return {
        "id": team["id"],
        "node_id": node_ids.encode("T", team["id"]),
        "name": team["name"],
        "slug": team["slug"],
        "description": team.get("description") or "",
        "privacy": team["privacy"],
        "notification_setting": "notifications_enabled",
        "permission": _PERMISSIONS[role],
        "url": url,
        "html_url": f"{world.url}/orgs/{team['org']}/teams/{team['slug']}",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "type": "organization",
        "organization_id": org.get("id", 0),
        "parent": None,
    }


def _full_team(world: World, team: Document) -> Document:
    org = world.user(team["org"]) or {}
    return team_shape(world, team) | {
        "members_count": len(teams.members(world, team)),
        "repos_count": len(teams.repositories_of(world, team)),
        "created_at": org.get("created_at"),
        "updated_at": org.get("created_at"),
        "organization": organization(world, team["org"]),
    }


def organization(world: World, login: str) -> Document:
    """GitHub's `team-organization`, which is an organisation in full."""
    org = world.user(login)
    if org is None or org["type"] != "Organization":
        raise not_found()
    url = f"{world.api_url}/orgs/{org['login']}"
    tails = ("repos", "events", "hooks", "issues")
    zeroes = ("public_repos", "public_gists", "followers", "following")
    return {
        "login": org["login"],
        "id": org["id"],
        "node_id": node_ids.encode("O", org["id"]),
        "url": url,
        **{f"{tail}_url": f"{url}/{tail}" for tail in tails},
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"{world.url}/avatars/{org['id']}",
        "description": None,
        "html_url": f"{world.url}/{org['login']}",
        "has_organization_projects": False,
        "has_repository_projects": False,
        **dict.fromkeys(zeroes, 0),
        "created_at": org["created_at"],
        "updated_at": org["created_at"],
        "archived_at": None,
        "type": "Organization",
    }


def _team(call: Call) -> Document:
    teams.require_member(call.world, call.who, call["org"])
    return teams.find(call.world, call["org"], call["team_slug"])


@route("GET", TEAMS, needs=None)
def list_teams(call: Call) -> Json:
    """The teams of an organisation; for its members and its apps."""
    teams.require_member(call.world, call.who, call["org"])
    return call.page(
        call.world.store.all("team", call["org"].lower()), lambda one: team_shape(call.world, one)
    )


@route("POST", TEAMS, needs=None)
def create_team(call: Call) -> Json:
    """A new team, with its maintainers."""
    teams.require_member(call.world, call.who, call["org"])
    (name,) = call.required(name=str)
    members = tuple(call.optional("maintainers", list) or ())
    team = admin.create_team(call.world, call["org"], teams.slug_of(name), members)
    call.world.record("team.created", "", f"{call['org']}/{team['slug']}")
    return created(_full_team(call.world, team))


@route("GET", TEAM, needs=None)
def get_team(call: Call) -> Json:
    """One team."""
    return _full_team(call.world, _team(call))


@route("GET", TEAM + "/members", needs=None)
def list_members(call: Call) -> Json:
    """Who is in a team."""
    members = teams.members(call.world, _team(call))
    return call.page(members, lambda one: simple_user(call.world, one["login"]))


@route("GET", TEAM + "/memberships/{username}", needs=None)
def get_membership(call: Call) -> Json:
    """Whether somebody is in a team, and as what."""
    member = teams.membership(call.world, _team(call), call["username"])
    return _membership(call, member)


def _membership(call: Call, member: Document) -> Document:
    path = f"/orgs/{call['org']}/teams/{call['team_slug']}/memberships/{member['login']}"
    return {"url": call.world.api_url + path, "role": member["role"], "state": "active"}


@route("PUT", TEAM + "/memberships/{username}", needs=None)
def set_membership(call: Call) -> Json:
    """Bring somebody into a team."""
    role = call.optional("role", str) or "member"
    return _membership(call, teams.add_member(call.world, _team(call), call["username"], role))


@route("DELETE", TEAM + "/memberships/{username}", needs=None)
def remove_membership(call: Call) -> None:
    """Take somebody out of a team."""
    teams.remove_member(call.world, _team(call), call["username"])


@route("PUT", TEAM + "/repos/{owner}/{repo}", needs="administration:write")
def set_team_repository(call: Call) -> None:
    """Give a team a role in a repository."""
    role = _ROLES.get(call.optional("permission", str) or "push", "write")
    teams.set_role(call.world, call.repo, _team(call), role)


@route("GET", REPO + "/teams", needs="administration:read", role="read")
def list_repository_teams(call: Call) -> Json:
    """The teams with a role in a repository."""
    grants = call.world.store.all("team_repository", call.repo["full_name"])
    found = [(teams.find(call.world, call["owner"], one["team"]), one["role"]) for one in grants]
    return call.page(found, lambda one: team_shape(call.world, *one))


# -- collaborators ---------------------------------------------------------------------------------


def _collaborator(call: Call, login: str) -> Document:
    role = access.role_of(call.world, call.repo, login)
    permissions = repositories.permissions_of(call.world, call.repo, login)
    return simple_user(call.world, login) | {"permissions": permissions, "role_name": role}


@route("GET", REPO + "/collaborators", role="write")
def list_collaborators(call: Call) -> Json:
    """Everybody with a role of their own."""
    logins = teams.collaborators(call.world, call.repo)
    return call.page(logins, lambda login: _collaborator(call, login))


@route("GET", REPO + "/collaborators/{username}", role="write")
def check_collaborator(call: Call) -> None:
    """Whether somebody has a role of their own."""
    if call["username"].lower() not in {one.lower() for one in teams.collaborators(call.world, call.repo)}:
        raise not_found(f"{call['username']} is not a user")


@route("PUT", REPO + "/collaborators/{username}", needs="administration:write")
def add_collaborator(call: Call) -> Json:
    """Give somebody a role; nobody has to accept an invitation here."""
    permission = call.optional("permission", str) or "push"
    if call.world.user(call["username"]) is None:
        raise not_found()
    admin.add_collaborator(
        call.world, call.repo["full_name"], call["username"], _ROLES.get(permission, "read")
    )
    call.world.record("collaborator.added", call.repo["full_name"], call["username"], role=permission)
    return Reply(204)


@route("DELETE", REPO + "/collaborators/{username}", needs="administration:write")
def remove_collaborator(call: Call) -> None:
    """Take a role away."""
    if call.world.store.delete("collaborator", call.repo["full_name"], call["username"].lower()):
        call.world.record("collaborator.removed", call.repo["full_name"], call["username"])


@route("GET", REPO + "/collaborators/{username}/permission", role="read")
def get_permission(call: Call) -> Json:
    """What somebody may do: the four old levels, and the role by its own name."""
    user = call.world.user(call["username"])
    if user is None:
        raise not_found(f"{call['username']} is not a user")
    role = access.role_of(call.world, call.repo, user["login"])
    return {
        "permission": _LEGACY.get(role, role),
        "role_name": role,
        "user": _collaborator(call, user["login"]),
    }
