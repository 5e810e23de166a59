"""How it ends for people that a version was found bad in an environment: it goes back, or somebody is asked."""

from dataclasses import replace
from typing import Any, TypeVar

from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.outcome import Decision, Outcome
from shipway.domain.standing import Owed
from shipway.domain.trial import trial_of
from shipway.errors import ExitCode

T = TypeVar("T", DeliveryOutcome, Outcome)

ASKED = "rollback-asked"
"""Reason for which it is a person that an environment waits for."""

MEND = "Release what mends it as a version of its own: shipway release patch"


def found_bad(owed: Owed) -> DeliveryOutcome:
    """That a version does not stay, as the ledger says of it; what follows is added to it."""
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


def asked(outcome: T, owed: Owed) -> T:
    """For the first time a person decides, where that is configured."""
    bad, environment = owed.one, owed.environment
    who = f"Whoever may roll back {environment} answers"
    back = f"shipway rollback {environment} --reason '…'"
    trial = trial_of(bad.version)
    promotion = f"shipway promote {bad.version} --to {environment} --lift-hold --reason '…'"
    keep = trial.again(environment) if trial else promotion
    return replace(
        outcome,
        decision=Decision.WAITING,
        reason_code=ASKED,
        message=f"{outcome.message} Whether {environment} goes back is for a person to say.",
        next_step=f"{who}: {back}; or tries again: {keep}",
        exit_code=ExitCode.WAITING,
    )


def _mend(back: DeliveryOutcome) -> str:
    trial = trial_of(back.facts["from"])
    return f"Push what mends it, and try that: {trial.again(back.environment)}" if trial else MEND


def joined(outcome: T, back: DeliveryOutcome) -> T:
    """With how the rollback ended."""
    done = back.decision is Decision.DONE
    changes: dict[str, Any] = {
        "message": f"{outcome.message} {back.message}",
        "next_step": _mend(back) if done else back.next_step,
        "steps": (*outcome.steps, *back.steps),
        "warnings": (*outcome.warnings, *back.warnings),
    }
    if isinstance(outcome, DeliveryOutcome):
        changes["facts"] = {**outcome.facts, "rollback": back.to_json()}
    return replace(outcome, **changes)
