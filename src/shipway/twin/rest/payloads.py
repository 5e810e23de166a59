"""What webhooks carry: an event's documents in the shapes of the REST API."""

from collections.abc import Callable

from shipway.twin import git_history
from shipway.twin.behaviour import webhooks
from shipway.twin.behaviour.events import Happened
from shipway.twin.git_objects import ZERO
from shipway.twin.rest import git_shapes
from shipway.twin.rest.actions import run_shape, workflow_shape
from shipway.twin.rest.checks import run_shape as check_run_shape
from shipway.twin.rest.checks import simple_commit, status_shape, suite_shape
from shipway.twin.rest.comments import comment_shape
from shipway.twin.rest.deployments import deployment_shape
from shipway.twin.rest.deployments import status_shape as deployment_status_shape
from shipway.twin.rest.git_shapes import api, html
from shipway.twin.rest.issues import issue_shape
from shipway.twin.rest.labels import label_shape, milestone_shape
from shipway.twin.rest.pulls import full_pull, simple_pull
from shipway.twin.rest.releases import release_shape
from shipway.twin.rest.repositories import repository
from shipway.twin.rest.reviews import review_shape
from shipway.twin.rest.teams import team_shape
from shipway.twin.rest.users import simple_user
from shipway.twin.store import Document, Json
from shipway.twin.world import Pushed, World, reacts_to

Shape = Callable[[World, Document, Json], Json]
COMMITS = 2048
"""The most commits that a push tells of."""


def _user(world: World, _: Document, login: str) -> Json:
    return simple_user(world, login)


def _team(world: World, repo: Document, slug: str) -> Json:
    return team_shape(world, world.store.get("team", repo["owner"].lower(), slug) or {})


def _review(world: World, repo: Document, review: Document) -> Json:
    shape = review_shape(world, repo, review)
    return shape | {"state": shape["state"].lower(), "body": shape["body"] or None}


def _as_it_is(_: World, __: Document, value: Json) -> Json:
    return value


_SHAPES: dict[str, tuple[str, Shape]] = {
    "issue": ("issue", issue_shape),
    "thread": ("issue", issue_shape),
    "pull": ("pull_request", full_pull),
    "comment": ("comment", comment_shape),
    "review": ("review", _review),
    "label": ("label", label_shape),
    "milestone": ("milestone", milestone_shape),
    "assignee": ("assignee", _user),
    "reviewer": ("requested_reviewer", _user),
    "team": ("requested_team", _team),
    "release": ("release", release_shape),
    "deployment": ("deployment", deployment_shape),
    "deployment_status": ("deployment_status", deployment_status_shape),
    "check_run": ("check_run", check_run_shape),
    "check_suite": ("check_suite", suite_shape),
    "workflow": ("workflow", workflow_shape),
    "run": ("workflow_run", run_shape),
}


def payload(world: World, repo: Document, happened: Happened) -> Document:
    """The body of a webhook, but for the installation it is sent to."""
    body: Document = {"action": happened.action} if happened.action else {}
    for key, value in happened.about.items():
        name, shape = _SHAPES.get(key, (key, _as_it_is))
        body[name] = shape(world, repo, value)
    special = _SPECIAL.get(happened.event)
    body |= special(world, repo, happened.about) if special else {}
    for name in _INTERNAL.get(happened.event, ()):
        del body[name]
    body["repository"] = repository(world, repo)
    body["sender"] = simple_user(world, world.actor.login)
    return _older(body) if happened.event == "deployment_protection_rule" else body


def _older(value: Json) -> Json:
    """A payload as the stricter of GitHub's two descriptions has it: it does not know `user_view_type`."""
    if isinstance(value, list):
        return [_older(one) for one in value]
    if not isinstance(value, dict):
        return value
    more: Document = {"custom_properties": {}} if "clone_url" in value else {}
    return {name: _older(one) for name, one in value.items() if name != "user_view_type"} | more


def _status(world: World, repo: Document, status: Document) -> Document:
    commit = git_shapes.commit(world, repo, status["sha"])
    shape = status_shape(world, repo, status)
    names = ("id", "avatar_url", "state", "description", "target_url", "context", "created_at", "updated_at")
    told = {name: shape[name] for name in names}
    return told | {"sha": status["sha"], "name": repo["full_name"], "commit": commit, "branches": []}


