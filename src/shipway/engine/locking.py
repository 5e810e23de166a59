"""Locks and unlocks environments."""

from collections.abc import Callable

from shipway.domain.delivery.lock_command import Asked
from shipway.domain.delivery.lock_outcome import lock_outcome, planned_lock
from shipway.domain.delivery.locking import decide
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.facts import DeliveryFacts
from shipway.domain.reconcile import reconciled_delivery
from shipway.engine.context import DeliveryContext
from shipway.engine.deliver import perform_delivery
from shipway.engine.run import Course, first_look, foreseen, run


def lock(
    command: Asked, gather: Callable[[], DeliveryFacts], context: DeliveryContext, *, dry_run: bool = False
) -> DeliveryOutcome:
    """Lock or unlock, or find out why not; a dry run only says what would be done.

    Raises:
        ShipwayError: GitHub refused, or kept stumbling; running again asks for the same.
    """
    course = Course(
        gather=gather,
        decide=lambda facts: decide(facts, command, context.policy, context.now()),
        perform=lambda step, facts: perform_delivery(step, facts, context),
        reconciled=reconciled_delivery,
    )
    if dry_run:
        facts = first_look(course)
        return planned_lock(tuple(foreseen(course, facts)), facts, command, context.now())
    rest = run(course, context)
    return lock_outcome(rest.move, rest.facts, command, rest.steps, context.now())
