"""Workflows and their runs over REST."""

from pathlib import PurePosixPath

from shipway.twin.behaviour import environments, runs, workflows
from shipway.twin.behaviour.events import announce
from shipway.twin.behaviour.nodes import node_id
from shipway.twin.errors import unprocessable
from shipway.twin.rest.checks import simple_commit
from shipway.twin.rest.deployments import deployment_shape
from shipway.twin.rest.environments import brief, reviewers
from shipway.twin.rest.git_shapes import api, html
from shipway.twin.rest.repositories import repository
from shipway.twin.rest.users import simple_user
from shipway.twin.routing import Call, Reply, route
from shipway.twin.store import Document, Json
from shipway.twin.world import World

REPO = "/repos/{owner}/{repo}"
WORKFLOW = REPO + "/actions/workflows/{workflow_id}"
RUN = REPO + "/actions/runs/{run_id}"


def workflow_shape(world: World, repo: Document, workflow: Document) -> Document:
    """GitHub's `workflow`."""
    file = PurePosixPath(workflow["path"]).name
    return {
        **workflow,
        "node_id": node_id("workflow", repo, workflow),
        "url": f"{api(world, repo)}/actions/workflows/{workflow['id']}",
        "html_url": f"{html(world, repo)}/blob/{repo['default_branch']}/{workflow['path']}",
        "badge_url": f"{html(world, repo)}/actions/workflows/{file}/badge.svg",
    }


def run_shape(world: World, repo: Document, run: Document) -> Document:
    """GitHub's `workflow-run`."""
    url = f"{api(world, repo)}/actions/runs/{run['id']}"
    hidden = {"workflow", "inputs", "actor", "triggering_actor"}
    tails = ("jobs", "logs", "artifacts", "cancel", "rerun")
    return {
        **{name: value for name, value in run.items() if name not in hidden},
        "node_id": node_id("run", repo, run),
        "workflow_id": run["workflow"],
        "check_suite_id": run["id"],
        "check_suite_node_id": node_id("check_suite", repo, run),
        "url": url,
        "html_url": f"{html(world, repo)}/actions/runs/{run['id']}",
        "pull_requests": [],
        "actor": simple_user(world, run["actor"]),
        "triggering_actor": simple_user(world, run["triggering_actor"]),
        **{f"{tail}_url": f"{url}/{tail}" for tail in tails},
        "check_suite_url": f"{api(world, repo)}/check-suites/{run['id']}",
        "previous_attempt_url": None,
        "workflow_url": f"{api(world, repo)}/actions/workflows/{run['workflow']}",
        "head_commit": simple_commit(world, repo, run["head_sha"]),
        "repository": repository(world, repo),
        "head_repository": repository(world, repo),
    }


@route("GET", REPO + "/actions/workflows", needs="actions:read")
def list_workflows(call: Call) -> Json:
    """Every workflow."""
    found = workflows.all_of(call.world, call.repo)
    return call.page(found, lambda one: workflow_shape(call.world, call.repo, one), wrap="workflows")


def _workflow(call: Call) -> Document:
    return workflows.find(call.world, call.repo, call["workflow_id"])


@route("GET", WORKFLOW, needs="actions:read")
def get_workflow(call: Call) -> Json:
    """One workflow."""
    return workflow_shape(call.world, call.repo, _workflow(call))


@route("PUT", WORKFLOW + "/enable", needs="actions:write")
def enable_workflow(call: Call) -> None:
    """Let it run again."""
    workflows.set_enabled(call.world, call.repo, _workflow(call), enabled=True)


@route("PUT", WORKFLOW + "/disable", needs="actions:write")
def disable_workflow(call: Call) -> None:
    """Let it not run any more."""
    workflows.set_enabled(call.world, call.repo, _workflow(call), enabled=False)


@route("POST", WORKFLOW + "/dispatches", needs="actions:write")
def dispatch_workflow(call: Call) -> Json:
    """Start it by hand; the run is named only when the caller asks for it."""
    (ref,) = call.required(ref=str)
    wanted, known = call.optional("return_run_details", bool), call.world.run_details
    if wanted is not None and known == "refused":
        raise unprocessable('Invalid request.\n\n"return_run_details" is not a permitted key.')
    run = workflows.dispatch(call.world, call.repo, _workflow(call), ref, call.optional("inputs", dict))
    if not wanted or known == "overlooked":
        return None
    shape = run_shape(call.world, call.repo, run)
    return {"workflow_run_id": run["id"], "run_url": shape["url"], "html_url": shape["html_url"]}


@route("GET", WORKFLOW + "/runs", needs="actions:read")
def list_runs_of_workflow(call: Call) -> Json:
    """The runs of one workflow."""
    workflow = _workflow(call)
    found = call.world.store.find("run", call.repo["full_name"], workflow=workflow["id"])
    return _runs_page(call, found)


@route("GET", REPO + "/actions/runs", needs="actions:read")
def list_runs(call: Call) -> Json:
    """All runs."""
    return _runs_page(call, call.world.store.all("run", call.repo["full_name"]))


