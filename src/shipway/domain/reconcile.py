"""Two views of the same repository: what GitHub answers now, and what its answers to our own writes showed.

GitHub may answer a read from before our write. What only ever moves one way (a branch that appeared, a pull
request that was merged, a release that was published) is taken from the view that is further along; everything
else (approvals, checks, a newer head) from the newer answer.
"""

from dataclasses import replace
from typing import TypeVar

from shipway.domain.facts import (
    Backport,
    DeliveryFacts,
    Deployment,
    DeploymentState,
    Facts,
    GitHubRelease,
    PullRequest,
    PullRequestState,
)
from shipway.domain.workflow_run import WorkflowRun

F = TypeVar("F", bound=DeliveryFacts)

_PULL_ORDER = {PullRequestState.OPEN: 0, PullRequestState.CLOSED: 1, PullRequestState.MERGED: 2}


def reconciled(fresh: Facts, known: Facts) -> Facts:
    """The fresh facts without forgetting what this run has seen happen."""
    pull = _pull(fresh.pull_request, known.pull_request)
    branch = known if _branch_behind(fresh, known) else fresh
    return reconciled_delivery(fresh, known).having(
        release_branch=branch.release_branch,
        release_branch_digest=branch.release_branch_digest,
        release_branch_source=branch.release_branch_source,
        pull_request=pull,
        releases=_releases(fresh.releases, known.releases),
        gates=fresh.gates or known.gates,
        reported_gates=fresh.reported_gates | _reported(known, branch),
        source_merged_back=fresh.source_merged_back or known.source_merged_back,
        target=fresh.target if fresh.target.oid else known.target,
        backport=_backport(fresh.backport, known.backport),
    )


def reconciled_delivery(fresh: F, known: F) -> F:
    """The same of what brings a version into an environment."""
    behind = fresh.ledger.sequence < known.ledger.sequence
    older, newer = (fresh, known) if behind else (known, fresh)
    return fresh.having(
        ledger=newer.ledger,
        tag=fresh.tag or known.tag,
        deployments=_deployments(fresh.deployments, known.deployments),
        asker=fresh.asker if fresh.tag or not known.tag else known.asker,
        environment_tags={**older.environment_tags, **newer.environment_tags},
        stage_gates=known.stage_gates,
        deploy_results={
            number: replace(one, due=one.going_on) for number, one in known.deploy_results.items()
        },
        tried_before=known.tried_before,
        runs=_runs(fresh.runs, known.runs),
        refused=known.refused,
        dispatch_refused=known.dispatch_refused,
        issue=known.issue,
    )


def _runs(fresh: tuple[WorkflowRun, ...], known: tuple[WorkflowRun, ...]) -> tuple[WorkflowRun, ...]:
    """A run that was started stays known where GitHub does not list it yet."""
    return tuple({one.id: one for one in (*known, *fresh)}.values())


def _branch_behind(fresh: Facts, known: Facts) -> bool:
    """The release commit that we made is not on the branch that was read."""
    if known.release_branch is None:
        return False
    return fresh.release_branch is None or (
        fresh.release_branch_digest != known.release_branch_digest
        and known.release_branch_digest == fresh.content.digest
    )


def _backport(fresh: Backport | None, known: Backport | None) -> Backport | None:
    """That it has arrived, has a pull request, or was refused, stays known."""
    if not fresh or not known:
        return fresh or known
    pull = fresh if fresh.pull else known
    return replace(
        fresh,
        contained=fresh.contained or known.contained,
        way_head=fresh.way_head or known.way_head,
        refused=fresh.refused or known.refused,
        pull=pull.pull,
        url=pull.url,
        state=pull.state,
    )


def _reported(known: Facts, branch: Facts) -> frozenset[str]:
    """Gates reported on the commit that the branch is taken to stand at."""
    here, there = known.release_branch, branch.release_branch
    same = here is there or (here is not None and there is not None and here.oid == there.oid)
    return known.reported_gates if same else frozenset()


def _pull(fresh: PullRequest | None, known: PullRequest | None) -> PullRequest | None:
    if not fresh or not known:
        return fresh or known
    return known if _progress(known) > _progress(fresh) else fresh


def _progress(pull: PullRequest) -> tuple[int, bool]:
    return _PULL_ORDER[pull.state], bool(pull.merge_oid)


def _releases(
    fresh: tuple[GitHubRelease, ...], known: tuple[GitHubRelease, ...]
) -> tuple[GitHubRelease, ...]:
    merged = {release.id: release for release in fresh}
    for release in known:
        other = merged.get(release.id)
        if other is None or (not other.draft, len(other.assets)) < (not release.draft, len(release.assets)):
            merged[release.id] = release
    return tuple(merged.values())


_DEPLOYMENT_ORDER = {
    DeploymentState.PENDING: 0,
    DeploymentState.QUEUED: 1,
    DeploymentState.IN_PROGRESS: 2,
    DeploymentState.SUCCESS: 3,
    DeploymentState.FAILURE: 3,
    DeploymentState.ERROR: 3,
    DeploymentState.INACTIVE: 4,
}


def _deployments(fresh: tuple[Deployment, ...], known: tuple[Deployment, ...]) -> tuple[Deployment, ...]:
    merged = {deployment.id: deployment for deployment in fresh}
    for deployment in known:
        other = merged.get(deployment.id)
        if other is None or _DEPLOYMENT_ORDER[other.state] < _DEPLOYMENT_ORDER[deployment.state]:
            merged[deployment.id] = deployment
    return tuple(merged.values())
