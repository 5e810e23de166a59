"""Check suites, check runs and commit statuses: what is said about a commit."""

from collections.abc import Mapping, Sequence

from shipway.twin.behaviour import apps, protection
from shipway.twin.behaviour.events import announce
from shipway.twin.errors import Refused, invalid, not_found, unprocessable
from shipway.twin.store import Document, Json
from shipway.twin.world import World

OUTPUT_LIMIT = 65_535
"""Characters of summary and of text of a check run's output."""
ANNOTATIONS_LIMIT = 50
"""Annotations in one request."""
DESCRIPTION_LIMIT = 140
"""Characters of the description of a commit status."""
STATES = ("error", "failure", "pending", "success")
STATUSES = ("queued", "in_progress", "completed", "waiting", "requested", "pending")
CONCLUSIONS = (
    "action_required",
    "cancelled",
    "failure",
    "neutral",
    "success",
    "skipped",
    "stale",
    "timed_out",
)
_GOOD = {"success", "neutral", "skipped"}
_RUN_FIELDS = ("name", "details_url", "external_id", "started_at")


def suite_of(world: World, repo: Document, sha: str, app_id: int) -> Document:
    """The check suite of an app on a commit; made when there is none."""
    known = world.store.find("check_suite", repo["full_name"], head_sha=sha, app=app_id)
    if known:
        return known[0]
    refs = world.git_of(repo).refs.items()
    branches = [name.removeprefix("refs/heads/") for name, tip in refs if tip == sha and "/heads/" in name]
    suite: Document = {
        "id": world.next_id(),
        "head_sha": sha,
        "head_branch": branches[0] if branches else None,
        "app": app_id,
        "created_at": world.now(),
        "updated_at": world.now(),
    }
    world.store.put("check_suite", repo["full_name"], suite["id"], suite)
    announce(world, repo, "check_suite", "requested", check_suite=suite)
    return suite


def find_run(world: World, repo: Document, run_id: int) -> Document:
    """A check run by its id; 404 when there is none."""
    run = world.store.get("check_run", repo["full_name"], run_id)
    if run is None:
        raise not_found()
    return run


def create_run(world: World, repo: Document, name: str, head_sha: str, **fields: Json) -> Document:
    """Add a check run of the acting app; `fields` are those of GitHub's request."""
    if world.actor.app_id is None and world.actor.kind not in {"actions", "installation"}:
        raise Refused(403, "You must authenticate via a GitHub App.")
    if world.git_of(repo).kind(head_sha) != "commit":
        raise unprocessable(f"No commit found for SHA: {head_sha}")
    app = world.actor.app_id or 0
    run: Document = {
        "id": world.next_id(),
        "name": name,
        "head_sha": head_sha,
        "suite": suite_of(world, repo, head_sha, app)["id"],
        "app": app,
        "status": "queued",
        "conclusion": None,
        "details_url": None,
        "external_id": "",
        "started_at": world.now(),
        "completed_at": None,
        "output": {"title": None, "summary": None, "text": None},
        "annotations": [],
        "actions": [],
    }
    _apply(world, run, fields)
    world.store.put("check_run", repo["full_name"], run["id"], run)
    world.record("check_run.created", repo["full_name"], name, sha=head_sha, **_outcome(run))
    announce(world, repo, "check_run", "created", check_run=run)
    _finish(world, repo, run, before=None)
    return run


def update_run(world: World, repo: Document, run_id: int, **fields: Json) -> Document:
    """Change a check run; annotations are added to those there are. Only its own app may."""
    run = find_run(world, repo, run_id)
    if (world.actor.app_id or 0) != run["app"]:
        raise Refused(
            403, "Invalid app_id `" + str(run["app"]) + "` - check run can only be modified by its app"
        )
    before = run["status"]
    _apply(world, run, fields)
    world.store.put("check_run", repo["full_name"], run_id, run)
    world.record("check_run.updated", repo["full_name"], run["name"], sha=run["head_sha"], **_outcome(run))
    _finish(world, repo, run, before)
    return run


def _outcome(run: Document) -> Document:
    return {"status": run["status"], "conclusion": run["conclusion"]}


def _finish(world: World, repo: Document, run: Document, before: str | None) -> None:
    if run["status"] != "completed" or before == "completed":
        return
    announce(world, repo, "check_run", "completed", check_run=run)
    runs = runs_of_suite(world, repo, run["suite"])
    if all(one["status"] == "completed" for one in runs):
        suite = world.store.get("check_suite", repo["full_name"], run["suite"])
        announce(world, repo, "check_suite", "completed", check_suite=suite)


def _apply(world: World, run: Document, fields: Mapping[str, Json]) -> None:
    run |= {name: fields[name] for name in _RUN_FIELDS if fields.get(name) is not None}
    status, conclusion = fields.get("status"), fields.get("conclusion")
    if status not in {None, *STATUSES}:
        raise invalid("CheckRun", "status", "invalid")
    if conclusion not in {None, *CONCLUSIONS}:
        raise invalid("CheckRun", "conclusion", "invalid")
    if status == "completed" and conclusion is None:
        message = 'Invalid request.\n\nNo subschema in "anyOf" matched.\n"conclusion" wasn\'t supplied.'
        raise unprocessable(message)
    if conclusion:
        run |= {"status": "completed", "conclusion": conclusion}
        run["completed_at"] = fields.get("completed_at") or world.now()
    elif status:
        run |= {"status": status, "conclusion": None, "completed_at": None}
    if fields.get("actions"):
        run["actions"] = fields["actions"]
    _apply_output(run, fields.get("output"))


