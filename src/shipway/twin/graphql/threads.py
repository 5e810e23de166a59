"""Issues and what they share with pull requests: labels, milestones, comments, reactions."""

from collections.abc import Callable
from typing import Any

from shipway.twin.behaviour import access, comments, issues
from shipway.twin.graphql import people
from shipway.twin.graphql.connections import Connection, connect, in_order
from shipway.twin.graphql.fields import Context, Json, Thing, plain, resolves
from shipway.twin.graphql.lookup import thing, things
from shipway.twin.graphql.people import unresolved
from shipway.twin.store import Document

CONTENTS = {
    "+1": "THUMBS_UP",
    "-1": "THUMBS_DOWN",
    "laugh": "LAUGH",
    "hooray": "HOORAY",
    "confused": "CONFUSED",
    "heart": "HEART",
    "rocket": "ROCKET",
    "eyes": "EYES",
}
THREADS = ("Issue", "PullRequest")
COMMENTS = ("IssueComment", "PullRequestReview", "PullRequestReviewComment")
ORDER: dict[str, Callable[[Thing], Any]] = {
    "created_at": lambda one: (one["created_at"], one["number"]),
    "updated_at": lambda one: (one["updated_at"], one["number"]),
    "comments": lambda one: one["number"],
}


def thread_url(context: Context, repo: Document, thread: Document) -> str:
    """Where people read an issue or a pull request."""
    kind = "pull" if thread["kind"] == "pull" else "issues"
    return f"{context.world.url}/{repo['full_name']}/{kind}/{thread['number']}"


def _path(context: Context, url: str) -> str:
    return url.removeprefix(context.world.url)


def association(context: Context, repo: Document, login: str) -> str:
    """What the author of something is to the repository."""
    store, owner = context.world.store, repo["owner"].lower()
    if login.lower() == owner:
        return "OWNER"
    if store.get("member", owner, login.lower()):
        return "MEMBER"
    known = store.get("collaborator", repo["full_name"], login.lower())
    return "COLLABORATOR" if known else "NONE"


def _register_shared() -> None:
    for kind in (*THREADS, *COMMENTS):
        resolves(kind, "author")(lambda context, one: people.actor(context, one["user"]))
        resolves(kind, "body")(lambda _, one: one["body"] or "")
        resolves(kind, "authorAssociation")(
            lambda context, one: association(context, one.repository, one["user"])
        )
        resolves(kind, "includesCreatedEdit")(lambda _, one: one["updated_at"] != one["created_at"])
        resolves(kind, "viewerDidAuthor")(lambda context, one: one["user"] == context.who.login)
        resolves(kind, "isMinimized")(lambda *_: False)
        resolves(kind, "minimizedReason")(lambda *_: None)
        resolves(kind, "reactionGroups")(reaction_groups)
    for kind in THREADS:
        resolves(kind, "url", "permalink")(lambda context, one: thread_url(context, one.repository, one.data))
        resolves(kind, "resourcePath")(
            lambda context, one: _path(context, thread_url(context, one.repository, one.data))
        )
        resolves(kind, "closed")(lambda _, one: one["state"] == "closed")
        resolves(kind, "labels")(labels_of)
        resolves(kind, "milestone")(milestone_of)
        resolves(kind, "assignees")(assignees_of)
        resolves(kind, "comments")(comments_of)


def subject_of(one: Thing) -> str:
    """What reactions to a thing are kept under."""
    if one.type in THREADS:
        return f"issue/{one['number']}"
    kind = "review_comment" if one.type == "PullRequestReviewComment" else "comment"
    return f"{kind}/{one['id']}"


def reaction_groups(context: Context, one: Thing) -> Json:
    """How many people reacted with what."""
    found = comments.reactions_to(context.world, one.repository, subject_of(one))
    return [
        {
            "content": shown,
            "users": [reaction["user"] for reaction in found if reaction["content"] == content],
        }
        for content, shown in CONTENTS.items()
    ]


