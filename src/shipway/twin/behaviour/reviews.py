"""Reviews of pull requests: opinions, who was asked for one, and threads of comments on lines."""

from collections.abc import Iterable, Sequence

from shipway.twin.behaviour import access, codeowners, comments, issues, workflows
from shipway.twin.behaviour.events import announce
from shipway.twin.errors import Refused, invalid, not_found, unprocessable
from shipway.twin.store import Document, Json
from shipway.twin.world import World

EVENTS = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
_OPINIONS = {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}
_OWN = {
    "APPROVE": "Can not approve your own pull request",
    "REQUEST_CHANGES": "Can not request changes on your own pull request",
}
_PLACE = ("path", "line", "side", "start_line", "start_side", "position", "subject_type")


def of_pull(world: World, repo: Document, number: int) -> list[Document]:
    """The reviews of a pull request, oldest first; pending ones only for their author."""
    found = world.store.find("review", repo["full_name"], pull=number)
    return [one for one in found if one["state"] != "PENDING" or one["user"] == world.actor.login]


def find(world: World, repo: Document, number: int, review_id: int) -> Document:
    """A review of a pull request; 404 when there is none."""
    review = world.store.get("review", repo["full_name"], review_id)
    if review is None or review["pull"] != number:
        raise not_found()
    return review


def latest_opinions(world: World, repo: Document, number: int) -> list[Document]:
    """The last opinion of each reviewer, in the order given; a dismissed one is no opinion any more."""
    last: dict[str, Document] = {}
    for review in world.store.find("review", repo["full_name"], pull=number):
        if review["state"] in _OPINIONS:
            last.pop(review["user"], None)
            last[review["user"]] = review
    return [review for review in last.values() if review["state"] != "DISMISSED"]


def may_write(world: World, repo: Document, login: str) -> bool:
    """Whether somebody's review counts for protection."""
    return access.at_least(access.role_of(world, repo, login), "write")


def create(
    world: World,
    repo: Document,
    pull: Document,
    event: str | None,
    body: str | None = None,
    commit_id: str | None = None,
    line_comments: Sequence[Document] = (),
) -> Document:
    """Review as the actor: APPROVE, REQUEST_CHANGES, COMMENT, or (None) keep it pending."""
    if commit_id and world.git_of(repo).kind(commit_id) != "commit":
        raise Refused(422, "Unprocessable Entity", errors=["The commit_id is not part of the pull request"])
    _check(world, pull, event, body, has_comments=bool(line_comments))
    review: Document = {
        "id": world.next_id(),
        "pull": pull["number"],
        "user": world.actor.login,
        "state": "PENDING",
        "body": body or "",
        "commit_id": commit_id or pull["head_sha"],
        "created_at": world.now(),
        "submitted_at": None,
    }
    world.store.put("review", repo["full_name"], review["id"], review)
    for comment in line_comments:
        place = {name: comment.get(name) for name in _PLACE}
        comment_on_line(world, repo, pull, comment["body"], place, review=review["id"])
    return _submit(world, repo, pull, review, event) if event else review


def submit(
    world: World, repo: Document, pull: Document, review_id: int, event: str, body: str | None = None
) -> Document:
    """Give a pending review its event."""
    review = find(world, repo, pull["number"], review_id)
    if review["state"] != "PENDING":
        raise Refused(
            422, "Unprocessable Entity", errors=["Could not submit review: it is submitted already"]
        )
    review["body"] = body or review["body"]
    has_comments = bool(line_comments(world, repo, review=review_id))
    _check(world, pull, event, review["body"], has_comments=has_comments)
    return _submit(world, repo, pull, review, event)


def _check(world: World, pull: Document, event: str | None, body: str | None, *, has_comments: bool) -> None:
    if event not in {None, *EVENTS}:
        raise unprocessable(f"Invalid request.\n\n{event} is not a member of {list(EVENTS)}.")
    if pull["user"] == world.actor.login and event in _OWN:
        raise Refused(422, "Unprocessable Entity", errors=[_OWN[event]])
    if body and len(body) > issues.BODY_LIMIT:
        raise Refused(422, "Unprocessable Entity", errors=["Body is too long (maximum is 65536 characters)"])
    wordless = event == "REQUEST_CHANGES" or (event == "COMMENT" and not has_comments)
    if wordless and not (body or "").strip():
        raise Refused(422, "Unprocessable Entity", errors=["Body can't be blank"])


def _submit(world: World, repo: Document, pull: Document, review: Document, event: str) -> Document:
    if event == "APPROVE":
        workflows.refuse_token(world, repo)
    review |= {"state": EVENTS[event], "submitted_at": world.now()}
    world.store.put("review", repo["full_name"], review["id"], review)
    _answered(world, pull, review["user"])
    issues.save(world, repo, pull)
    subject = f"#{pull['number']}"
    world.record("review.submitted", repo["full_name"], subject, state=review["state"], body=review["body"])
    announce(world, repo, "pull_request_review", "submitted", pull=pull, review=review)
    return review


