"""The issues in which promotions of components are tracked, and what decides their criteria on GitHub."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shipway.adapters.github.check_pages import read_on
from shipway.adapters.github.client import GitHub, document_text
from shipway.adapters.github.reading import deployment, observed
from shipway.domain.checks import Observed
from shipway.domain.facts import Deployment
from shipway.domain.maturity import TrackingIssue

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tracked:
    """What GitHub knows of a component.

    Attributes:
        issues: Those with its label, the newest first.
        deployments: To the environments that were asked for, the newest first.
        may_label: Whether the token may; from those who may not GitHub drops labels in silence.
    """

    issues: tuple[TrackingIssue, ...]
    checks: Observed
    deployments: tuple[Deployment, ...]
    may_label: bool


def read_tracked(github: GitHub, label: str, commit: str, environments: Sequence[str]) -> Tracked:
    """Read everything in one request, and one more for each hundred checks beyond the first."""
    row = github.query(
        document_text("maturity", "contexts", "of_deployment"),
        labels=[label],
        commit=commit,
        environments=[*environments],
    )["repository"]
    read_on(github, [row["object"]])
    found = map(deployment, row["deployments"]["nodes"])
    return Tracked(
        issues=tuple(_issue(node, node["id"], node["url"]) for node in row["issues"]["nodes"]),
        checks=observed(row["object"])
        if row["object"]
        else Observed(doubt=f"it does not have commit {commit}"),
        deployments=tuple(one for one in found if one.environment in environments),
        may_label=row["viewerPermission"] != "READ",
    )


def _issue(row: Json, node_id: str, url: str) -> TrackingIssue:
    labels = row["labels"]["nodes"] if isinstance(row["labels"], Mapping) else row["labels"]
    return TrackingIssue(
        number=row["number"],
        node_id=node_id,
        url=url,
        body=row["body"] or "",
        open=row["state"].lower() == "open",
        labels=frozenset(label["name"] for label in labels),
    )


def open_issue(github: GitHub, title: str, body: str, labels: Sequence[str]) -> TrackingIssue:
    """Make an issue; labels that do not exist are made by GitHub."""
    row = github.send("POST", "/issues", {"title": title, "body": body, "labels": [*labels]})
    return _as_sent(row, body, labels)


def write_issue(
    github: GitHub, issue: TrackingIssue, body: str, labels: Sequence[str], *, close: bool = False
) -> TrackingIssue:
    """Give an issue another body and more labels, and close it as completed."""
    changed: dict[str, Any] = {"body": body, "labels": sorted({*issue.labels, *labels})}
    changed |= {"state": "closed", "state_reason": "completed"} if close else {}
    return _as_sent(github.send("PATCH", f"/issues/{issue.number}", changed), body, labels)


def _as_sent(row: Json, body: str, labels: Sequence[str]) -> TrackingIssue:
    """What was sent counts in this run, whatever GitHub made of it: nothing is written twice for that."""
    issue = _issue(row, row["node_id"], row["html_url"])
    return replace(issue, body=body, labels=issue.labels | {*labels})
