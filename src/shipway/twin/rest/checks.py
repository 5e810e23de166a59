"""Check runs, check suites and commit statuses over REST."""

from shipway.twin.behaviour import apps, checks, refs
from shipway.twin.behaviour.nodes import node_id
from shipway.twin.errors import not_found
from shipway.twin.rest.apps import app_shape
from shipway.twin.rest.git_shapes import api, html, signature
from shipway.twin.rest.pulls import minimal_pull
from shipway.twin.rest.repositories import repository
from shipway.twin.rest.users import simple_user
from shipway.twin.routing import Call, created, route
from shipway.twin.store import Document, Json
from shipway.twin.world import World

REPO = "/repos/{owner}/{repo}"
COMMIT = REPO + "/commits/{ref:path}"


def run_shape(world: World, repo: Document, run: Document) -> Document:
    """GitHub's `check-run`."""
    url = f"{api(world, repo)}/check-runs/{run['id']}"
    page = f"{html(world, repo)}/runs/{run['id']}"
    names = ("name", "head_sha", "external_id", "status", "conclusion", "started_at", "completed_at")
    counts = {"annotations_count": len(run["annotations"]), "annotations_url": f"{url}/annotations"}
    return {
        "id": run["id"],
        "node_id": node_id("check_run", repo, run),
        **{name: run[name] for name in names},
        "url": url,
        "html_url": page,
        "details_url": run["details_url"] or page,
        "output": run["output"] | counts,
        "check_suite": {"id": run["suite"]},
        "app": app_shape(world, apps.of_check(world, run["app"])),
        "pull_requests": _pulls(world, repo, run["head_sha"]),
    }


def _pulls(world: World, repo: Document, sha: str) -> list[Document]:
    found = world.store.find("pull", repo["full_name"], head_sha=sha, state="open")
    return [minimal_pull(world, repo, pull) for pull in found]


def suite_shape(world: World, repo: Document, suite: Document) -> Document:
    """GitHub's `check-suite`."""
    runs = checks.runs_of_suite(world, repo, suite["id"])
    status, conclusion = checks.conclude(runs)
    url = f"{api(world, repo)}/check-suites/{suite['id']}"
    parents = world.git_of(repo).commit(suite["head_sha"]).parents
    return {
        "id": suite["id"],
        "node_id": node_id("check_suite", repo, suite),
        "head_branch": suite["head_branch"],
        "head_sha": suite["head_sha"],
        "status": status,
        "conclusion": conclusion,
        "url": url,
        "before": parents[0] if parents else None,
        "after": suite["head_sha"],
        "pull_requests": _pulls(world, repo, suite["head_sha"]),
        "app": app_shape(world, apps.of_check(world, suite["app"])),
        "repository": repository(world, repo),
        "created_at": suite["created_at"],
        "updated_at": suite["updated_at"],
        "head_commit": simple_commit(world, repo, suite["head_sha"]),
        "latest_check_runs_count": len(runs),
        "check_runs_url": f"{url}/check-runs",
    }


def simple_commit(world: World, repo: Document, sha: str) -> Document:
    """GitHub's `simple-commit`."""
    commit = world.git_of(repo).commit(sha)
    author, committer = signature(commit.author), signature(commit.committer)
    date = committer.pop("date")
    author.pop("date")
    return {
        "id": sha,
        "tree_id": commit.tree,
        "message": commit.message,
        "timestamp": date,
        "author": author,
        "committer": committer,
    }


def _annotation(call: Call, run: Document, one: Document) -> Document:
    optional = ("start_column", "end_column", "title", "raw_details")
    href = f"{html(call.world, call.repo)}/blob/{run['head_sha']}/{one['path']}"
    return {**dict.fromkeys(optional), **one, "blob_href": href}


@route("POST", REPO + "/check-runs", needs="checks:write")
def create_check_run(call: Call) -> Json:
    """A new check run of the calling app."""
    name, head_sha = call.required(name=str, head_sha=str)
    fields = {key: value for key, value in call.json.items() if key not in {"name", "head_sha"}}
    run = checks.create_run(call.world, call.repo, name, head_sha, **fields)
    return created(run_shape(call.world, call.repo, run))


def _run(call: Call) -> Document:
    return checks.find_run(call.world, call.repo, call.number("check_run_id"))


@route("GET", REPO + "/check-runs/{check_run_id}", needs="checks:read")
def get_check_run(call: Call) -> Json:
    """One check run."""
    return run_shape(call.world, call.repo, _run(call))


