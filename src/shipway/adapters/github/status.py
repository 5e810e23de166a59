"""Read what is true now: what runs where, how environments stand, which releases are under way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shipway.adapters.github.client import GitHub, document_text
from shipway.adapters.github.foreign_locks import lock_of
from shipway.adapters.github.ledger_head import head_of
from shipway.adapters.github.reading import deployment
from shipway.domain.debts import Debts
from shipway.domain.facts import Deployment, DeploymentState
from shipway.domain.foreign_lock import ForeignLock
from shipway.domain.standing import Standings

NEWEST = 20
"""Deployments of one environment that are read when the newest of all say nothing of it."""


@dataclass(frozen=True, slots=True)
class Now:
    """What is true now.

    Attributes:
        config: Text of the configuration on the default branch; empty when it is not there.
        environments: Names that GitHub has.
        deployments: Newest first.
        held: Ids of those whose job GitHub holds back, for reviewers, a timer or an App.
        every_deployment: Whether there are no others.
        open_releases: Version → id of the release, as the ledger's branch says.
        standings: As the ledger's branch says.
        debts: What hotfixes owe, as the ledger's branch says.
        url: Address of the repository.
        pull_requests: All that are open, the newest first.
        foreign_locks: Of branch-deploy.
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
    held: frozenset[int] = frozenset()
    url: str = ""
    foreign_locks: tuple[ForeignLock, ...] = ()


@dataclass(frozen=True, slots=True)
class Closer:
    """What a look at some environments tells besides.

    Attributes:
        deployments: Environment → its newest, newest first.
        reviewers: Environment → who may let a job go on that it holds back, as far as the token may know them.
    """

    deployments: Mapping[str, tuple[Deployment, ...]] = field(default_factory=dict)
    reviewers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_now(github: GitHub, config_path: str) -> Now:
    """Read everything in one request."""
    row = github.query(document_text("status", "of_deployment"), path=config_path)["repository"]
    head = head_of((row["ledger"] or {}).get("target"))
    return Now(
        repository=row["nameWithOwner"],
        config=_text(row["defaultBranchRef"], "file"),
        environments=tuple(node["name"] for node in row["environments"]["nodes"]),
        deployments=tuple(deployment(node) for node in row["deployments"]["nodes"]),
        every_deployment=not row["deployments"]["pageInfo"]["hasNextPage"],
        latest_release=(row["latestRelease"] or {}).get("tagName", ""),
        open_releases=head.open_releases,
        standings=head.standings,
        pull_requests=tuple(row["pullRequests"]["nodes"]),
        debts=head.debts,
        held=frozenset(node["databaseId"] for node in row["deployments"]["nodes"] if _held(node)),
        url=row["url"],
        foreign_locks=tuple(map(lock_of, row["foreign"]["nodes"])),
    )


def _held(node: Mapping[str, Any]) -> bool:
    return bool((node["latestStatus"] or {}).get("state") == "WAITING")


def _text(ref: Mapping[str, Any] | None, name: str) -> str:
    entry = ((ref or {}).get("target") or {}).get(name) or {}
    return (entry.get("object") or {}).get("text") or ""


def unseen(now: Now, names: Sequence[str]) -> list[str]:
    """Environments of which the deployments that were read do not tell what runs there."""
    if now.every_deployment:
        return []
    running = {one.environment for one in now.deployments if one.state is DeploymentState.SUCCESS}
    return [name for name in names if name not in running]


def look_closer(
    github: GitHub, names: Sequence[str] = (), waiting: Sequence[str] = (), count: int = NEWEST
) -> Closer:
    """Ask more about some environments, in one request, or in none where there are none.

    Args:
        github: Who is asked.
        names: Environments whose newest deployments are wanted.
        waiting: Environments whose reviewers are wanted.
        count: How many deployments of each.
    """
    if not names and not waiting:
        return Closer()
    asked = dict.fromkeys([*names, *waiting])
    variables = {f"e{number}": name for number, name in enumerate(asked)}
    place = {name: variable for variable, name in variables.items()}
    parts = [
        *(_deployments(place[name], count) for name in names),
        *(_rules(place[name]) for name in waiting),
    ]
    declared = ", ".join(f"${variable}: String!" for variable in variables)
    wanted = f"{_REPOSITORY} {{ {' '.join(parts)} }}"
    fields = document_text("of_deployment") if names else ""
    document = f"query Closer($owner: String!, $name: String!, {declared}) {{ {wanted} }}\n{fields}"
    row = github.query(document, optional=("protectionRules", "reviewers"), **variables)["repository"]
    return Closer(
        {name: tuple(map(deployment, row[f"d_{place[name]}"]["nodes"])) for name in names},
        {name: _reviewers(row[f"r_{place[name]}"]) for name in waiting},
    )


_REPOSITORY = "repository(owner: $owner, name: $name)"


def _deployments(variable: str, count: int) -> str:
    order = "orderBy: { field: CREATED_AT, direction: DESC }"
    which = f"environments: [${variable}], first: {count}, {order}"
    return f"d_{variable}: deployments({which}) {{ nodes {{ ...OfDeployment }} }}"


def _rules(variable: str) -> str:
    who = "nodes { ... on User { login } ... on Team { combinedSlug } }"
    rules = f"protectionRules(first: 5) {{ nodes {{ reviewers(first: 10) {{ {who} }} }} }}"
    return f"r_{variable}: environment(name: ${variable}) {{ {rules} }}"


def _reviewers(environment: Mapping[str, Any] | None) -> tuple[str, ...]:
    rules = ((environment or {}).get("protectionRules") or {}).get("nodes") or ()
    nodes = (one for rule in rules if rule for one in (rule["reviewers"] or {}).get("nodes") or ())
    return tuple(str(one.get("login") or one.get("combinedSlug")) for one in nodes if one)
