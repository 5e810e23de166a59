"""Runs of the workflow that deploys: started, found again, and looked at."""

from collections.abc import Mapping
from typing import Any

from shipway.adapters.github.client import GitHub, Refused
from shipway.domain.workflow_run import WorkflowRun

NOT_FOUND = 404
OVER = frozenset({NOT_FOUND, 409})
"""How GitHub refuses to cancel a run that has ended, or was deleted."""
OLDER = frozenset({400, 422})
"""How a GitHub refuses that does not know `return_run_details`, which github.com has had since February 2026."""


def dispatch(github: GitHub, workflow: str, ref: str, inputs: Mapping[str, str]) -> WorkflowRun | None:
    """Start a workflow, once; None where GitHub does not say which run that made.

    Raises:
        Transient: Whether it was started is unknown.
        Refused: It was not.
    """
    path, body = f"/actions/workflows/{workflow}/dispatches", {"ref": ref, "inputs": dict(inputs)}
    try:
        answer = github.send("POST", path, {**body, "return_run_details": True})
    except Refused as problem:
        if problem.status not in OLDER or "return_run_details" not in problem.message:
            raise
        answer = github.send("POST", path, body)
    if not answer:
        return None
    number, url = answer["workflow_run_id"], answer["html_url"]
    return WorkflowRun(id=number, status="queued", delivery=inputs.get("delivery", ""), url=url)


def found(github: GitHub, workflow: str, delivery: str) -> WorkflowRun | None:
    """The run that carries the id of a delivery in its name; the newest hundred are looked through."""
    path = f"/actions/workflows/{workflow}/runs"
    try:
        rows = github.get(path, event="workflow_dispatch", per_page=100)["workflow_runs"]
    except Refused as problem:
        if problem.status == NOT_FOUND:  # no such workflow; starting it will tell
            return None
        raise
    row = next((row for row in rows if delivery in (row["display_title"] or "")), None)
    return _run(github, row, delivery) if row else None


def carries(github: GitHub, number: int, workflow: str, delivery: str) -> bool:
    """Whether a run is one of this workflow that was started for a delivery, as its name says."""
    row = github.get(f"/actions/runs/{number}")
    path, event = row["path"].partition("@")[0], row["event"]
    ours = (path, event) == (f".github/workflows/{workflow}", "workflow_dispatch")
    return ours and delivery in (row["display_title"] or "")


def numbered(github: GitHub, number: int, delivery: str) -> WorkflowRun:
    """A run by its number; one that is not there any more was deleted, which can be done to those that have ended."""
    try:
        row = github.get(f"/actions/runs/{number}")
    except Refused as problem:
        if problem.status == NOT_FOUND:
            return WorkflowRun(id=number, status="completed", conclusion="deleted", delivery=delivery)
        raise
    return _run(github, row, delivery)


def over_before_cancelled(github: GitHub, number: int) -> bool:
    """Ask GitHub to end a run, which it does in its own time; gives whether that was over before.

    Raises:
        Transient: Whether it was heard is unknown.
        GitHubError: This token may not.
    """
    try:
        github.send("POST", f"/actions/runs/{number}/cancel")
    except Refused as problem:
        if problem.status not in OVER:
            raise
        return True
    return False


def start_again(github: GitHub, number: int) -> None:
    """Start all jobs of a run again that has ended.

    Raises:
        Transient: Whether it was heard is unknown.
        GitHubError: It goes on, or this token may not.
    """
    github.send("POST", f"/actions/runs/{number}/rerun")


def _run(github: GitHub, row: Mapping[str, Any], delivery: str) -> WorkflowRun:
    """Who holds it back is asked for where it waits, and who rejected it where it failed."""
    number, conclusion = row["id"], row["conclusion"] or ""
    return WorkflowRun(
        id=number,
        status=row["status"],
        delivery=delivery,
        conclusion=conclusion,
        attempt=row["run_attempt"],
        url=row["html_url"],
        waiting_for=_reviewers(github, number) if row["status"] == "waiting" else (),
        rejected_by=_rejected_by(github, number) if conclusion == "failure" else "",
    )


def _reviewers(github: GitHub, number: int) -> tuple[str, ...]:
    rows = github.get(f"/actions/runs/{number}/pending_deployments")
    named = (_name(github, one) for row in rows for one in row["reviewers"])
    return tuple(dict.fromkeys(named))


def _name(github: GitHub, reviewer: Mapping[str, Any]) -> str:
    one = reviewer["reviewer"]
    return str(one["login"]) if reviewer["type"] == "User" else f"{github.owner}/{one['slug']}"


def _rejected_by(github: GitHub, number: int) -> str:
    rows = github.get(f"/actions/runs/{number}/approvals")
    return next((str(row["user"]["login"]) for row in rows if row["state"] == "rejected"), "")
