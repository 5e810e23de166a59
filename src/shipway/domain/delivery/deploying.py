"""One deployment, from its record on GitHub to a verified end; promotions and rollbacks share it.

The deployment on GitHub carries the id of the promotion or rollback that it belongs to, so that a run that resumes
finds it, and its states follow what really happens. Success is only said of a version that was verified.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shipway.domain.delivery.calling import going_on, harmless
from shipway.domain.delivery.ended import verified_key
from shipway.domain.delivery.steps import (
    DeliveryMove,
    Deploy,
    RunStageGates,
    SetDeploymentState,
    StartDeployment,
)
from shipway.domain.facts import DeliveryFacts, Deployment, DeploymentState, DeployResult, Oid
from shipway.domain.gate import awaits
from shipway.domain.ledger import Event
from shipway.domain.override import Override
from shipway.domain.policy import DeployPolicy, Policy
from shipway.domain.resting import Refusal
from shipway.domain.stages import gates_at
from shipway.domain.trial import in_words, trial_of
from shipway.domain.verdict import Ruling
from shipway.errors import ExitCode

Say = Callable[[str, str, dict[str, Any]], Event]
"""Gives the event of a key, kind and detail about the delivery at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What is brought where, on whose word.

    Attributes:
        id: Of the promotion or rollback.
        stage: Stage of the gates that verify it: `verification` or `rollback`.
        again: The command that goes on with it.
        overrides: Those that count now.
        replaces: Version that a rollback takes out; empty for a promotion.
        told: What commands are told besides.
    """

    id: str
    version: str
    tag: str
    commit: Oid
    digest: str
    environment: str
    actor: str
    run_url: str
    release_id: str
    component: str
    stage: str
    again: str
    overrides: tuple[Override, ...] = ()
    replaces: str = ""
    told: Mapping[str, str] = field(default_factory=dict)


def newest(facts: DeliveryFacts, delivery: Delivery) -> Deployment | None:
    """The newest deployment of this delivery, however it stands."""
    return _newest(_of(facts, delivery))


def current(facts: DeliveryFacts, delivery: Delivery) -> Deployment | None:
    """The newest deployment of this delivery that has not failed."""
    return _newest(one for one in _of(facts, delivery) if not one.state.failed)


def newest_of(facts: DeliveryFacts, environment: str, version: str) -> Deployment | None:
    """The newest deployment of a version to an environment that is ours."""
    return _newest(one for one in _ours(facts, environment) if one.version == version)


def newest_success(facts: DeliveryFacts, environment: str, version: str) -> Deployment | None:
    """The newest deployment of ours to an environment, if it is of this version and succeeded."""
    newest = _newest(one for one in _ours(facts, environment) if not one.state.failed)
    there = newest and newest.version == version and newest.state is DeploymentState.SUCCESS
    return newest if there else None


def _of(facts: DeliveryFacts, delivery: Delivery) -> Iterator[Deployment]:
    """Those of this delivery."""
    return (one for one in _ours(facts, delivery.environment) if one.delivery == delivery.id)


def _ours(facts: DeliveryFacts, environment: str) -> Iterator[Deployment]:
    """Those to an environment that a promotion or rollback of ours has made or taken up."""
    return (one for one in facts.deployments if one.environment == environment and one.delivery)


def _newest(deployments: Iterable[Deployment]) -> Deployment | None:
    return max(deployments, key=lambda one: one.id, default=None)


def good_until(facts: DeliveryFacts, environment: str) -> str:
    """When the first deployment began since the environment was last verified; empty where there was none.

    A version that was found bad and still stands there is nothing to compare another one with, nor with itself.
    """
    stable = facts.ledger.standing(environment).stable
    since = (
        one
        for one in facts.deployments
        if one.environment == environment and one.version and one.id > (stable.deployment if stable else 0)
    )
    first = min(since, key=lambda one: one.id, default=None)
    return first.created_at if first else ""


def next_move(facts: DeliveryFacts, delivery: Delivery, policy: Policy) -> DeliveryMove | None:
    """The next step of the deployment, of which the last says that it succeeded; None after that."""
    deployment = current(facts, delivery)
    if deployment and (extra := doubled(facts, deployment)):
        why = f"created twice, as an answer of GitHub was lost: deployment {deployment.id} took its place"
        return _set_state(facts, delivery, policy, extra, DeploymentState.INACTIVE, why)
    if deployment is None:
        return _abandoned_closed(facts, delivery, policy) or _start(facts, delivery, policy)
    if deployment.state in {DeploymentState.PENDING, DeploymentState.QUEUED}:
        return _set_state(facts, delivery, policy, deployment, DeploymentState.IN_PROGRESS, "deploying")
    if deployment.state is DeploymentState.IN_PROGRESS and verified_key(deployment) in facts.ledger.keys:
        return _set_state(facts, delivery, policy, deployment, DeploymentState.SUCCESS, "verified")
    if deployment.state is DeploymentState.IN_PROGRESS:
        return _deploy(facts, delivery, policy, deployment)
    return None


def _start(facts: DeliveryFacts, delivery: Delivery, policy: Policy) -> StartDeployment:
    trial = trial_of(delivery.version)
    payload: dict[str, Any] = {
        "schema": 1,
        "release": delivery.release_id,
        "delivery": delivery.id,
        "version": delivery.version,
        "sha": delivery.commit,
        "digest": delivery.digest,
        "actor": delivery.actor,
        "run": delivery.run_url,
        "ledger": {"sequence": facts.ledger.sequence, "head": facts.ledger.head},
        **({"component": delivery.component} if delivery.component else {}),
        **({"replaces": delivery.replaces} if delivery.replaces else {}),
        **({"trial": trial.to_json()} if trial else {}),
    }
    name = delivery.environment
    if deploy_policy(policy, name).event:
        before = delivery.told.get("SHIPWAY_PREVIOUS_VERSION", "")
        payload |= {"deployer": "event", "stage": delivery.stage, "previous_version": before}
    return StartDeployment(
        name,
        delivery.tag,
        delivery.commit,
        payload,
        policy.is_production(name),
        deploy_policy(policy, name).url,
    )


def deploy_policy(policy: Policy, environment: str) -> DeployPolicy:
    """How an environment is deployed to; nothing is run for one that is not configured."""
    settings = policy.environments.get(environment)
    return settings.deploy if settings else DeployPolicy()


def _deploy(
    facts: DeliveryFacts,
    delivery: Delivery,
    policy: Policy,
    deployment: Deployment,
) -> DeliveryMove:
    settings = deploy_policy(policy, delivery.environment)
    result = facts.deploy_results.get(deployment.id)
    if settings.acts and (result is None or result.due):
        return deploy_step(settings, deployment, variables(delivery), result)
    if result and (wait := going_on(delivery.environment, delivery.version, result)):
        return wait
    if result and not result.succeeded:
        state = DeploymentState.ERROR if result.timed_out else DeploymentState.FAILURE
        return _set_state(facts, delivery, policy, deployment, state, result.description)
    gates = gates_at(policy, delivery.stage, delivery.environment)
    found = facts.stage_gates.get((delivery.stage, delivery.environment))
    if gates and found is None:
        seen = {**variables(delivery), "SHIPWAY_DEPLOYMENT": str(deployment.id)}
        return RunStageGates(
            delivery.stage,
            delivery.environment,
            delivery.commit,
            gates,
            seen,
            delivery.overrides,
            since=good_until(facts, delivery.environment),
        )
    wrong = next((v for v in found.verdicts if not v.passed), None) if found else None
    if wrong:
        state = DeploymentState.FAILURE if wrong.ruling is Ruling.FAIL else DeploymentState.ERROR
        description = f"{wrong.gate} did not pass: {wrong.summary}"
        return _set_state(facts, delivery, policy, deployment, state, description)
    description = result.description if result else "recorded; no command is configured that deploys"
    return _set_state(facts, delivery, policy, deployment, DeploymentState.SUCCESS, description)


def deploy_step(
    settings: DeployPolicy,
    deployment: Deployment,
    told: Mapping[str, str],
    result: DeployResult | None,
    number: int = 0,
    share: str = "",
) -> Deploy:
    """What deploys, or looks how that goes; `number` and `share` are those of a strategy's point."""
    return Deploy(
        deployment=deployment.id,
        environment=deployment.environment,
        command=settings.command,
        timeout=settings.timeout,
        variables={**told, "SHIPWAY_DEPLOYMENT": str(deployment.id)},
        step=number,
        share=share,
        shown=settings.shown,
        location=result.location if result else "",
    )


