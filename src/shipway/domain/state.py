"""Where a release stands, read off the facts; no state is stored, so none can be wrong."""

from collections.abc import Iterator
from enum import StrEnum

from shipway.domain.delivery.order import Pipeline, pipeline_of
from shipway.domain.facts import DeliveryFacts, Deployment, DeploymentState, Facts, PullRequestState
from shipway.domain.policy import Policy


class State(StrEnum):
    """Where a release stands. A release that delivers stands in the state named by its environment too."""

    INITIATED = "initiated"
    GATES = "gates"
    REVIEW = "review"
    MERGED = "merged"
    TAGGED = "tagged"
    DELIVERING = "delivering"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


def state_of(facts: Facts, policy: Policy, version: str) -> State:
    """Where the release stands, read off the facts."""
    if facts.merged:
        return _delivery_state(facts, policy, version) if facts.tag else State.MERGED
    pull = facts.pull_request
    if pull and pull.state is PullRequestState.CLOSED:
        return State.CANCELLED
    if pull and not pull.draft:
        return State.REVIEW
    return State.GATES if facts.release_branch else State.INITIATED


def _delivery_state(facts: Facts, policy: Policy, version: str) -> State:
    newest = {name: newest_deployment(facts, name) for name in automatic_environments(facts, policy, version)}
    found = [deployment for deployment in newest.values() if deployment]
    if any(d.state.failed for d in found):
        return State.FAILED
    published = any(not release.draft for release in facts.releases)
    if published and all(d and _held(d) for d in newest.values()):
        return State.COMPLETED
    return State.DELIVERING if found else State.TAGGED


def automatic_environments(facts: DeliveryFacts, policy: Policy, version: str) -> tuple[str, ...]:
    """The environments that this release goes into by itself, in order.

    It ends before one that people promote into, or that nothing deploys to; and it leaves out one that holds a
    higher version, as that of a maintenance line finds it.
    """
    pipeline = pipeline_of(policy) if policy.environments else Pipeline({})
    reached: list[str] = []
    for name, before in pipeline.after.items():
        settings = policy.environments[name]
        if settings.automatic and settings.deploy.deploys and {*before} <= {*reached}:
            reached.append(name)
    return tuple(name for name in reached if not facts.ledger.standing(name).holds_higher(version))


def newest_deployment(facts: Facts, environment: str) -> Deployment | None:
    """The newest deployment of this release to an environment."""
    return max(_ours(facts, environment), key=lambda deployment: deployment.id, default=None)


def _ours(facts: Facts, environment: str) -> Iterator[Deployment]:
    return (
        deployment
        for deployment in facts.deployments
        if deployment.environment == environment and deployment.release_id == facts.ledger.release_id
    )


def _held(deployment: Deployment) -> bool:
    return deployment.state in {DeploymentState.SUCCESS, DeploymentState.INACTIVE}