resolves("ReactionGroup", "users")(lambda _context, group, **page: connect(group["users"], **page))
resolves("ReactionGroup", "viewerHasReacted")(lambda context, group: context.who.login in group["users"])
resolves("Reaction", "content")(lambda _, one: CONTENTS[one["content"]])
resolves("Reaction", "user")(lambda context, one: people.user(context, one["user"]))


def labels_of(
    context: Context, one: Thing, order_by: dict[str, str] | None = None, **page: Json
) -> Connection:
    """The labels of an issue or pull request."""
    del order_by
    repo = one.repository
    found = [context.world.store.get("label", repo["full_name"], name.lower()) for name in one["labels"]]
    return connect([thing("label", repo, label) for label in found if label], **page)


def milestone_of(context: Context, one: Thing) -> Thing | None:
    """The milestone, if it has one."""
    number = one["milestone"]
    found = context.world.store.get("milestone", one.repository["full_name"], number) if number else None
    return thing("milestone", one.repository, found) if found else None


def assignees_of(context: Context, one: Thing, **page: Json) -> Connection:
    """Who is responsible."""
    return connect([people.user(context, login) for login in one["assignees"]], **page)


def comments_of(
    context: Context, one: Thing, order_by: dict[str, str] | None = None, **page: Json
) -> Connection:
    """The conversation, oldest first."""
    del order_by
    found = comments.of_thread(context.world, one.repository, one["number"])
    return connect(things("comment", one.repository, found), **page)


_register_shared()


# -- issues ----------------------------------------------------------------------------------------

resolves("Issue", "state")(lambda _, one: one["state"].upper())
resolves("Issue", "isPinned")(lambda *_: False)


@resolves("Issue", "stateReason")
def state_reason(_: Context, one: Thing, **__: Json) -> str | None:
    """Why it is as it is."""
    reason = one["state_reason"]
    return reason.upper() if reason else None


@resolves("Repository", "issue", needs="issues:read")
def find_issue(context: Context, repo: Thing, number: int) -> Thing:
    """An issue by number."""
    found = context.world.store.get("issue", repo["full_name"], number)
    if found is None:
        raise unresolved("Issue", f"number of {number}")
    return thing("issue", repo.data, found)


@resolves("Repository", "issueOrPullRequest")
def find_thread(context: Context, repo: Thing, number: int) -> Thing:
    """An issue or pull request by number."""
    for kind in issues.EVENTS:
        found = context.world.store.get(kind, repo["full_name"], number)
        if found:
            return thing(kind, repo.data, found)
    raise unresolved("issue or pull request", f"number of {number}")


@resolves("Repository", "issues", needs="issues:read")
def find_issues(
    context: Context,
    repo: Thing,
    states: list[str] | None = None,
    labels: list[str] | None = None,
    order_by: dict[str, str] | None = None,
    filter_by: dict[str, Json] | None = None,
    **page: Json,
) -> Connection:
    """Issues by state and label."""
    wanted = {**(filter_by or {}), **({"labels": labels} if labels else {})}
    found = [
        one
        for one in things("issue", repo.data, context.world.store.all("issue", repo["full_name"]))
        if one["state"].upper() in (states or wanted.get("states") or ("OPEN", "CLOSED"))
        and has_label(one, wanted.get("labels"))
        and wanted.get("assignee") in {None, *one["assignees"]}
        and wanted.get("created_by") in {None, one["user"]}
    ]
    return connect(in_order(found, order_by, **ORDER), **page)


def has_label(one: Thing, names: list[str] | None) -> bool:
    """Whether a thread carries one of the labels; any will do when none is named."""
    carried = {name.lower() for name in one["labels"]}
    return not names or any(name.lower() in carried for name in names)


# -- labels, milestones, comments ------------------------------------------------------------------

