"""Records approvals and rejections."""

from collections.abc import Callable

from shipway.domain.delivery.approving import Approving, decide
from shipway.domain.delivery.outcome import DeliveryOutcome, ending
from shipway.domain.events import verdict_rows
from shipway.domain.facts import DeliveryFacts
from shipway.domain.reconcile import reconciled_delivery
from shipway.domain.resting import Done, Wait
from shipway.engine.context import DeliveryContext
from shipway.engine.deliver import perform_delivery
from shipway.engine.run import Course, run


def approve(
    command: Approving, gather: Callable[[], DeliveryFacts], context: DeliveryContext
) -> DeliveryOutcome:
    """Record what somebody said, or find out why it does not count.

    Raises:
        ShipwayError: GitHub refused, or kept stumbling; running again says the same.
    """
    course = Course(
        gather=gather,
        decide=lambda facts: decide(facts, command, context.policy, context.now()),
        perform=lambda step, facts: perform_delivery(step, facts, context),
        reconciled=reconciled_delivery,
    )
    rest = run(course, context)
    decision, next_step, exit_code = ending(rest.move)
    code = command.kind if isinstance(rest.move, Done) else rest.move.reason_code
    return DeliveryOutcome(
        command=command.answer,
        decision=decision,
        reason_code=code,
        message=f"{rest.move.summary}." if isinstance(rest.move, Done | Wait) else rest.move.message,
        next_step=next_step,
        exit_code=exit_code,
        environment=command.environment,
        version=command.version,
        facts={"tag": command.tag, "sha": command.head},
        verdicts=() if isinstance(rest.move, Done) else tuple(verdict_rows(rest.move.verdicts)),
        steps=rest.steps,
    )
