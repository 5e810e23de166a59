"""Carries a rollback on, or tells what would be done."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ParamSpec, TypeVar

from shipway.adapters.github import RateLimited, Transient, incidents
from shipway.domain.delivery.command import Rollback
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.delivery.rollback import decide
from shipway.domain.delivery.rollback_facts import Made, RollbackFacts
from shipway.domain.delivery.rollback_outcome import planned_rollback, rollback_outcome
from shipway.domain.delivery.rollback_steps import (
    Escalate,
    RevertPullRequest,
    RollbackMove,
    RollbackStep,
    marker,
)
from shipway.domain.reconcile import reconciled_delivery
from shipway.engine.context import DeliveryContext, Pages
from shipway.engine.deliver import perform_delivery
from shipway.engine.run import Course, foreseen, run
from shipway.errors import GitHubError

P = ParamSpec("P")
T = TypeVar("T")

ESCALATION = "escalation.md.j2"


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
        pages: Renders the issue for whoever is on call.
        own: Measures our own part.
    """

    command: Rollback
    gather: Callable[[], RollbackFacts]
    context: DeliveryContext
    pages: Pages
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
            reconciled=lambda fresh, known: reconciled_delivery(fresh, known).having(
                revert=known.revert, issue=known.issue
            ),
        )

    def _decide(self, facts: RollbackFacts, now: datetime) -> RollbackMove:
        return decide(facts, self.command, self.context.policy, now)

    def _perform(self, step: RollbackStep, facts: RollbackFacts) -> RollbackFacts:
        match step:
            case RevertPullRequest():
                return facts.having(revert=self._optional(lambda: self._revert(step), str(step)))
            case Escalate():
                return facts.having(issue=self._optional(lambda: self._escalate(step), str(step)))
            case _:
                return perform_delivery(step, facts, self.context)

    def _revert(self, step: RevertPullRequest) -> Made:
        mark = marker(step.rollback)
        return incidents.reverted(self.context.github, step.number, step.title, step.body, mark)

    def _escalate(self, step: Escalate) -> Made:
        github = self.context.github
        body = github.mask.text(self.pages.render(ESCALATION, **step.view))
        return incidents.issue_opened(github, step.title, body, step.labels, marker(step.incident))

    def _optional(self, make: Callable[[], Made], what: str) -> Made:
        """Looks for it and makes it; where GitHub stumbles twice or refuses, the rollback goes on with a warning."""
        try:
            try:
                return make()
            except Transient:
                return make()
        except RateLimited:
            raise
        except GitHubError as problem:
            self.context.warn(f"Could not {what}: {problem.message}")
            return Made()
