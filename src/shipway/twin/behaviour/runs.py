"""Runs of workflows. The twin records them and holds them at environments; something outside executes them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shipway.twin.behaviour import deployments, environments
from shipway.twin.behaviour.events import announce
from shipway.twin.errors import Refused, not_found, unprocessable
from shipway.twin.store import Document, Json
from shipway.twin.world import World

ENDS_OF_JOBS = {"success": "success", "failure": "failure", "timed_out": "failure"}
"""Conclusion of a run → state of the deployments of its jobs. Of a run that was cancelled GitHub's documentation says
nothing, and the twin leaves what it finds."""
CONCLUSIONS = ("success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required")


def find(world: World, repo: Document, run_id: int) -> Document:
    """A run by its id; 404 when there is none."""
    run = world.store.get("run", repo["full_name"], run_id)
    if run is None:
        raise not_found()
    return run


def start(
    world: World, repo: Document, workflow: Document, ref: str, sha: str, *, title: str = "", **about: Json
) -> Document:
    """Record a queued run; `about` has at least the `event`, and `inputs` where it was started by hand."""
    run: Document = {
        "id": world.next_id(),
        "workflow": workflow["id"],
        "path": workflow["path"],
        "name": workflow["name"],
        "display_title": title or workflow["name"],
        "event": about["event"],
        "inputs": about.get("inputs") or {},
        "status": "queued",
        "conclusion": None,
        "head_branch": ref.removeprefix("refs/heads/").removeprefix("refs/tags/"),
        "head_sha": sha,
        "actor": world.actor.login,
        "triggering_actor": world.actor.login,
        "run_number": world.store.next_number(f"run {repo['full_name']} {workflow['path']}"),
        "run_attempt": 1,
        "created_at": world.now(),
        "updated_at": world.now(),
        "run_started_at": world.now(),
    }
    world.store.put("run", repo["full_name"], run["id"], run)
    world.record("run.requested", repo["full_name"], workflow["path"], event=run["event"])
    announce(world, repo, "workflow_run", "requested", run=run, workflow=workflow)
    return run


def set_status(
    world: World, repo: Document, run: Document, status: str, conclusion: str | None = None
) -> Document:
    """Tell how a run goes: `in_progress`, `waiting`, or `completed` with a conclusion."""
    run |= {"status": status, "conclusion": conclusion, "updated_at": world.now()}
    world.store.put("run", repo["full_name"], run["id"], run)
    world.record("run.updated", repo["full_name"], run["path"], status=status, conclusion=conclusion)
    if status in {"in_progress", "completed"}:
        workflow = world.store.get("workflow", repo["full_name"], run["path"])
        announce(world, repo, "workflow_run", status, run=run, workflow=workflow)
    if status == "completed" and conclusion in ENDS_OF_JOBS:
        _end_deployments(world, repo, run, ENDS_OF_JOBS[conclusion])
    return run


def _end_deployments(world: World, repo: Document, run: Document, state: str) -> None:
    """Each job that named an environment ends its deployment as it ended itself."""
    for one in world.store.find("deployment", repo["full_name"], run=run["id"]):
        if one["attempt"] == run["run_attempt"]:
            _say(world, repo, one, state)


def _say(world: World, repo: Document, deployment: Document, state: str) -> None:
    """As GitHub itself says how the job of a deployment goes, with the address of its log."""
    log = f"{world.url}/{repo['full_name']}/actions/runs/{deployment['run']}/job/{deployment['id']}"
    if state == "success":
        deployments.create_status(world, repo, deployment, state, log_url=log)
    else:
        deployments.set_state(world, repo, deployment, state, log_url=log)


def cancel(world: World, repo: Document, run_id: int) -> None:
    """End a run that is not over; 409 when it is."""
    run = find(world, repo, run_id)
    if run["status"] == "completed":
        raise Refused(409, "Cannot cancel a workflow run that is completed.")
    for one in pending(world, repo, run_id):
        world.store.delete("pending", repo["full_name"], one["id"])
    set_status(world, repo, run, "completed", "cancelled")


def rerun(world: World, repo: Document, run_id: int) -> None:
    """Queue a finished run once more, as its next attempt."""
    run = find(world, repo, run_id)
    if run["status"] != "completed":
        raise Refused(403, "This workflow is already running")
    run |= {"run_attempt": run["run_attempt"] + 1, "run_started_at": world.now()}
    run |= {"triggering_actor": world.actor.login}
    set_status(world, repo, run, "queued")


# -- environments ----------------------------------------------------------------------------------


def enter_environment(world: World, repo: Document, run: Document, name: str) -> Document:
    """A job of the run names an environment: GitHub makes a deployment and holds the job where it must.

    Gives the deployment; `held(…)` tells whether the job may go on.
    """
    environment = environments.ensure(world, repo, name)
    ref = f"refs/{'heads' if world.git_of(repo).branch(run['head_branch']) else 'tags'}/{run['head_branch']}"
    if not environments.admits(world, repo, environment, ref):
        which = f'Branch "{run["head_branch"]}" is not allowed to deploy to {name}'
        raise unprocessable(f"{which} due to environment protection rules.")
    fields: Document = {"environment": name, "run": run["id"], "attempt": run["run_attempt"]}
    deployment = deployments.record(world, repo, run["head_branch"], run["head_sha"], fields)
    apps = [rule["app"] for rule in environments.rules(world, repo, environment)]
    waits = bool(environment["reviewers"] or environment["wait_timer"] or apps)
    if not waits:
        _say(world, repo, deployment, "in_progress")
        return deployment
    held: Document = {
        "id": deployment["id"],
        "run": run["id"],
        "environment": environment["id"],
        "name": name,
        "reviewed": not environment["reviewers"],
        "apps": apps,
        "since": world.now(),
    }
    world.store.put("pending", repo["full_name"], held["id"], held)
    _say(world, repo, deployment, "waiting")
    set_status(world, repo, run, "waiting")
    for app in apps:
        about = {"run": run, "deployment": deployment, "environment": environment, "app": app}
        announce(world, repo, "deployment_protection_rule", "requested", **about)
    return deployment


def pending(world: World, repo: Document, run_id: int) -> list[Document]:
    """The jobs of a run that wait at an environment."""
    return world.store.find("pending", repo["full_name"], run=run_id)


def held(world: World, repo: Document, deployment_id: int) -> bool:
    """Whether the job of a deployment still waits; a timer that ran out lets it go."""
    one = world.store.get("pending", repo["full_name"], deployment_id)
    if one is None:
        return False
    _release_if_free(world, repo, one)
    return world.store.get("pending", repo["full_name"], deployment_id) is not None


def _release_if_free(world: World, repo: Document, one: Document) -> None:
    environment = environments.find(world, repo, one["name"])
    until = datetime.fromisoformat(one["since"]) + timedelta(minutes=environment["wait_timer"])
    if not one["reviewed"] or one["apps"] or world.clock.now() < until:
        return
    world.store.delete("pending", repo["full_name"], one["id"])
    _say(world, repo, deployments.find(world, repo, one["id"]), "in_progress")
    run = find(world, repo, one["run"])
    if not pending(world, repo, run["id"]):
        set_status(world, repo, run, "in_progress")


def review(
    world: World, repo: Document, run_id: int, environment_ids: Sequence[int], state: str, comment: str
) -> list[Document]:
    """Approve or reject, as the acting person, the jobs that wait at environments; gives the deployments."""
    if state not in {"approved", "rejected"}:
        raise unprocessable(f"Invalid request.\n\n{state} is not a member of ['approved', 'rejected'].")
    run = find(world, repo, run_id)
    chosen = [one for one in pending(world, repo, run_id) if one["environment"] in environment_ids]
    if not chosen:
        raise unprocessable("No pending deployment requests to approve or reject")
    for one in chosen:
        if not can_approve(world, repo, run, one):
            raise unprocessable("There were one or more errors: the user is not allowed to review.")
    for one in chosen:
        _decide(world, repo, one, state, comment, one | {"reviewed": True})
    return [deployments.find(world, repo, one["id"]) for one in chosen]


def can_approve(world: World, repo: Document, run: Document, one: Document) -> bool:
    """Whether the actor is a reviewer there, and not shut out as the one who started the run."""
    environment = environments.find(world, repo, one["name"])
    own = environment["prevent_self_review"] and run["actor"] == world.actor.login
    return not own and environments.may_review(world, repo, environment, world.actor.login)


def answer_rule(world: World, repo: Document, run_id: int, name: str, state: str, comment: str) -> None:
    """Approve or reject as an app that is a custom protection rule of the environment."""
    app = world.actor.app_id
    for one in pending(world, repo, run_id):
        if one["name"].lower() == name.lower() and app in one["apps"]:
            left = [other for other in one["apps"] if other != app]
            _decide(world, repo, one, state, comment, one | {"apps": left})
            return
    raise not_found()


def _decide(
    world: World, repo: Document, one: Document, state: str, comment: str, approved: Document
) -> None:
    verdict = {"id": world.next_id(), "run": one["run"], "environment": one["environment"], "state": state}
    verdict |= {"comment": comment, "user": world.actor.login}
    world.store.put("approval", repo["full_name"], str(verdict["id"]), verdict)
    world.record(f"deployment.{state}", repo["full_name"], one["name"], comment=comment)
    if state == "approved":
        world.store.put("pending", repo["full_name"], one["id"], approved)
        _release_if_free(world, repo, approved)
        return
    world.store.delete("pending", repo["full_name"], one["id"])
    _say(world, repo, deployments.find(world, repo, one["id"]), "failure")
    set_status(world, repo, find(world, repo, one["run"]), "completed", "failure")


def approvals(world: World, repo: Document, run_id: int) -> list[Document]:
    """Who approved or rejected what of a run."""
    return world.store.find("approval", repo["full_name"], run=run_id)
