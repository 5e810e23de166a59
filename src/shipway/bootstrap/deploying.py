"""Puts together what happens in the job that a promotion or rollback has started."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shipway.adapters.github import runs
from shipway.bootstrap.delivery import Setting, context_of, gatherer, setting
from shipway.bootstrap.environment import Environment
from shipway.bootstrap.reverting import gone_back
from shipway.bootstrap.rollback import apart, rollback_gatherer
from shipway.bootstrap.running import CommandNamed, Run
from shipway.bootstrap.status_comments import tell
from shipway.domain.delivery.command import Job, Promotion, Rollback
from shipway.domain.delivery.deploying import deploy_policy
from shipway.domain.delivery.going_back import ASKED, found_bad
from shipway.domain.delivery.order import comes_from
from shipway.domain.delivery.outcome import DeliveryOutcome, brought_in
from shipway.domain.delivery.strategy import strategy_of
from shipway.domain.delivery.whereabouts import BroughtIn, UnderWay, whereabouts
from shipway.domain.events import timestamp
from shipway.domain.facts import DeliveryFacts
from shipway.domain.record import entries_path, environments_path
from shipway.domain.standing import Claim, Owed
from shipway.domain.trial import in_words
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
    outcome = _brought_in(at, run, seen, delivery, job)
    outcome = gone_back(outcome, run, asked.repo, asked.config)
    tell(outcome, at, run, "deploy")
    return replace(outcome, command="deploy", exit_code=_truthful(outcome))


def _truthful(outcome: DeliveryOutcome) -> ExitCode:
    """GitHub says of the deployment how its job ended: what was found bad has not succeeded, whoever is asked now."""
    return ExitCode.FAILURE if outcome.reason_code == ASKED else outcome.exit_code


def _brought_in(at: Setting, run: Run, seen: DeliveryFacts, delivery: str, job: Job) -> DeliveryOutcome:
    """How far the job brings it; only what passed every policy has an environment."""
    match whereabouts(seen.ledger.standings, delivery):
        case BroughtIn() as there:
            return brought_in(there, delivery)
        case Owed() as owed:
            return found_bad(owed)
        case UnderWay() as mine:
            _check_job(at, mine, delivery, job)
            return carried_on(at, run, seen, mine.environment, job)
        case None:
            raise ShipwayError(
                f"No delivery {delivery or '(none named)'} is under way: nobody has started it, or it has ended.",
                "Deploys begin with a promotion or rollback, such as: shipway promote 1.2.3 --to production",
                reason_code="delivery-unknown",
                exit_code=ExitCode.TRANSITION,
            )


def _once_recorded(at: Setting, run: Run, delivery: str) -> DeliveryFacts:
    """How all environments stand; a job may begin before it can be read that it was started."""
    for pause in UNTIL_RECORDED:
        seen = all_standing(at, run)
        where = whereabouts(seen.ledger.standings, delivery)
        unrecorded = where is None or (isinstance(where, UnderWay) and where.claim.dispatched is None)
        if not unrecorded:
            return seen
        run.sleep(pause)
    return all_standing(at, run)


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


def _check_job(at: Setting, mine: UnderWay, delivery: str, job: Job) -> None:
    """Only one run works on a delivery.

    Where nobody could record any more which one was started, it is one that was started for this delivery.

    Raises:
        ShipwayError: `delivery-elsewhere`.
    """
    target, claim = mine
    workflow, started = deploy_policy(at.policy, target).workflow, claim.dispatched
    if not (started == job.run if started else runs.carries(at.github, job.run, workflow, delivery)):
        raise ShipwayError(
            f"Delivery {delivery} into {target} belongs to another workflow run: {claim.run or 'not this one'}.",
            f"That run brings {in_words(claim.version)} in. Look at it: shipway status --env {target}",
            reason_code="delivery-elsewhere",
            exit_code=ExitCode.LOCKED,
        )


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
    gather = gatherer(at, run.environment, command.version, target, book, on_behalf=claim.by)
    context = context_of(at, run, command.tag)
    if run.dry_run:
        return dry_run(command, gather, context)
    wait = job is not None and bool(strategy_of(at.policy, target).name)
    return promote(command, gather, context, wait=wait)


def _common(at: Setting, run: Run, target: str, claim: Claim, job: Job | None) -> dict[str, Any]:
    return {
        "version": claim.version,
        "tag": at.tag(claim.version),
        "target": target,
        "id": claim.id,
        "holder": claim.holder,
        "run_url": run.environment.run_url if job else claim.run,
        "configuration": at.configuration,
        "job": job,
    }


def _rollback(at: Setting, run: Run, seen: DeliveryFacts, command: Rollback, by: str) -> DeliveryOutcome:
    tag, own = at.tag(command.replaces), OwnTime(run.chance.clock)
    context = apart(context_of(at, run, tag), own, at, tag)
    gather = rollback_gatherer(at, run.environment, command, seen, on_behalf=by)
    course = RollbackRun(command, gather, context, own)
    return course.dry_run() if run.dry_run else course.roll_back()
