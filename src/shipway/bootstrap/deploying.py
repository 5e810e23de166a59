"""Puts together what happens in the job that a promotion or rollback has started."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shipway.adapters.github import runs
from shipway.bootstrap.delivery import Setting, context_of, gatherer, setting
from shipway.bootstrap.environment import Environment
from shipway.bootstrap.reverting import ASKED, found_bad, gone_back
from shipway.bootstrap.rollback import apart, rollback_gatherer
from shipway.bootstrap.running import CommandNamed, Run
from shipway.bootstrap.status_comments import tell
from shipway.domain.delivery.command import Job, Promotion, Rollback
from shipway.domain.delivery.deploying import deploy_policy
from shipway.domain.delivery.order import comes_from
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.delivery.strategy import strategy_of
from shipway.domain.events import timestamp
from shipway.domain.facts import DeliveryFacts
from shipway.domain.outcome import Decision
from shipway.domain.record import entries_path, environments_path
from shipway.domain.standing import Claim, Owed
from shipway.engine.promoting import dry_run, promote
from shipway.engine.rolling_back import OwnTime, RollbackRun
from shipway.errors import ExitCode, ShipwayError, UsageError

UNTIL_RECORDED = (2.0, 4.0, 8.0)
"""Seconds between looks for the record that the run of this job was started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployAsked:
    """What a job asked of `shipway deploy`.

    Attributes:
        delivery: Id of the promotion or rollback, as the workflow was told.
        dry_run: Only say what would be done.
        config: Path of a configuration file; None for the one of the default branch.
    """

    delivery: str
    dry_run: bool = False
    repo: Path = Path()
    config: Path | None = None


@CommandNamed("deploy")
def run_deploy(asked: DeployAsked, run: Run) -> DeliveryOutcome:
    """Run `shipway deploy`.

    Raises:
        ShipwayError: It was refused or failed, with what to do.
    """
    job, delivery = _job(run.environment), asked.delivery.strip()
    at = setting(asked.repo, asked.config, run.environment, run.sleep)
    seen = _once_recorded(at, run, delivery)
    known = _brought_in(seen, delivery) or _owed(seen, delivery)
    outcome = known or carried_on(at, run, seen, _target(at, seen, delivery, job), job)
    outcome = gone_back(outcome, run, asked.repo, asked.config)
    tell(outcome, at, run, "deploy")
    return replace(outcome, command="deploy", exit_code=_truthful(outcome))


def _truthful(outcome: DeliveryOutcome) -> ExitCode:
    """GitHub says of the deployment how its job ended: what was found bad has not succeeded, whoever is asked now."""
    return ExitCode.FAILURE if outcome.reason_code == ASKED else outcome.exit_code


def _once_recorded(at: Setting, run: Run, delivery: str) -> DeliveryFacts:
    """How all environments stand; a job may begin before it can be read that it was started."""
    for pause in UNTIL_RECORDED:
        seen = all_standing(at, run)
        _, claim = _claimed(seen, delivery)
        started = claim is not None and claim.dispatched is not None
        if started or _brought_in(seen, delivery) or _owed(seen, delivery):
            return seen
        run.sleep(pause)
    return all_standing(at, run)


def _claimed(facts: DeliveryFacts, delivery: str) -> tuple[str, Claim | None]:
    """The environment that a delivery has claimed, with its claim."""
    claims = ((name, one.claim) for name, one in facts.ledger.standings.items())
    return next(((name, one) for name, one in claims if one and one.id == delivery), ("", None))


def _brought_in(facts: DeliveryFacts, delivery: str) -> DeliveryOutcome | None:
    """That what a delivery has brought in stands there: its job was only started again."""
    for name, standing in facts.ledger.standings.items():
        stable = standing.stable
        if stable and any(
            (one.deployment, one.id) == (stable.deployment, delivery) for one in standing.adopted
        ):
            return DeliveryOutcome(
                command="deploy",
                decision=Decision.DONE,
                reason_code="done",
                message=f"{stable.version} is in {name}.",
                next_step="",
                exit_code=ExitCode.OK,
                environment=name,
                version=stable.version,
                id=delivery,
                facts={},
            )
    return None


def _owed(facts: DeliveryFacts, delivery: str) -> DeliveryOutcome | None:
    """That the version of a delivery does not stay, where the environment is still to go back from it."""
    for name, standing in facts.ledger.standings.items():
        bad, claim = standing.reverting, standing.claim
        ours = bad and any((one.deployment, one.id) == (bad.deployment, delivery) for one in standing.adopted)
        if bad and ours and not (claim and claim.id == delivery):
            return found_bad(Owed(name, bad))
    return None


