"""Reviews and comments on lines over REST."""

from shipway.twin.behaviour import comments, pulls, reviews
from shipway.twin.behaviour.nodes import node_id
from shipway.twin.rest.comments import own_or_maintained
from shipway.twin.rest.git_shapes import api
from shipway.twin.rest.issues import association, page_of, reaction_rollup
from shipway.twin.rest.pulls import PULL, REPO, pull_of
from shipway.twin.rest.users import simple_user
from shipway.twin.routing import Call, created, route
from shipway.twin.store import Document, Json
from shipway.twin.world import World

REVIEW = PULL + "/reviews/{review_id}"
COMMENT = REPO + "/pulls/comments/{comment_id}"


def review_shape(world: World, repo: Document, review: Document) -> Document:
    """GitHub's `pull-request-review`."""
    page = f"{page_of(world, repo, review['pull'], 'pull')}#pullrequestreview-{review['id']}"
    url = f"{api(world, repo)}/pulls/{review['pull']}"
    shape = {
        "id": review["id"],
        "node_id": node_id("review", repo, review),
        "user": simple_user(world, review["user"]),
        "body": review["body"],
        "state": review["state"],
        "html_url": page,
        "pull_request_url": url,
        "author_association": association(world, repo, review["user"]),
        "_links": {"html": {"href": page}, "pull_request": {"href": url}},
        "commit_id": review["commit_id"],
    }
    return shape | ({"submitted_at": review["submitted_at"]} if review["submitted_at"] else {})


def line_comment_shape(world: World, repo: Document, comment: Document) -> Document:
    """GitHub's `pull-request-review-comment`."""
    url = f"{api(world, repo)}/pulls/comments/{comment['id']}"
    pull = f"{api(world, repo)}/pulls/{comment['pull']}"
    page = f"{page_of(world, repo, comment['pull'], 'pull')}#discussion_r{comment['id']}"
    shape = {
        "id": comment["id"],
        "node_id": node_id("review_comment", repo, comment),
        "url": url,
        "html_url": page,
        "pull_request_url": pull,
        "pull_request_review_id": comment["review"],
        "diff_hunk": "",
        "path": comment["path"],
        "commit_id": comment["commit_id"],
        "original_commit_id": comment["commit_id"],
        "user": simple_user(world, comment["user"]),
        "author_association": association(world, repo, comment["user"]),
        "body": comment["body"],
        "created_at": comment["created_at"],
        "updated_at": comment["updated_at"],
        "subject_type": comment["subject_type"] or "line",
        "reactions": reaction_rollup(world, repo, f"review_comment/{comment['id']}", url),
        "_links": {"self": {"href": url}, "html": {"href": page}, "pull_request": {"href": pull}},
    }
    optional = {
        "in_reply_to_id": comment["in_reply_to"],
        "line": comment["line"],
        "original_line": comment["line"],
        "side": comment["side"] or "RIGHT",
        "position": comment["position"],
    }
    return shape | {name: value for name, value in optional.items() if value is not None}


def _shown(call: Call, review: Document) -> Document:
    return review_shape(call.world, call.repo, review)


def _line(call: Call, comment: Document) -> Document:
    return line_comment_shape(call.world, call.repo, comment)


@route("GET", PULL + "/reviews", needs="pull_requests:read")
def list_reviews(call: Call) -> Json:
    """Reviews, oldest first."""
    found = reviews.of_pull(call.world, call.repo, pull_of(call)["number"])
    return call.page(found, lambda one: _shown(call, one))


@route("POST", PULL + "/reviews", needs="pull_requests:write", role="read")
def create_review(call: Call) -> Json:
    """A new review; without an event it waits for one."""
    event, body, commit = (call.optional(name, str) for name in ("event", "body", "commit_id"))
    lines: list[Document] = call.optional("comments", list) or []
    return _shown(
        call, reviews.create(call.world, call.repo, pull_of(call), event or None, body, commit, lines)
    )


def _review(call: Call) -> Document:
    return reviews.find(call.world, call.repo, call.number("pull_number"), call.number("review_id"))


