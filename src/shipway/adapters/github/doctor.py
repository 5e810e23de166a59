"""Read how a repository is set up, in few requests: one question, the environments, what workflows may do."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shipway.adapters.github.client import GitHub, document_text
from shipway.adapters.github.foreign_locks import lock_of
from shipway.adapters.github.ledger_head import head_of
from shipway.adapters.github.reading import deployment
from shipway.domain.doctor.picture import Care
from shipway.domain.facts import Deployment
from shipway.domain.foreign_lock import SUFFIX, ForeignLock
from shipway.domain.standing import Standings
from shipway.errors import GitHubError

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Checkup:
    """What one question answers.

    Attributes:
        permission: Role of the token's owner; empty where GitHub does not tell.
        workflows: Path → text, on the default branch.
    """

    repository: str
    viewer: str
    permission: str
    private: bool
    default_branch: str
    configuration: str
    workflows: Mapping[str, str]
    branches: Mapping[str, Care]
    tags_stay: bool
    tags_closed: tuple[str, ...]
    standings: Standings
    deployments: tuple[Deployment, ...]
    foreign_locks: tuple[ForeignLock, ...]


def read_checkup(github: GitHub, config_path: str) -> Checkup:
    """Ask the one question."""
    data = github.query(document_text("doctor", "of_deployment"), path=config_path)
    row = data["repository"]
    default = row["defaultBranchRef"] or {}
    ledger = row["ledger"]
    branches = [*row["refs"]["nodes"], *([ledger] if ledger else [])]
    return Checkup(
        repository=row["nameWithOwner"],
        viewer=data["viewer"]["login"],
        permission="" if github.installation_token else row["viewerPermission"] or "",
        private=row["isPrivate"],
        default_branch=default.get("name", ""),
        configuration=_text(_target(default).get("file")),
        workflows=_workflows(_target(default).get("workflows")),
        branches={branch["name"]: _care(branch) for branch in branches},
        tags_stay=any(_keeps(one) for one in row["rulesets"]["nodes"]),
        tags_closed=(*_closed(row),),
        standings=head_of(_target(ledger)).standings,
        deployments=tuple(deployment(node) for node in row["deployments"]["nodes"]),
        foreign_locks=tuple(
            lock_of(node) for node in row["foreign"]["nodes"] if node["name"].endswith(SUFFIX)
        ),
    )


def may_open_pulls(github: GitHub) -> bool | None:
    """Whether workflows may open pull requests; None where only an administrator's token may look."""
    try:
        return bool(github.get("/actions/permissions/workflow")["can_approve_pull_request_reviews"])
    except GitHubError as problem:
        if problem.retryable:
            raise
        return None


def run_status(github: GitHub, run: str) -> str:
    """The status of a workflow run; empty where GitHub does not show it."""
    try:
        return str(github.get(f"/actions/runs/{run}")["status"])
    except GitHubError as problem:
        if problem.retryable:
            raise
        return ""


def _target(ref: Json | None) -> Json:
    return (ref or {}).get("target") or {}


def _text(entry: Json | None) -> str:
    return str(((entry or {}).get("object") or {}).get("text") or "")


def _workflows(folder: Json | None) -> dict[str, str]:
    entries = ((folder or {}).get("object") or {}).get("entries") or ()
    return {f".github/workflows/{one['name']}": _text(one) for one in entries}


def _care(branch: Json) -> Care:
    classic = branch["branchProtectionRule"]
    rules = _types(branch["rules"])
    kept = classic is not None and not (classic["allowsDeletions"] or classic["allowsForcePushes"])
    return Care(
        reviewed="PULL_REQUEST" in rules or bool(classic and classic["requiresApprovingReviews"]),
        checked="REQUIRED_STATUS_CHECKS" in rules or bool(classic and classic["requiresStatusChecks"]),
        stays=kept or {"DELETION", "NON_FAST_FORWARD"} <= rules,
    )


def _keeps(ruleset: Json) -> bool:
    """Whether a ruleset for tags is in force and lets nobody move and delete them."""
    return ruleset["enforcement"] == "ACTIVE" and {"DELETION", "UPDATE"} <= _types(ruleset["rules"])


def _closed(repository: Json) -> Iterator[str]:
    rulesets = repository["rulesets"]["nodes"]
    if any(one["enforcement"] == "ACTIVE" and "CREATION" in _types(one["rules"]) for one in rulesets):
        yield "making tags"
    held = [tag["name"] for tag in repository["latest"]["nodes"] if "UPDATE" in _types(tag["rules"])]
    ours = [
        name for name in held if name.startswith("latest-")
    ]  # GitHub looks for the text anywhere in a name
    if ours:
        yield f"moving {', '.join(ours)}"


def _types(rules: Json | None) -> frozenset[str]:
    nodes: Iterable[Json] = (rules or {}).get("nodes") or ()
    return frozenset(node["type"] for node in nodes)
