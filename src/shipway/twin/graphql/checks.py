"""Check runs, check suites and commit statuses."""

from collections import Counter
from typing import Any

from shipway.twin import node_ids
from shipway.twin.behaviour import apps, checks, protection
from shipway.twin.graphql import git, people
from shipway.twin.graphql.connections import Connection, connect
from shipway.twin.graphql.fields import Context, Json, Thing, resolves
from shipway.twin.graphql.lookup import thing, things
from shipway.twin.store import Document

_BAD = {"failure", "timed_out", "cancelled", "action_required", "stale"}


def _state_of(context: Thing) -> str:
    """The state that a check run or status adds to a rollup."""
    if context.type == "StatusContext":
        return str(context["state"]).upper()
    if context["status"] != "completed":
        return "PENDING"
    return "FAILURE" if context["conclusion"] in _BAD else "SUCCESS"


def contexts_on(context: Context, repo: Document, sha: str) -> list[Thing]:
    """The latest check runs and statuses of a commit."""
    runs = things("check_run", repo, checks.runs_of(context.world, repo, sha))
    return runs + things("status", repo, checks.statuses_of(context.world, repo, sha, latest=True))


def rollup(context: Context, repo: Document, sha: str) -> Thing | None:
    """Everything said about a commit; None when nothing was."""
    found = contexts_on(context, repo, sha)
    if not found:
        return None
    states = {_state_of(one) for one in found}
    worst = next(one for one in ("ERROR", "FAILURE", "PENDING", "SUCCESS") if one in states)
    return Thing("StatusCheckRollup", {"oid": sha, "state": worst, "found": found}, repo)


@resolves("Commit", "statusCheckRollup")
def rollup_of_commit(context: Context, commit: Thing) -> Thing | None:
    """Everything said about the commit."""
    return rollup(context, commit.repository, commit["oid"])


resolves("StatusCheckRollup", "id")(lambda _, one: node_ids.encode("SCR", one.repository["id"], one["oid"]))
resolves("StatusCheckRollup", "commit")(lambda _, one: git.commit(one.repository, one["oid"]))


@resolves("StatusCheckRollup", "contexts")
def rollup_contexts(_: Context, one: Thing, **page: Json) -> Connection:
    """Check runs first, then statuses, with counts by state."""
    runs = [context for context in one["found"] if context.type == "CheckRun"]
    statuses = [context for context in one["found"] if context.type == "StatusContext"]
    return connect(
        one["found"],
        check_run_count=len(runs),
        check_run_counts_by_state=_counts((run["conclusion"] or run["status"]).upper() for run in runs),
        status_context_count=len(statuses),
        status_context_counts_by_state=_counts(_state_of(status) for status in statuses),
        **page,
    )


def _counts(states: Any) -> list[dict[str, Json]]:
    return [{"state": state, "count": count} for state, count in sorted(Counter(states).items())]


@resolves("Commit", "status")
def status_of_commit(context: Context, commit: Thing) -> Thing | None:
    """The commit statuses together; None when there is none."""
    found = checks.statuses_of(context.world, commit.repository, commit["oid"], latest=True)
    if not found:
        return None
    data = {"oid": commit["oid"], "state": checks.combined(found).upper(), "found": found}
    return Thing("Status", data, commit.repository)


resolves("Status", "id")(lambda _, one: node_ids.encode("CST", one.repository["id"], one["oid"]))
resolves("Status", "commit")(lambda _, one: git.commit(one.repository, one["oid"]))
resolves("Status", "contexts")(lambda _, one: things("status", one.repository, one["found"]))

resolves("StatusContext", "state")(lambda _, one: one["state"].upper())
resolves("StatusContext", "creator")(lambda context, one: people.actor(context, one["creator"]))
resolves("StatusContext", "commit")(lambda _, one: git.commit(one.repository, one["sha"]))
resolves("StatusContext", "avatarUrl")(lambda *_, **__: None)


@resolves("StatusContext", "isRequired")
@resolves("CheckRun", "isRequired")
def is_required(
    context: Context,
    one: Thing,
    pull_request_number: int | None = None,
    pull_request_id: str | None = None,
) -> bool:
    """Whether the base branch of a pull request asks for this context."""
    repo, world = one.repository, context.world
    wanted = {"number": pull_request_number} if pull_request_number else {"id": _last_part(pull_request_id)}
    pull = next(iter(world.store.find("pull", repo["full_name"], **wanted)), None)
    if pull is None:
        return False
    name = one["name"] if one.type == "CheckRun" else one["context"]
    return name in required_on(context, repo, pull["base_ref"])


def _last_part(node_id: str | None) -> int | str | None:
    return node_ids.decode(node_id)[1][-1] if node_id else None


