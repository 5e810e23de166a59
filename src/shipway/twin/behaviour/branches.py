"""Branches and tags as lists, and the settings that protect branches."""

from shipway.twin.behaviour import protection, refs
from shipway.twin.errors import not_found
from shipway.twin.store import Document, Json
from shipway.twin.world import World


def names(world: World, repo: Document, *, protected: bool | None = None) -> list[str]:
    """The names of all branches, or of those that are (or are not) protected."""
    found = [
        ref.removeprefix("refs/heads/") for ref in world.git_of(repo).refs if ref.startswith("refs/heads/")
    ]
    if protected is None:
        return found
    return [name for name in found if is_protected(world, repo, name) == protected]


def tags(world: World, repo: Document) -> dict[str, str]:
    """Tag names and the commits behind them, last name first as GitHub lists them."""
    git = world.git_of(repo)
    found = [
        (ref.removeprefix("refs/tags/"), sha) for ref, sha in git.refs.items() if ref.startswith("refs/tags/")
    ]
    peeled = ((name, git.peel(sha)) for name, sha in reversed(found))
    return {name: sha for name, sha in peeled if sha}


def is_protected(world: World, repo: Document, name: str) -> bool:
    """Whether classic protection or a ruleset covers a branch."""
    if protection.of_branch(world, repo, name) is not None:
        return True
    return bool(protection.rules_of(world, repo, name))


def protect(world: World, repo: Document, name: str, settings: dict[str, Json]) -> Document:
    """Put classic protection on a branch, replacing what was there."""
    refs.branch(world, repo, name)
    world.record("protection.updated", repo["full_name"], name)
    return world.store.put("protection", repo["full_name"], name, settings)


def protection_of(world: World, repo: Document, name: str) -> Document:
    """The classic protection of a branch; 404 when there is none."""
    refs.branch(world, repo, name)
    found = protection.of_branch(world, repo, name)
    if found is None:
        raise not_found("Branch not protected")
    return found


def unprotect(world: World, repo: Document, name: str) -> None:
    """Take classic protection away."""
    protection_of(world, repo, name)
    world.store.delete("protection", repo["full_name"], name)
    world.record("protection.deleted", repo["full_name"], name)
