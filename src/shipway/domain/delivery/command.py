"""What somebody asked to bring where, with everything that chance would otherwise decide."""

from dataclasses import dataclass
from datetime import datetime

from shipway.domain.delivery.order import Pipeline
from shipway.domain.facts import DeliveryFacts
from shipway.domain.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """Bring one version from an environment into the next.

    Attributes:
        source: Environment that holds it; empty for the way into the first one.
        target: Environment that gets it.
        component: What the version is of; empty for the repository.
        id: Of this promotion (UUID), in case it begins now.
        holder: The run that works on it: a later one with the same name goes on with its claim.
        run_url: Where the run can be watched; may be empty.
        reason: Why, where it has to be said.
        lift_hold: Whether a version that was rolled back may come back.
        automatic: Whether nobody asked for this environment by name: a release that goes on by itself.
    """

    version: str
    tag: str
    source: str
    target: str
    id: str
    holder: str
    component: str = ""
    run_url: str = ""
    reason: str = ""
    lift_hold: bool = False
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """The arguments of a decision about a promotion under one name."""

    facts: DeliveryFacts
    command: Promotion
    policy: Policy
    pipeline: Pipeline
    now: datetime
