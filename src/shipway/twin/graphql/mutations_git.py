"""Mutations of refs and commits."""

import base64
import binascii

from shipway.twin.behaviour import access, commits, refs
from shipway.twin.behaviour.commits import FileChanges
from shipway.twin.errors import Refused
from shipway.twin.git_objects import ZERO
from shipway.twin.graphql import git
from shipway.twin.graphql.fields import Context, Thing
from shipway.twin.graphql.lookup import writable
from shipway.twin.graphql.mutations import Input, Payload, mutation
from shipway.twin.graphql.repository import visible
from shipway.twin.store import Document

WRITE = "contents:write"


@mutation("createRef")
def create_ref(context: Context, given: Input) -> Payload:
    """Make a ref."""
    repo = writable(context, given["repository_id"], WRITE, "Repository").data
    if given["name"] in context.world.git_of(repo).refs:
        raise Refused(422, f'A ref named "{given["name"]}" already exists in the repository.')
    refs.create(context.world, repo, given["name"], given["oid"])
    return {"ref": git.ref(context, repo, given["name"])}


@mutation("updateRef")
def update_ref(context: Context, given: Input) -> Payload:
    """Move a ref; backwards only by force."""
    ref = writable(context, given["ref_id"], WRITE, "Ref")
    refs.update(context.world, ref.repository, ref["full_name"], given["oid"], force=bool(given.get("force")))
    return {"ref": git.ref(context, ref.repository, ref["full_name"])}


@mutation("updateRefs")
def update_refs(context: Context, given: Input) -> Payload:
    """Create, move and delete several refs, each only from where the caller thinks it is, or none of them."""
    repo = writable(context, given["repository_id"], WRITE, "Repository").data
    for one in given["ref_updates"]:
        _check_before(context, repo, one)
    before = dict(context.world.git_of(repo).refs)
    try:
        for one in given["ref_updates"]:
            _update(context, repo, one)
    except Refused:
        _put_back(context, repo, before, [one["name"] for one in given["ref_updates"]])
        raise
    return {}


def _put_back(context: Context, repo: Document, before: dict[str, str], names: list[str]) -> None:
    """Undo moves in git, which no transaction covers."""
    repository = context.world.git_of(repo)
    now = repository.refs
    moved = [name for name in names if now.get(name) != before.get(name)]
    repository.update_refs([(name, before.get(name, ZERO), now.get(name, ZERO)) for name in moved])


def _check_before(context: Context, repo: Document, one: Input) -> None:
    expected = one.get("before_oid")
    actual = context.world.git_of(repo).refs.get(one["name"], ZERO)
    if expected is not None and expected != actual:
        text = f"Expected {one['name']} to point to {expected} but it did not."
        raise Refused(409, text, graphql_type="STALE_DATA")


def _update(context: Context, repo: Document, one: Input) -> None:
    name, new = one["name"], one["after_oid"]
    if new == ZERO:
        refs.delete(context.world, repo, name)
    elif name in context.world.git_of(repo).refs:
        refs.update(context.world, repo, name, new, force=bool(one.get("force")))
    else:
        refs.create(context.world, repo, name, new)


@mutation("deleteRef")
def delete_ref(context: Context, given: Input) -> Payload:
    """Remove a ref."""
    ref = writable(context, given["ref_id"], WRITE, "Ref")
    refs.delete(context.world, ref.repository, ref["full_name"])
    return {}


@mutation("createCommitOnBranch")
def create_commit_on_branch(context: Context, given: Input) -> Payload:
    """One signed commit on a branch that still is where the caller thinks."""
    repo, branch = _branch(context, given["branch"])
    message = given["message"]["headline"]
    if given["message"].get("body"):
        message += f"\n\n{given['message']['body']}"
    changes = given.get("file_changes") or {}
    additions = {one["path"]: _decoded(one) for one in changes.get("additions") or ()}
    deletions = [one["path"] for one in changes.get("deletions") or ()]
    sha = commits.commit_on_branch(
        context.world, repo, branch, given["expected_head_oid"], message, FileChanges(additions, deletions)
    )
    return {"commit": git.commit(repo, sha), "ref": git.branch(context, repo, branch)}


def _branch(context: Context, given: Input) -> tuple[Document, str]:
    if given.get("id"):
        ref = writable(context, given["id"], WRITE, "Ref")
        return ref.repository, ref["full_name"].removeprefix("refs/heads/")
    if not given.get("repository_name_with_owner") or not given.get("branch_name"):
        raise Refused(422, "A branch must be given by its id, or by repositoryNameWithOwner and branchName.")
    repo = visible(context, given["repository_name_with_owner"])
    access.require(context.world, context.who, repo, WRITE)
    return repo, given["branch_name"].removeprefix("refs/heads/")


def _decoded(addition: Input) -> bytes:
    try:
        return base64.b64decode(addition["contents"], validate=True)
    except (binascii.Error, ValueError):
        raise Refused(422, f"The contents of {addition['path']} are not valid Base64.") from None


@mutation("mergeBranch")
def merge_branch(context: Context, given: Input) -> Payload:
    """Merge a branch or commit into a branch."""
    repo = writable(context, given["repository_id"], WRITE, "Repository").data
    try:
        sha = commits.merge(context.world, repo, given["base"], given["head"], given.get("commit_message"))
    except Refused as refused:
        if refused.status != 409:
            raise
        raise Refused(409, 'Failed to merge: "Merge conflict"', graphql_type="UNPROCESSABLE") from None
    if sha is None:
        raise Refused(422, 'Failed to merge: "Already merged"')
    merged: Thing | None = git.commit(repo, sha)
    return {"merge_commit": merged}