def _answered(world: World, pull: Document, login: str) -> None:
    """Take the reviewer, and teams the reviewer is in, off the list of those who were asked."""
    owner = pull["repo"].partition("/")[0]
    pull["requested_users"] = [one for one in pull["requested_users"] if one != login]
    teams = pull["requested_teams"]
    pull["requested_teams"] = [t for t in teams if not codeowners.is_owner(world, login, f"{owner}/{t}")]


def edit(world: World, repo: Document, number: int, review_id: int, body: str) -> Document:
    """Rewrite the summary of a review."""
    review = find(world, repo, number, review_id)
    before, review["body"] = review["body"], body
    world.store.put("review", repo["full_name"], review_id, review)
    world.record("review.edited", repo["full_name"], f"#{number}", body=body)
    pull = issues.find(world, repo, number)
    changes = {"body": {"from": before}}
    announce(world, repo, "pull_request_review", "edited", pull=pull, review=review, changes=changes)
    return review


def delete_pending(world: World, repo: Document, number: int, review_id: int) -> Document:
    """Drop a review that was not submitted."""
    review = find(world, repo, number, review_id)
    if review["state"] != "PENDING":
        raise Refused(
            422, "Unprocessable Entity", errors=["Can not delete a non-pending pull request review"]
        )
    world.store.delete("review", repo["full_name"], review_id)
    for comment in line_comments(world, repo, review=review_id):
        world.store.delete("review_comment", repo["full_name"], comment["id"])
    return review


def dismiss(world: World, repo: Document, pull: Document, review_id: int, message: str) -> Document:
    """Make an approval or a request for changes count no more."""
    review = find(world, repo, pull["number"], review_id)
    if review["state"] not in {"APPROVED", "CHANGES_REQUESTED"}:
        text = f"Can not dismiss a {review['state'].lower()} pull request review"
        raise Refused(422, "Unprocessable Entity", errors=[text])
    review |= {"state": "DISMISSED", "dismissed_message": message}
    world.store.put("review", repo["full_name"], review_id, review)
    world.record("review.dismissed", repo["full_name"], f"#{pull['number']}", user=review["user"])
    announce(world, repo, "pull_request_review", "dismissed", pull=pull, review=review)
    return review


def dismiss_approvals(world: World, repo: Document, pull: Document, message: str) -> None:
    """Dismiss every approval, as a push does where protection says so."""
    for review in latest_opinions(world, repo, pull["number"]):
        if review["state"] == "APPROVED":
            dismiss(world, repo, pull, review["id"], message)


# -- who is asked ----------------------------------------------------------------------------------


def request(
    world: World, repo: Document, pull: Document, users: Iterable[str] = (), teams: Iterable[str] = ()
) -> None:
    """Ask people and teams (by slug) for a review; 422 for outsiders and the author."""
    for login in dict.fromkeys(users):
        if login.lower() == pull["user"].lower():
            raise unprocessable("Review cannot be requested from pull request author.")
        if not _is_collaborator(world, repo, login):
            message = "Reviews may only be requested from collaborators. One or more of the users or teams "
            raise unprocessable(
                f"{message}you specified is not a collaborator of the {repo['full_name']} repository."
            )
        _add(world, repo, pull, "requested_users", (world.user(login) or {})["login"])
    for slug in dict.fromkeys(teams):
        if world.store.get("team_repository", repo["full_name"], slug) is None:
            raise unprocessable("Could not resolve to a node with the global id of the requested team.")
        _add(world, repo, pull, "requested_teams", slug)


def _is_collaborator(world: World, repo: Document, login: str) -> bool:
    user = world.user(login)
    return user is not None and access.at_least(
        access.role_of(world, repo | {"private": True}, login), "read"
    )


def _add(world: World, repo: Document, pull: Document, field: str, name: str) -> None:
    if name in pull[field]:
        return
    pull[field].append(name)
    issues.save(world, repo, pull)
    world.record("review.requested", repo["full_name"], f"#{pull['number']}", reviewer=name)
    about = {"reviewer": name} if field == "requested_users" else {"team": name}
    announce(world, repo, "pull_request", "review_requested", pull=pull, **about)


def unrequest(
    world: World, repo: Document, pull: Document, users: Iterable[str] = (), teams: Iterable[str] = ()
) -> None:
    """Take requests back; names that were not asked are ignored."""
    for field, key, names in (("requested_users", "reviewer", users), ("requested_teams", "team", teams)):
        for name in set(names) & set(pull[field]):
            pull[field].remove(name)
            issues.save(world, repo, pull)
            world.record("review.unrequested", repo["full_name"], f"#{pull['number']}", reviewer=name)
            announce(world, repo, "pull_request", "review_request_removed", pull=pull, **{key: name})