def _runs_page(call: Call, found: list[Document]) -> Reply:
    same = {"branch": "head_branch", "event": "event", "head_sha": "head_sha", "actor": "actor"}
    wanted = [
        run
        for run in found[::-1]
        if all(call.query.get(name) in {None, run[key]} for name, key in same.items())
        and call.query.get("status") in {None, run["status"], run["conclusion"]}
    ]
    return call.page(wanted, lambda one: run_shape(call.world, call.repo, one), wrap="workflow_runs")


def _run(call: Call) -> Document:
    return runs.find(call.world, call.repo, call.number("run_id"))


@route("GET", RUN, needs="actions:read")
def get_run(call: Call) -> Json:
    """One run."""
    return run_shape(call.world, call.repo, _run(call))


@route("GET", RUN + "/jobs", needs="actions:read")
def list_jobs(call: Call) -> Json:
    """The jobs of a run, of which the twin knows nothing."""
    _run(call)
    return call.page([], lambda one: one, wrap="jobs")


@route("POST", RUN + "/cancel", needs="actions:write")
def cancel_run(call: Call) -> Json:
    """End a run."""
    runs.cancel(call.world, call.repo, call.number("run_id"))
    return Reply(202, {})


@route("POST", RUN + "/rerun", needs="actions:write")
def rerun(call: Call) -> Json:
    """Queue a run again."""
    runs.rerun(call.world, call.repo, call.number("run_id"))
    return Reply(201, {})


@route("GET", RUN + "/pending_deployments", needs="actions:read")
def list_pending_deployments(call: Call) -> Json:
    """The environments at which jobs of a run wait."""
    run = _run(call)
    found = runs.pending(call.world, call.repo, run["id"])
    return [_pending(call, run, one) for one in found if runs.held(call.world, call.repo, one["id"])]


def _pending(call: Call, run: Document, one: Document) -> Document:
    environment = environments.find(call.world, call.repo, one["name"])
    return {
        "environment": brief(call.world, call.repo, environment),
        "wait_timer": environment["wait_timer"],
        "wait_timer_started_at": one["since"] if environment["wait_timer"] else None,
        "current_user_can_approve": runs.can_approve(call.world, call.repo, run, one),
        "reviewers": reviewers(call.world, environment),
    }


@route("POST", RUN + "/pending_deployments", needs="deployments:write", role="read")
def review_pending_deployments(call: Call) -> Json:
    """Approve or reject jobs that wait."""
    ids, state, comment = call.required(environment_ids=list, state=str, comment=str)
    found = runs.review(call.world, call.repo, call.number("run_id"), ids, state, comment)
    return [deployment_shape(call.world, call.repo, one) for one in found]


@route("GET", RUN + "/approvals", needs="actions:read")
def list_approvals(call: Call) -> Json:
    """Who approved or rejected what."""
    return [_approval(call, one) for one in runs.approvals(call.world, call.repo, _run(call)["id"])]


def _approval(call: Call, one: Document) -> Document:
    found = call.world.store.find("environment", call.repo["full_name"], id=one["environment"])
    times = ("created_at", "updated_at")
    shown = [brief(call.world, call.repo, each) | {name: each[name] for name in times} for each in found]
    user = simple_user(call.world, one["user"])
    return {"environments": shown, "state": one["state"], "user": user, "comment": one["comment"]}


@route("POST", RUN + "/deployment_protection_rule", needs="deployments:write")
def answer_protection_rule(call: Call) -> None:
    """Approve or reject as an app, or only comment."""
    name, comment = call.required(environment_name=str, comment=str)
    state = call.optional("state", str)
    if state is None:
        return
    if state not in {"approved", "rejected"}:
        raise unprocessable(f"Invalid request.\n\n{state} is not a member of ['approved', 'rejected'].")
    runs.answer_rule(call.world, call.repo, call.number("run_id"), name, state, comment)


@route("POST", REPO + "/dispatches", needs="contents:write")
def dispatch_repository(call: Call) -> None:
    """Tell workflows and apps of an event of one's own."""
    (event,) = call.required(event_type=str)
    if len(event) > 100:
        raise unprocessable("event_type is too long (maximum is 100 characters)")
    payload = call.optional("client_payload", dict) or {}
    if len(payload) > 10:
        raise unprocessable(f"No more than 10 properties are allowed; {len(payload)} were supplied.")
    call.world.record("repository.dispatched", call.repo["full_name"], event)
    announce(call.world, call.repo, "repository_dispatch", event, client_payload=payload)


@route("GET", REPO + "/actions/permissions/workflow", needs="administration:read", role="admin")
def get_workflow_permissions(call: Call) -> Json:
    """What workflows' own tokens may do."""
    return workflows.permissions(call.world, call.repo)


@route("PUT", REPO + "/actions/permissions/workflow", needs="administration:write")
def set_workflow_permissions(call: Call) -> None:
    """Change what workflows' own tokens may do."""
    default = call.optional("default_workflow_permissions", str)
    approve = call.optional("can_approve_pull_request_reviews", bool)
    given = {"default_workflow_permissions": default, "can_approve_pull_request_reviews": approve}
    changes = {name: value for name, value in given.items() if value is not None}
    workflows.set_permissions(call.world, call.repo, changes)
