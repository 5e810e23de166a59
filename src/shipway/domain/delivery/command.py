"""What somebody asked to bring where, with everything that chance would otherwise decide."""

from dataclasses import dataclass
from datetime import datetime

from shipway.domain.delivery.order import Pipeline
from shipway.domain.facts import DeliveryFacts
from shipway.domain.override import Override
from shipway.domain.policy import Policy
from shipway.domain.trial import Trial, trial_of


@dataclass(frozen=True, slots=True)
class Job:
    """The attempt of a workflow run in whose job a version is brought in."""

    run: int
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bringing:
    """Bring a version into an environment: what promotions and rollbacks have in common.

    Attributes:
        version: Or the name of a trial.
        tag: Of the version; empty for a trial.
        target: Environment that gets it.
        id: Of this promotion or rollback (UUID), in case it begins now.
        holder: The run that works on it: a later one with the same name goes on with its claim.
        component: What the version is of; empty for the repository.
        run_url: Where the run can be watched; may be empty.
        reason: Why, where it has to be said.
        automatic: Whether nobody asked for this environment by name: a release that goes on by itself, a trigger.
        pull_request: Pull request whose head this is, or whose merge the version is; 0 for none that is known.
            It is GitHub's word, never text that somebody wrote.
        asked_in: Pull request in a comment of which it is asked for; 0 outside of comments.
        replaces: Version that a rollback takes out; empty for a promotion.
        configuration: Commit of the default branch that the policy was read at, or the file that was named.
        job: Where it is a job that brings it in; None for whoever decides, or only looks.
    """

    version: str
    tag: str
    target: str
    id: str
    holder: str
    component: str = ""
    run_url: str = ""
    reason: str = ""
    automatic: bool = False
    pull_request: int = 0
    asked_in: int = 0
    replaces: str = ""
    configuration: str = ""
    job: Job | None = None

    @property
    def trial(self) -> Trial | None:
        """What is tried, where it is no version."""
        return trial_of(self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion(Bringing):
    """Bring one version from an environment into the next.

    Attributes:
        source: Environment that holds it; empty for the way into the first one.
        lift_hold: Whether a version that was rolled back may come back.
        overrides: Gates that are to be let past.
    """

    source: str
    lift_hold: bool = False
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback(Bringing):
    """Take the version that stands in an environment out, and bring back one that was verified there.

    Attributes:
        version: That comes back; empty where there is none.
        asked: The version that was asked for by name; empty for the last verified one.
        patient: Whether to wait for another run that is bringing a version in.
    """

    asked: str = ""
    patient: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """The arguments of a decision about a way into an environment, under one name."""

    facts: DeliveryFacts
    command: Bringing
    policy: Policy
    pipeline: Pipeline
    now: datetime


@dataclass(frozen=True, slots=True)
class Situation(Attempt):
    """The same of a promotion."""

    command: Promotion