@route("PATCH", REPO + "/check-runs/{check_run_id}", needs="checks:write")
def update_check_run(call: Call) -> Json:
    """Change a check run."""
    run = checks.update_run(call.world, call.repo, call.number("check_run_id"), **call.json)
    return run_shape(call.world, call.repo, run)


@route("GET", REPO + "/check-runs/{check_run_id}/annotations", needs="checks:read")
def list_annotations(call: Call) -> Json:
    """Its annotations."""
    run = _run(call)
    return call.page(run["annotations"], lambda one: _annotation(call, run, one))


@route("GET", COMMIT + "/check-runs", needs="checks:read")
def list_check_runs(call: Call) -> Json:
    """The check runs on a commit, by name and status; the latest of each name unless `filter=all`."""
    sha = refs.commit_of(call.world, call.repo, call["ref"])
    runs = checks.runs_of(call.world, call.repo, sha, latest=call.query.get("filter") != "all")
    name, status = call.query.get("check_name"), call.query.get("status")
    wanted = [one for one in runs if name in {None, one["name"]} and status in {None, one["status"]}]
    return call.page(wanted, lambda one: run_shape(call.world, call.repo, one), wrap="check_runs")


@route("GET", COMMIT + "/check-suites", needs="checks:read")
def list_check_suites(call: Call) -> Json:
    """The check suites on a commit."""
    sha = refs.commit_of(call.world, call.repo, call["ref"])
    found = call.world.store.find("check_suite", call.repo["full_name"], head_sha=sha)
    return call.page(found, lambda one: suite_shape(call.world, call.repo, one), wrap="check_suites")


@route("GET", REPO + "/check-suites/{check_suite_id}", needs="checks:read")
def get_check_suite(call: Call) -> Json:
    """One check suite."""
    suite = call.world.store.get("check_suite", call.repo["full_name"], call.number("check_suite_id"))
    if suite is None:
        raise not_found()
    return suite_shape(call.world, call.repo, suite)


@route("GET", REPO + "/check-suites/{check_suite_id}/check-runs", needs="checks:read")
def list_runs_of_suite(call: Call) -> Json:
    """The check runs of a suite."""
    runs = checks.runs_of_suite(call.world, call.repo, call.number("check_suite_id"))
    return call.page(runs, lambda one: run_shape(call.world, call.repo, one), wrap="check_runs")


# -- statuses --------------------------------------------------------------------------------------


def status_shape(world: World, repo: Document, status: Document) -> Document:
    """GitHub's `status`."""
    creator = simple_user(world, status["creator"])
    names = ("state", "description", "target_url", "context", "created_at", "updated_at")
    return {
        "id": status["id"],
        "node_id": node_id("status", repo, status),
        "url": f"{api(world, repo)}/statuses/{status['sha']}",
        "avatar_url": creator["avatar_url"],
        **{name: status[name] for name in names},
        "creator": creator,
    }


@route("POST", REPO + "/statuses/{sha}", needs="statuses:write")
def create_status(call: Call) -> Json:
    """Set the state of a context on a commit."""
    (state,) = call.required(state=str)
    context = call.optional("context", str) or "default"
    words = (call.optional("description", str), call.optional("target_url", str))
    status = checks.create_status(call.world, call.repo, call["sha"], state, context, *words)
    return created(status_shape(call.world, call.repo, status))


@route("GET", REPO + "/statuses/{ref:path}", needs="statuses:read")
@route("GET", COMMIT + "/statuses", needs="statuses:read")
def list_statuses(call: Call) -> Json:
    """Every status of a commit, newest first."""
    sha = refs.commit_of(call.world, call.repo, call["ref"])
    found = checks.statuses_of(call.world, call.repo, sha)
    return call.page(found, lambda one: status_shape(call.world, call.repo, one))


@route("GET", COMMIT + "/status", needs="statuses:read")
def get_combined_status(call: Call) -> Json:
    """The newest status of each context, and all together."""
    sha = refs.commit_of(call.world, call.repo, call["ref"])
    found = checks.statuses_of(call.world, call.repo, sha, latest=True)
    shapes = [status_shape(call.world, call.repo, one) for one in found]
    for shape in shapes:
        del shape["creator"]
    url = f"{api(call.world, call.repo)}/commits/{sha}"
    return {
        "state": checks.combined(found),
        "statuses": shapes,
        "sha": sha,
        "total_count": len(found),
        "repository": repository(call.world, call.repo),
        "commit_url": url,
        "url": f"{url}/status",
    }
