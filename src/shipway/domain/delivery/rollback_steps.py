"""Steps that only a rollback takes: the pull request that reverts, and the issue for whoever is on call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shipway.domain.delivery.rollback_facts import Made, RollbackFacts
from shipway.domain.delivery.steps import DeliveryMove, DeliveryStep


def marker(about: str) -> str:
    """What finds again what was made for a rollback or an incident; invisible on a page of GitHub's."""
    return f"<!-- shipway:rollback {about} -->"


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


@dataclass(frozen=True, slots=True)
class Escalate:
    """Open an issue for whoever is on call, once for each incident.

    Attributes:
        view: What the issue shows, as its template has it.
        incident: Names it, for whoever looks whether there is an issue.
    """

    title: str
    view: Mapping[str, Any]
    labels: tuple[str, ...]
    incident: str

    def __str__(self) -> str:
        return f"open an issue: {self.title}"

    def foreseen(self, facts: RollbackFacts) -> RollbackFacts:
        """It is open, under a number that only GitHub can give."""
        return facts.having(issue=Made())


RollbackStep = DeliveryStep | RevertPullRequest | Escalate

RollbackMove = DeliveryMove | RevertPullRequest | Escalate
