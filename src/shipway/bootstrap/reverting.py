"""Puts together what follows when a version was found bad in an environment: it goes back, or a person is asked."""

from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from shipway.bootstrap.rollback import RollbackAsked, roll_back
from shipway.bootstrap.running import Run
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.outcome import Decision, Outcome
from shipway.domain.standing import Reverting
from shipway.errors import ExitCode

T = TypeVar("T", DeliveryOutcome, Outcome)

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
    asked = RollbackAsked(
        environment=bad.environment,
        reason=bad.one.reason,
        automatic=True,
        by=bad.one.by,  # the run may be one that a workflow has started, which is nobody
        repo=repo,
        config=config,
    )
    return _joined(outcome, roll_back(asked, run))


def _asked(outcome: T, environment: str, bad: Reverting) -> T:
    """For the first time a person decides, where that is configured."""
    who = f"Whoever may roll back {environment} answers"
    back = f"shipway rollback {environment} --reason '…'"
    keep = f"shipway promote {bad.version} --to {environment} --lift-hold --reason '…'"
    return replace(
        outcome,
        decision=Decision.WAITING,
        reason_code="rollback-asked",
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
