"""Who may do what: tokens, roles in a repository, and the permissions of a token."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime

from shipway.twin.errors import Refused, forbidden, not_found
from shipway.twin.identity import ANONYMOUS, Identity
from shipway.twin.store import Document
from shipway.twin.world import World

ROLES = ("none", "read", "triage", "write", "maintain", "admin")
_NEEDS_ROLE = {"read": "read", "write": "write", "admin": "admin"}
_PREFIXES = {"user": "ghp", "actions": "ghs", "installation": "ghs"}
_BOTS = {"installation", "actions"}

Authenticator = Callable[[World, str], Identity | None]
_AUTHENTICATORS: list[Authenticator] = []


def authenticator(function: Authenticator) -> Authenticator:
    """Register another way to turn a bearer token into an identity, such as an App's JWT."""
    _AUTHENTICATORS.append(function)
    return function


def issue_token(
    world: World,
    login: str,
    permissions: Mapping[str, str] | None = None,
    *,
    kind: str = "user",
    repositories: tuple[str, ...] | None = None,
    expires_at: datetime | None = None,
    **more: int | None,
) -> str:
    """Make a token for a user, an installation or a job and return its text; `more` are `Identity` fields."""
    token = f"{_PREFIXES[kind]}_{secrets.token_hex(18)}"
    world.store.put(
        "token",
        "",
        token,
        {
            "login": login,
            "kind": kind,
            "permissions": None if permissions is None else dict(permissions),
            "repositories": None if repositories is None else list(repositories),
            "expires_at": expires_at and expires_at.isoformat(),
            **more,
        },
    )
    return token


def authenticate(world: World, token: str | None) -> Identity:
    """The identity behind a token; 401 when it is unknown or expired."""
    if token is None:
        return ANONYMOUS
    found = world.store.get("token", "", token)
    if found is None:
        identities = (one(world, token) for one in _AUTHENTICATORS)
        identity = next((one for one in identities if one), None)
        if identity is None:
            raise Refused(401, "Bad credentials")
        return identity
    expires_at = found.pop("expires_at")
    if expires_at and datetime.fromisoformat(expires_at) <= world.clock.now():
        raise Refused(401, "Bad credentials")
    repositories = found.pop("repositories")
    return Identity(**found, repositories=repositories and tuple(repositories), token=token)


def role_of(world: World, repo: Document, login: str) -> str:
    """The highest of `ROLES` that a user has by ownership, organisation, invitation or team."""
    owner = repo["full_name"].partition("/")[0]
    if login.lower() == owner.lower():
        return "admin"
    grants = ["none" if repo["private"] else "read"]
    member = world.store.get("member", owner.lower(), login.lower())
    if member:
        grants.append("admin" if member["role"] == "admin" else "read")
    invited = world.store.get("collaborator", repo["full_name"], login.lower())
    if invited:
        grants.append(invited["role"])
    grants += [
        grant["role"]
        for grant in world.store.all("team_repository", repo["full_name"])
        if world.store.get("team_member", f"{owner.lower()}/{grant['team']}", login.lower())
    ]
    return max(grants, key=ROLES.index)


def at_least(role: str, needed: str) -> bool:
    """Whether a role includes another."""
    return ROLES.index(role) >= ROLES.index(needed)


def permits(permissions: Mapping[str, str] | None, name: str, level: str) -> bool:
    """Whether a token's permissions include a level (`read`, `write`, `admin`) of a permission."""
    if permissions is None or (name == "metadata" and level == "read"):
        return True
    granted = permissions.get(name, "none")
    order = ("none", "read", "write", "admin")
    return order.index(granted) >= order.index(level)


def can_see(world: World, who: Identity, repo: Document) -> bool:
    """Whether the repository exists as far as the caller can tell."""
    if not repo["private"]:
        return True
    if who.repositories is not None and repo["full_name"] not in who.repositories:
        return False
    if who.kind in _BOTS:
        return True
    return who.kind == "user" and at_least(role_of(world, repo, who.login), "read")


def visible_repository(world: World, who: Identity, full_name: str) -> Document:
    """The repository, or 404 when it is missing or hidden from the caller."""
    repo = world.repository(full_name)
    if repo is None or not can_see(world, who, repo):
        raise not_found()
    return repo


def require(world: World, who: Identity, repo: Document, needs: str, role: str | None = None) -> None:
    """Refuse unless token and user both have a permission such as `contents:write` in the repository.

    `role` is the role a user needs when it differs from that of the level (read, write, admin).
    """
    name, _, level = needs.partition(":")
    if who.kind == "anonymous":
        if repo["private"] or level != "read":
            raise Refused(401, "Requires authentication")
        return
    inside = who.repositories is None or repo["full_name"] in who.repositories
    public = not repo["private"] and level == "read" and who.kind == "user"
    if not public and not (inside and permits(who.permissions, name, level)):
        what = "integration" if who.kind in _BOTS | {"app"} else "personal access token"
        raise forbidden(f"Resource not accessible by {what}")
    if who.kind not in _BOTS:
        _require_role(world, who, repo, role or _needed_role(name, level))
    if who.permissions is not None:
        world.used.add(needs)


def _needed_role(name: str, level: str) -> str:
    return "admin" if name == "administration" and level == "write" else _NEEDS_ROLE[level]


def _require_role(world: World, who: Identity, repo: Document, needed: str) -> None:
    if at_least(role_of(world, repo, who.login), needed):
        return
    if needed in {"admin", "maintain"}:
        raise forbidden("Must have admin rights to Repository.")
    raise not_found()