def variables(delivery: Delivery) -> dict[str, str]:
    """What commands are told of it."""
    return {
        "SHIPWAY_ENVIRONMENT": delivery.environment,
        "SHIPWAY_VERSION": delivery.version,
        "SHIPWAY_TAG": delivery.tag,
        "SHIPWAY_SHA": delivery.commit,
        "SHIPWAY_DIGEST": delivery.digest,
        "SHIPWAY_RELEASE": delivery.release_id,
        "SHIPWAY_DELIVERY": delivery.id,
        "SHIPWAY_STAGE": delivery.stage,
        **delivery.told,
    }


def _set_state(
    facts: DeliveryFacts,
    delivery: Delivery,
    policy: Policy,
    deployment: Deployment,
    state: DeploymentState,
    description: str,
) -> SetDeploymentState:
    superseded = _superseded(facts, policy, deployment) if state is DeploymentState.SUCCESS else ()
    return _said(policy, delivery, deployment, state, description, superseded)


def _said(
    policy: Policy,
    delivery: Delivery,
    deployment: Deployment,
    state: DeploymentState,
    description: str,
    superseded: tuple[str, ...] = (),
) -> SetDeploymentState:
    return SetDeploymentState(
        deployment.node_id,
        deployment.environment,
        state,
        description,
        deploy_policy(policy, delivery.environment).url,
        delivery.run_url,
        superseded,
    )


