"""Issues over REST, and the parts of the interface that pull requests share with them."""

import json
from collections.abc import Sequence
from typing import Any

from shipway.twin.behaviour import access, comments, issues
from shipway.twin.behaviour.nodes import node_id
from shipway.twin.errors import Refused, not_found, unprocessable
from shipway.twin.rest.git_shapes import api, html
from shipway.twin.rest.labels import label_shape, milestone_shape
from shipway.twin.rest.users import simple_user
from shipway.twin.routing import Call, Reply, created, route
from shipway.twin.store import Document, Json
from shipway.twin.world import World

REPO = "/repos/{owner}/{repo}"
ISSUE = REPO + "/issues/{issue_number}"
_SAME = ("number", "title", "body", "state", "locked", "created_at", "updated_at", "closed_at")
PERMISSIONS = {"issue": "issues", "pull": "pull_requests"}


def association(world: World, repo: Document, login: str) -> str:
    """What somebody is to the repository, in GitHub's words."""
    if login.lower() == repo["owner"].lower():
        return "OWNER"
    if world.store.get("member", repo["owner"].lower(), login.lower()):
        return "MEMBER"
    invited = world.store.get("collaborator", repo["full_name"], login.lower())
    return "COLLABORATOR" if invited else "NONE"


def thread_shape(world: World, repo: Document, thread: Document) -> Document:
    """The properties that GitHub's `issue` and `pull-request` have in common."""
    people = [simple_user(world, login) for login in thread["assignees"]]
    found = [world.store.get("label", repo["full_name"], name.lower()) for name in thread["labels"]]
    milestone = thread["milestone"] and world.store.get("milestone", repo["full_name"], thread["milestone"])
    number, issue_url = thread["number"], f"{api(world, repo)}/issues/{thread['number']}"
    return {
        "id": thread["id"],
        "node_id": node_id(thread["kind"], repo, thread),
        **{name: thread[name] for name in _SAME},
        "html_url": page_of(world, repo, number, thread["kind"]),
        "comments_url": f"{issue_url}/comments",
        "user": simple_user(world, thread["user"]),
        "labels": [label_shape(world, repo, label) for label in found if label],
        "assignee": people[0] if people else None,
        "assignees": people,
        "milestone": milestone_shape(world, repo, milestone) if milestone else None,
        "active_lock_reason": thread["lock_reason"],
        "author_association": association(world, repo, thread["user"]),
    }


def page_of(world: World, repo: Document, number: int, kind: str) -> str:
    """The page of an issue or pull request for people."""
    return f"{html(world, repo)}/{'pull' if kind == 'pull' else 'issues'}/{number}"


def reaction_rollup(world: World, repo: Document, subject: str, url: str) -> Document:
    """GitHub's `reaction-rollup`."""
    given = [one["content"] for one in comments.reactions_to(world, repo, subject)]
    counts = {content: given.count(content) for content in comments.CONTENTS}
    return {"url": f"{url}/reactions", "total_count": len(given), **counts}


def issue_shape(world: World, repo: Document, thread: Document) -> Document:
    """GitHub's `issue`, which shows pull requests too."""
    number = thread["number"]
    url = f"{api(world, repo)}/issues/{number}"
    shape = thread_shape(world, repo, thread) | {
        "url": url,
        "repository_url": api(world, repo),
        "labels_url": f"{url}/labels{{/name}}",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "state_reason": thread["state_reason"],
        "comments": len(comments.of_thread(world, repo, number)),
        "closed_by": simple_user(world, thread["closed_by"]) if thread["closed_by"] else None,
        "reactions": reaction_rollup(world, repo, f"issue/{number}", url),
    }
    return shape | (_pull_part(world, repo, thread) if thread["kind"] == "pull" else {})


def _pull_part(world: World, repo: Document, pull: Document) -> Document:
    page = page_of(world, repo, pull["number"], "pull")
    links = {
        "url": f"{api(world, repo)}/pulls/{pull['number']}",
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "merged_at": pull["merged_at"],
    }
    return {"draft": pull["draft"], "pull_request": links}


