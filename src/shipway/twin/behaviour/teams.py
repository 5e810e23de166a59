"""Teams of an organisation, and who works on a repository."""

import re

from shipway.twin import admin
from shipway.twin.behaviour import access
from shipway.twin.errors import Refused, forbidden, not_found
from shipway.twin.identity import Identity
from shipway.twin.store import Document
from shipway.twin.world import World


def slug_of(name: str) -> str:
    """The slug of a team's name: lower case, one hyphen for everything that is no letter or digit."""
    return re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")


def find(world: World, org: str, slug: str) -> Document:
    """A team by slug; 404 when there is none."""
    team = world.store.get("team", org.lower(), slug.lower())
    if team is None:
        raise not_found()
    return team


def require_member(world: World, who: Identity, org: str) -> None:
    """Refuse whoever may not read the members: outsiders, and tokens without `members`."""
    if who.kind == "anonymous":
        raise Refused(401, "Requires authentication")
    if who.kind != "user":
        if not access.permits(who.permissions, "members", "read"):
            raise forbidden("Resource not accessible by integration")
        return
    if not access.permits(who.permissions, "members", "read"):
        raise forbidden("Resource not accessible by personal access token")
    if world.store.get("member", org.lower(), who.login.lower()) is None:
        raise not_found()


def members(world: World, team: Document) -> list[Document]:
    """The members of a team: `login` and `role`."""
    return world.store.all("team_member", _scope(team))


def membership(world: World, team: Document, login: str) -> Document:
    """The membership of somebody; 404 when there is none."""
    member = world.store.get("team_member", _scope(team), login.lower())
    if member is None:
        raise not_found()
    return member


def add_member(world: World, team: Document, login: str, role: str = "member") -> Document:
    """Bring somebody into a team and so into its organisation."""
    user = world.user(login)
    if user is None:
        raise not_found()
    if world.store.get("member", team["org"].lower(), login.lower()) is None:
        admin.add_member(world, team["org"], user["login"])
    world.record("team.member_added", "", f"{team['org']}/{team['slug']}", login=user["login"])
    member = {"login": user["login"], "role": role}
    return world.store.put("team_member", _scope(team), login.lower(), member)


def remove_member(world: World, team: Document, login: str) -> None:
    """Take somebody out of a team."""
    membership(world, team, login)
    world.store.delete("team_member", _scope(team), login.lower())
    world.record("team.member_removed", "", f"{team['org']}/{team['slug']}", login=login)


def set_role(world: World, repo: Document, team: Document, role: str) -> None:
    """Give a team a role in a repository."""
    grant = {"team": team["slug"], "role": role}
    world.store.put("team_repository", repo["full_name"], team["slug"], grant)
    world.record("team.role_set", repo["full_name"], f"{team['org']}/{team['slug']}", role=role)


def repositories_of(world: World, team: Document) -> list[Document]:
    """The repositories in which a team has a role."""
    found = world.store.find("repository", "", owner=team["org"])
    return [one for one in found if world.store.get("team_repository", one["full_name"], team["slug"])]


def collaborators(world: World, repo: Document) -> list[str]:
    """Everybody who was given a role: the owner, members of the organisation, teams, invited people."""
    store, owner = world.store, repo["owner"]
    user = world.user(owner)
    logins = [owner] if user and user["type"] != "Organization" else []
    logins += [one["login"] for one in store.all("member", owner.lower())]
    logins += [one["login"] for one in store.all("collaborator", repo["full_name"])]
    return list(dict.fromkeys(logins))


def _scope(team: Document) -> str:
    return f"{team['org'].lower()}/{team['slug']}"
