"""Repositories: made, changed, found and removed."""

import re

from shipway.twin import admin
from shipway.twin.behaviour import access, contents
from shipway.twin.behaviour.contents import Edit
from shipway.twin.errors import Refused, forbidden, invalid, not_found
from shipway.twin.store import Document, Json
from shipway.twin.world import World

MERGING = (
    "allow_merge_commit",
    "allow_squash_merge",
    "allow_rebase_merge",
    "allow_auto_merge",
    "delete_branch_on_merge",
    "squash_merge_commit_title",
    "squash_merge_commit_message",
    "merge_commit_title",
    "merge_commit_message",
)
"""Settings of how pull requests are merged."""

SETTINGS = ("description", "homepage", "private", "default_branch", "archived", *MERGING)
"""What `update` may change."""


def create(world: World, owner: str, name: str, settings: dict[str, Json]) -> Document:
    """Make an empty repository (or one with a README, by `auto_init`) for the actor or an organisation."""
    user = world.user(owner)
    if user is None:
        raise not_found()
    name = re.sub(r"[^\w.-]", "-", name, flags=re.ASCII)
    if name in {".", "..", ""}:
        raise invalid("Repository", "name", "custom", "name is reserved")
    allowed = owner.lower() == world.actor.login.lower() or world.store.get(
        "member", owner.lower(), world.actor.login.lower()
    )
    if not allowed:
        raise forbidden("You need admin access to the organization before adding a repository to it.")
    if world.repository(f"{owner}/{name}"):
        message = "name already exists on this account"
        raise Refused(
            422,
            "Repository creation failed.",
            errors=[{"resource": "Repository", "code": "custom", "field": "name", "message": message}],
        )
    repo = admin.create_repository(
        world, f"{user['login']}/{name}", private=bool(settings.get("private", False))
    )
    world.record("repository.created", repo["full_name"], repo["full_name"])
    repo = _write(world, repo, {key: settings[key] for key in SETTINGS if key in settings})
    if settings.get("auto_init"):
        contents.write(world, repo, Edit("README.md", f"# {name}\n".encode(), "Initial commit"))
    return repo


def update(world: World, repo: Document, settings: dict[str, Json]) -> Document:
    """Change settings; 422 for a default branch that does not exist."""
    changes = {key: settings[key] for key in SETTINGS if key in settings}
    branch = changes.get("default_branch")
    if branch is not None and branch != repo["default_branch"]:
        git = world.git_of(repo)
        if git.branch(branch) is None:
            advice = "Please push that ref first or create it via the Git Data API."
            message = f"The branch {branch} was not found. {advice}"
            raise invalid("Repository", "default_branch", "invalid", message)
        git.set_head(branch)
    changed = {key: value for key, value in changes.items() if repo.get(key) != value}
    if changed:
        world.record("repository.updated", repo["full_name"], repo["full_name"], **changed)
    return _write(world, repo, changes)


def _write(world: World, repo: Document, changes: Document) -> Document:
    changed = repo | changes | {"updated_at": world.now()}
    return world.store.put("repository", "", repo["full_name"].lower(), changed)


def delete(world: World, repo: Document) -> None:
    """Remove a repository with its git objects."""
    world.git.delete(repo["full_name"])
    world.store.delete("repository", "", repo["full_name"].lower())
    world.record("repository.deleted", repo["full_name"], repo["full_name"])


def visible(world: World, owner: str | None = None) -> list[Document]:
    """The repositories the actor can see, of one owner or of all; by name."""
    found = [
        repo
        for repo in world.store.all("repository", "")
        if (owner is None or repo["owner"].lower() == owner.lower())
        and access.can_see(world, world.actor, repo)
    ]
    return sorted(found, key=lambda repo: str(repo["full_name"]).lower())


def permissions_of(world: World, repo: Document, login: str) -> dict[str, bool]:
    """The five switches of GitHub's `permissions` object."""
    role = access.role_of(world, repo, login)
    words = {"admin": "admin", "maintain": "maintain", "push": "write", "triage": "triage", "pull": "read"}
    return {word: access.at_least(role, needed) for word, needed in words.items()}
