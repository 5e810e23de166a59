"""Puts together what follows when a version was found bad in an environment: it goes back, or a person is asked."""

from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from shipway.bootstrap.rollback import RollbackAsked, roll_back
from shipway.bootstrap.running import Run
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.outcome import Decision, Outcome
from shipway.domain.standing import Owed, Reverting
from shipway.errors import ExitCode

T = TypeVar("T", DeliveryOutcome, Outcome)

ASKED = "rollback-asked"
"""Reason for which it is a person that an environment waits for."""

MEND = "Release what mends it as a version of its own: shipway release patch"


def gone_back(outcome: T, run: Run, repo: Path, config: Path | None) -> T:
    """The outcome with that of the rollback that is owed; itself, where none is.

    It is owed as long as the ledger says so, whoever looks: a run that dies in between leaves it to the next one.

    Args:
        outcome: Of what brought the version in, or would not bring it in again.
        run: The run of the same command.
        repo: Where the clone is.
        config: Path of a configuration file; None for the one of the default branch.

    Raises:
        ShipwayError: GitHub refused, or kept stumbling; running again goes on.
    """
    bad = outcome.reverting
    if bad is None or outcome.decision is not Decision.REFUSED:
        return outcome
    if bad.one.asks:
        return _asked(outcome, bad.environment, bad.one)
    return _joined(outcome, _rolled_back(bad, run, repo, config))


def went_back(owed: Owed, run: Run, repo: Path, config: Path | None) -> DeliveryOutcome:
    """The outcome of the rollback that is owed, for who finds it; that a person is asked, where one is.

    Raises:
        ShipwayError: GitHub refused, or kept stumbling; running again goes on.
    """
    if owed.one.asks:
        return _asked(found_bad(owed), owed.environment, owed.one)
    return _rolled_back(owed, run, repo, config)


def _rolled_back(owed: Owed, run: Run, repo: Path, config: Path | None) -> DeliveryOutcome:
    asked = RollbackAsked(
        environment=owed.environment,
        reason=owed.one.reason,
        automatic=True,
        dry_run=run.dry_run,
        by=owed.one.by,  # the run may be one that a workflow has started, which is nobody
        repo=repo,
        config=config,
    )
    return roll_back(asked, run)


def found_bad(owed: Owed) -> DeliveryOutcome:
    """That a version does not stay, as the ledger says of it; what follows is for `gone_back`."""
    bad, environment = owed.one, owed.environment
    return DeliveryOutcome(
        command="rollback",
        decision=Decision.REFUSED,
        reason_code="deployment-failed",
        message=f"{bad.version} does not stay in {environment}: {bad.reason}.",
        next_step=f"Go back: shipway rollback {environment} --reason '…'",
        exit_code=ExitCode.FAILURE,
        environment=environment,
        version=bad.version,
        facts={},
        reverting=owed,
    )


def _asked(outcome: T, environment: str, bad: Reverting) -> T:
    """For the first time a person decides, where that is configured."""
    who = f"Whoever may roll back {environment} answers"
    back = f"shipway rollback {environment} --reason '…'"
    keep = f"shipway promote {bad.version} --to {environment} --lift-hold --reason '…'"
    return replace(
        outcome,
        decision=Decision.WAITING,
        reason_code=ASKED,
        message=f"{outcome.message} Whether {environment} goes back is for a person to say.",
        next_step=f"{who}: {back}; or tries again: {keep}",
        exit_code=ExitCode.WAITING,
    )


def _joined(outcome: T, back: DeliveryOutcome) -> T:
    done = back.decision is Decision.DONE
    changes: dict[str, Any] = {
        "message": f"{outcome.message} {back.message}",
        "next_step": MEND if done else back.next_step,
        "steps": (*outcome.steps, *back.steps),
        "warnings": (*outcome.warnings, *back.warnings),
    }
    if isinstance(outcome, DeliveryOutcome):
        changes["facts"] = {**outcome.facts, "rollback": back.to_json()}
    return replace(outcome, **changes)
