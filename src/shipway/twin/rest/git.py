"""The git database: refs, commits, trees, blobs and tags."""

import base64

from shipway.twin import git_history, node_ids
from shipway.twin.behaviour import commits, refs
from shipway.twin.errors import Refused, not_found, unprocessable
from shipway.twin.git_objects import TreeEntry
from shipway.twin.rest import git_shapes
from shipway.twin.rest.git_shapes import api
from shipway.twin.routing import Call, Reply, created, route
from shipway.twin.store import Json

GIT = "/repos/{owner}/{repo}/git"


@route("GET", GIT + "/ref/{ref:path}", needs="contents:read")
def get_ref(call: Call) -> Json:
    """One ref, named without `refs/`."""
    name = f"refs/{call['ref']}"
    return git_shapes.ref(call.world, call.repo, name, refs.get(call.world, call.repo, name))


@route("GET", GIT + "/matching-refs/{ref:path}", needs="contents:read")
def list_matching_refs(call: Call) -> Json:
    """The refs that begin with a name."""
    found = call.world.git_of(call.repo).refs.items()
    matching = [one for one in found if one[0].startswith(f"refs/{call['ref']}")]
    return call.page(matching, lambda one: git_shapes.ref(call.world, call.repo, *one))


@route("GET", GIT + "/refs/{ref:path}", needs="contents:read")
def get_refs(call: Call) -> Json:
    """The older form of both: one ref, or those that begin with a name."""
    name = f"refs/{call['ref']}"
    if name in call.world.git_of(call.repo).refs:
        return get_ref(call)
    found = list_matching_refs(call)
    if not found.body:
        raise not_found()
    return found


@route("POST", GIT + "/refs", needs="contents:write")
def create_ref(call: Call) -> Json:
    """A new ref."""
    name, sha = call.required(ref=str, sha=str)
    refs.create(call.world, call.repo, name, sha)
    shape = git_shapes.ref(call.world, call.repo, name, sha)
    return created(shape, shape["url"])


@route("PATCH", GIT + "/refs/{ref:path}", needs="contents:write")
def update_ref(call: Call) -> Json:
    """Move a ref."""
    (sha,) = call.required(sha=str)
    name = f"refs/{call['ref']}"
    refs.update(call.world, call.repo, name, sha, force=bool(call.optional("force", bool, default=False)))
    return git_shapes.ref(call.world, call.repo, name, sha)


@route("DELETE", GIT + "/refs/{ref:path}", needs="contents:write")
def delete_ref(call: Call) -> None:
    """Remove a ref."""
    refs.delete(call.world, call.repo, f"refs/{call['ref']}")


@route("GET", GIT + "/commits/{commit_sha}", needs="contents:read")
def get_commit(call: Call) -> Json:
    """A commit object."""
    _require(call, call["commit_sha"], "commit")
    return git_shapes.git_commit(call.world, call.repo, call["commit_sha"])


@route("POST", GIT + "/commits", needs="contents:write")
def create_commit(call: Call) -> Json:
    """A commit object that no ref points at yet."""
    message, tree = call.required(message=str, tree=str)
    sha = commits.create_commit(
        call.world,
        call.repo,
        message,
        tree,
        call.optional("parents", list, default=[]) or [],
        (call.optional("author", dict), call.optional("committer", dict)),
    )
    shape = git_shapes.git_commit(call.world, call.repo, sha)
    return created(shape, shape["url"])


@route("GET", GIT + "/blobs/{file_sha}", needs="contents:read")
def get_blob(call: Call) -> Json:
    """A blob, in base64 or raw."""
    sha = call["file_sha"]
    data = _require(call, sha, "blob")
    if call.wants("raw"):
        return Reply(body=data, media_type="application/vnd.github.raw")
    return {
        "sha": sha,
        "node_id": node_ids.encode("B", call.repo["id"], sha),
        "size": len(data),
        "url": f"{api(call.world, call.repo)}/git/blobs/{sha}",
        "content": base64.encodebytes(data).decode(),
        "encoding": "base64",
    }


