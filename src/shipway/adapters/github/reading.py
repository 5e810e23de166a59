"""From GitHub's answers to facts: the one place where outside JSON is understood."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from shipway.adapters.github.check_pages import head_commits
from shipway.adapters.github.foreign_locks import locks_of
from shipway.adapters.github.ledger_head import head_of
from shipway.domain.authority import Asker
from shipway.domain.checks import Check, Observed, RequiredCheck
from shipway.domain.delivery.adopting import bound_to
from shipway.domain.delivery.payload import bearing
from shipway.domain.facts import (
    BY_GITHUB,
    VALID,
    Branch,
    Deployment,
    DeploymentState,
    GitHubRelease,
    OtherRelease,
    PullRequest,
    PullRequestState,
    Signature,
    Tag,
)
from shipway.domain.foreign_lock import ForeignLock
from shipway.domain.ledger import Entry, Ledger, canonical
from shipway.domain.repository import Repository, TargetRules
from shipway.errors import InputError

Json = Mapping[str, Any]

WORKFLOW_LOGIN = "github-actions[bot]"
"""Who a workflow's own token is."""

_TRAILERS = re.compile(r"^Shipway-(?P<name>Release|Source|Content): (?P<value>[0-9a-f-]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that the one question before a release answers."""

    repository: Repository
    config: str
    source: Branch | None
    target: Branch | None
    rules: TargetRules
    release_branch: Branch | None
    release_branch_source: str
    release_branch_digest: str
    reported_gates: frozenset[str]
    pull_request: PullRequest | None
    other_releases: tuple[OtherRelease, ...]
    tag: Tag | None
    releases: tuple[GitHubRelease, ...]
    deployments: tuple[Deployment, ...]
    environments: tuple[str, ...]
    environment_tags: Mapping[str, str]
    asker: Asker
    milestones: Mapping[str, int]
    ledger: Ledger
    foreign_locks: tuple[ForeignLock, ...]
    previous_report: Mapping[str, Any]
    gates_took: Mapping[str, float]


def seen(data: Json, tag: str, book: str, actor: str) -> Seen:
    """Translate the answer to `release.graphql`; `tag` selects the releases that concern us, `book` the entries."""
    row = data["repository"]
    branch = row["branch"]
    ledger = ledger_of(_at(row, "ledger", "target"), book)
    source, digest = _release_commit(row, ledger.release_id)
    head, pull = _agreed(_with_checks(branch), _newest_pull(row["pullRequests"]["nodes"]))
    gates = _gates_before(_text(_at(row, "ledger", "target", "previous")))
    return Seen(
        repository=repository_of(row, data["viewer"]["login"]),
        config=_text(_at(row, "defaultBranchRef", "target", "config")),
        source=_branch(row["source"]),
        target=_branch(row["target"]),
        rules=target_rules(row["target"], row["mergeQueue"]),
        release_branch=head,
        release_branch_source=source,
        release_branch_digest=digest,
        reported_gates=_reported_gates(head),
        pull_request=pull,
        other_releases=tuple(
            OtherRelease(node["number"], node["id"], node["headRefName"])
            for node in row["others"]["nodes"]
            if not node["isCrossRepository"]
        ),
        tag=tag_of(row["tag"]),
        releases=_releases(row, tag),
        deployments=deployments_of(row, ledger),
        environments=tuple(node["name"] for node in row["environments"]["nodes"]),
        environment_tags={
            found.name: found.commit
            for node in (*row["placed"]["nodes"], *row["latest"]["nodes"])
            if (found := tag_of(node))
        },
        asker=asker_of(row, data["viewer"]["login"], actor),
        milestones={node["title"]: node["number"] for node in row["milestones"]["nodes"]},
        ledger=ledger,
        foreign_locks=locks_of(row),
        previous_report=gates.get("report", {}),
        gates_took={one["gate"]: one["duration"] for one in gates.get("verdicts", ()) if one.get("duration")},
    )


def commits_with_checks(data: Json) -> list[dict[str, Any] | None]:
    """The commits of an answer to `release.graphql` that carry checks: heads of the branch and of pull requests."""
    row = data["repository"]
    pulls = row["pullRequests"]["nodes"]
    heads = [commit for pull in pulls for commit in head_commits(pull)]
    return [_at(row["branch"], "target"), *heads]


def _at(value: Any, *path: str) -> Any:
    for name in path:
        if value is None:
            return None
        value = value[name]
    return value


def _text(entry: Json | None) -> str:
    return str(_at(entry, "object", "text") or "")


def repository_of(row: Json, viewer: str) -> Repository:
    """Translate the repository, as seen by who owns the token."""
    owner, _, name = row["nameWithOwner"].partition("/")
    allowed = {"merge": "mergeCommitAllowed", "squash": "squashMergeAllowed", "rebase": "rebaseMergeAllowed"}
    return Repository(
        owner=owner,
        name=name,
        node_id=row["id"],
        url=row["url"],
        default_branch=_at(row, "defaultBranchRef", "name") or "",
        viewer=viewer,
        permission=row["viewerPermission"] or "READ",
        workflow_token=viewer == WORKFLOW_LOGIN,
        merge_methods=tuple(method for method, field in allowed.items() if row[field]),
    )


def _branch(row: Json | None) -> Branch | None:
    return Branch(row["name"], row["target"]["oid"]) if row else None


def _release_commit(row: Json, release_id: str) -> tuple[str, str]:
    """Source and content digest that this release's commit names: on its branch, or as it was merged."""
    on_branch = _at(row, "branch", "target", "history", "nodes") or ()
    merged = (node["mergeCommit"] for node in row["pullRequests"]["nodes"] if node["mergeCommit"])
    for commit in (*on_branch, *merged):
        trailers = {found["name"]: found["value"] for found in _TRAILERS.finditer(commit["message"])}
        if "Content" in trailers and trailers.get("Release") == release_id:
            return trailers.get("Source", ""), trailers["Content"]
    return "", ""


def _with_checks(row: Json | None) -> Branch | None:
    branch = _branch(row)
    checks, doubt = _checks_on(_at(row, "target"))
    return branch and replace(branch, checks=checks, checks_doubt=doubt)


def _agreed(branch: Branch | None, pull: PullRequest | None) -> tuple[Branch | None, PullRequest | None]:
    """Both looks at the checks of one commit; in doubt where only one of them shows any."""
    if not branch or not pull or branch.oid != pull.head_oid or bool(branch.checks) == bool(pull.checks):
        return branch, pull
    doubt = "it shows them on the branch or on the pull request only"
    return replace(branch, checks_doubt=doubt), replace(pull, checks_doubt=doubt)


def _reported_gates(branch: Branch | None) -> frozenset[str]:
    """Gates that the head of the branch shows as passed."""
    passed = (check.name for check in (branch.checks if branch else ()) if check.conclusion == "success")
    return frozenset(name.removeprefix("shipway/") for name in passed if name.startswith("shipway/"))


def target_rules(target: Json | None, queue: Json | None = None) -> TargetRules:
    """What protection and rulesets of a branch demand together."""
    if not target:
        return TargetRules()
    protection = target["branchProtectionRule"] or {}
    approvals = protection.get("requiredApprovingReviewCount") or 0
    owners = bool(protection.get("requiresCodeOwnerReviews"))
    checks = [
        RequiredCheck(one["context"], _at(one, "app", "databaseId") or 0)
        for one in protection.get("requiredStatusChecks") or ()
    ]
    for rule in _at(target, "rules", "nodes") or ():
        parameters = rule["parameters"] or {}
        approvals = max(approvals, parameters.get("requiredApprovingReviewCount") or 0)
        owners = owners or bool(parameters.get("requireCodeOwnerReview"))
        checks += [
            RequiredCheck(one["context"], one["integrationId"] or 0)
            for one in parameters.get("requiredStatusChecks") or ()
        ]
    return TargetRules(approvals, tuple(dict.fromkeys(checks)), owners, queue is not None)


def _newest_pull(nodes: Iterable[Json]) -> PullRequest | None:
    """The open one, else the merged one, else the newest closed one; those from forks are not ours."""
    ours = [pull_request(node) for node in nodes if not node["isCrossRepository"]]
    rank = {PullRequestState.OPEN: 0, PullRequestState.MERGED: 1, PullRequestState.CLOSED: 2}
    return min(ours, key=lambda pull: rank[pull.state], default=None)


def pull_request(node: Json) -> PullRequest:
    """Translate a pull request with the fields of the `Pull` fragment."""
    head = node["headRefOid"]
    reviews = [review for review in node["latestOpinionatedReviews"]["nodes"] if review["author"]]
    checks, doubt = _checks(node)
    return PullRequest(
        number=node["number"],
        node_id=node["id"],
        url=node["url"],
        state=PullRequestState(node["state"]),
        draft=node["isDraft"],
        title=node["title"],
        body=node["body"] or "",
        head_oid=head,
        base=node["baseRefName"],
        labels=frozenset(label["name"] for label in node["labels"]["nodes"]),
        milestone=_at(node, "milestone", "number"),
        reviewers=_reviewers(node),
        approvals=tuple(
            review["author"]["login"]
            for review in reviews
            if review["state"] == "APPROVED" and _at(review, "commit", "oid") == head
        ),
        changes_requested_by=tuple(
            review["author"]["login"] for review in reviews if review["state"] == "CHANGES_REQUESTED"
        ),
        review_decision=node["reviewDecision"] or "",
        unresolved_threads=sum(not thread["isResolved"] for thread in node["reviewThreads"]["nodes"]),
        merge_state=node["mergeStateStatus"],
        mergeable=node["mergeable"],
        queued=bool(node["isInMergeQueue"]),
        checks=checks,
        checks_doubt=doubt,
        merge_oid=_at(node, "mergeCommit", "oid") or "",
        merged_by=_at(node, "mergedBy", "login") or "",
        merged_at=node["mergedAt"] or "",
        created_at=node["createdAt"],
    )


def _reviewers(node: Json) -> frozenset[str]:
    """Who was asked or has answered: logins, and teams as `org/team`."""
    asked = (request["requestedReviewer"] or {} for request in node["reviewRequests"]["nodes"])
    names = {reviewer.get("login") or reviewer.get("combinedSlug", "") for reviewer in asked}
    answered = {
        review["author"]["login"] for review in node["latestOpinionatedReviews"]["nodes"] if review["author"]
    }
    return frozenset(names | answered) - {""}


def _checks(node: Json) -> tuple[tuple[Check, ...], str]:
    """Checks of the head, and why they cannot be relied on to be all of them."""
    commits = head_commits(node)
    if not commits:
        return (), ""
    checks, doubt = _checks_on(commits[-1])
    elsewhere = commits[-1]["oid"] != node["headRefOid"]
    return checks, "it shows those of another commit than the newest" if elsewhere else doubt


def _checks_on(commit: Json | None) -> tuple[tuple[Check, ...], str]:
    """Checks of a commit, and why they cannot be relied on to be all of them."""
    contexts = _at(commit, "statusCheckRollup", "contexts")
    if not contexts:
        return (), ""
    rows, total = contexts["nodes"], contexts["totalCount"]
    checks = tuple(_check(row) for row in rows if row)
    return checks, "" if len(checks) == total else f"it counts {total} and shows {len(checks)}"


def observed(commit: Json | None) -> Observed:
    """The checks on a commit with the `Contexts` of its rollup."""
    return Observed(*_checks_on(commit))


def _check(row: Json) -> Check:
    if "context" in row:
        state = row["state"].lower()
        conclusion = "" if state in {"pending", "expected"} else state
        return Check(row["context"], conclusion, url=row["targetUrl"] or "", began=row["createdAt"])
    done = row["status"] == "COMPLETED"
    run = _at(row, "checkSuite", "workflowRun")
    return Check(
        row["name"],
        (row["conclusion"] or "").lower() if done else "",
        url=row["detailsUrl"] or "",
        node_id=row["id"],
        app=_at(row, "checkSuite", "app", "slug") or "",
        app_id=_at(row, "checkSuite", "app", "databaseId") or 0,
        workflow=f"{run['workflow']['name']} on {run['event']}" if run else "",
        number=row["databaseId"] or 0,
        began=row["startedAt"] or "",
        external_id=row["externalId"] or "",
    )


def tag_of(row: Json | None) -> Tag | None:
    """Translate a tag, with the commit that it leads to."""
    if not row:
        return None
    target = row["target"]
    commit = target["target"] if target["__typename"] == "Tag" else target
    return Tag(row["name"], commit["oid"], signature_of(commit))


def signature_of(commit: Json) -> Signature | None:
    """What GitHub finds of the signature of a commit; None where it was not asked."""
    if "signature" not in commit:
        return None
    row = commit["signature"]
    if not row:
        return Signature("unsigned")
    by = BY_GITHUB if row["wasSignedByGitHub"] else (row["signer"] or {}).get("login", "")
    state = row["state"].lower()
    return Signature("invalid" if state == VALID and not row["isValid"] else state, by)


def asker_of(row: Json, viewer: str, actor: str) -> Asker:
    """Who asks, with what the token may do here: its owner, or who started the run, of an App's or a workflow's."""
    role = (row["viewerPermission"] or "").lower()
    if not viewer.endswith("[bot]") or not actor:
        return Asker(viewer, role)
    return Asker(actor, role, source="workflow run")


def _releases(row: Json, tag: str) -> tuple[GitHubRelease, ...]:
    """Releases of a tag: the published one, and drafts, which GitHub does not find by their tag."""
    nodes = (*filter(None, [row["published"]]), *row["releases"]["nodes"])
    found = {node["databaseId"]: release_of(node) for node in nodes if node["tagName"] == tag}
    return tuple(found.values())


def release_of(node: Json) -> GitHubRelease:
    """Translate a GitHub Release. What an upload left behind that broke off is empty, and no asset."""
    assets = tuple(asset["name"] for asset in node["releaseAssets"]["nodes"] if asset["size"])
    rows = [(asset["name"], asset["size"], asset["id"]) for asset in node["releaseAssets"]["nodes"]]
    return GitHubRelease(
        node["databaseId"], node["tagName"], node["isDraft"], node["url"], assets, files_digest(rows)
    )


def files_digest(rows: Iterable[tuple[str, int, str]]) -> str:
    """Of the name, size and id of each file; GitHub gives a file that replaces another a new id."""
    whole = sorted(row for row in rows if row[1])
    return f"files:{sha256(canonical(whole).encode()).hexdigest()}" if whole else ""


def deployment(node: Json) -> Deployment:
    """Translate a deployment; a payload that is not ours leaves the release id empty."""
    state = _at(node, "latestStatus", "state") or "PENDING"
    found = Deployment(
        id=node["databaseId"],
        node_id=node["id"],
        environment=node["environment"],
        commit=node["commitOid"],
        state=DeploymentState(state.lower()) if state != "WAITING" else DeploymentState.QUEUED,
        creator=_at(node, "creator", "login") or "",
        created_at=node["createdAt"],
        updated_at=_at(node, "latestStatus", "createdAt") or "",
        url=_at(node, "latestStatus", "environmentUrl") or "",
        log_url=_at(node, "latestStatus", "logUrl") or "",
        said=_at(node, "latestStatus", "description") or "",
        said_by=_at(node, "latestStatus", "creator", "login") or "",
    )
    return bearing(found, payload_of(node["payload"]))


def deployments_of(row: Json, ledger: Ledger) -> tuple[Deployment, ...]:
    """Translate a repository's; those that GitHub made for jobs are shown as what the ledger says they are."""
    return bound_to(ledger.standings, map(deployment, row["deployments"]["nodes"]), row["url"])


def payload_of(text: Any) -> dict[str, Any]:
    """Our payload; GraphQL gives it as JSON, sometimes as a JSON string of JSON."""
    value = text
    for _ in range(2):
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                return {}
    return value if isinstance(value, dict) and value.get("schema") == 1 else {}


def ledger_of(commit: Json | None, book: str) -> Ledger:
    """Translate the ledger branch's head, with the entries of one book."""
    if not commit:
        return Ledger(book=book)
    head = head_of(commit)
    return Ledger(
        commit=commit["oid"],
        sequence=head.sequence,
        head=head.hash,
        book=book,
        entries=entries(_text(commit["entries"])),
        standings=head.standings,
        open_releases=head.open_releases,
        debts=head.debts,
        log=_text(commit["log"]),
    )


def _gates_before(text: str) -> Mapping[str, Any]:
    """What the newest gates of a release left in its entries: verdicts and test report; empty where there is none."""
    gates = (entry.event for entry in reversed(entries(text)) if entry.event.kind == "gates")
    found = next(gates, None)
    return found.detail if found else {}


def entries(text: str) -> tuple[Entry, ...]:
    """Read the lines of one ledger file.

    Raises:
        InputError: A line is not an entry.
    """
    try:
        return tuple(Entry.from_line(line) for line in text.splitlines() if line)
    except ValueError as problem:
        raise InputError(
            f"The ledger cannot be read: {problem}.",
            "Compare the branch with a clone that somebody fetched earlier: git log --patch origin/shipway-ledger",
            reason_code="ledger-broken",
        ) from problem
