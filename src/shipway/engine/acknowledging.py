"""Answers for a cut of the ledger."""

from collections.abc import Callable

from shipway.domain.delivery.acknowledging import Acknowledging, acknowledged_outcome, decide
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.delivery.steps import Record
from shipway.domain.facts import DeliveryFacts
from shipway.domain.resting import Done, Refusal
from shipway.engine.context import DeliveryContext
from shipway.engine.deliver import delivery_course
from shipway.engine.run import run


def acknowledge(
    command: Acknowledging, gather: Callable[[], DeliveryFacts], context: DeliveryContext, *, dry_run: bool
) -> DeliveryOutcome:
    """Answer for it, say what would be recorded, or find out why not.

    Raises:
        ShipwayError: GitHub refused, or kept stumbling; running again asks for the same.
    """

    def decided(facts: DeliveryFacts) -> Record | Refusal | Done:
        return decide(facts, command, context.policy.ledger.acknowledge)

    if dry_run:
        move = decided(gather())
        return acknowledged_outcome(move, command, [str(move)] if isinstance(move, Record) else [])
    rest = run(delivery_course(gather, lambda facts, _now: decided(facts), context), context)
    return acknowledged_outcome(rest.move, command, rest.steps)