@route("POST", GIT + "/blobs", needs="contents:write")
def create_blob(call: Call) -> Json:
    """A new blob."""
    (content,) = call.required(content=str)
    encoding = call.optional("encoding", str, default="utf-8") or "utf-8"
    sha = commits.create_blob(call.world, call.repo, content, encoding)
    url = f"{api(call.world, call.repo)}/git/blobs/{sha}"
    return created({"sha": sha, "url": url}, url)


@route("GET", GIT + "/trees/{tree_sha}", needs="contents:read")
def get_tree(call: Call) -> Json:
    """A tree by its id or that of a commit or branch; whole with `?recursive`."""
    git = call.world.git_of(call.repo)
    name = call["tree_sha"]
    sha = name
    if git.kind(name) != "tree":
        commit = git.resolve(name)
        if commit is None:
            raise not_found()
        sha = git.commit(commit).tree
    return _tree(call, sha, recursive="recursive" in call.query)


@route("POST", GIT + "/trees", needs="contents:write")
def create_tree(call: Call) -> Json:
    """A new tree on top of another."""
    (entries,) = call.required(tree=list)
    if any(not isinstance(one, dict) or "path" not in one for one in entries):
        raise unprocessable("Must supply a valid tree.path")
    sha = commits.create_tree(call.world, call.repo, entries, call.optional("base_tree", str))
    shape = _tree(call, sha, recursive=False)
    return created(shape, shape["url"])


def _tree(call: Call, sha: str, *, recursive: bool) -> Json:
    url = f"{api(call.world, call.repo)}/git"
    return {
        "sha": sha,
        "url": f"{url}/trees/{sha}",
        "tree": [
            _entry(url, *one)
            for one in git_history.listing(call.world.git_of(call.repo), sha, recursive=recursive)
        ],
        "truncated": False,
    }


def _entry(url: str, one: TreeEntry, size: int | None) -> Json:
    shape: Json = {"path": one.name, "mode": one.mode, "type": one.type, "sha": one.sha}
    if size is not None:
        shape["size"] = size
    if one.type != "commit":
        shape["url"] = f"{url}/{one.type}s/{one.sha}"
    return shape


@route("GET", GIT + "/tags/{tag_sha}", needs="contents:read")
def get_tag(call: Call) -> Json:
    """An annotated tag object."""
    _require(call, call["tag_sha"], "tag")
    return _tag(call, call["tag_sha"])


@route("POST", GIT + "/tags", needs="contents:write")
def create_tag(call: Call) -> Json:
    """An annotated tag object that no ref points at yet."""
    name, message, target, kind = call.required(tag=str, message=str, object=str, type=str)
    sha = commits.create_tag(
        call.world, call.repo, name, message, (target, kind), call.optional("tagger", dict)
    )
    shape = _tag(call, sha)
    return created(shape, shape["url"])


def _tag(call: Call, sha: str) -> Json:
    one = call.world.git_of(call.repo).tag(sha)
    url = f"{api(call.world, call.repo)}/git"
    nobody = {"name": "", "email": "", "date": "1970-01-01T00:00:00Z"}
    return {
        "node_id": node_ids.encode("TA", call.repo["id"], sha),
        "sha": sha,
        "tag": one.name,
        "url": f"{url}/tags/{sha}",
        "message": one.message,
        "tagger": git_shapes.signature(one.tagger) if one.tagger else nobody,
        "object": {"sha": one.object, "type": one.type, "url": f"{url}/{one.type}s/{one.object}"},
        "verification": commits.verification(call.world, call.repo, sha),
    }


def _require(call: Call, sha: str, kind: str) -> bytes:
    git = call.world.git_of(call.repo)
    if not git.refs:
        raise Refused(409, "Git Repository is empty.")
    if git.kind(sha) != kind:
        raise not_found()
    return git.read(kind, sha)