def thread_of(call: Call, level: str, role: str | None = None) -> Document:
    """The issue or pull request of the path, when the token may read or write that kind."""
    thread = issues.find(call.world, call.repo, call.number("issue_number"))
    permission = PERMISSIONS[thread["kind"]]
    # Either permission opens what the two share: https://docs.github.com/rest/authentication
    if not access.permits(call.who.permissions, permission, level):
        permission = "issues"
    access.require(call.world, call.who, call.repo, f"{permission}:{level}", role)
    return thread


def _shown(call: Call, thread: Document) -> Document:
    return issue_shape(call.world, call.repo, thread)


def _labels_shown(call: Call, thread: Document) -> list[Document]:
    found = [call.world.store.get("label", thread["repo"], name.lower()) for name in thread["labels"]]
    return [label_shape(call.world, call.repo, label) for label in found if label]


@route("GET", REPO + "/issues", needs=None)
def list_issues(call: Call) -> Json:
    """Issues and pull requests, newest first, by state, labels, milestone, assignee, creator and time."""
    access.require(call.world, call.who, call.repo, "issues:read")
    found = [one for one in issues.threads(call.world, call.repo) if _wanted(call, one)]
    order = {"updated": "updated_at", "comments": "number"}.get(call.query.get("sort", ""), "number")
    found.sort(key=lambda one: str(one[order]).zfill(20), reverse=call.query.get("direction") != "asc")
    return call.page(found, lambda one: _shown(call, one))


def _wanted(call: Call, thread: Document) -> bool:
    query = call.query
    names = {name.lower() for name in thread["labels"]}
    milestone = {"*": thread["milestone"] is not None, "none": thread["milestone"] is None}
    return all(
        (
            query.get("state", "open") in {"all", thread["state"]},
            {one.lower() for one in query.get("labels", "").split(",") if one} <= names,
            milestone.get(
                query.get("milestone", ""), query.get("milestone", "") in {"", str(thread["milestone"])}
            ),
            query.get("creator", thread["user"]).lower() == thread["user"].lower(),
            _assigned(query.get("assignee", ""), thread["assignees"]),
            query.get("since", "") <= thread["updated_at"],
        )
    )


def _assigned(wish: str, logins: Sequence[str]) -> bool:
    return {"": True, "*": bool(logins), "none": not logins}.get(wish, wish in logins)


@route("POST", REPO + "/issues", needs="issues:write", role="read")
def create_issue(call: Call) -> Json:
    """A new issue."""
    if "title" not in call.json:
        call.required(title=str)
    title = str(call.json["title"])
    issue = issues.create(
        call.world,
        call.repo,
        title,
        call.optional("body", str),
        label_names=names_in(call.optional("labels", list)),
        assignees=_assignees(call) or (),
        milestone=_milestone(call),
    )
    return created(_shown(call, issue))


def names_in(given: list[Any] | None) -> list[str]:
    """Label names, given as texts or as objects with a `name`."""
    return [str(one["name"]) if isinstance(one, dict) else str(one) for one in given or ()]


def _milestone(call: Call) -> int | None:
    number = call.json.get("milestone")
    return int(number) if number is not None else None


def _assignees(call: Call) -> list[str] | None:
    one = call.optional("assignee", str)
    return call.optional("assignees", list) if "assignees" in call.json else [one] if one else None


@route("GET", ISSUE, needs=None)
def get_issue(call: Call) -> Json:
    """One issue or pull request."""
    return _shown(call, thread_of(call, "read"))


@route("PATCH", ISSUE, needs=None)
def update_issue(call: Call) -> Json:
    """Change text, state, labels, assignees or milestone; the author may change the text."""
    thread = thread_of(call, "write", "read")
    if call.who.login != thread["user"] and not issues.may_triage(call.world, call.repo):
        raise not_found()
    title, body = call.optional("title", str), call.optional("body", str)
    issues.edit(call.world, call.repo, thread, title=title, body=body)
    if issues.may_triage(call.world, call.repo):
        _triage(call, thread)
    state = call.optional("state", str)
    if state not in {None, "open", "closed"}:
        raise unprocessable(f"Invalid request.\n\n{state} is not a member of ['open', 'closed'].")
    if state:
        issues.set_state(call.world, call.repo, thread, state, call.optional("state_reason", str))
    return _shown(call, thread)


