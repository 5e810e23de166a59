"""Deployments that GitHub made for the jobs of workflows, and how they become those of a delivery.

Whoever runs a job that names an environment gets a deployment that carries nothing of ours, and GitHub says of it how
the job went. The ledger says which of them is which delivery's: only so far does it count as one, and as long as the
ledger has not said that it was found good, a success of the job is not yet one of the version.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from shipway.domain.facts import DeliveryFacts, Deployment, DeploymentState
from shipway.domain.ledger import Ledger
from shipway.domain.standing import Adopted, Standing, Standings
from shipway.domain.trial import trial_of
from shipway.domain.workflow_run import WorkflowRun, run_in

F = TypeVar("F", bound=DeliveryFacts)


def bound(facts: F) -> F:
    """The facts with every deployment that the ledger knows as a delivery's shown as that."""
    return facts.having(deployments=bound_to(facts.ledger.standings, facts.deployments, facts.repository.url))


def bound_to(
    standings: Standings, deployments: Iterable[Deployment], repository: str
) -> tuple[Deployment, ...]:
    """The same of deployments alone; `repository` is its address."""
    made = tuple(deployments)
    known = {one.deployment: one for standing in standings.values() for one in standing.adopted}
    claimed = {standing.claim.id for standing in standings.values() if standing.claim}
    again = _made_again(known, made, repository)
    shown = (
        _shown(one, known.get(one.id), claimed=one.delivery in claimed) for one in made if one.id not in again
    )
    return tuple(_standing_again(one, [n for n in made if again.get(n.id) == one.id]) for one in shown)


def _made_again(
    known: Mapping[int, Adopted], deployments: Iterable[Deployment], repository: str
) -> Mapping[int, int]:
    """Successes that GitHub shows since a run that had brought its version in was started again → the one before.

    The job of such a run finds its work done. It is known by the run that the ledger names and its commit, and only
    where it follows on what that had brought in: once somebody else has deployed, nobody knows what stands there.
    """
    found: dict[int, int] = {}
    last: dict[str, Deployment] = {}
    for one in sorted(deployments, key=lambda one: one.id):
        before = last.get(one.environment)
        if before and _is_again(one, before, known, repository):
            found |= {one.id: before.id} if one.state is DeploymentState.SUCCESS else {}
        else:
            last[one.environment] = one
    return found


def _is_again(one: Deployment, before: Deployment, known: Mapping[int, Adopted], repository: str) -> bool:
    adopted = known.get(before.id)
    if adopted is None or adopted.state != DeploymentState.SUCCESS or one.id in known or one.delivery:
        return False
    return one.commit == before.commit and run_in(one.log_url, repository) == adopted.run != 0


def _standing_again(deployment: Deployment, again: list[Deployment]) -> Deployment:
    if not again:
        return deployment
    nodes = tuple(one.node_id for one in again)
    return replace(deployment, state=DeploymentState.SUCCESS, belied=False, again=nodes)


def _shown(deployment: Deployment, adopted: Adopted | None, *, claimed: bool) -> Deployment:
    if deployment.awaited:
        return _awaited(deployment, adopted, claimed=claimed)
    return _bound(deployment, adopted) if adopted else deployment


def _awaited(deployment: Deployment, adopted: Adopted | None, *, claimed: bool) -> Deployment:
    """What others say of one that they bring about is an answer; a late one, that nobody waits for, is nothing."""
    state = deployment.state
    if state is not DeploymentState.INACTIVE and adopted and adopted.state:
        recorded = DeploymentState(adopted.state)
        return replace(deployment, state=recorded, belied=recorded is not state)
    if state is DeploymentState.INACTIVE or not state.settled:
        return deployment
    if adopted or claimed:
        return replace(deployment, state=DeploymentState.IN_PROGRESS, answer=state.value)
    return replace(deployment, release_id="", delivery="")


def _bound(deployment: Deployment, adopted: Adopted) -> Deployment:
    state = _state(deployment.state, adopted.state)
    return replace(
        deployment,
        release_id=adopted.release,
        version=adopted.version,
        delivery=adopted.id,
        actor=adopted.by,
        commit=adopted.commit,
        digest=adopted.digest,
        replaces=adopted.replaces,
        state=state,
        belied=bool(adopted.state) and state is not deployment.state,
    )


def _state(now: DeploymentState, recorded: str) -> DeploymentState:
    """What was recorded counts, whatever the rest of the job came to; a success that was not is none yet."""
    if now is DeploymentState.INACTIVE:
        return now
    if recorded:
        return DeploymentState(recorded)
    return DeploymentState.IN_PROGRESS if now is DeploymentState.SUCCESS else now


def good_ones(standing: Standing) -> tuple[Adopted, ...]:
    """What a job has brought in that is found good: the version that was verified last, and what was tried since."""
    stable = standing.stable.deployment if standing.stable else 0
    return tuple(
        one
        for one in standing.adopted
        if one.deployment == stable
        or (trial_of(one.version) and one.state == DeploymentState.SUCCESS and one.deployment > stable)
    )


def has_taken(ledger: Ledger, delivery: str, run: WorkflowRun) -> bool:
    """Whether this attempt of a run has taken the deployment that GitHub made for it."""
    this = (delivery, run.id, run.attempt)
    events = (entry.event.detail for entry in ledger.entries if entry.event.kind == "adopted")
    return any((detail["id"], detail["run"], detail["attempt"]) == this for detail in events)


def attempts_known(ledger: Ledger, run: WorkflowRun) -> int:
    """How often a run was started, as far as the ledger knows."""
    events = (entry.event for entry in ledger.entries if entry.event.kind in {"dispatched", "adopted"})
    said = (event.detail.get("attempt", 1) for event in events if event.detail["run"] == run.id)
    return max(said, default=1)


def made_for(facts: DeliveryFacts, environment: str, run: int) -> Deployment | None:
    """The newest deployment that GitHub made for a job of a run that names the environment; None for none.

    Our own carry a payload; only one that nobody has taken yet counts.
    """
    url = facts.repository.url
    found = (
        one
        for one in facts.deployments
        if run and one.environment == environment and not one.delivery and run_in(one.log_url, url) == run
    )
    return max(found, key=lambda one: one.id, default=None)
