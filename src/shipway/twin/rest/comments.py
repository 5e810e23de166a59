"""Comments and reactions over REST."""

from shipway.twin.behaviour import access, comments, issues
from shipway.twin.behaviour.nodes import node_id
from shipway.twin.errors import forbidden
from shipway.twin.rest.git_shapes import api, html
from shipway.twin.rest.issues import (
    ISSUE,
    PERMISSIONS,
    REPO,
    association,
    page_of,
    reaction_rollup,
    thread_of,
)
from shipway.twin.rest.users import simple_user
from shipway.twin.routing import Call, Reply, created, route
from shipway.twin.store import Document, Json
from shipway.twin.world import World

COMMENT = REPO + "/issues/comments/{comment_id}"


def comment_shape(world: World, repo: Document, comment: Document) -> Document:
    """GitHub's `issue-comment`."""
    thread = issues.find(world, repo, comment["thread"])
    url = f"{api(world, repo)}/issues/comments/{comment['id']}"
    page = page_of(world, repo, thread["number"], thread["kind"])
    return {
        **_basic(world, repo, comment, "comment"),
        "url": url,
        "html_url": f"{page}#issuecomment-{comment['id']}",
        "issue_url": f"{api(world, repo)}/issues/{thread['number']}",
        "reactions": reaction_rollup(world, repo, f"comment/{comment['id']}", url),
        "performed_via_github_app": None,
    }


def _basic(world: World, repo: Document, comment: Document, kind: str) -> Document:
    return {
        "id": comment["id"],
        "node_id": node_id(kind, repo, comment),
        "user": simple_user(world, comment["user"]),
        "body": comment["body"],
        "created_at": comment["created_at"],
        "updated_at": comment["updated_at"],
        "author_association": association(world, repo, comment["user"]),
    }


def commit_comment_shape(world: World, repo: Document, comment: Document) -> Document:
    """GitHub's `commit-comment`."""
    page = f"{html(world, repo)}/commit/{comment['sha']}"
    return {
        **_basic(world, repo, comment, "commit_comment"),
        "url": f"{api(world, repo)}/comments/{comment['id']}",
        "html_url": f"{page}#commitcomment-{comment['id']}",
        "commit_id": comment["sha"],
        "path": comment["path"],
        "position": None,
        "line": None,
    }


def reaction_shape(world: World, repo: Document, reaction: Document) -> Document:
    """GitHub's `reaction`."""
    return {
        "id": reaction["id"],
        "node_id": node_id("reaction", repo, reaction),
        "user": simple_user(world, reaction["user"]),
        "content": reaction["content"],
        "created_at": reaction["created_at"],
    }


def _shown(call: Call, comment: Document) -> Document:
    return comment_shape(call.world, call.repo, comment)


def own_or_maintained(call: Call, comment: Document) -> None:
    """Refuse to change somebody else's words without write access; apps may with their permission."""
    own = call.who.login == comment["user"]
    if call.who.kind == "user" and not own:
        role = access.role_of(call.world, call.repo, call.who.login)
        if not access.at_least(role, "write"):
            raise forbidden("Must have admin rights to Repository.")


def _comment_of(call: Call, level: str) -> Document:
    """The comment of the path, when the token may read or write the thread it belongs to."""
    comment = comments.find(call.world, call.repo, call.number("comment_id"))
    call.values = {**call.values, "issue_number": str(comment["thread"])}
    thread_of(call, level, "read")
    return comment


@route("GET", REPO + "/issues/comments")
def list_repository_comments(call: Call) -> Json:
    """Every comment on any issue or pull request."""
    found = call.world.store.all("comment", call.repo["full_name"])
    since = call.query.get("since", "")
    return call.page([one for one in found if one["updated_at"] >= since], lambda one: _shown(call, one))


@route("GET", ISSUE + "/comments", needs=None)
def list_comments(call: Call) -> Json:
    """The comments of one issue or pull request."""
    thread, since = thread_of(call, "read"), call.query.get("since", "")
    found = comments.of_thread(call.world, call.repo, thread["number"])
    return call.page([one for one in found if one["updated_at"] >= since], lambda one: _shown(call, one))


