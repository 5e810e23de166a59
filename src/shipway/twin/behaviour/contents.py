"""Files on a branch: read, written and removed, one commit each."""

from dataclasses import dataclass

from shipway.twin.behaviour import commits, protection, refs
from shipway.twin.behaviour.protection import Change
from shipway.twin.errors import Refused, not_found, unprocessable
from shipway.twin.git_objects import TREE_MODE, ZERO, Signature, TreeEntry
from shipway.twin.store import Document
from shipway.twin.world import World


def find(world: World, repo: Document, path: str, ref: str | None) -> tuple[str, TreeEntry]:
    """The commit that a ref (the default branch by default) means, and what lies at a path there."""
    git = world.git_of(repo)
    if not git.refs:
        raise not_found("This repository is empty.")
    sha = git.resolve(ref or repo["default_branch"])
    if sha is None:
        raise not_found(f"No commit found for the ref {ref}")
    tree = git.commit(sha).tree
    entry = git.entry(tree, path) if path else TreeEntry(TREE_MODE, "", tree)
    if entry is None:
        raise not_found()
    return sha, entry


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of one file as GitHub takes it. `sha` is the blob that is replaced; None content removes."""

    path: str
    content: bytes | None
    message: str | None
    branch: str | None = None
    sha: str | None = None
    author: Document | None = None
    committer: Document | None = None


def write(world: World, repo: Document, edit: Edit) -> tuple[str, bool]:
    """Commit an edit and return the commit and whether the file is new.

    404 for a missing branch, 409 for a blob that is not the one named or a protected branch.
    """
    branch = edit.branch or repo["default_branch"]
    git = world.git_of(repo)
    head = git.branch(branch)
    if head is None and (git.refs or branch != repo["default_branch"]):
        raise not_found(f"Branch {branch} not found")
    tree = git.commit(head).tree if head else None
    old = git.entry(tree, edit.path) if tree else None
    word = _check_sha(edit, old)
    commits.check_path(edit.path)
    new_tree = git.edit_tree(tree, {edit.path: _entry(world, repo, edit, old)}) or git.write_tree([])
    author, committer = _signatures(world, edit)
    message = edit.message or f"{word.capitalize()} {edit.path}"
    sha = commits.write_commit(
        world, repo, new_tree, [head] if head else [], message, author=author, committer=committer
    )
    ref = f"refs/heads/{branch}"
    prefix = f"Could not {word} file: "
    protection.refuse(world, repo, Change(ref, head or ZERO, sha), status=409, prefix=prefix)
    refs.move(world, repo, ref, head or ZERO, sha)
    return sha, old is None


def _check_sha(edit: Edit, old: TreeEntry | None) -> str:
    if edit.content is None and old is None:
        raise not_found()
    if old is not None and edit.sha is None:
        raise unprocessable('Invalid request.\n\n"sha" wasn\'t supplied.')
    if old is not None and edit.sha != old.sha:
        raise Refused(409, f"{edit.path} does not match {edit.sha}")
    if edit.content is None:
        return "delete"
    return "update" if old else "create"


def _entry(world: World, repo: Document, edit: Edit, old: TreeEntry | None) -> TreeEntry | None:
    if edit.content is None:
        return None
    mode = old.mode if old and old.type == "blob" else commits.FILE_MODE
    return TreeEntry(mode, edit.path, world.git_of(repo).write("blob", edit.content))


def _signatures(world: World, edit: Edit) -> tuple[Signature, Signature | None]:
    """Author and committer; bots that name nobody leave committing, and signing, to GitHub."""
    if world.actor.kind != "user" and not edit.author and not edit.committer:
        return commits.signature_of(world, world.actor.login), None
    committer = commits.given_signature(world, edit.committer or edit.author)
    return commits.given_signature(world, edit.author or edit.committer), committer
