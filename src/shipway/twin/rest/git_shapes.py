"""Refs, commits, trees and files in the words of GitHub's REST API."""

from datetime import UTC

from shipway.twin import git_history, node_ids
from shipway.twin.behaviour import commits
from shipway.twin.git_history import FileChange
from shipway.twin.git_objects import Commit, Signature
from shipway.twin.rest.users import simple_user
from shipway.twin.store import Document, Json
from shipway.twin.world import World


def api(world: World, repo: Document) -> str:
    """The REST URL of a repository."""
    return f"{world.api_url}/repos/{repo['full_name']}"


def html(world: World, repo: Document) -> str:
    """The URL of a repository for people."""
    return f"{world.url}/{repo['full_name']}"


def signature(one: Signature) -> Json:
    """A name, address and time in UTC."""
    date = one.when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"name": one.name, "email": one.email, "date": date}


def ref(world: World, repo: Document, name: str, sha: str) -> Json:
    """GitHub's `git-ref`."""
    kind = world.git_of(repo).kind(sha) or "commit"
    return {
        "ref": name,
        "node_id": node_ids.encode("REF", repo["id"], name),
        "url": f"{api(world, repo)}/git/{name}",
        "object": {"sha": sha, "type": kind, "url": f"{api(world, repo)}/git/{kind}s/{sha}"},
    }


def git_commit(world: World, repo: Document, sha: str) -> Json:
    """GitHub's `git-commit`: the object as the git database holds it."""
    one = world.git_of(repo).commit(sha)
    url = f"{api(world, repo)}/git"
    return {
        "sha": sha,
        "node_id": node_ids.encode("C", repo["id"], sha),
        "url": f"{url}/commits/{sha}",
        "html_url": f"{html(world, repo)}/commit/{sha}",
        "author": signature(one.author),
        "committer": signature(one.committer),
        "message": one.message,
        "tree": {"sha": one.tree, "url": f"{url}/trees/{one.tree}"},
        "parents": [
            {
                "sha": parent,
                "url": f"{url}/commits/{parent}",
                "html_url": f"{html(world, repo)}/commit/{parent}",
            }
            for parent in one.parents
        ],
        "verification": commits.verification(world, repo, sha),
    }


def commit(world: World, repo: Document, sha: str) -> Json:
    """GitHub's `commit` without files."""
    one = world.git_of(repo).commit(sha)
    url, page = f"{api(world, repo)}/commits", f"{html(world, repo)}/commit"
    return {
        "sha": sha,
        "node_id": node_ids.encode("C", repo["id"], sha),
        "url": f"{url}/{sha}",
        "html_url": f"{page}/{sha}",
        "comments_url": f"{url}/{sha}/comments",
        "commit": _commit_part(world, repo, one),
        "author": _account(world, one.author),
        "committer": _account(world, one.committer),
        "parents": [
            {"sha": parent, "url": f"{url}/{parent}", "html_url": f"{page}/{parent}"}
            for parent in one.parents
        ],
    }


def _commit_part(world: World, repo: Document, one: Commit) -> Json:
    url = f"{api(world, repo)}/git"
    return {
        "url": f"{url}/commits/{one.sha}",
        "author": signature(one.author),
        "committer": signature(one.committer),
        "message": one.message,
        "tree": {"sha": one.tree, "url": f"{url}/trees/{one.tree}"},
        "comment_count": 0,
        "verification": commits.verification(world, repo, one.sha),
    }


def _account(world: World, who: Signature) -> Json:
    login = commits.login_of(world, who.email)
    return simple_user(world, login) if login else None


def full_commit(world: World, repo: Document, sha: str) -> Json:
    """GitHub's `commit` with its files and their statistics."""
    git = world.git_of(repo)
    parents = git.commit(sha).parents
    changes = git_history.changed_files(git, parents[0] if parents else git_history.EMPTY_TREE, sha)
    additions = sum(one.additions for one in changes)
    deletions = sum(one.deletions for one in changes)
    return {
        **commit(world, repo, sha),
        "stats": {"total": additions + deletions, "additions": additions, "deletions": deletions},
        "files": [file_change(world, repo, sha, one) for one in changes[:300]],
    }


def file_change(world: World, repo: Document, sha: str, one: FileChange) -> Json:
    """GitHub's `diff-entry`."""
    shape = {
        "sha": one.sha,
        "filename": one.path,
        "status": one.status,
        "additions": one.additions,
        "deletions": one.deletions,
        "changes": one.additions + one.deletions,
        "blob_url": f"{html(world, repo)}/blob/{sha}/{one.path}",
        "raw_url": f"{html(world, repo)}/raw/{sha}/{one.path}",
        "contents_url": f"{api(world, repo)}/contents/{one.path}?ref={sha}",
    }
    if one.previous:
        shape["previous_filename"] = one.previous
    if one.patch is not None:
        shape["patch"] = one.patch
    return shape