def _apply_output(run: Document, output: Mapping[str, Json] | None) -> None:
    if not output:
        return
    for part in ("summary", "text"):
        if len(output.get(part) or "") > OUTPUT_LIMIT:
            message = f"{part} exceeds a maximum bytesize of {OUTPUT_LIMIT}"
            raise invalid("CheckRun", part, "custom", message)
    annotations: Sequence[Document] = output.get("annotations") or ()
    if len(annotations) > ANNOTATIONS_LIMIT:
        message = f"Invalid request.\n\nNo more than {ANNOTATIONS_LIMIT} items are allowed; "
        raise unprocessable(f"{message}{len(annotations)} were supplied.")
    run["annotations"] += annotations
    shown = {part: output[part] for part in ("title", "summary", "text") if output.get(part) is not None}
    run["output"] = run["output"] | shown


def runs_of_suite(world: World, repo: Document, suite_id: int) -> list[Document]:
    """The check runs of a suite."""
    return world.store.find("check_run", repo["full_name"], suite=suite_id)


def runs_of(world: World, repo: Document, sha: str, *, latest: bool = True) -> list[Document]:
    """The check runs on a commit; of several with one name and app only the latest, unless all are wanted."""
    runs = world.store.find("check_run", repo["full_name"], head_sha=sha)
    return list({(run["app"], run["name"]): run for run in runs}.values()) if latest else runs


def conclude(runs: Sequence[Document]) -> tuple[str, str | None]:
    """Status and conclusion of a suite from its runs."""
    if not runs:
        return "queued", None
    if any(run["status"] != "completed" for run in runs):
        started = any(run["status"] != "queued" for run in runs)
        return ("in_progress" if started else "queued"), None
    order = ("failure", "timed_out", "action_required", "cancelled", "stale", "neutral", "skipped", "success")
    found = {run["conclusion"] for run in runs}
    if found <= _GOOD:
        return "completed", "success" if "success" in found else found.pop()
    return "completed", next(one for one in order if one in found)


def create_status(
    world: World,
    repo: Document,
    sha: str,
    state: str,
    context: str = "default",
    description: str | None = None,
    target_url: str | None = None,
) -> Document:
    """Set the state of a context on a commit."""
    if state not in STATES:
        raise invalid("Status", "state", "inclusion", "State is not included in the list")
    if description and len(description) > DESCRIPTION_LIMIT:
        message = f"description is too long (maximum is {DESCRIPTION_LIMIT} characters)"
        raise invalid("Status", "description", "custom", message)
    if world.git_of(repo).kind(sha) != "commit":
        raise unprocessable(f"No commit found for SHA: {sha}")
    status: Document = {
        "id": world.next_id(),
        "sha": sha,
        "state": state,
        "context": context,
        "description": description,
        "target_url": target_url,
        "creator": world.actor.login,
        "created_at": world.now(),
        "updated_at": world.now(),
    }
    world.store.put("status", repo["full_name"], status["id"], status)
    world.record("status.created", repo["full_name"], context, sha=sha, state=state)
    announce(world, repo, "status", None, status=status)
    return status


def statuses_of(world: World, repo: Document, sha: str, *, latest: bool = False) -> list[Document]:
    """The statuses of a commit, newest first; with `latest` only the newest of each context."""
    newest_first = world.store.find("status", repo["full_name"], sha=sha)[::-1]
    if not latest:
        return newest_first
    found: dict[str, Document] = {}
    for status in newest_first:
        found.setdefault(status["context"], status)
    return list(found.values())


def combined(statuses: Sequence[Document]) -> str:
    """The state of all contexts together; pending when there is none."""
    states = {status["state"] for status in statuses}
    if states & {"error", "failure"}:
        return "failure"
    return "pending" if "pending" in states or not states else "success"


@protection.status_source
def contexts(world: World, repo: Document, sha: str) -> dict[str, str]:
    """Every context and check name on a commit with success, pending or failure."""
    return contexts_of(world, repo, sha, None)


def contexts_of(world: World, repo: Document, sha: str, app: Document | None) -> dict[str, str]:
    """The same of those that one App reported, or anybody."""
    found = {}
    for status in statuses_of(world, repo, sha, latest=True):
        if app is None or status["creator"] == f"{app['slug']}[bot]":
            found[status["context"]] = "failure" if status["state"] == "error" else status["state"]
    for run in runs_of(world, repo, sha):
        if app is None or apps.of_check(world, run["app"])["id"] == app["id"]:
            done = run["status"] == "completed"
            found[run["name"]] = (
                ("success" if run["conclusion"] in _GOOD else "failure") if done else "pending"
            )
    return found
