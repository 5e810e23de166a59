"""Comments on issues, pull requests and commits, and reactions to anything."""

from shipway.twin.behaviour import issues
from shipway.twin.behaviour.events import announce
from shipway.twin.errors import Refused, invalid, not_found
from shipway.twin.store import Document
from shipway.twin.world import World

CONTENTS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


def check_body(resource: str, body: str) -> None:
    """Refuse an empty body, and one over 65,536 characters, with GitHub's words."""
    if not body.strip():
        raise invalid(resource, "data", "unprocessable", "Body cannot be blank")
    if len(body) > issues.BODY_LIMIT:
        message = f"Body is too long (maximum is {issues.BODY_LIMIT} characters)"
        raise invalid(resource, "data", "unprocessable", message)


def of_thread(world: World, repo: Document, number: int) -> list[Document]:
    """The comments of an issue or pull request, oldest first."""
    return world.store.find("comment", repo["full_name"], thread=number)


def find(world: World, repo: Document, comment_id: int, kind: str = "comment") -> Document:
    """A comment by its id (`kind` comment, commit_comment or review_comment); 404 when there is none."""
    comment = world.store.get(kind, repo["full_name"], comment_id)
    if comment is None:
        raise not_found()
    return comment


def create(world: World, repo: Document, thread: Document, body: str) -> Document:
    """Comment on an issue or pull request."""
    check_body("IssueComment", body)
    if thread["locked"] and not issues.may_triage(world, repo):
        raise Refused(403, "Unable to create comment because issue is locked.")
    comment = _new(world, body) | {"thread": thread["number"]}
    world.store.put("comment", repo["full_name"], comment["id"], comment)
    issues.save(world, repo, thread)
    world.record("comment.created", repo["full_name"], f"#{thread['number']}", body=body)
    announce(world, repo, "issue_comment", "created", thread=thread, comment=comment)
    return comment


def update(world: World, repo: Document, comment_id: int, body: str) -> Document:
    """Rewrite a comment on an issue or pull request."""
    check_body("IssueComment", body)
    comment = find(world, repo, comment_id)
    before = comment["body"]
    comment |= {"body": body, "updated_at": world.now()}
    world.store.put("comment", repo["full_name"], comment_id, comment)
    world.record("comment.edited", repo["full_name"], f"#{comment['thread']}", body=body)
    thread = issues.find(world, repo, comment["thread"])
    changes = {"body": {"from": before}}
    announce(world, repo, "issue_comment", "edited", thread=thread, comment=comment, changes=changes)
    return comment


def delete(world: World, repo: Document, comment_id: int) -> None:
    """Remove a comment on an issue or pull request."""
    comment = find(world, repo, comment_id)
    world.store.delete("comment", repo["full_name"], comment_id)
    world.record("comment.deleted", repo["full_name"], f"#{comment['thread']}")
    thread = issues.find(world, repo, comment["thread"])
    announce(world, repo, "issue_comment", "deleted", thread=thread, comment=comment)


def comment_commit(world: World, repo: Document, sha: str, body: str, path: str | None = None) -> Document:
    """Comment on a commit, which must exist."""
    check_body("CommitComment", body)
    if world.git_of(repo).kind(sha) != "commit":
        raise invalid("CommitComment", "commit_id", "invalid")
    comment = _new(world, body) | {"sha": sha, "path": path}
    world.store.put("commit_comment", repo["full_name"], comment["id"], comment)
    world.record("commit_comment.created", repo["full_name"], sha, body=body)
    return comment


def _new(world: World, body: str) -> Document:
    now = world.now()
    user = world.actor.login
    return {"id": world.next_id(), "body": body, "user": user, "created_at": now, "updated_at": now}


def reactions_to(world: World, repo: Document, subject: str) -> list[Document]:
    """The reactions to a subject such as `issue/3` or `comment/17`, oldest first."""
    return world.store.find("reaction", repo["full_name"], subject=subject)


def react(world: World, repo: Document, subject: str, content: str) -> tuple[Document, bool]:
    """Add the actor's reaction; gives it and whether it is new, for the same one twice is one."""
    if content not in CONTENTS:
        raise invalid("Reaction", "content", "invalid")
    user = world.actor.login
    for old in reactions_to(world, repo, subject):
        if (old["user"], old["content"]) == (user, content):
            return old, False
    reaction: Document = {
        "id": world.next_id(),
        "subject": subject,
        "user": user,
        "content": content,
        "created_at": world.now(),
    }
    world.store.put("reaction", repo["full_name"], reaction["id"], reaction)
    world.record("reaction.added", repo["full_name"], subject, content=content)
    return reaction, True


def unreact(world: World, repo: Document, subject: str, reaction_id: int) -> None:
    """Take a reaction away; 404 when it is not there."""
    reaction = world.store.get("reaction", repo["full_name"], reaction_id)
    if reaction is None or reaction["subject"] != subject:
        raise not_found()
    world.store.delete("reaction", repo["full_name"], reaction_id)
    world.record("reaction.removed", repo["full_name"], subject, content=reaction["content"])
