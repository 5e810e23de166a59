"""Runs that were lost: their job died before Shipway had said in it how it ends. They are started again, once.

Only where Shipway deploys in them and the environment has let them in, so that something may be half-way, and for
every rollback. What else a lost run leaves is closed, and whoever asked for it asks again. A person may go on with
what stands still.
"""

from shipway.domain.delivery import deploying
from shipway.domain.delivery.adopting import has_taken
from shipway.domain.delivery.command import Attempt
from shipway.domain.delivery.deploying import Delivery
from shipway.domain.delivery.steps import RunAgain
from shipway.domain.ledger import Event
from shipway.domain.workflow_run import WorkflowRun

ATTEMPTS = 2
"""How often a run is begun before it counts as failed."""


def started_again(attempt: Attempt, delivery: Delivery, run: WorkflowRun) -> RunAgain | None:
    """Start a run again; None where it was not lost, or was so too often, or leaves nothing half-way."""
    halted = halt_of(attempt, delivery) is not None
    if not _failed(run) or attempt.facts.dispatch_refused or not _half_way(attempt, delivery, run):
        return None
    wanted = not attempt.facts.asker.carries_on if halted else run.attempt < ATTEMPTS
    return RunAgain(run.id, run.attempt, delivery.id) if wanted else None


def _failed(run: WorkflowRun) -> bool:
    """GitHub says of a lost runner what it says of a command that failed; what people ended stays so."""
    return run.completed and run.conclusion == "failure" and not run.rejected_by


def _half_way(attempt: Attempt, delivery: Delivery, run: WorkflowRun) -> bool:
    """Whether Shipway was to deploy in the job, and has not said that it is over."""
    settings = deploying.deploy_policy(attempt.policy, delivery.environment)
    if not settings.shown:
        return False
    if delivery.replaces:
        return True
    bad = attempt.facts.ledger.standing(delivery.environment).reverting
    taken = has_taken(attempt.facts.ledger, delivery.id, run)
    return taken and (bad is None or bad.version != delivery.version)


def halt_of(attempt: Attempt, delivery: Delivery) -> Event | None:
    """What the ledger says of why the newest deployment stands still; None where it does not."""
    deployment = deploying.newest(attempt.facts, delivery)
    events = (entry.event for entry in attempt.facts.ledger.entries if entry.event.kind == "halted")
    return next((one for one in events if deployment and one.detail["deployment"] == deployment.id), None)