@route("GET", REVIEW, needs="pull_requests:read")
def get_review(call: Call) -> Json:
    """One review."""
    return _shown(call, _review(call))


@route("PUT", REVIEW, needs="pull_requests:write", role="read")
def update_review(call: Call) -> Json:
    """Rewrite its summary."""
    (body,) = call.required(body=str)
    review = _review(call)
    own_or_maintained(call, review)
    return _shown(call, reviews.edit(call.world, call.repo, review["pull"], review["id"], body))


@route("DELETE", REVIEW, needs="pull_requests:write", role="read")
def delete_pending_review(call: Call) -> Json:
    """Drop a review that was not submitted."""
    review = _review(call)
    return _shown(call, reviews.delete_pending(call.world, call.repo, review["pull"], review["id"]))


@route("POST", REVIEW + "/events", needs="pull_requests:write", role="read")
def submit_review(call: Call) -> Json:
    """Submit a pending review."""
    (event,) = call.required(event=str)
    review_id, body = call.number("review_id"), call.optional("body", str)
    return _shown(call, reviews.submit(call.world, call.repo, pull_of(call), review_id, event, body))


@route("PUT", REVIEW + "/dismissals", needs="pull_requests:write")
def dismiss_review(call: Call) -> Json:
    """Make a review count no more."""
    (message,) = call.required(message=str)
    review_id = call.number("review_id")
    return _shown(call, reviews.dismiss(call.world, call.repo, pull_of(call), review_id, message))


@route("GET", REVIEW + "/comments", needs="pull_requests:read")
def list_review_comments(call: Call) -> Json:
    """The comments on lines that came with a review."""
    found = reviews.line_comments(call.world, call.repo, review=_review(call)["id"])
    return call.page(found, lambda one: _legacy(_line(call, one)))


def _legacy(shape: Document) -> Document:
    return shape | {"position": shape.get("position", 1), "original_position": shape.get("position", 1)}


@route("GET", PULL + "/comments", needs="pull_requests:read")
def list_line_comments(call: Call) -> Json:
    """Every comment on a line."""
    found = reviews.line_comments(call.world, call.repo, pull=pull_of(call)["number"])
    return call.page(found, lambda one: _line(call, one))


@route("POST", PULL + "/comments", needs="pull_requests:write", role="read")
def create_line_comment(call: Call) -> Json:
    """A new comment on a line, or an answer by `in_reply_to`."""
    (body,) = call.required(body=str)
    pull, answered = pull_of(call), call.optional("in_reply_to", int)
    if answered:
        return created(_line(call, reviews.reply(call.world, call.repo, pull, answered, body)))
    return created(_line(call, reviews.comment_on_line(call.world, call.repo, pull, body, call.json)))


@route("POST", PULL + "/comments/{comment_id}/replies", needs="pull_requests:write", role="read")
def reply_to_line_comment(call: Call) -> Json:
    """An answer in the thread of a comment."""
    (body,) = call.required(body=str)
    pull = pulls.find(call.world, call.repo, call.number("pull_number"))
    return created(_line(call, reviews.reply(call.world, call.repo, pull, call.number("comment_id"), body)))


@route("GET", COMMENT, needs="pull_requests:read")
def get_line_comment(call: Call) -> Json:
    """One comment on a line."""
    return _line(call, comments.find(call.world, call.repo, call.number("comment_id"), "review_comment"))


@route("PATCH", COMMENT, needs="pull_requests:write", role="read")
def update_line_comment(call: Call) -> Json:
    """Rewrite a comment on a line."""
    (body,) = call.required(body=str)
    comment = comments.find(call.world, call.repo, call.number("comment_id"), "review_comment")
    own_or_maintained(call, comment)
    return _line(call, reviews.edit_line_comment(call.world, call.repo, comment["id"], body))


@route("DELETE", COMMENT, needs="pull_requests:write", role="read")
def delete_line_comment(call: Call) -> None:
    """Remove a comment on a line."""
    comment = comments.find(call.world, call.repo, call.number("comment_id"), "review_comment")
    own_or_maintained(call, comment)
    reviews.delete_line_comment(call.world, call.repo, comment["id"])
