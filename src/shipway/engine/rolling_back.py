"""Carries a rollback on, or tells what would be done."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ParamSpec, TypeVar

from shipway.adapters.github import incidents
from shipway.domain.delivery.command import Rollback
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.delivery.rollback import decide
from shipway.domain.delivery.rollback_facts import RollbackFacts
from shipway.domain.delivery.rollback_outcome import planned_rollback, rollback_outcome
from shipway.domain.delivery.rollback_steps import RevertPullRequest, RollbackMove, RollbackStep
from shipway.domain.delivery.steps import marker
from shipway.domain.made import Made
from shipway.domain.reconcile import reconciled_delivery
from shipway.engine.context import DeliveryContext
from shipway.engine.deliver import optional, perform_delivery
from shipway.engine.run import Course, foreseen, run

P = ParamSpec("P")
T = TypeVar("T")


class OwnTime:
    """Seconds that a run takes by itself, without what it runs for others, such as deploy commands and gates.

    Args:
        clock: Seconds that only go up.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._began, self._others = clock, clock(), 0.0

    @property
    def seconds(self) -> float:
        """Up to now."""
        return self._clock() - self._began - self._others

    def apart(self, function: Callable[P, T]) -> Callable[P, T]:
        """The same function, whose time does not count."""

        def timed(*arguments: P.args, **named: P.kwargs) -> T:
            began = self._clock()
            try:
                return function(*arguments, **named)
            finally:
                self._others += self._clock() - began

        return timed


@dataclass(frozen=True, slots=True)
class RollbackRun:
    """What a rollback works with.

    Attributes:
        gather: Looks at GitHub and the clone.
        own: Measures our own part.
    """

    command: Rollback
    gather: Callable[[], RollbackFacts]
    context: DeliveryContext
    own: OwnTime

    def roll_back(self) -> DeliveryOutcome:
        """Carry the rollback as far as it goes now.

        Raises:
            ShipwayError: GitHub refused, or kept stumbling; running again goes on where this stopped.
        """
        rest = run(self._course(), self.context, wait=self.command.patient)
        outcome = rollback_outcome(rest.move, rest.facts, self.command, self.context.policy, rest.steps)
        return replace(outcome, facts={**outcome.facts, "own_seconds": round(self.own.seconds, 3)})

    def dry_run(self) -> DeliveryOutcome:
        """Everything that would be done, to the end; nothing is."""
        facts, moves = foreseen(self._course(), self.context.now())
        return planned_rollback(moves, facts, self.command, self.context.policy)

    def _course(self) -> Course[RollbackFacts, RollbackStep]:
        return Course(
            gather=self.gather,
            decide=self._decide,
            perform=self._perform,
            reconciled=lambda fresh, known: reconciled_delivery(fresh, known).having(revert=known.revert),
        )

    def _decide(self, facts: RollbackFacts, now: datetime) -> RollbackMove:
        return decide(facts, self.command, self.context.policy, now)

    def _perform(self, step: RollbackStep, facts: RollbackFacts) -> RollbackFacts:
        match step:
            case RevertPullRequest():
                return facts.having(revert=optional(lambda: self._revert(step), str(step), self.context))
            case _:
                return perform_delivery(step, facts, self.context)

    def _revert(self, step: RevertPullRequest) -> Made:
        mark = marker(step.rollback)
        return incidents.reverted(self.context.github, step.number, step.title, step.body, mark)
