"""Carries a promotion on, or tells what would be done."""

from collections.abc import Callable
from dataclasses import replace

from shipway.domain.delivery.asked_in import asked_in
from shipway.domain.delivery.command import Promotion
from shipway.domain.delivery.outcome import DeliveryOutcome, planned, promotion_outcome
from shipway.domain.delivery.promotion import decide
from shipway.domain.delivery.steps import DeliveryStep
from shipway.domain.facts import DeliveryFacts
from shipway.domain.ledger import Event
from shipway.engine.context import DeliveryContext
from shipway.engine.deliver import delivery_course
from shipway.engine.run import Course, foreseen, lines, run, warned_of_debts

Gather = Callable[[], DeliveryFacts]


def promote(
    command: Promotion, gather: Gather, context: DeliveryContext, *, wait: bool = False
) -> DeliveryOutcome:
    """Carry the promotion as far as it goes now.

    Raises:
        ShipwayError: GitHub refused, or kept stumbling; running again goes on where this stopped.
    """
    rest = run(_course(command, gather, context), context, wait=wait)
    if context.policy.is_production(command.target):
        warned_of_debts(rest.facts, context, but=command.version)
    begun = _beginning(rest.facts, command) if rest.steps else None
    grounds = begun.detail["verdicts"] if begun else ()
    outcome = promotion_outcome(rest.move, rest.facts, command, context.policy, rest.steps, grounds)
    return replace(outcome, asked_in=asked_in(rest.facts.ledger, begun.detail["id"])) if begun else outcome


def _beginning(facts: DeliveryFacts, command: Promotion) -> Event | None:
    """How the promotion at hand began; None where the last word is that the version may not come in."""
    events = (entry.event for entry in reversed(facts.ledger.entries))
    words = (one for one in events if one.kind in {"promotion-started", "promotion-refused"})
    newest = next((one for one in words if one.detail["environment"] == command.target), None)
    return newest if newest and newest.kind == "promotion-started" else None


def dry_run(command: Promotion, gather: Gather, context: DeliveryContext) -> DeliveryOutcome:
    """Everything that would be done, to the end; nothing is."""
    facts, moves = foreseen(_course(command, gather, context), context.now())
    return planned(moves, facts, command, context.policy, lines(moves))


def _course(
    command: Promotion, gather: Gather, context: DeliveryContext
) -> Course[DeliveryFacts, DeliveryStep]:
    return delivery_course(gather, lambda facts, now: decide(facts, command, context.policy, now), context)
