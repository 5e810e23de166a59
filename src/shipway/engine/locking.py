"""Locks and unlocks environments."""

from collections.abc import Callable

from shipway.domain.delivery.lock_command import Asked
from shipway.domain.delivery.lock_outcome import lock_outcome
from shipway.domain.delivery.locking import decide
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.facts import DeliveryFacts
from shipway.domain.reconcile import reconciled_delivery
from shipway.engine.context import DeliveryContext
from shipway.engine.deliver import perform_delivery
from shipway.engine.run import Course, run


def lock(command: Asked, gather: Callable[[], DeliveryFacts], context: DeliveryContext) -> DeliveryOutcome:
    """Lock or unlock, or find out why not.

    Raises:
        ShipwayError: GitHub refused, or kept stumbling; running again asks for the same.
    """
    course = Course(
        gather=gather,
        decide=lambda facts: decide(facts, command, context.policy, context.now()),
        perform=lambda step, facts: perform_delivery(step, facts, context),
        reconciled=reconciled_delivery,
    )
    rest = run(course, context)
    return lock_outcome(rest.move, rest.facts, command, rest.steps, context.now())
