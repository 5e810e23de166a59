"""Refs: the only place that moves them, so that every move is checked, journaled and told."""

import re

from shipway.twin import git_history
from shipway.twin.behaviour import protection
from shipway.twin.behaviour.protection import Change
from shipway.twin.errors import Refused, not_found, unprocessable
from shipway.twin.git_objects import ZERO
from shipway.twin.git_store import GitError
from shipway.twin.store import Document
from shipway.twin.world import Pushed, World

_BAD_NAME = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.(/|$)|\.lock(/|$)|/$|(?<![^/])@$")


def get(world: World, repo: Document, ref: str) -> str:
    """The object a full ref name points at; 404 when there is none, 409 in an empty repository."""
    refs = world.git_of(repo).refs
    if ref in refs:
        return refs[ref]
    if not refs:
        raise Refused(409, "Git Repository is empty.")
    raise not_found()


def branch(world: World, repo: Document, name: str) -> str:
    """The head of a branch; 404 when there is no such branch."""
    sha = world.git_of(repo).branch(name)
    if sha is None:
        raise not_found("Branch not found")
    return sha


def commit_of(world: World, repo: Document, name: str) -> str:
    """The commit that a branch, tag or object id means; 422 when it means none."""
    git = world.git_of(repo)
    if not git.refs:
        raise Refused(409, "Git Repository is empty.")
    sha = git.resolve(name)
    if sha is None:
        raise unprocessable(f"No commit found for SHA: {name}")
    return sha


def create(world: World, repo: Document, ref: str, sha: str) -> None:
    """Make a new ref; 422 when it exists, is ill named, or its object is missing."""
    if not ref.startswith("refs/") or ref.count("/") < 2:
        raise unprocessable("Reference name must contain at least three slash-separated components.")
    if _BAD_NAME.search(ref):
        raise unprocessable(f"{ref} is not a valid ref name.")
    git = world.git_of(repo)
    if ref in git.refs:
        raise unprocessable("Reference already exists")
    _require_object(world, repo, ref, sha)
    protection.refuse(world, repo, Change(ref, ZERO, sha))
    move(world, repo, ref, ZERO, sha)


def update(
    world: World, repo: Document, ref: str, sha: str, *, force: bool = False, by_pull: bool = False
) -> None:
    """Point a ref at another object; 422 when it is missing, protected, or (unless forced) no fast forward."""
    git = world.git_of(repo)
    old = git.refs.get(ref)
    if old is None:
        raise unprocessable("Reference does not exist")
    _require_object(world, repo, ref, sha)
    if not force and ref.startswith("refs/heads/") and not git_history.is_ancestor(git, old, sha):
        raise unprocessable("Update is not a fast forward")
    if old != sha:
        protection.refuse(world, repo, Change(ref, old, sha, by_pull))
        move(world, repo, ref, old, sha)


def delete(world: World, repo: Document, ref: str) -> None:
    """Remove a ref; 422 when it is missing or protected."""
    old = world.git_of(repo).refs.get(ref)
    if old is None:
        raise unprocessable("Reference does not exist")
    if ref == f"refs/heads/{repo['default_branch']}":
        raise unprocessable("Cannot delete the default branch")
    protection.refuse(world, repo, Change(ref, old, ZERO))
    move(world, repo, ref, old, ZERO)


def move(world: World, repo: Document, ref: str, old: str, new: str) -> None:
    """Write a ref without asking anybody, and tell about it. `ZERO` stands for no object."""
    try:
        world.git_of(repo).update_refs([(ref, new, old)])
    except GitError:
        raise unprocessable("Reference update failed") from None
    moved(world, repo, ref, old, new)


def moved(world: World, repo: Document, ref: str, old: str, new: str) -> None:
    """Journal a ref that moved, and tell about it."""
    effect = "created" if old == ZERO else "deleted" if new == ZERO else "updated"
    world.record(f"ref.{effect}", repo["full_name"], ref, old=old, new=new)
    stored = world.repository(repo["full_name"])
    if stored:
        world.store.put("repository", "", stored["full_name"].lower(), stored | {"pushed_at": world.now()})
    world.emit(Pushed(repo["full_name"], ref, old, new, world.actor.login))


def _require_object(world: World, repo: Document, ref: str, sha: str) -> None:
    kind = world.git_of(repo).kind(sha)
    if kind is None:
        raise unprocessable("Object does not exist")
    if kind != "commit" and ref.startswith("refs/heads/"):
        raise unprocessable("Object is not a commit")
