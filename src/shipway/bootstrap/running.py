"""One run of a command: in its span, with everything that it warned of, and with what runs its gates."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial, wraps
from typing import Any, Protocol, TypeVar

from shipway.adapters.git_repo import Clone
from shipway.adapters.github import GitHub
from shipway.bootstrap.environment import Chance, Environment, Watchers, tracer_of
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.policy import Policy
from shipway.domain.tracing import Tracer, Value
from shipway.engine.gates import Gates, Pace
from shipway.engine.tracing import traced

A = TypeVar("A")
A_contra = TypeVar("A_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command about environments.

    Attributes:
        sleep: Waits so many seconds.
        warnings: What people should know at the end, a sentence each.
        dry_run: Whether only to say what would be done.
    """

    environment: Environment
    watchers: Watchers
    sleep: Callable[[float], None]
    chance: Chance
    tracer: Tracer
    warnings: list[str] = field(default_factory=list)
    dry_run: bool = False

    def through(self, name: str, act: "Callable[[Run], DeliveryOutcome]", **known: Value) -> DeliveryOutcome:
        """Carry a command out in its span; gives how it ends, with everything that it warned of."""

        def acted() -> DeliveryOutcome:
            outcome = act(self)
            return replace(outcome, warnings=(*outcome.warnings, *dict.fromkeys(self.warnings)))

        return traced(self.tracer, name, acted, **known)


class Command(Protocol[A_contra]):
    """A command about environments, as front ends call it."""

    def __call__(
        self,
        asked: A_contra,
        environment: Environment,
        watchers: Watchers,
        *,
        sleep: Callable[[float], None] = time.sleep,
        chance: Chance = Chance(),  # noqa: B008 - frozen
    ) -> DeliveryOutcome:
        """Run it.

        Raises:
            ShipwayError: It was refused or failed, with what to do.
        """


@dataclass(frozen=True, slots=True)
class CommandNamed:
    """Makes a command of what it does in a run.

    Attributes:
        name: Of the command; where it has two, it depends on what was asked.
    """

    name: str | Callable[[Any], str]

    def __call__(self, act: Callable[[A, Run], DeliveryOutcome]) -> Command[A]:
        """The command, as front ends call it."""

        @wraps(act)
        def entered(
            asked: A,
            environment: Environment,
            watchers: Watchers,
            *,
            sleep: Callable[[float], None] = time.sleep,
            chance: Chance = Chance(),  # noqa: B008 - frozen
        ) -> DeliveryOutcome:
            dry_run = getattr(asked, "dry_run", False)
            run = Run(environment, watchers, sleep, chance, tracer_of(environment, chance), dry_run=dry_run)
            name = self.name if isinstance(self.name, str) else self.name(asked)
            return run.through(name, partial(act, asked), dry_run=dry_run)

        return entered


def gates_of(clone: Clone, policy: Policy, github: GitHub, run: Run) -> Gates:
    """What runs gates and deploy commands in the clone; what they may see is masked in all that GitHub is told."""
    gates = Gates(
        clone,
        policy,
        watch=run.watchers.of_gates,
        echo=run.watchers.output,
        pace=Pace(run.chance.clock, run.sleep, run.chance.now),
        tracer=run.tracer,
    )
    github.mask = gates.mask
    return gates
