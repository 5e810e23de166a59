"""Read what is true now: what runs where, how environments stand, which releases are under way."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shipway.adapters.github.client import GitHub, document_text
from shipway.adapters.github.reading import deployment
from shipway.domain.debts import Debts
from shipway.domain.facts import Deployment, DeploymentState
from shipway.domain.standing import Standing, Standings

NEWEST = 20
"""Deployments of one environment that are read when the newest of all say nothing of it."""


@dataclass(frozen=True, slots=True)
class Now:
    """What is true now.

    Attributes:
        config: Text of the configuration on the default branch; empty when it is not there.
        environments: Names that GitHub has.
        deployments: Newest first.
        every_deployment: Whether there are no others.
        open_releases: Version → id of the release, as the ledger's branch says.
        standings: As the ledger's branch says.
        debts: What hotfixes owe, as the ledger's branch says.
        pull_requests: All that are open, the newest first.
    """

    repository: str
    config: str
    environments: tuple[str, ...]
    deployments: tuple[Deployment, ...]
    every_deployment: bool
    latest_release: str
    open_releases: Mapping[str, str]
    standings: Standings
    pull_requests: tuple[Mapping[str, Any], ...]
    debts: Debts = field(default_factory=dict)


def read_now(github: GitHub, config_path: str) -> Now:
    """Read everything in one request."""
    row = github.query(document_text("status", "of_deployment"), path=config_path)["repository"]
    head = _head(row["ledger"])
    return Now(
        repository=row["nameWithOwner"],
        config=_text(row["defaultBranchRef"], "file"),
        environments=tuple(node["name"] for node in row["environments"]["nodes"]),
        deployments=tuple(deployment(node) for node in row["deployments"]["nodes"]),
        every_deployment=not row["deployments"]["pageInfo"]["hasNextPage"],
        latest_release=(row["latestRelease"] or {}).get("tagName", ""),
        open_releases=head.get("open", {}),
        standings={name: Standing.from_json(one) for name, one in head.get("environments", {}).items()},
        pull_requests=tuple(row["pullRequests"]["nodes"]),
        debts=head.get("debts", {}),
    )


def _head(ref: Mapping[str, Any] | None) -> dict[str, Any]:
    head: dict[str, Any] = json.loads(_text(ref, "head") or "{}")
    return head


def _text(ref: Mapping[str, Any] | None, name: str) -> str:
    entry = ((ref or {}).get("target") or {}).get(name) or {}
    return (entry.get("object") or {}).get("text") or ""


def unseen(now: Now, names: Sequence[str]) -> list[str]:
    """Environments of which the deployments that were read do not tell what runs there."""
    if now.every_deployment:
        return []
    running = {one.environment for one in now.deployments if one.state is DeploymentState.SUCCESS}
    return [name for name in names if name not in running]


def newest_deployments(
    github: GitHub, names: Sequence[str], count: int = NEWEST
) -> dict[str, tuple[Deployment, ...]]:
    """The newest deployments of each environment, newest first, in one request."""
    parts = " ".join(_part(number, count) for number in range(len(names)))
    declared = ", ".join(f"$e{number}: String!" for number in range(len(names)))
    document = (
        f"query Deployments($owner: String!, $name: String!, {declared}) {{ {_REPOSITORY} {{ {parts} }} }}"
    )
    variables = {f"e{number}": name for number, name in enumerate(names)}
    row = github.query(document, **variables)["repository"]
    return {
        name: tuple(deployment(node) for node in row[f"d{number}"]["nodes"])
        for number, name in enumerate(names)
    }


_REPOSITORY = "repository(owner: $owner, name: $name)"
_FIELDS = (
    "id databaseId environment commitOid payload createdAt creator { login } "
    "latestStatus { state environmentUrl logUrl createdAt }"
)


def _part(number: int, count: int) -> str:
    order = "orderBy: { field: CREATED_AT, direction: DESC }"
    return f"d{number}: deployments(environments: [$e{number}], first: {count}, {order}) {{ nodes {{ {_FIELDS} }} }}"
