"""Locks and unlocks environments."""

from collections.abc import Callable, Iterable

from shipway.adapters.github import Transient
from shipway.adapters.github.notices import tell
from shipway.domain.delivery.lock_command import Asked
from shipway.domain.delivery.lock_outcome import lock_outcome, planned_lock
from shipway.domain.delivery.locking import decide
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.delivery.unlock_notice import Notice, notices
from shipway.domain.facts import DeliveryFacts
from shipway.domain.resting import Done
from shipway.engine.context import DeliveryContext
from shipway.engine.deliver import delivery_course
from shipway.engine.run import foreseen, run
from shipway.errors import ShipwayError

AGAIN = (1.0, 4.0)
"""Seconds until an owner is told again where GitHub stumbled."""


def lock(
    command: Asked, gather: Callable[[], DeliveryFacts], context: DeliveryContext, *, dry_run: bool = False
) -> DeliveryOutcome:
    """Lock or unlock, or find out why not; a dry run only says what would be done.

    Raises:
        ShipwayError: GitHub refused, or kept stumbling; running again asks for the same.
    """
    course = delivery_course(gather, lambda facts, now: decide(facts, command, context.policy, now), context)
    if dry_run:
        facts, moves = foreseen(course, context.now())
        return planned_lock(moves, facts, command, context.now())
    rest = run(course, context)
    told = _told(notices(rest.facts, command), context) if isinstance(rest.move, Done) else ()
    return lock_outcome(rest.move, rest.facts, command, (*rest.steps, *told), context.now())


def _told(owners: Iterable[Notice], context: DeliveryContext) -> tuple[str, ...]:
    """Tell owners that their locks are gone; that it cannot be said is a warning, since they are gone."""
    return tuple(filter(None, (_tell(notice, context) for notice in owners)))


def _tell(notice: Notice, context: DeliveryContext) -> str:
    names = ", ".join(notice.environments)
    try:
        number = _told_in(notice, context)
    except ShipwayError as problem:
        context.warn(f"{notice.owner} could not be told of the lock of {names}: {problem.message}")
        return ""
    if number:
        return f"tell {notice.owner} in pull request #{number}"
    context.warn(
        f"{notice.owner} was not told of the lock of {names}: there is no pull request to say it in, "
        "so tell them yourself"
    )
    return ""


def _told_in(notice: Notice, context: DeliveryContext) -> int:
    """The pull request in which it is said; looks again where GitHub stumbles, so that it is said once."""
    for seconds in AGAIN:
        try:
            return tell(context.github, notice)
        except Transient:
            context.sleep(seconds)
    return tell(context.github, notice)