def all_standing(at: Setting, run: Run) -> DeliveryFacts:
    """How all environments stand."""
    book = environments_path(timestamp(run.chance.now()))
    return gatherer(at, run.environment, "", "", book, on_behalf="")()


def _job(environment: Environment) -> Job:
    run = environment.run.run_id
    if not run.isdecimal():
        raise UsageError(
            "There is no workflow run here: GITHUB_RUN_ID is not set.",
            "It runs in the job that deploys, started by: shipway promote 1.2.3 --to production",
            reason_code="no-run",
        )
    return Job(int(run), environment.run.attempt)


def _target(at: Setting, seen: DeliveryFacts, delivery: str, job: Job) -> str:
    """Where the delivery goes: only what passed every policy has a claim there, and only one run works on it.

    Where nobody could record any more which one was started, it is one that was started for this delivery.

    Raises:
        ShipwayError: `delivery-unknown`, `delivery-elsewhere`.
    """
    target, claim = _claimed(seen, delivery)
    if claim is None:
        raise ShipwayError(
            f"No delivery {delivery or '(none named)'} is under way: nobody has started it, or it has ended.",
            "Deploys begin with a promotion or rollback, such as: shipway promote 1.2.3 --to production",
            reason_code="delivery-unknown",
            exit_code=ExitCode.TRANSITION,
        )
    workflow, started = deploy_policy(at.policy, target).workflow, claim.dispatched
    if not (started == job.run if started else runs.carries(at.github, job.run, workflow, delivery)):
        raise ShipwayError(
            f"Delivery {delivery} into {target} belongs to another workflow run: {claim.run or 'not this one'}.",
            f"That run brings {claim.version} in. Look at it: shipway status --env {target}",
            reason_code="delivery-elsewhere",
            exit_code=ExitCode.LOCKED,
        )
    return target


def carried_on(
    at: Setting, run: Run, seen: DeliveryFacts, target: str, job: Job | None = None
) -> DeliveryOutcome:
    """Go on with what holds an environment, as far as it goes now, on the word of who began it.

    Args:
        at: The repository.
        run: The run that carries on.
        seen: How the environments stood when they were looked at; somebody claims this one.
        target: The environment.
        job: Where it is the job that brings the version in; None to look how far that is.

    Raises:
        ShipwayError: GitHub refused, or kept stumbling.
    """
    standing = seen.ledger.standing(target)
    claim = standing.claim
    assert claim  # noqa: S101 - see above
    common = _common(at, run, target, claim, job)
    hold = standing.held(claim.replaces or claim.version)
    if claim.replaces:
        reason = hold.reason if hold else ""
        back = Rollback(replaces=claim.replaces, asked=claim.version, reason=reason, **common)
        return _rollback(at, run, seen, back, claim.by)
    source = comes_from(at.pipeline, seen.ledger.standings, claim.version, target)
    lifted = hold is not None and hold.at <= claim.at
    command = Promotion(source=source, lift_hold=lifted, **common)
    book = entries_path(command.version)
    gather = gatherer(at, run.environment, command.tag, target, book, on_behalf=claim.by)
    context = context_of(at, run, command.tag)
    if run.dry_run:
        return dry_run(command, gather, context)
    wait = job is not None and bool(strategy_of(at.policy, target).name)
    return promote(command, gather, context, wait=wait)


def _common(at: Setting, run: Run, target: str, claim: Claim, job: Job | None) -> dict[str, Any]:
    return {
        "version": claim.version,
        "tag": _tag(at, claim.version),
        "target": target,
        "id": claim.id,
        "holder": claim.holder,
        "run_url": run.environment.run_url if job else claim.run,
        "configuration": at.configuration,
        "job": job,
    }


def _tag(at: Setting, version: str) -> str:
    return at.policy.release.tag.replace("{version}", version)


def _rollback(at: Setting, run: Run, seen: DeliveryFacts, command: Rollback, by: str) -> DeliveryOutcome:
    tag, own = _tag(at, command.replaces), OwnTime(run.chance.clock)
    context = apart(context_of(at, run, tag), own, at, tag)
    gather = rollback_gatherer(at, run.environment, command, seen, on_behalf=by)
    course = RollbackRun(command, gather, context, at.templates, own)
    return course.dry_run() if run.dry_run else course.roll_back()
