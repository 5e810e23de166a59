"""Commits in history, comparisons and merges."""

from typing import Any

from shipway.twin import git_history
from shipway.twin.behaviour import commits, compare, refs
from shipway.twin.errors import Refused, not_found
from shipway.twin.rest import git_shapes
from shipway.twin.rest.git_shapes import api, html
from shipway.twin.routing import Call, Reply, created, route
from shipway.twin.store import Json

REPO = "/repos/{owner}/{repo}"
FILES = 300
COMMITS = 250


@route("GET", REPO + "/commits", needs="contents:read")
def list_commits(call: Call) -> Json:
    """History from `sha` (the default branch), newest first, by path, author and time."""
    git, path, filters = call.world.git_of(call.repo), call.query.get("path", ""), _filters(call)
    if not git.refs:
        raise Refused(409, "Git Repository is empty.")
    start = git.resolve(call.query.get("sha") or call.repo["default_branch"])
    if start is None:
        raise not_found()
    page, size = call.paging
    found = git_history.log(git, start, skip=(page - 1) * size, limit=size, path=path, filters=filters)
    shapes = [git_shapes.commit(call.world, call.repo, sha) for sha in found]
    count = git_history.total(git, start, path=path, filters=filters)
    return call.paged(shapes, last=-(-count // size))


def _filters(call: Call) -> tuple[str, ...]:
    found = [f"--{name}={call.query[name]}" for name in ("since", "until") if call.query.get(name)]
    for name in ("author", "committer"):
        person = call.query.get(name)
        if person:
            user = call.world.user(person)
            email = commits.signature_of(call.world, person).email if user else person
            found += ["--fixed-strings", f"--{name}={email}"]
    return tuple(found)


@route("GET", REPO + "/commits/{ref:path}", needs="contents:read")
def get_commit(call: Call) -> Json:
    """One commit with its files; as a patch or its bare id by media type."""
    sha = refs.commit_of(call.world, call.repo, call["ref"].removeprefix("heads/"))
    git = call.world.git_of(call.repo)
    if call.wants("sha"):
        return Reply(body=sha.encode(), media_type="application/vnd.github.sha")
    parent = next(iter(git.commit(sha).parents), git_history.EMPTY_TREE)
    as_text = _as_text(call, parent, sha, patch_from=f"{sha}^!")
    return as_text or git_shapes.full_commit(call.world, call.repo, sha)


def _as_text(call: Call, base: str, head: str, patch_from: str) -> Reply | None:
    git = call.world.git_of(call.repo)
    if call.wants("diff"):
        return Reply(body=git_history.diff(git, base, head), media_type="application/vnd.github.diff")
    if call.wants("patch"):
        return Reply(
            body=git_history.format_patch(git, patch_from), media_type="application/vnd.github.patch"
        )
    return None


@route("GET", REPO + "/compare/{basehead:path}", needs="contents:read")
def compare_commits(call: Call) -> Json:
    """Two refs, `base...head`, each with an optional `owner:` in front."""
    base, dots, head = call["basehead"].partition("...")
    if not dots:
        raise not_found()
    found = compare.compare(call.world, call.repo, *(name.rpartition(":")[2] for name in (base, head)))
    as_text = _as_text(call, found.merge_base, found.head, patch_from=f"{found.merge_base}..{found.head}")
    if as_text:
        return as_text
    page, size = call.paging if {"page", "per_page"} & call.query.keys() else (1, COMMITS)
    shown = found.commits[(page - 1) * size : page * size]
    reply = call.paged(_comparison(call, found, shown), last=-(-len(found.commits) // size))
    reply.body["files"] = [
        git_shapes.file_change(call.world, call.repo, found.head, one)
        for one in (found.files[:FILES] if page == 1 else [])
    ]
    return reply


def _comparison(call: Call, found: compare.Comparison, shown: list[str]) -> dict[str, Any]:
    url, page = f"{api(call.world, call.repo)}/compare", f"{html(call.world, call.repo)}/compare"
    basehead = call["basehead"]

    def shape(sha: str) -> Json:
        return git_shapes.commit(call.world, call.repo, sha)

    return {
        "url": f"{url}/{basehead}",
        "html_url": f"{page}/{basehead}",
        "permalink_url": f"{page}/{found.base[:7]}...{found.head[:7]}",
        "diff_url": f"{page}/{basehead}.diff",
        "patch_url": f"{page}/{basehead}.patch",
        "base_commit": shape(found.base),
        "merge_base_commit": shape(found.merge_base),
        "status": found.status,
        "ahead_by": len(found.commits),
        "behind_by": found.behind,
        "total_commits": len(found.commits),
        "commits": [shape(sha) for sha in shown],
    }


@route("POST", REPO + "/merges", needs="contents:write")
def merge(call: Call) -> Json:
    """Merge `head` into the branch `base`; 204 when there is nothing to merge."""
    base, head = call.required(base=str, head=str)
    sha = commits.merge(call.world, call.repo, base, head, call.optional("commit_message", str))
    if sha is None:
        return None
    return created(git_shapes.full_commit(call.world, call.repo, sha))