resolves("Label", "isDefault")(lambda *_: False)
resolves("Label", "createdAt")(lambda *_: None)
resolves("Label", "url")(
    lambda context, one: f"{context.world.url}/{one.repository['full_name']}/labels/{one['name']}"
)


@resolves("Repository", "label")
def find_label(context: Context, repo: Thing, name: str) -> Thing | None:
    """A label by name."""
    found = context.world.store.get("label", repo["full_name"], name.lower())
    return thing("label", repo.data, found) if found else None


@resolves("Repository", "labels")
def find_labels(
    context: Context,
    repo: Thing,
    query: str | None = None,
    order_by: dict[str, str] | None = None,
    **page: Json,
) -> Connection:
    """The labels whose names contain the query."""
    found = things("label", repo.data, context.world.store.all("label", repo["full_name"]))
    found = [one for one in found if (query or "").lower() in one["name"].lower()]
    return connect(in_order(found, order_by, name=lambda one: one["name"].lower()), **page)


plain("Milestone", dueOn="due_on")
resolves("Milestone", "state")(lambda _, one: one["state"].upper())
resolves("Milestone", "closed")(lambda _, one: one["state"] == "closed")
resolves("Milestone", "creator")(lambda context, one: people.actor(context, one["creator"]))
resolves("Milestone", "url")(
    lambda context, one: f"{context.world.url}/{one.repository['full_name']}/milestone/{one['number']}"
)
resolves("Milestone", "resourcePath")(
    lambda _, one: f"/{one.repository['full_name']}/milestone/{one['number']}"
)


@resolves("Repository", "milestone")
def find_milestone(context: Context, repo: Thing, number: int) -> Thing | None:
    """A milestone by number."""
    found = context.world.store.get("milestone", repo["full_name"], number)
    return thing("milestone", repo.data, found) if found else None


@resolves("Repository", "milestones")
def find_milestones(
    context: Context,
    repo: Thing,
    states: list[str] | None = None,
    query: str | None = None,
    order_by: dict[str, str] | None = None,
    **page: Json,
) -> Connection:
    """The milestones in some states."""
    found = [
        one
        for one in things("milestone", repo.data, context.world.store.all("milestone", repo["full_name"]))
        if (not states or one["state"].upper() in states) and (query or "").lower() in one["title"].lower()
    ]
    keys: dict[str, Callable[[Thing], Any]] = {
        "created_at": lambda one: one["number"],
        "number": lambda one: one["number"],
        "updated_at": lambda one: one["updated_at"],
        "due_date": lambda one: one["due_on"] or "",
    }
    return connect(in_order(found, order_by, **keys), **page)


def _thread_of(context: Context, comment: Thing) -> Thing:
    found = issues.find(context.world, comment.repository, comment["thread"])
    return thing(found["kind"], comment.repository, found)


@resolves("IssueComment", "issue")
def issue_of_comment(context: Context, comment: Thing) -> Thing:
    """The issue; of a comment on a pull request, the pull request seen as one."""
    found = _thread_of(context, comment)
    return Thing("Issue", found.data, found.repo)


@resolves("IssueComment", "pullRequest")
def pull_of_comment(context: Context, comment: Thing) -> Thing | None:
    """The pull request, when it is a comment on one."""
    found = _thread_of(context, comment)
    return found if found.type == "PullRequest" else None


@resolves("IssueComment", "url")
def comment_url(context: Context, comment: Thing) -> str:
    """Where people read it."""
    thread = _thread_of(context, comment)
    return f"{thread_url(context, comment.repository, thread.data)}#issuecomment-{comment['id']}"


resolves("IssueComment", "resourcePath")(
    lambda context, comment: _path(context, comment_url(context, comment))
)


def is_writer(context: Context, repo: Document, login: str) -> bool:
    """Whether somebody may write, which makes an opinion count."""
    return access.at_least(access.role_of(context.world, repo, login), "write")
