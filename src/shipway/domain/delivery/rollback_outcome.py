"""What a rollback ended with."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from shipway.domain.delivery.asked_in import asked_in
from shipway.domain.delivery.command import Rollback
from shipway.domain.delivery.incident import incident_path
from shipway.domain.delivery.outcome import (
    DeliveryOutcome,
    deployment_row,
    ending,
    message_of,
    pipeline_rows,
    run_row,
    starts_a_run,
)
from shipway.domain.delivery.rollback_facts import RollbackFacts
from shipway.domain.delivery.rollback_steps import RollbackMove
from shipway.domain.delivery.way_back import newest_there
from shipway.domain.estimate import estimate
from shipway.domain.events import verdict_rows
from shipway.domain.ledger import Event
from shipway.domain.made import Made
from shipway.domain.outcome import Decision
from shipway.domain.policy import Policy
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.stages import gates_at


def rollback_outcome(
    move: Wait | Refusal | Done,
    facts: RollbackFacts,
    command: Rollback,
    policy: Policy,
    steps: Iterable[str],
) -> DeliveryOutcome:
    """The outcome of a rollback that came to rest."""
    decision, next_step, exit_code = ending(move)
    taken = tuple(steps)
    begun = _begun(facts, command)
    newest = newest_there(facts, command.target)
    ours = newest if newest and newest.replaces == command.replaces else None
    return DeliveryOutcome(
        command="rollback",
        decision=decision,
        reason_code="done" if isinstance(move, Done) else move.reason_code,
        message=message_of(move),
        next_step=next_step if taken or not isinstance(move, Done) else _further_back(command),
        exit_code=exit_code,
        environment=command.target,
        version=command.version,
        id=str(begun.detail["id"]) if begun else "",
        facts={
            "tag": command.tag,
            "from": command.replaces,
            "to": command.version,
            "sha": facts.tag.commit if facts.tag else "",
            "digest": facts.digest,
            "production": policy.is_production(command.target),
            "reason": command.reason,
            "impact": facts.impact.to_json(),
            "rollback_tag": str(begun.detail["rollback_tag"]) if begun else "",
            "incident": incident_path(begun) if begun else "",
            "run": run_row(facts, str(begun.detail["id"])) if begun else None,
            "pull_request": _made(facts.revert),
            "issue": _made(facts.issue),
            "pipeline": pipeline_rows(facts, policy),
            "estimate": None,
        },
        deployment=deployment_row(ours) if ours else None,
        verdicts=_verdicts(move, begun),
        steps=taken,
        warnings=_warnings(command, policy),
        asked_in=asked_in(facts.ledger, begun.detail["id"]) if begun else 0,
    )


def _begun(facts: RollbackFacts, command: Rollback) -> Event | None:
    """The beginning of this rollback, as the ledger has it."""
    begun = facts.ledger.newest("rollback-started")
    same = begun and (begun.detail["environment"], begun.detail["to"]) == (command.target, command.version)
    return begun if same else None


def _further_back(command: Rollback) -> str:
    """Said where nothing was left to do, as who asks a second time may want more."""
    way = f"shipway rollback {command.target} --to VERSION --reason '…'"
    return f"Nothing was left to do. To go further back, name the version: {way}"


def _verdicts(move: Wait | Refusal | Done, begun: Event | None) -> tuple[Mapping[str, Any], ...]:
    """Those that stopped it; else those that let it begin."""
    if isinstance(move, Wait | Refusal):
        return tuple(verdict_rows(move.verdicts))
    return tuple(begun.detail["verdicts"]) if begun else ()


def _made(made: Made | None) -> dict[str, Any] | None:
    return {"number": made.number, "url": made.url} if made and made.number else None


def _warnings(command: Rollback, policy: Policy) -> tuple[str, ...]:
    if gates_at(policy, "rollback", command.target):
        return ()
    return (f"No gate verifies {command.target} after a rollback; configure `gates: {{smoke: …}}`",)


def planned_rollback(
    moves: tuple[RollbackMove, ...], facts: RollbackFacts, command: Rollback, policy: Policy
) -> DeliveryOutcome:
    """The outcome of a dry run: what would be done, and nothing that was."""
    last, done = moves[-1], [move for move in moves if not isinstance(move, Wait | Refusal | Done)]
    if isinstance(last, Wait | Refusal) and not starts_a_run(moves):
        return rollback_outcome(last, facts, command, policy, map(str, done))
    after = facts
    for move in done:
        after = move.foreseen(after)
    base = rollback_outcome(Done(""), after, command, policy, map(str, done))
    message = f"{command.target} would go back from {command.replaces} to {command.version}."
    if not done:
        message = f"{command.target} is back on {command.version} already."
    more = {**base.facts, "estimate": estimate(moves, facts, policy).to_json()}
    return replace(
        base,
        decision=Decision.PLANNED,
        reason_code="dry-run",
        message=message,
        deployment=None,
        facts=more,
    )
