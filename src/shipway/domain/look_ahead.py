"""What a run would do, to its end: the moves that are decided if each step succeeds; nothing is done."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Protocol, TypeVar

from shipway.domain.delivery.advancing import after_pause
from shipway.domain.resting import Done, Refusal, Wait

MOST_MOVES = 10_000
"""No plan is longer: GitHub keeps at most 1,000 assets of a release."""


class Foreseeable(Protocol):
    """A step, which knows what the facts are once it succeeds."""

    def foreseen(self, facts: Any) -> Any:
        """The facts afterwards."""


F = TypeVar("F")
M = TypeVar("M", bound=Foreseeable | Wait | Refusal | Done)

Decide = Callable[[F, datetime], M]
"""The next move at a time."""

Answered = Callable[[F, Wait, datetime], F | None]
"""The facts once a wait was answered well; None where it ends what can be foreseen."""


def look_ahead(
    decide: Decide[F, M], facts: F, now: datetime, answered: Answered[F] | None = None
) -> Iterator[M]:
    """Every move to the end; a pause between steps is over, and a wait that is not answered is the last.

    Where waits are answered, time passes too. One that goes on for all that can be answered ends it.
    """
    before: M | None = None
    for _ in range(MOST_MOVES):
        move = decide(facts, now)
        if isinstance(move, Wait) and move == before:
            return
        yield move
        before = move
        if isinstance(move, Refusal | Done):
            return
        if not isinstance(move, Wait):
            facts = move.foreseen(facts)
        elif later := datetime.fromisoformat(move.until) if answered and move.until else after_pause(move):
            now = later
        elif answered and (after := answered(facts, move, now)) is not None:
            facts = after
        else:
            return
