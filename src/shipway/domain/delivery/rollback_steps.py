"""The step that only a rollback takes: the pull request that reverts."""

from dataclasses import dataclass

from shipway.domain.delivery.rollback_facts import RollbackFacts
from shipway.domain.delivery.steps import DeliveryMove, DeliveryStep
from shipway.domain.made import Made


@dataclass(frozen=True, slots=True)
class RevertPullRequest:
    """Open a pull request that reverts the one of the release; a rollback does not wait for it.

    Attributes:
        number: Of the pull request that was merged.
        rollback: Id of the rollback.
    """

    number: int
    title: str
    body: str
    rollback: str

    def __str__(self) -> str:
        return f"open a pull request that reverts #{self.number}"

    def foreseen(self, facts: RollbackFacts) -> RollbackFacts:
        """It is open, under a number that only GitHub can give."""
        return facts.having(revert=Made())


RollbackStep = DeliveryStep | RevertPullRequest

RollbackMove = DeliveryMove | RevertPullRequest
