"""What a command ended with: the same value for the terminal, the Action, JSON and comments."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from shipway.domain.delivery.asked_in import places_asked_in
from shipway.domain.estimate import estimate
from shipway.domain.events import verdict_rows
from shipway.domain.facts import Facts, GateResults
from shipway.domain.plan import Move
from shipway.domain.policy import Policy
from shipway.domain.release_command import ReleaseCommand
from shipway.domain.release_view import checks_warning
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.schema import SCHEMA
from shipway.domain.standing import Owed, rollback_owed
from shipway.domain.state import State, state_of
from shipway.errors import ExitCode

PROGRESS = {
    State.INITIATED: 0,
    State.GATES: 15,
    State.REVIEW: 35,
    State.MERGED: 50,
    State.TAGGED: 60,
    State.DELIVERING: 75,
    State.FAILED: 75,
    State.CANCELLED: 0,
    State.COMPLETED: 100,
}
"""Per cent shown for each state."""


class Decision(StrEnum):
    """How a command ended."""

    DONE = "done"
    WAITING = "waiting"
    REFUSED = "refused"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a command, with what is true now.

    Attributes:
        reverting: A rollback that is owed of this version.
        asked_in: Pull requests in comments of which it was asked for.
    """

    command: str
    state: State
    decision: Decision
    reason_code: str
    message: str
    next_step: str
    version: str
    tag: str
    release_id: str
    pull_request: Mapping[str, Any] | None
    deployments: tuple[Mapping[str, Any], ...]
    verdicts: tuple[Mapping[str, Any], ...]
    steps: tuple[str, ...]
    exit_code: ExitCode
    warnings: tuple[str, ...] = ()
    previous_tag: str = ""
    release_url: str = ""
    report: Mapping[str, Any] = field(default_factory=dict)
    notes: str = ""
    estimate: Mapping[str, Any] | None = None
    trace_id: str = ""
    reverting: Owed | None = None
    asked_in: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The versioned result."""
        return {
            "schema": SCHEMA,
            "command": self.command,
            "state": self.state.value,
            "progress": PROGRESS[self.state],
            "decision": self.decision.value,
            "reason_code": self.reason_code,
            "message": self.message,
            "next_step": self.next_step,
            "version": self.version,
            "tag": self.tag,
            "previous_tag": self.previous_tag,
            "release_id": self.release_id,
            "release_url": self.release_url,
            "pull_request": self.pull_request,
            "deployments": list(self.deployments),
            "verdicts": list(self.verdicts),
            "steps": list(self.steps),
            "warnings": list(self.warnings),
            "report": dict(self.report),
            "notes": self.notes,
            "estimate": self.estimate,
            "trace_id": self.trace_id,
        }


def outcome_of(
    move: Wait | Refusal | Done, facts: Facts, command: ReleaseCommand, policy: Policy, steps: tuple[str, ...]
) -> Outcome:
    """The outcome of a release that came to rest."""
    decision, code, message, next_step, exit_code = _ending(move, command)
    gates = facts.gates or GateResults("", ())
    verdicts = move.verdicts if isinstance(move, Wait | Refusal) else ()
    shown = dict.fromkeys((*gates.verdicts, *verdicts))
    published = next((release for release in facts.releases if not release.draft), None)
    return Outcome(
        command=command.stage,
        state=state_of(facts, policy, command.version),
        decision=decision,
        reason_code=code,
        message=message,
        next_step=next_step,
        version=command.version,
        tag=facts.tag.name if facts.tag else "",
        release_id=facts.ledger.release_id,
        pull_request=_pull_row(facts),
        deployments=deployment_rows(facts),
        verdicts=tuple(verdict_rows(shown)),
        steps=steps,
        exit_code=exit_code,
        previous_tag=facts.content.previous_tag,
        release_url=published.url if published else "",
        warnings=tuple(filter(None, (*facts.content.warnings, checks_warning(facts, policy)))),
        report=gates.report,
        notes=facts.content.notes,
        reverting=rollback_owed(facts.ledger.standings, command.version),
        asked_in=places_asked_in(facts.ledger),
    )


def _ending(move: Wait | Refusal | Done, command: ReleaseCommand) -> tuple[Decision, str, str, str, ExitCode]:
    match move:
        case Done(summary):
            return Decision.DONE, "done", summary, "", ExitCode.OK
        case Wait(code, summary, who):
            again = f"Then run again: {command.again}"
            next_step = f"Waiting for {who}. {again}" if who else again
            return Decision.WAITING, code, summary, next_step, ExitCode.WAITING
        case Refusal(code, message, next_step, exit_code):
            return Decision.REFUSED, code, message, next_step, exit_code


def planned(
    moves: tuple[Move, ...], facts: Facts, command: ReleaseCommand, policy: Policy, steps: tuple[str, ...]
) -> Outcome:
    """The outcome of a dry run: what would be done, and nothing that was."""
    ending = moves[-1]
    refused = ending if isinstance(ending, Refusal) else None
    base = outcome_of(refused or Done("This is what would be done."), facts, command, policy, steps)
    if refused:
        return base
    message = f"{command.version} would be released."
    time = estimate(moves, facts, policy, facts.gates_took)
    return replace(
        base, decision=Decision.PLANNED, reason_code="dry-run", message=message, estimate=time.to_json()
    )


def nothing_to_release(last_tag: str, warnings: tuple[str, ...]) -> Outcome:
    """The outcome when no commit asks for a release; that is an answer, not an error."""
    return Outcome(
        command="release",
        state=State.COMPLETED,
        decision=Decision.DONE,
        reason_code="nothing-to-release",
        message=f"Nothing to release: no commit since {last_tag or 'the beginning'} asks for a new version.",
        next_step="To release anyway, say what: shipway release patch",
        version="",
        tag=last_tag,
        release_id="",
        pull_request=None,
        deployments=(),
        verdicts=(),
        steps=(),
        exit_code=ExitCode.OK,
        warnings=warnings,
    )


def _pull_row(facts: Facts) -> Mapping[str, Any] | None:
    pull = facts.pull_request
    if not pull:
        return None
    return {"number": pull.number, "url": pull.url, "state": pull.state.value.lower(), "draft": pull.draft}


def deployment_rows(facts: Facts) -> tuple[Mapping[str, Any], ...]:
    """Deployments of this release as plain JSON, oldest first."""
    ours = [d for d in facts.deployments if d.release_id and d.release_id == facts.ledger.release_id]
    return tuple(
        {"id": d.id, "environment": d.environment, "state": d.state.value, "sha": d.commit, "url": d.url}
        for d in sorted(ours, key=lambda d: (d.created_at, d.id))
    )