def request_owners(world: World, repo: Document, pull: Document, paths: Iterable[str]) -> None:
    """Ask the code owners of the changed files, but not the author and nobody who reviewed already."""
    done = {review["user"] for review in of_pull(world, repo, pull["number"])} | {pull["user"]}
    for owners in codeowners.owner_sets(world, repo, pull["base_ref"], paths):
        for owner in owners:
            _, slash, slug = owner.partition("/")
            if slash:
                request(world, repo, pull, teams=[slug])
            elif owner not in done:
                request(world, repo, pull, users=[owner])


# -- comments on lines -----------------------------------------------------------------------------


def line_comments(world: World, repo: Document, **equal: Json) -> list[Document]:
    """Comments on lines by `pull`, `review` or `thread`, oldest first."""
    return world.store.find("review_comment", repo["full_name"], **equal)


def threads(world: World, repo: Document, number: int) -> list[Document]:
    """The review threads of a pull request, oldest first."""
    return world.store.find("review_thread", repo["full_name"], pull=number)


def comment_on_line(
    world: World, repo: Document, pull: Document, body: str, place: Document, *, review: int | None = None
) -> Document:
    """Open a thread on a line (or file) of the difference; without a review it makes one of its own."""
    comments.check_body("PullRequestReviewComment", body)
    if not place.get("path"):
        raise invalid("PullRequestReviewComment", "path", "missing_field")
    if review is None:
        review = _comment_review(world, repo, pull)
    thread: Document = {"id": world.next_id(), "pull": pull["number"], "resolved": False, "resolved_by": None}
    thread |= {"path": place["path"], "line": place.get("line"), "start_line": place.get("start_line")}
    thread |= {"side": place.get("side") or "RIGHT", "head_sha": pull["head_sha"]}
    world.store.put("review_thread", repo["full_name"], thread["id"], thread)
    return _line_comment(world, repo, pull, thread, body, review, place)


def reply(world: World, repo: Document, pull: Document, comment_id: int, body: str) -> Document:
    """Answer a comment on a line in its thread."""
    comments.check_body("PullRequestReviewComment", body)
    first = comments.find(world, repo, comment_id, "review_comment")
    thread = world.store.get("review_thread", repo["full_name"], first["thread"]) or {}
    review = _comment_review(world, repo, pull)
    place = {name: first[name] for name in _PLACE} | {"in_reply_to": first["in_reply_to"] or first["id"]}
    return _line_comment(world, repo, pull, thread, body, review, place)


def _comment_review(world: World, repo: Document, pull: Document) -> int:
    review: Document = {"id": world.next_id(), "pull": pull["number"], "user": world.actor.login}
    review |= {"state": "COMMENTED", "body": "", "commit_id": pull["head_sha"]}
    review |= {"created_at": world.now(), "submitted_at": world.now()}
    world.store.put("review", repo["full_name"], review["id"], review)
    return int(review["id"])


def _line_comment(
    world: World, repo: Document, pull: Document, thread: Document, body: str, review: int, place: Document
) -> Document:
    comment: Document = {
        "id": world.next_id(),
        "pull": pull["number"],
        "review": review,
        "thread": thread["id"],
        "user": world.actor.login,
        "body": body,
        "commit_id": pull["head_sha"],
        "in_reply_to": place.get("in_reply_to"),
        "created_at": world.now(),
        "updated_at": world.now(),
        **{name: place.get(name) for name in _PLACE},
    }
    world.store.put("review_comment", repo["full_name"], comment["id"], comment)
    world.record("review_comment.created", repo["full_name"], f"#{pull['number']}", path=comment["path"])
    return comment


def edit_line_comment(world: World, repo: Document, comment_id: int, body: str) -> Document:
    """Rewrite a comment on a line."""
    comments.check_body("PullRequestReviewComment", body)
    comment = comments.find(world, repo, comment_id, "review_comment")
    comment |= {"body": body, "updated_at": world.now()}
    return world.store.put("review_comment", repo["full_name"], comment_id, comment)


def delete_line_comment(world: World, repo: Document, comment_id: int) -> None:
    """Remove a comment on a line, and its thread when it was the only one."""
    comment = comments.find(world, repo, comment_id, "review_comment")
    world.store.delete("review_comment", repo["full_name"], comment_id)
    if not line_comments(world, repo, thread=comment["thread"]):
        world.store.delete("review_thread", repo["full_name"], comment["thread"])


def resolve(world: World, repo: Document, thread_id: int, *, resolved: bool = True) -> Document:
    """Mark a thread as resolved, or open it again."""
    thread = world.store.get("review_thread", repo["full_name"], thread_id)
    if thread is None:
        raise not_found()
    thread |= {"resolved": resolved, "resolved_by": world.actor.login if resolved else None}
    world.store.put("review_thread", repo["full_name"], thread_id, thread)
    action = "resolved" if resolved else "unresolved"
    world.record(f"review_thread.{action}", repo["full_name"], f"#{thread['pull']}")
    announce(world, repo, "pull_request_review_thread", action, thread=thread)
    return thread
