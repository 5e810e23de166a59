"""What a version goes through on its way into an environment: a plan of points, from the policy alone.

A point is passed once and written down, so that another run goes on with the next one. A pause is no point that
anybody sleeps through: it is over when its time is.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from shipway.domain.policy import Policy
from shipway.domain.stages import NEVER_SKIPPED, gates_at
from shipway.domain.strategy_policy import WHOLE, BlueGreenPolicy, StrategyPolicy

STAGE = "canary"
"""Stage of the gates at the points of a strategy."""

HALF = 50


class Step(StrEnum):
    """What a deployer is told to do, as `SHIPWAY_STEP`."""

    DEPLOY = "deploy"
    SHIFT = "shift"
    SWITCH = "switch"
    FINISH = "finish"
    BACK = "back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Let the deployer take a step.

    Attributes:
        weight: Percent of traffic or instances that have the version afterwards.
        colour: Where the version goes, for blue-green; empty otherwise.
    """

    step: Step
    weight: int
    colour: str = ""

    def __str__(self) -> str:
        place = f"{self.colour}, " if self.colour else ""
        return f"{place}{self.weight} %"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Let some time pass."""

    span: timedelta

    def __str__(self) -> str:
        return "the pause"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """Run gates."""

    gates: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join(self.gates)


Point = Shift | Pause | Verify


def plan(policy: Policy, environment: str, *, hotfix: bool = False, colour: str = "") -> tuple[Point, ...]:
    """The points of an environment's strategy, without its last gates, which are those of every deployment.

    There are none where a version takes over at once.

    Args:
        policy: The configuration.
        environment: Where.
        hotfix: Whether the version is a hotfix, which goes faster and is looked at more often.
        colour: The one that the version goes to, for blue-green.
    """
    strategy = strategy_of(policy, environment)
    if not strategy.name:
        return ()
    watching = gates_at(policy, STAGE, environment)
    smoke = tuple(name for name in policy.gates if name == NEVER_SKIPPED)
    if strategy.blue_green:
        return _blue_green(strategy, smoke, watching, colour)
    points: list[Point] = []
    looked = 0
    shares = strategy.shares(hotfix=hotfix)
    for number, share in enumerate(shares):
        points.append(_shift(share, first=number == 0))
        if share == WHOLE:
            break
        at_once = _smoked(strategy, share, looked, hotfix=hotfix)
        looked += at_once
        points += _between(strategy, smoke if at_once else (), watching)
    return tuple(points)


def strategy_of(policy: Policy, environment: str) -> StrategyPolicy:
    """The strategy of an environment; one without a name where a version takes over at once."""
    settings = policy.environments.get(environment)
    return settings.strategy if settings else StrategyPolicy()


def _shift(share: int, *, first: bool) -> Shift:
    step = Step.DEPLOY if first else Step.FINISH if share == WHOLE else Step.SHIFT
    return Shift(step=step, weight=share)


def _smoked(strategy: StrategyPolicy, share: int, looked: int, *, hotfix: bool) -> bool:
    """Whether smoke tests run at a share: of a hotfix at each, of a canary at the first, rolling at the half."""
    if hotfix:
        return True
    return not looked and (strategy.canary is not None or share >= HALF)


def _between(strategy: StrategyPolicy, smoke: tuple[str, ...], watching: tuple[str, ...]) -> list[Point]:
    """What tells at once comes before the pause; what has to see some traffic, after it."""
    points: list[Point] = [Verify(gates=smoke)] if smoke else []
    if strategy.between:
        points.append(Pause(span=strategy.between))
    later = tuple(name for name in watching if name not in smoke or strategy.between)
    return [*points, Verify(gates=later)] if later else points


def _blue_green(
    strategy: StrategyPolicy, smoke: tuple[str, ...], watching: tuple[str, ...], colour: str
) -> tuple[Point, ...]:
    gates = (*smoke, *(name for name in watching if name not in smoke))
    points: list[Point] = [Shift(step=Step.DEPLOY, weight=0, colour=colour)]
    points += [Verify(gates=gates)] if gates else []
    points.append(Shift(step=Step.SWITCH, weight=WHOLE, colour=colour))
    return (*points, Pause(span=strategy.between)) if strategy.between else tuple(points)


def idle_colour(settings: BlueGreenPolicy | None, live: str) -> str:
    """Where the next version goes; empty where there are no colours."""
    return settings.other(live or settings.colours[0]) if settings else ""