def _triage(call: Call, thread: Document) -> None:
    if "labels" in call.json:
        issues.set_labels(call.world, call.repo, thread, names_in(call.json["labels"]))
    assignees = _assignees(call)
    if assignees is not None:
        issues.set_assignees(call.world, call.repo, thread, assignees)
    if "milestone" in call.json:
        issues.set_milestone(call.world, call.repo, thread, _milestone(call))


# -- labels of an issue ----------------------------------------------------------------------------


@route("GET", ISSUE + "/labels", needs=None)
def list_issue_labels(call: Call) -> Json:
    """The labels it carries."""
    return call.page(_labels_shown(call, thread_of(call, "read")), lambda one: one)


def _given_labels(call: Call) -> list[str]:
    """The names in the body: an object with `labels`, or the list alone, as older clients send it."""
    if not call.body.lstrip().startswith(b"["):
        return names_in(call.optional("labels", list))
    try:
        return names_in(json.loads(call.body))
    except ValueError:
        raise Refused(400, "Problems parsing JSON") from None


@route("POST", ISSUE + "/labels", needs=None)
def add_labels(call: Call) -> Json:
    """Put more labels on it."""
    thread = thread_of(call, "write", "triage")
    issues.add_labels(call.world, call.repo, thread, _given_labels(call))
    return _labels_shown(call, thread)


@route("PUT", ISSUE + "/labels", needs=None)
def set_labels(call: Call) -> Json:
    """Make these the labels."""
    thread = thread_of(call, "write", "triage")
    issues.set_labels(call.world, call.repo, thread, _given_labels(call))
    return _labels_shown(call, thread)


@route("DELETE", ISSUE + "/labels", needs=None)
def clear_labels(call: Call) -> None:
    """Take all labels away."""
    issues.set_labels(call.world, call.repo, thread_of(call, "write", "triage"), [])


@route("DELETE", ISSUE + "/labels/{name}", needs=None)
def remove_label(call: Call) -> Json:
    """Take one label away."""
    thread = thread_of(call, "write", "triage")
    issues.remove_label(call.world, call.repo, thread, call["name"])
    return _labels_shown(call, thread)


# -- assignees and lock ----------------------------------------------------------------------------


@route("POST", ISSUE + "/assignees", needs=None)
def add_assignees(call: Call) -> Json:
    """Make more people responsible; names that cannot be are ignored here, as GitHub does."""
    thread = thread_of(call, "write", "triage")
    wished = [*thread["assignees"], *(call.optional("assignees", list) or [])]
    possible = [login for login in wished if issues.assignable(call.world, call.repo, login)]
    issues.set_assignees(call.world, call.repo, thread, possible)
    return Reply(201, _shown(call, thread))


@route("DELETE", ISSUE + "/assignees", needs=None)
def remove_assignees(call: Call) -> Json:
    """Make people not responsible any more."""
    thread = thread_of(call, "write", "triage")
    gone = call.optional("assignees", list) or []
    issues.set_assignees(
        call.world, call.repo, thread, [one for one in thread["assignees"] if one not in gone]
    )
    return _shown(call, thread)


@route("GET", REPO + "/assignees/{assignee}")
def check_assignee(call: Call) -> None:
    """Whether somebody can be made responsible."""
    if not issues.assignable(call.world, call.repo, call["assignee"]):
        raise not_found()


@route("PUT", ISSUE + "/lock", needs=None)
def lock_issue(call: Call) -> None:
    """Lock the conversation."""
    thread, reason = thread_of(call, "write"), call.optional("lock_reason", str)
    issues.set_lock(call.world, call.repo, thread, locked=True, reason=reason)


@route("DELETE", ISSUE + "/lock", needs=None)
def unlock_issue(call: Call) -> None:
    """Unlock the conversation."""
    thread = thread_of(call, "write")
    if not thread["locked"]:
        raise Refused(404, "Not Found")
    issues.set_lock(call.world, call.repo, thread, locked=False)