def ended(
    policy: Policy, delivery: Delivery, deployment: Deployment, why: str, *, failed: bool
) -> SetDeploymentState:
    """That a deployment has failed, or that nobody knows what became of it."""
    state = DeploymentState.FAILURE if failed else DeploymentState.ERROR
    return _said(policy, delivery, deployment, state, why)


# --- those that it takes the place of


def _superseded(facts: DeliveryFacts, policy: Policy, deployment: Deployment) -> tuple[str, ...]:
    """Older production deployments of ours, which stay `success` on GitHub until somebody says that they ended."""
    if not policy.is_production(deployment.environment):
        return ()
    return tuple(
        node
        for one in facts.deployments
        for node in (one.node_id, *one.again)
        if one.environment == deployment.environment
        and (one.release_id or one.delivery)
        and one.id < deployment.id
        and one.state is DeploymentState.SUCCESS
    )


def old_ones_closed(facts: DeliveryFacts, delivery: Delivery, policy: Policy) -> DeliveryMove | None:
    """Ends what a run that died after its success left standing, and says the success again where that is hidden."""
    deployment = newest_success(facts, delivery.environment, delivery.version)
    if deployment is None or not (hidden(facts, deployment) or _superseded(facts, policy, deployment)):
        return None
    description = f"runs {in_words(delivery.version)}"
    return _set_state(facts, delivery, policy, deployment, DeploymentState.SUCCESS, description)


def hidden(facts: DeliveryFacts, deployment: Deployment) -> bool:
    """Whether GitHub shows another end of a deployment, and nothing that came after it as a success."""
    after = (one for one in facts.deployments if one.id > deployment.id)
    shown = any(
        (one.environment, one.state) == (deployment.environment, DeploymentState.SUCCESS) for one in after
    )
    return deployment.belied and not shown


def doubled(facts: DeliveryFacts, newest: Deployment) -> Deployment | None:
    """An older one of the same delivery that nobody ended: GitHub's answer to it was lost."""
    same = (
        d for d in facts.deployments if d.delivery == newest.delivery and d.environment == newest.environment
    )
    return next((d for d in same if d.id < newest.id and not d.state.settled), None)


def _abandoned_closed(facts: DeliveryFacts, delivery: Delivery, policy: Policy) -> DeliveryMove | None:
    """What another run left open before it lost its claim is not said to go on for ever."""
    left = next((one for one in _ours(facts, delivery.environment) if not one.state.settled), None)
    if left is None:
        return None
    given_up = "given up: its run ended before it did"
    return _set_state(facts, delivery, policy, left, DeploymentState.ERROR, given_up)


# --- how it ended


def tried_before(facts: DeliveryFacts) -> frozenset[int]:
    """Deployments that are no failures of a run that begins now: those that failed, and those left by others.

    An open one that belongs to no claim was left by a run that lost its claim; whoever closes it has not failed.
    """
    return frozenset(one.id for one in facts.deployments if one.state.failed or _left(facts, one))


def _left(facts: DeliveryFacts, deployment: Deployment) -> bool:
    claim = facts.ledger.standing(deployment.environment).claim
    mine = claim is not None and claim.id == deployment.delivery
    return bool(deployment.delivery) and not deployment.state.settled and not mine


def failed_now(facts: DeliveryFacts, delivery: Delivery) -> Refusal | None:
    """What this run saw fail; what failed before it may be tried again."""
    failed = _newest(
        one
        for one in _ours(facts, delivery.environment)
        if one.version == delivery.version and one.state.failed and one.id not in facts.tried_before
    )
    if failed is None:
        return None
    where = f"{delivery.version} to {delivery.environment}"
    result = facts.deploy_results.get(failed.id)
    there = [one for (_, name), one in facts.stage_gates.items() if name == delivery.environment]
    found = next((one for one in there if not one.passed), None)
    if result and result.timed_out:
        return Refusal(
            "deployment-timed-out",
            f"Deployment of {where} was {result.description}.",
            f"See what runs there: shipway status --env {delivery.environment}. Then try again: {delivery.again}",
        )
    wrong = next((v for v in found.verdicts if not v.passed), None) if found else None
    if wrong:
        waits = " It has not answered yet" if awaits(wrong) else ""
        return Refusal(
            "verification-failed",
            f"{delivery.version} was deployed to {delivery.environment}, and gate {wrong.gate} did not pass: "
            f"{wrong.summary}.{waits}",
            f"Roll back: shipway rollback {delivery.environment} --reason '…', or mend it and try again: "
            f"{delivery.again}",
            ExitCode.GATE,
            found.verdicts if found else (),
        )
    why = result.description if result else harmless(failed.said)
    return Refusal(
        "deployment-failed",
        f"Deployment of {where} failed{': ' + why if why else ''}.",
        f"Look at its log, repair the cause, and try again: {delivery.again}",
    )
