"""What a rollback is decided on besides what every delivery is."""

from dataclasses import dataclass, field

from shipway.domain.delivery.command import Attempt, Rollback
from shipway.domain.delivery.impact import Impact
from shipway.domain.facts import DeliveryFacts
from shipway.domain.made import Made


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackFacts(DeliveryFacts):
    """Everything that a rollback is decided on.

    Attributes:
        impact: What goes, and what that touches.
        revert: The pull request that reverts the release, as this run made or found it.
    """

    impact: Impact = field(default_factory=Impact)
    revert: Made | None = None


@dataclass(frozen=True, slots=True)
class RollbackAttempt(Attempt):
    """The arguments of a decision about a rollback, under one name."""

    facts: RollbackFacts
    command: Rollback
