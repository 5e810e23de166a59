"""Issues, and what issues and pull requests have in common: number, labels, assignees, milestone, state.

Both are *threads*: documents of kind `issue` or `pull`, keyed by number, with their kind in `kind`.
"""

from collections.abc import Sequence
from typing import Literal

from shipway.twin.behaviour import access, labels
from shipway.twin.behaviour.events import announce
from shipway.twin.errors import Refused, invalid, not_found
from shipway.twin.store import Document, Json
from shipway.twin.world import World

BODY_LIMIT = 65_536
"""Characters of the body of an issue, a pull request or a comment."""

EVENTS = {"issue": "issues", "pull": "pull_request"}
"""The webhook event of each kind of thread."""


def find(world: World, repo: Document, number: int) -> Document:
    """The issue or pull request with that number; 404 when there is none."""
    name = repo["full_name"]
    thread = world.store.get("issue", name, number) or world.store.get("pull", name, number)
    if thread is None:
        raise not_found()
    return thread


def threads(world: World, repo: Document) -> list[Document]:
    """All issues and pull requests, oldest first."""
    found = [one for kind in EVENTS for one in world.store.all(kind, repo["full_name"])]
    return sorted(found, key=lambda thread: int(thread["number"]))


def save(world: World, repo: Document, thread: Document) -> Document:
    """Keep a changed thread, with the time."""
    thread["updated_at"] = world.now()
    return world.store.put(thread["kind"], repo["full_name"], thread["number"], thread)


def number_from(world: World, repo: Document, number: int) -> None:
    """Let the next issue or pull request have this number, where none has it yet."""
    world.store.skip_to(_sequence(repo), number)


def _sequence(repo: Document) -> str:
    return f"thread {repo['full_name'].lower()}"


def new_thread(world: World, repo: Document, kind: str, title: str, body: str | None) -> Document:
    """The fields that issues and pull requests share, under the next number."""
    check_text("Issue" if kind == "issue" else "PullRequest", title, body)
    return {
        "id": world.next_id(),
        "kind": kind,
        "repo": repo["full_name"],
        "number": world.store.next_number(_sequence(repo)),
        "title": title,
        "body": body,
        "user": world.actor.login,
        "state": "open",
        "state_reason": None,
        "labels": [],
        "assignees": [],
        "milestone": None,
        "locked": False,
        "lock_reason": None,
        "created_at": world.now(),
        "updated_at": world.now(),
        "closed_at": None,
        "closed_by": None,
    }


def check_text(resource: str, title: str, body: str | None) -> None:
    """Refuse an empty or long title and a long body."""
    if not title.strip():
        raise invalid(resource, "title", "missing_field")
    if len(title) > 256:
        raise invalid(resource, "title", "custom", "title is too long (maximum is 256 characters)")
    if body and len(body) > BODY_LIMIT:
        raise invalid(resource, "body", "custom", f"body is too long (maximum is {BODY_LIMIT} characters)")


def create(
    world: World,
    repo: Document,
    title: str,
    body: str | None = None,
    *,
    label_names: Sequence[str] = (),
    assignees: Sequence[str] = (),
    milestone: int | None = None,
) -> Document:
    """Open an issue. Labels that do not exist are made; who may not triage sets none."""
    issue = new_thread(world, repo, "issue", title, body)
    if may_triage(world, repo):
        _check_milestone(world, repo, milestone)
        issue["labels"] = [labels.ensure(world, repo, name)["name"] for name in dict.fromkeys(label_names)]
        issue["assignees"] = _checked_assignees(world, repo, assignees)
        issue["milestone"] = milestone
    save(world, repo, issue)
    world.record("issue.opened", repo["full_name"], f"#{issue['number']}", title=title)
    announce(world, repo, "issues", "opened", issue=issue)
    return issue


def may_triage(world: World, repo: Document) -> bool:
    """Whether the actor may label and assign; tokens of apps were checked before."""
    if world.actor.kind != "user" or world.actor.login == "github":
        return True
    return access.at_least(access.role_of(world, repo, world.actor.login), "triage")


def edit(world: World, repo: Document, thread: Document, *, title: str | None, body: str | None) -> None:
    """Change title and body where given and different."""
    new = {"title": title, "body": body}
    changes = {key: value for key, value in new.items() if value is not None and thread[key] != value}
    if not changes:
        return
    before = {key: {"from": thread[key] or ""} for key in changes}
    thread |= changes
    check_text("Issue" if thread["kind"] == "issue" else "PullRequest", thread["title"], thread["body"])
    save(world, repo, thread)
    _record(world, repo, thread, "edited", fields=sorted(changes))
    tell(world, repo, thread, "edited", changes=before)