@route("POST", ISSUE + "/comments", needs=None)
def create_comment(call: Call) -> Json:
    """A new comment."""
    thread = thread_of(call, "write", "read")
    (body,) = call.required(body=str)
    comment = comments.create(call.world, call.repo, thread, body)
    return created(_shown(call, comment))


@route("GET", COMMENT, needs=None)
def get_comment(call: Call) -> Json:
    """One comment."""
    return _shown(call, _comment_of(call, "read"))


@route("PATCH", COMMENT, needs=None)
def update_comment(call: Call) -> Json:
    """Rewrite a comment."""
    comment = _comment_of(call, "write")
    own_or_maintained(call, comment)
    (body,) = call.required(body=str)
    return _shown(call, comments.update(call.world, call.repo, comment["id"], body))


@route("DELETE", COMMENT, needs=None)
def delete_comment(call: Call) -> None:
    """Remove a comment."""
    comment = _comment_of(call, "write")
    own_or_maintained(call, comment)
    comments.delete(call.world, call.repo, comment["id"])


@route("GET", REPO + "/commits/{commit_sha}/comments", needs="contents:read")
def list_commit_comments(call: Call) -> Json:
    """The comments on a commit."""
    found = call.world.store.find("commit_comment", call.repo["full_name"], sha=call["commit_sha"])
    return call.page(found, lambda one: commit_comment_shape(call.world, call.repo, one))


@route("POST", REPO + "/commits/{commit_sha}/comments", needs="contents:write", role="read")
def create_commit_comment(call: Call) -> Json:
    """A new comment on a commit."""
    (body,) = call.required(body=str)
    path = call.optional("path", str)
    comment = comments.comment_commit(call.world, call.repo, call["commit_sha"], body, path)
    return created(commit_comment_shape(call.world, call.repo, comment))


# -- reactions -------------------------------------------------------------------------------------

_REVIEW_COMMENT = REPO + "/pulls/comments/{comment_id}"


def _subject(call: Call, level: str) -> str:
    """What the reactions of the path are about."""
    template = call.route.template
    if "/issues/comments/" in template:
        comment = _comment_of(call, "read")
        _may_react(call, comment["thread"], level)
        return f"comment/{comment['id']}"
    if "/issues/" in template:
        number = int(thread_of(call, "read")["number"])
        _may_react(call, number, level)
        return f"issue/{number}"
    access.require(call.world, call.who, call.repo, f"pull_requests:{level}", "read")
    comment = comments.find(call.world, call.repo, call.number("comment_id"), "review_comment")
    return f"review_comment/{comment['id']}"


def _may_react(call: Call, number: int, level: str) -> None:
    """In the conversation of a pull request the permission for issues does not do, whatever the path says."""
    if level == "write":
        permission = PERMISSIONS[issues.find(call.world, call.repo, number)["kind"]]
        access.require(call.world, call.who, call.repo, f"{permission}:write", "read")


@route("GET", ISSUE + "/reactions", needs=None)
@route("GET", COMMENT + "/reactions", needs=None)
@route("GET", _REVIEW_COMMENT + "/reactions", needs=None)
def list_reactions(call: Call) -> Json:
    """Who reacted how."""
    found = comments.reactions_to(call.world, call.repo, _subject(call, "read"))
    content = call.query.get("content")
    wanted = [one for one in found if content in {None, one["content"]}]
    return call.page(wanted, lambda one: reaction_shape(call.world, call.repo, one))


@route("POST", ISSUE + "/reactions", needs=None)
@route("POST", COMMENT + "/reactions", needs=None)
@route("POST", _REVIEW_COMMENT + "/reactions", needs=None)
def create_reaction(call: Call) -> Json:
    """React; 200 instead of 201 when the same reaction is there already."""
    (content,) = call.required(content=str)
    reaction, new = comments.react(call.world, call.repo, _subject(call, "write"), content)
    return Reply(201 if new else 200, reaction_shape(call.world, call.repo, reaction))


@route("DELETE", ISSUE + "/reactions/{reaction_id}", needs=None)
@route("DELETE", COMMENT + "/reactions/{reaction_id}", needs=None)
@route("DELETE", _REVIEW_COMMENT + "/reactions/{reaction_id}", needs=None)
def delete_reaction(call: Call) -> None:
    """Take a reaction away."""
    comments.unreact(call.world, call.repo, _subject(call, "write"), call.number("reaction_id"))
