"""Files as GitHub's contents API shows and takes them."""

import base64
import re
from urllib.parse import quote

from shipway.twin import git_history
from shipway.twin.behaviour import commits, contents
from shipway.twin.behaviour.contents import Edit
from shipway.twin.errors import not_found
from shipway.twin.git_objects import TreeEntry
from shipway.twin.rest import git_shapes
from shipway.twin.rest.git_shapes import api, html
from shipway.twin.routing import Call, Reply, route
from shipway.twin.store import Document, Json

CONTENTS = "/repos/{owner}/{repo}/contents"
INLINE = 1 << 20
"""Files above this size in bytes come without content, except raw."""
_README = re.compile(r"readme(\.\w+)?", re.IGNORECASE)


@route("GET", CONTENTS + "/{path:path?}", needs="contents:read")
def get_content(call: Call) -> Json:
    """A file, a directory's list, a symlink or a submodule."""
    path = call["path"].strip("/")
    return _content(call, path, *contents.find(call.world, call.repo, path, call.query.get("ref")))


@route("GET", "/repos/{owner}/{repo}/readme", needs="contents:read")
def get_readme(call: Call) -> Json:
    """The README at the root."""
    sha, root = contents.find(call.world, call.repo, "", call.query.get("ref"))
    for entry in call.world.git_of(call.repo).tree(root.sha):
        if entry.type == "blob" and _README.fullmatch(entry.name):
            return _content(call, entry.name, sha, entry)
    raise not_found()


def _content(call: Call, path: str, commit: str, entry: TreeEntry) -> Json:
    if entry.type == "tree":
        return _directory(call, path, commit, entry)
    if entry.type == "commit":
        return _shape(call, path, commit, entry, 0) | {"submodule_git_url": None}
    data = call.world.git_of(call.repo).read("blob", entry.sha)
    shape = _shape(call, path, commit, entry, len(data))
    if call.wants("raw"):
        return Reply(body=data, media_type="application/vnd.github.raw+json; charset=utf-8")
    if entry.mode == "120000":
        return shape | {"target": data.decode("utf-8", "replace")}
    if len(data) > INLINE:
        return shape | {"content": "", "encoding": "none"}
    return shape | {"content": base64.encodebytes(data).decode(), "encoding": "base64"}


def _directory(call: Call, path: str, commit: str, entry: TreeEntry) -> Json:
    prefix = f"{path}/" if path else ""
    entries = git_history.listing(call.world.git_of(call.repo), entry.sha)
    shapes = [_shape(call, prefix + one.name, commit, one, size or 0) for one, size in entries]
    if call.wants("object"):
        return _shape(call, path, commit, entry, 0) | {"entries": shapes}
    return shapes


def _shape(
    call: Call, path: str, commit: str, entry: TreeEntry, size: int, branch: str | None = None
) -> Document:
    word = {"tree": "dir", "commit": "submodule"}.get(entry.type, "file")
    kind = "symlink" if entry.mode == "120000" else word
    where, people = api(call.world, call.repo), html(call.world, call.repo)
    ref, place = branch or call.query.get("ref") or call.repo["default_branch"], quote(path)
    url = f"{where}/contents/{place}?ref={quote(ref)}"
    git_url = f"{where}/git/{entry.type}s/{entry.sha}"
    html_url = f"{people}/{'tree' if word == 'dir' else 'blob'}/{quote(ref)}/{place}"
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": entry.sha,
        "size": size,
        "type": kind,
        "url": url,
        "git_url": git_url,
        "html_url": html_url,
        "download_url": f"{people}/raw/{commit}/{place}" if word == "file" else None,
        "_links": {"self": url, "git": git_url, "html": html_url},
    }


@route("PUT", CONTENTS + "/{path:path}", needs="contents:write")
def put_content(call: Call) -> Json:
    """Create or update a file in one commit."""
    _, content = call.required(message=str, content=str)
    return _edit(call, commits.decoded(content, "base64"))


@route("DELETE", CONTENTS + "/{path:path}", needs="contents:write")
def delete_content(call: Call) -> Json:
    """Remove a file in one commit."""
    call.required(message=str, sha=str)
    return _edit(call, None)


def _edit(call: Call, content: bytes | None) -> Json:
    edit = Edit(
        path=call["path"].strip("/"),
        content=content,
        message=call.optional("message", str),
        branch=call.optional("branch", str),
        sha=call.optional("sha", str),
        author=call.optional("author", dict),
        committer=call.optional("committer", dict),
    )
    sha, new = contents.write(call.world, call.repo, edit)
    shape = None
    if content is not None:
        _, entry = contents.find(call.world, call.repo, edit.path, sha)
        shape = _shape(call, edit.path, sha, entry, len(content), edit.branch)
    body = {"content": shape, "commit": git_shapes.git_commit(call.world, call.repo, sha)}
    return Reply(201 if new else 200, body)


@route("GET", "/_web/{owner}/{repo}/raw/{ref}/{path:path}", needs="contents:read")
def raw_file(call: Call) -> Json:
    """What `download_url` leads to."""
    _, entry = contents.find(call.world, call.repo, call["path"], call["ref"])
    if entry.type != "blob":
        raise not_found()
    data = call.world.git_of(call.repo).read("blob", entry.sha)
    return Reply(body=data, media_type="text/plain; charset=utf-8")
