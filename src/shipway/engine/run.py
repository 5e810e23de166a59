"""The only control flow there is: gather, decide, perform, until done, waiting or refused."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar, cast

from shipway.adapters.github import Stale, Transient
from shipway.domain.debts import overdue_warnings
from shipway.domain.delivery.announcing import announcement
from shipway.domain.delivery.deploying import tried_before
from shipway.domain.events import timestamp
from shipway.domain.facts import DeliveryFacts
from shipway.domain.look_ahead import Decide, Foreseeable, look_ahead
from shipway.domain.merge_rules import STILL_COMPUTING
from shipway.domain.plan import Move, Step
from shipway.domain.resting import Done, Refusal, Wait
from shipway.engine.context import DeliveryContext

PATIENCE = 6
"""How often in a row a stumbling GitHub is looked at again before the run ends in a resumable state."""

MOST_RACES = 200
"""How often in a row others may write to the ledger first; each time one of them got on, so that this ends."""

LONGEST_RACE = 32.0
"""Seconds at most between two tries to write first."""

POLL = 15.0
"""Seconds between two looks while a run waits for people (`--wait`)."""

F = TypeVar("F", bound=DeliveryFacts)
S = TypeVar("S", bound=Foreseeable)


@dataclass(frozen=True, slots=True)
class Course(Generic[F, S]):
    """What is carried on: how to look, decide, act, and join a new look with what was seen happen."""

    gather: Callable[[], F]
    decide: Decide[F, S | Wait | Refusal | Done]
    perform: Callable[[S, F], F]
    reconciled: Callable[[F, F], F]


@dataclass(frozen=True, slots=True)
class Rest(Generic[F]):
    """How a run came to rest, with what is true then and what it did."""

    move: Wait | Refusal | Done
    facts: F
    steps: tuple[str, ...]


def run(course: Course[F, S], context: DeliveryContext, *, wait: bool = False) -> Rest[F]:
    """Carry it as far as it goes now.

    Args:
        course: What to carry on.
        context: What to work with.
        wait: Keep looking while somebody else has to move, instead of ending with "waiting".

    Raises:
        ShipwayError: GitHub refused, or kept stumbling; running again goes on where this stopped.
    """
    facts = first_look(course)
    done: list[str] = []
    stumbles = races = 0
    while True:
        move = course.decide(facts, context.now())
        if warning := announcement(move):
            context.announce(warning)
        context.watch(cast("Move", move), facts)
        if isinstance(move, Wait) and (pause := _pause(move, stumbles, wait=wait)):
            context.sleep(pause)
            stumbles = stumbles + 1 if move.reason_code == STILL_COMPUTING else 0
            facts = course.reconciled(course.gather(), facts)
            continue
        if isinstance(move, Wait | Refusal | Done):
            return Rest(move, facts, tuple(done))
        try:
            facts = course.perform(move, facts)
        except Transient as problem:
            stumbles += 1
            if stumbles >= PATIENCE or races >= MOST_RACES:
                raise
            seconds = _until_next_look(problem, stumbles, races, context)
            context.stumbled(problem, seconds)
            context.sleep(seconds)
            known, facts = facts, course.reconciled(course.gather(), facts)
            if isinstance(problem, Stale) and facts.ledger.sequence > known.ledger.sequence:
                stumbles, races = 0, races + 1
        else:
            stumbles = races = 0
            done.append(str(move))


def warned_of_debts(facts: DeliveryFacts, context: DeliveryContext, *, but: str = "") -> None:
    """Say what hotfixes owe for longer than they may.

    Args:
        but: Version that speaks for itself.
    """
    debts = {version: owed for version, owed in facts.ledger.debts.items() if version != but}
    for sentence in overdue_warnings(debts, timestamp(context.now())):
        context.warn(sentence)


def _until_next_look(problem: Transient, stumbles: int, races: int, context: DeliveryContext) -> float:
    """Seconds; runs that want to write at the same time wait for more or less long."""
    if problem.retry_after is not None:
        return problem.retry_after
    if isinstance(problem, Stale):
        return context.spread() * min(2.0 ** (stumbles + races), LONGEST_RACE)
    return 2.0**stumbles


def _pause(move: Wait, looks: int, *, wait: bool) -> float:
    """Seconds until the next look; 0 to end the run."""
    if move.reason_code == STILL_COMPUTING and looks < PATIENCE:
        return 2.0
    return POLL if wait else 0.0


def foreseen(course: Course[F, S], now: datetime) -> tuple[F, tuple[S | Wait | Refusal | Done, ...]]:
    """The facts at the start, and every move to the end; nothing is done."""
    facts = first_look(course)
    return facts, tuple(look_ahead(course.decide, facts, now))


def lines(moves: Iterable[Move]) -> tuple[str, ...]:
    """Steps and waits as people read them; how it ends is the outcome's to say."""
    return tuple(
        f"wait for {move.who or 'GitHub'}: {move.summary}" if isinstance(move, Wait) else str(move)
        for move in moves
        if isinstance(move, Wait | Step)
    )


def first_look(course: Course[F, S]) -> F:
    """The facts at the start; what failed or was given up before now may be tried again."""
    facts = course.gather()
    return facts.having(tried_before=tried_before(facts))