def required_on(context: Context, repo: Document, branch: str) -> set[str]:
    """The contexts that protection and rulesets of a branch require."""
    classic = protection.of_branch(context.world, repo, branch)
    found = set(protection.required_checks(classic)) if classic else set()
    for rule in protection.rules_of(context.world, repo, branch):
        if rule["type"] == "required_status_checks":
            found |= {one["context"] for one in rule["parameters"]["required_status_checks"]}
    return found


# -- check suites and runs -------------------------------------------------------------------------


@resolves("Commit", "checkSuites")
def suites_of_commit(
    context: Context, commit: Thing, filter_by: dict[str, Json] | None = None, **page: Json
) -> Connection:
    """The check suites of a commit, of one app if asked."""
    wanted = (filter_by or {}).get("app_id")
    found = context.world.store.find("check_suite", commit.repository["full_name"], head_sha=commit["oid"])
    found = [one for one in found if wanted in {None, app_document(context, one["app"])["id"]}]
    return connect(things("check_suite", commit.repository, found), **page)


def app_document(context: Context, app_id: int) -> Document:
    """The app with an id; the one of GitHub Actions for jobs' own tokens."""
    return context.world.store.get("app", "", app_id) or apps.ACTIONS


def app(document: Document) -> Thing:
    """An app's document as a thing."""
    return Thing("App", document)


resolves("App", "id")(lambda _, one: node_ids.encode("A", one["id"]))
resolves("App", "databaseId")(lambda _, one: one["id"])
resolves("App", "url")(lambda context, one: f"{context.world.url}/apps/{one['slug']}")


def _conclusion(context: Context, suite: Thing) -> tuple[str, str | None]:
    return checks.conclude(checks.runs_of_suite(context.world, suite.repository, suite["id"]))


resolves("CheckSuite", "app")(lambda context, suite: app(app_document(context, suite["app"])))
resolves("CheckSuite", "commit")(lambda _, suite: git.commit(suite.repository, suite["head_sha"]))
resolves("CheckSuite", "branch")(
    lambda context, suite: git.branch(context, suite.repository, suite["head_branch"] or "")
)
resolves("CheckSuite", "status")(lambda context, suite: _conclusion(context, suite)[0].upper())
resolves("CheckSuite", "conclusion")(
    lambda context, suite: (_conclusion(context, suite)[1] or "").upper() or None
)


def _commit_page(context: Context, one: Thing) -> str:
    return f"{context.world.url}/{one.repository['full_name']}/commit/{one['head_sha']}"


resolves("CheckSuite", "url")(lambda context, one: f"{_commit_page(context, one)}/checks")
resolves("CheckSuite", "resourcePath")(lambda context, one: f"{_commit_page(context, one)}/checks")


# Checks come from outside here, not from runs of workflows: no suite belongs to one.
resolves("CheckSuite", "workflowRun")(lambda *_: None)


@resolves("CheckSuite", "checkRuns")
def runs_of_suite(
    context: Context, suite: Thing, filter_by: dict[str, Json] | None = None, **page: Json
) -> Connection:
    """The check runs of a suite, of one name if asked."""
    wanted = (filter_by or {}).get("check_name")
    found = checks.runs_of_suite(context.world, suite.repository, suite["id"])
    return connect(
        things("check_run", suite.repository, [one for one in found if wanted in {None, one["name"]}]),
        **page,
    )


def run_url(context: Context, run: Thing) -> str:
    """Where people read a check run."""
    return f"{context.world.url}/{run.repository['full_name']}/runs/{run['id']}"


for _part in ("title", "summary", "text"):
    resolves("CheckRun", _part)(lambda _, run, part=_part: run["output"][part])
resolves("CheckRun", "status")(lambda _, run: run["status"].upper())
resolves("CheckRun", "conclusion")(lambda _, run: (run["conclusion"] or "").upper() or None)
resolves("CheckRun", "url", "permalink", "resourcePath")(run_url)
resolves("CheckRun", "detailsUrl")(lambda context, run: run["details_url"] or run_url(context, run))


@resolves("CheckRun", "checkSuite")
def suite_of_run(context: Context, run: Thing) -> Thing:
    """The suite of a run."""
    suite = context.world.store.get("check_suite", run.repository["full_name"], run["suite"])
    return thing("check_suite", run.repository, suite or {})


@resolves("CheckRun", "annotations")
def annotations(_: Context, run: Thing, **page: Json) -> Connection:
    """The annotations of a run."""
    return connect([Thing("CheckAnnotation", one) for one in run["annotations"]], **page)


resolves("CheckAnnotation", "annotationLevel")(lambda _, one: one["annotation_level"].upper())
resolves("CheckAnnotation", "title")(lambda _, one: one.data.get("title"))
