"""Mutations of issues, labels, comments and reactions, and of what pull requests share with issues."""

from shipway.twin.behaviour import access, comments, issues, labels
from shipway.twin.graphql.connections import cursor
from shipway.twin.graphql.fields import Context, Thing
from shipway.twin.graphql.lookup import thing, typed, writable
from shipway.twin.graphql.mutations import Input, Payload, mutation
from shipway.twin.graphql.threads import CONTENTS, THREADS, subject_of
from shipway.twin.store import Document

_CONTENT = {shown: content for content, shown in CONTENTS.items()}
_REACTABLE = (*THREADS, "IssueComment", "PullRequestReview", "PullRequestReviewComment")
_NEEDS = {"Issue": "issues", "PullRequest": "pull_requests"}


def thread(context: Context, node_id: str, *types: str, role: str | None = None) -> Thing:
    """An issue or pull request that the caller may change; of pull requests either permission will do."""
    found = typed(context, node_id, *(types or THREADS))
    either = {"pull_requests", "issues"} if found.type == "PullRequest" else {"issues"}
    granted = [
        name
        for name in sorted(either, reverse=True)
        if access.permits(context.who.permissions, name, "write")
    ]
    needs = granted[0] if granted else _NEEDS[found.type]
    access.require(context.world, context.who, found.repository, f"{needs}:write", role)
    return found


def again(context: Context, one: Thing) -> Thing:
    """The thing as it is now."""
    found = issues.find(context.world, one.repository, one["number"])
    return thing(found["kind"], one.repository, found)


def names_of_labels(context: Context, ids: list[str]) -> list[str]:
    """Label names by node ids."""
    return [str(typed(context, one, "Label")["name"]) for one in ids]


def logins_of(context: Context, ids: list[str]) -> list[str]:
    """Logins by node ids."""
    return [str(typed(context, one, "User", "Bot")["login"]) for one in ids]


def milestone_number(context: Context, node_id: str | None) -> int | None:
    """A milestone's number by its node id."""
    return int(typed(context, node_id, "Milestone")["number"]) if node_id else None


def edit_thread(context: Context, one: Thing, given: Input) -> None:
    """Apply the changes that `updateIssue` and `updatePullRequest` have in common."""
    world, repo, document = context.world, one.repository, one.data
    issues.edit(world, repo, document, title=given.get("title"), body=given.get("body"))
    if given.get("label_ids") is not None:
        issues.set_labels(world, repo, document, names_of_labels(context, given["label_ids"]))
    if given.get("assignee_ids") is not None:
        issues.set_assignees(world, repo, document, logins_of(context, given["assignee_ids"]))
    if "milestone_id" in given:
        issues.set_milestone(world, repo, document, milestone_number(context, given["milestone_id"]))


# -- issues ----------------------------------------------------------------------------------------


@mutation("createIssue")
def create_issue(context: Context, given: Input) -> Payload:
    """Open an issue."""
    repo = typed(context, given["repository_id"], "Repository").data
    access.require(context.world, context.who, repo, "issues:write", "read")
    made = issues.create(
        context.world,
        repo,
        given["title"],
        given.get("body"),
        label_names=names_of_labels(context, given.get("label_ids") or []),
        assignees=logins_of(context, given.get("assignee_ids") or []),
        milestone=milestone_number(context, given.get("milestone_id")),
    )
    return {"issue": thing("issue", repo, made)}


@mutation("updateIssue")
def update_issue(context: Context, given: Input) -> Payload:
    """Change an issue."""
    one = thread(context, given["id"], "Issue")
    edit_thread(context, one, given)
    if given.get("state"):
        issues.set_state(context.world, one.repository, one.data, given["state"].lower())
    return {"issue": again(context, one)}


@mutation("closeIssue")
def close_issue(context: Context, given: Input) -> Payload:
    """Close an issue."""
    one = thread(context, given["issue_id"], "Issue")
    reason = (given.get("state_reason") or "completed").lower()
    issues.set_state(context.world, one.repository, one.data, "closed", reason)
    return {"issue": again(context, one)}


@mutation("reopenIssue")
def reopen_issue(context: Context, given: Input) -> Payload:
    """Open an issue again."""
    one = thread(context, given["issue_id"], "Issue")
    issues.set_state(context.world, one.repository, one.data, "open")
    return {"issue": again(context, one)}


# -- labels ----------------------------------------------------------------------------------------


@mutation("createLabel")
def create_label(context: Context, given: Input) -> Payload:
    """Add a label."""
    repo = writable(context, given["repository_id"], "issues:write", "Repository").data
    made = labels.create(context.world, repo, given["name"], given["color"], given.get("description"))
    return {"label": thing("label", repo, made)}


@mutation("addLabelsToLabelable")
def add_labels(context: Context, given: Input) -> Payload:
    """Put labels on an issue or pull request."""
    one = thread(context, given["labelable_id"], role="triage")
    names = names_of_labels(context, given["label_ids"])
    issues.add_labels(context.world, one.repository, one.data, names)
    return {"labelable": again(context, one)}


@mutation("removeLabelsFromLabelable")
def remove_labels(context: Context, given: Input) -> Payload:
    """Take labels off an issue or pull request."""
    one = thread(context, given["labelable_id"], role="triage")
    gone = set(names_of_labels(context, given["label_ids"]))
    left = [name for name in one["labels"] if name not in gone]
    issues.set_labels(context.world, one.repository, one.data, left)
    return {"labelable": again(context, one)}


# -- comments and reactions ------------------------------------------------------------------------


@mutation("addComment")
def add_comment(context: Context, given: Input) -> Payload:
    """Comment on an issue or pull request."""
    one = thread(context, given["subject_id"], role="read")
    made = comments.create(context.world, one.repository, one.data, given["body"])
    position = len(comments.of_thread(context.world, one.repository, one["number"])) - 1
    edge = {"cursor": cursor(position), "node": thing("comment", one.repository, made)}
    return {"comment_edge": edge, "subject": again(context, one)}


@mutation("updateIssueComment")
def update_comment(context: Context, given: Input) -> Payload:
    """Rewrite a comment; one's own, or any for those who may write."""
    comment = typed(context, given["id"], "IssueComment")
    own = comment["user"] == context.who.login
    access.require(context.world, context.who, comment.repository, _needs(context, comment), _role(own=own))
    made = comments.update(context.world, comment.repository, comment["id"], given["body"])
    return {"issue_comment": thing("comment", comment.repository, made)}


def _role(*, own: bool) -> str:
    return "read" if own else "write"


def _needs(context: Context, comment: Thing) -> str:
    found = issues.find(context.world, comment.repository, comment["thread"])
    pulls = found["kind"] == "pull" and not access.permits(context.who.permissions, "issues", "write")
    return "pull_requests:write" if pulls else "issues:write"


def _permission(context: Context, subject: Thing) -> str:
    """That for reactions: around a pull request the one for issues does not do, whatever the path says."""
    if subject.type == "IssueComment":
        found = issues.find(context.world, subject.repository, subject["thread"])
        return "pull_requests" if found["kind"] == "pull" else "issues"
    return _NEEDS.get(subject.type, "pull_requests")


@mutation("addReaction")
def add_reaction(context: Context, given: Input) -> Payload:
    """React to something."""
    subject = typed(context, given["subject_id"], *_REACTABLE)
    repo: Document = subject.repository
    access.require(context.world, context.who, repo, f"{_permission(context, subject)}:write", "read")
    made, _ = comments.react(context.world, repo, subject_of(subject), _CONTENT[given["content"]])
    return {"reaction": thing("reaction", repo, made), "subject": subject}
