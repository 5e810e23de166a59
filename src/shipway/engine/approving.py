"""Records approvals and rejections."""

from collections.abc import Callable
from dataclasses import replace

from shipway.domain.delivery.approving import Approving, decide
from shipway.domain.delivery.outcome import DeliveryOutcome, ending
from shipway.domain.events import verdict_rows
from shipway.domain.facts import DeliveryFacts
from shipway.domain.outcome import Decision
from shipway.domain.resting import Done, Refusal, Wait
from shipway.engine.context import DeliveryContext
from shipway.engine.deliver import delivery_course
from shipway.engine.run import foreseen, run


def approve(
    command: Approving,
    gather: Callable[[], DeliveryFacts],
    context: DeliveryContext,
    *,
    dry_run: bool = False,
) -> DeliveryOutcome:
    """Record what somebody said, or find out why it does not count; a dry run only says which of both.

    Raises:
        ShipwayError: GitHub refused, or kept stumbling; running again says the same.
    """
    course = delivery_course(gather, lambda facts, now: decide(facts, command, context.policy, now), context)
    if not dry_run:
        rest = run(course, context)
        return _outcome(rest.move, command, rest.steps)
    _, (*steps, last) = foreseen(course, context.now())
    assert isinstance(last, Wait | Refusal | Done)  # noqa: S101 - what ends a plan
    outcome = _outcome(last, command, ())
    if not isinstance(last, Done):
        return outcome
    message = f"{command.where} would be {command.done}." if steps else outcome.message
    planned = tuple(map(str, steps))
    return replace(outcome, decision=Decision.PLANNED, reason_code="dry-run", message=message, steps=planned)


def _outcome(move: Wait | Refusal | Done, command: Approving, steps: tuple[str, ...]) -> DeliveryOutcome:
    decision, next_step, exit_code = ending(move)
    code = command.kind if isinstance(move, Done) else move.reason_code
    return DeliveryOutcome(
        command=command.answer,
        decision=decision,
        reason_code=code,
        message=f"{move.summary}." if isinstance(move, Done | Wait) else move.message,
        next_step=next_step,
        exit_code=exit_code,
        environment=command.environment,
        version=command.version,
        facts={"tag": command.tag, "sha": command.head},
        verdicts=() if isinstance(move, Done) else tuple(verdict_rows(move.verdicts)),
        steps=steps,
    )