def _protection_rule(world: World, repo: Document, about: Json) -> Document:
    callback = f"{api(world, repo)}/actions/runs/{about['run']['id']}/deployment_protection_rule"
    return {
        "environment": about["environment"]["name"],
        "event": about["run"]["event"],
        "deployment_callback_url": callback,
        "pull_requests": [],
    }


_SPECIAL: dict[str, Shape] = {
    "pull_request": lambda _, __, about: {"number": about["pull"]["number"]},
    "pull_request_review": lambda world, repo, about: {
        "pull_request": simple_pull(world, repo, about["pull"])
    },
    "status": lambda world, repo, about: _status(world, repo, about["status"]),
    "workflow_dispatch": lambda _, __, about: {"workflow": about["workflow"]["path"]},
    "repository_dispatch": lambda _, repo, __: {"branch": repo["default_branch"]},
    "deployment": lambda *_: {"workflow": None, "workflow_run": None},
    "deployment_status": lambda *_: {"workflow": None, "workflow_run": None},
    "deployment_protection_rule": _protection_rule,
}
"""What single events say differently."""

_INTERNAL = {"status": ("status",), "deployment_protection_rule": ("app", "workflow_run")}
"""What is announced for the twin itself and not sent."""


@reacts_to(Happened)
def tell(world: World, happened: Happened) -> None:
    """Deliver an event to everybody who listens."""
    repo = world.repository(happened.repo)
    if repo is None:
        return
    targets = webhooks.listeners(world, repo, happened.event, happened.about.get("app"))
    if not targets:
        return
    body = payload(world, repo, happened)
    for target in targets:
        webhooks.deliver(world, repo, target, happened.event, body)


@reacts_to(Pushed)
def tell_of_push(world: World, push: Pushed) -> None:
    """Deliver push, and create or delete when a branch or tag came or went."""
    repo = world.repository(push.repo)
    if repo is None or not push.ref.startswith(("refs/heads/", "refs/tags/")):
        return
    events: dict[str, Callable[[World, Document, Pushed], Document]] = {"push": _push}
    if push.old == ZERO:
        events["create"] = _created
    if push.new == ZERO:
        events["delete"] = _deleted
    for event, shape in events.items():
        targets = webhooks.listeners(world, repo, event)
        about = {"repository": repository(world, repo), "sender": simple_user(world, push.actor)}
        for target in targets:
            webhooks.deliver(world, repo, target, event, shape(world, repo, push) | about)


def _named(push: Pushed) -> Document:
    kind = "branch" if push.ref.startswith("refs/heads/") else "tag"
    return {"ref": push.ref.split("/", 2)[2], "ref_type": kind, "pusher_type": "user"}


def _created(_: World, repo: Document, push: Pushed) -> Document:
    return _named(push) | {"master_branch": repo["default_branch"], "description": repo["description"]}


def _deleted(_: World, __: Document, push: Pushed) -> Document:
    return _named(push)


def _push(world: World, repo: Document, push: Pushed) -> Document:
    git = world.git_of(repo)
    head = git.peel(push.new) if push.new != ZERO else None
    before = git.peel(push.old) if push.old != ZERO else None
    brought = git_history.commits_between(git, before, head) if head and before else [head] if head else []
    forced = bool(head and before and not git_history.is_ancestor(git, before, head))
    return {
        "ref": push.ref,
        "before": push.old,
        "after": push.new,
        "created": push.old == ZERO,
        "deleted": push.new == ZERO,
        "forced": forced,
        "base_ref": None,
        "compare": f"{html(world, repo)}/compare/{push.old[:12]}...{push.new[:12]}",
        "commits": [_commit(world, repo, sha) for sha in brought[-COMMITS:]],
        "head_commit": _commit(world, repo, head) if head else None,
        "pusher": {"name": push.actor, "email": f"{push.actor}@users.noreply.github.com"},
    }


def _commit(world: World, repo: Document, sha: str) -> Document:
    git = world.git_of(repo)
    parents = git.commit(sha).parents
    files = git_history.changed_files(git, parents[0] if parents else git_history.EMPTY_TREE, sha)
    kinds = {"added": "added", "removed": "removed"}
    paths: dict[str, list[str]] = {"added": [], "removed": [], "modified": []}
    for one in files:
        paths[kinds.get(one.status, "modified")].append(one.path)
    url = f"{html(world, repo)}/commit/{sha}"
    return simple_commit(world, repo, sha) | {"distinct": True, "url": url} | paths