def set_state(world: World, repo: Document, thread: Document, state: str, reason: str | None = None) -> None:
    """Open or close; nothing happens when it is so already."""
    if thread["state"] == state:
        return
    closing = state == "closed"
    thread["state"] = state
    thread["closed_at"] = world.now() if closing else None
    thread["closed_by"] = world.actor.login if closing else None
    thread["state_reason"] = (reason or "completed") if closing else "reopened"
    save(world, repo, thread)
    action = "closed" if closing else "reopened"
    _record(world, repo, thread, action)
    tell(world, repo, thread, action)


def set_labels(world: World, repo: Document, thread: Document, names: Sequence[str]) -> None:
    """Make these the labels; missing ones are created."""
    wanted = [labels.ensure(world, repo, name)["name"] for name in dict.fromkeys(names)]
    added = [name for name in wanted if name not in thread["labels"]]
    removed = [name for name in thread["labels"] if name not in wanted]
    if not added and not removed:
        return
    thread["labels"] = [name for name in thread["labels"] if name in wanted] + added
    save(world, repo, thread)
    for action, changed in (("labeled", added), ("unlabeled", removed)):
        for name in changed:
            _record(world, repo, thread, action, label=name)
            tell(world, repo, thread, action, label=world.store.get("label", repo["full_name"], name.lower()))


def add_labels(world: World, repo: Document, thread: Document, names: Sequence[str]) -> None:
    """Add labels to those there are."""
    set_labels(world, repo, thread, [*thread["labels"], *names])


def remove_label(world: World, repo: Document, thread: Document, name: str) -> None:
    """Take one label away; 404 when the thread does not carry it."""
    left = [one for one in thread["labels"] if one.lower() != name.lower()]
    if len(left) == len(thread["labels"]):
        raise not_found("Label does not exist")
    set_labels(world, repo, thread, left)


def set_assignees(world: World, repo: Document, thread: Document, logins: Sequence[str]) -> None:
    """Make these people responsible."""
    wanted = _checked_assignees(world, repo, logins)
    before = thread["assignees"]
    thread["assignees"] = wanted
    save(world, repo, thread)
    for action, one, other in (("assigned", wanted, before), ("unassigned", before, wanted)):
        for login in one:
            if login not in other:
                _record(world, repo, thread, action, assignee=login)
                tell(world, repo, thread, action, assignee=login)


def set_milestone(world: World, repo: Document, thread: Document, number: int | None) -> None:
    """Put the thread under a milestone, or (None) under none."""
    _check_milestone(world, repo, number)
    before = thread["milestone"]
    if before == number:
        return
    thread["milestone"] = number
    save(world, repo, thread)
    action = "demilestoned" if number is None else "milestoned"
    _record(world, repo, thread, action, milestone=number)
    milestone = world.store.get("milestone", repo["full_name"], number or before)
    tell(world, repo, thread, action, milestone=milestone)


def set_lock(
    world: World, repo: Document, thread: Document, *, locked: bool, reason: str | None = None
) -> None:
    """Lock or unlock the conversation."""
    thread["locked"], thread["lock_reason"] = locked, reason
    save(world, repo, thread)
    action = "locked" if locked else "unlocked"
    _record(world, repo, thread, action)
    tell(world, repo, thread, action)


def tell(world: World, repo: Document, thread: Document, action: str, **about: Json) -> None:
    """Announce an event of a thread under the name that fits its kind."""
    kind: Literal["issue", "pull"] = thread["kind"]
    announce(world, repo, EVENTS[kind], action, **{kind: thread}, **about)


def _record(world: World, repo: Document, thread: Document, action: str, **detail: Json) -> None:
    world.record(f"{thread['kind']}.{action}", repo["full_name"], f"#{thread['number']}", **detail)


def _check_milestone(world: World, repo: Document, number: int | None) -> None:
    if number is not None and world.store.get("milestone", repo["full_name"], number) is None:
        error = {"value": number, "resource": "Issue", "field": "milestone", "code": "invalid"}
        raise Refused(422, "Validation Failed", errors=[error])


def _checked_assignees(world: World, repo: Document, logins: Sequence[str]) -> list[str]:
    checked = []
    for login in dict.fromkeys(logins):
        user = world.user(login)
        if user is None or not assignable(world, repo, login):
            error = {"value": login, "resource": "Issue", "field": "assignees", "code": "invalid"}
            raise Refused(422, "Validation Failed", errors=[error])
        checked.append(user["login"])
    return checked


def assignable(world: World, repo: Document, login: str) -> bool:
    """Whether somebody can be made responsible: who was given access, not just anybody."""
    user = world.user(login)
    return user is not None and access.at_least(access.role_of(world, repo, login), "read")
