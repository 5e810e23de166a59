"""What locking or unlocking ended with."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from shipway.domain.delivery.lock_command import Asked, Locking
from shipway.domain.delivery.lock_policy import lock_text, standing_locks
from shipway.domain.delivery.locking import are, event_key, where
from shipway.domain.delivery.outcome import DeliveryOutcome, ending
from shipway.domain.delivery.steps import DeliveryMove, LiftLocks, Record
from shipway.domain.delivery.unlock_notice import told_of
from shipway.domain.events import timestamp, verdict_rows
from shipway.domain.facts import DeliveryFacts
from shipway.domain.foreign_lock import closing
from shipway.domain.ledger import Event
from shipway.domain.outcome import Decision
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.standing import row_of
from shipway.domain.standings import environments_of


def lock_outcome(
    move: Wait | Refusal | Done, facts: DeliveryFacts, command: Asked, steps: tuple[str, ...], now: datetime
) -> DeliveryOutcome:
    """The outcome, with the locks as they are now."""
    decision, next_step, exit_code = ending(move)
    key = event_key(command)
    event = next((one.event for one in facts.ledger.entries if one.event.key == key), None)
    announced = _announcement(event)
    verdicts = event.detail["verdicts"] if event else ()
    locking = isinstance(command, Locking)
    return DeliveryOutcome(
        command="lock" if locking else "unlock",
        decision=decision,
        reason_code=(
            {
                (True, True): "locked",
                (True, False): "already-locked",
                (False, True): "unlocked",
                (False, False): "not-locked",
            }[locking, event is not None]
            if isinstance(move, Done)
            else move.reason_code
        ),
        message=_message(command, move, event, steps),
        next_step=next_step,
        exit_code=exit_code,
        environment="" if command.every else command.environments[0],
        id=command.id if event else "",
        facts={
            "environments": list(command.environments),
            "locks": _locks(facts, command, now),
            "forced": bool(announced),
            "announce": announced,
        },
        verdicts=tuple(verdict_rows(move.verdicts)) if isinstance(move, Refusal | Wait) else tuple(verdicts),
        steps=steps,
        warnings=(
            *filter(None, (announced,)),
            *_under_way(facts, command, now),
            *_closed_still(facts, event),
        ),
    )


def planned_lock(
    moves: tuple[DeliveryMove, ...], facts: DeliveryFacts, command: Asked, now: datetime
) -> DeliveryOutcome:
    """The outcome of a dry run: how it would end, with the locks as they are."""
    last = moves[-1]
    assert isinstance(last, Wait | Refusal | Done)  # noqa: S101 - what ends a plan
    outcome = lock_outcome(last, facts, command, (), now)
    if isinstance(last, Wait | Refusal):
        return outcome
    events = [event for move in moves if isinstance(move, Record) for event in move.events]
    return replace(
        outcome,
        decision=Decision.PLANNED,
        reason_code="dry-run",
        message=_would_be(command, events[0]) if events else outcome.message,
        steps=(
            *(str(move) for move in moves if isinstance(move, Record | LiftLocks)),
            *_to_tell(events, facts),
        ),
        verdicts=tuple(events[0].detail["verdicts"]) if events else (),
        warnings=(*outcome.warnings, *_taken_away(events)),
    )


def _would_be(command: Asked, event: Event) -> str:
    verb = "locked" if isinstance(command, Locking) else "unlocked"
    return f"{', '.join(environments_of(event))} would be {verb}{_until(command)}: {command.reason}"


def _to_tell(events: list[Event], facts: DeliveryFacts) -> Iterator[str]:
    """Whom a run would tell, and where."""
    for event in events:
        for notice in told_of(event, facts.ledger.standings):
            yield f"tell {notice.owner} {notice.place}"


def _taken_away(events: list[Event]) -> Iterator[str]:
    for event in events:
        if event.detail.get("forced"):
            names, owner = ", ".join(event.detail["taken"]), event.detail["locked_by"]
            yield f"the lock of {names} would be taken away from {owner}: {event.detail['locked_reason']}"


def _until(command: Asked) -> str:
    return f" until {command.until}" if isinstance(command, Locking) and command.until else ""


def _message(command: Asked, move: Wait | Refusal | Done, event: Event | None, steps: tuple[str, ...]) -> str:
    if isinstance(move, Refusal):
        return move.message
    if event is None:
        return f"{where(command)} open now." if steps else f"{move.summary}."
    if isinstance(command, Locking):
        return f"{where(command)} locked{_until(command)}: {event.detail['reason']}"
    return f"{are(environments_of(event))} unlocked: {event.detail['reason']}"


def _announcement(event: Event | None) -> str:
    """What everybody should know of a lock that was taken away from its owner; empty where none was."""
    if event is None or not event.detail.get("forced"):
        return ""
    names = ", ".join(event.detail["taken"])
    owner, reason = event.detail["locked_by"], event.detail["locked_reason"]
    return f"{event.actor} took the lock of {names} away from {owner}, who had locked it for: {reason}"


def _locks(facts: DeliveryFacts, command: Asked, now: datetime) -> dict[str, Any]:
    found = {name: standing_locks(facts, name, now) for name in command.environments}
    return {name: row_of(locks[0]) if locks else None for name, locks in found.items()}


def _closed_still(facts: DeliveryFacts, event: Event | None) -> Iterator[str]:
    """What was unlocked by itself, while branch-deploy's lock of all environments stands."""
    for name in environments_of(event) if event and event.kind == "unlocked" else ():
        for theirs in closing(facts.foreign_locks, name):
            yield f"it stays closed: {lock_text(name, theirs.lock)}"


def _under_way(facts: DeliveryFacts, command: Asked, now: datetime) -> Iterator[str]:
    """A lock closes the door; it does not stop who has gone through."""
    for name in command.environments if isinstance(command, Locking) else ():
        claim = facts.ledger.standing(name).claim
        if claim and timestamp(now) < claim.until:
            yield f"{claim.version} is on its way into {name} already, and the lock does not stop it"
