"""How a version takes over an environment, as frozen values; part of the declaration in `shipway.domain.policy`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any, ClassVar

from shipway.domain.span import parse_span
from shipway.domain.strict import STRICT

CANARY = (5, 25, 50, 100)
"""Shares of a canary that names none."""

ROLLING = (25, 50, 75, 100)
"""Shares of a rolling deployment that names none."""

WHOLE = 100

NAMELESS = "names no strategy; name one of canary, rolling, blue-green"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueGreenPolicy:
    """Two places of which one has the traffic.

    Attributes:
        colours: What they are called; the first has the traffic before the first deployment by Shipway.
    """

    colours: tuple[str, ...] = ("blue", "green")

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    def other(self, colour: str) -> str:
        """The one that has no traffic."""
        first, second = self.colours
        return first if colour == second else second


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyPolicy:
    """How a version takes over, where that is not all at once; one of `canary`, `rolling`, `blue-green`.

    Attributes:
        canary: Shares of the traffic in percent, one after the other; `[]` for 5, 25, 50, 100.
        rolling: Shares of the instances in percent, one after the other; `[]` for 25, 50, 75, 100.
        blue_green: The version is deployed beside the one that runs, tried there, and gets the traffic at once.
        hotfix: Shares of a canary that is a hotfix.
        pause: How long each step stands before the next one, such as `5m`.
    """

    canary: tuple[int, ...] | None = None
    rolling: tuple[int, ...] | None = None
    blue_green: BlueGreenPolicy | None = None
    hotfix: tuple[int, ...] = (5, 25, 100)
    pause: str = ""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    @property
    def named(self) -> tuple[str, ...]:
        """The strategies that are named: one, where the configuration can be used."""
        given = {"canary": self.canary, "rolling": self.rolling, "blue-green": self.blue_green}
        return tuple(name for name, settings in given.items() if settings is not None)

    @property
    def name(self) -> str:
        """Which strategy it is; empty for none."""
        return next(iter(self.named), "")

    def shares(self, *, hotfix: bool) -> tuple[int, ...]:
        """Shares in percent, the last of them 100."""
        if self.canary is not None:
            return self.hotfix if hotfix else self.canary or CANARY
        return (self.rolling or ROLLING) if self.rolling is not None else (WHOLE,)

    @property
    def between(self) -> timedelta:
        """How long each step stands."""
        return parse_span(self.pause) if self.pause else timedelta()


def strategy_problems(policy: StrategyPolicy) -> Iterator[tuple[tuple[str, ...], str]]:
    """Place of a value → what is wrong with it."""
    if len(policy.named) > 1:
        yield (), f"has {' and '.join(policy.named)}; name one of them"
    if not policy.named and policy != StrategyPolicy():
        yield (), NAMELESS
    for name, shares in (("canary", policy.canary), ("rolling", policy.rolling), ("hotfix", policy.hotfix)):
        if shares and not _climbs(shares):
            shown = ", ".join(map(str, shares))
            yield (name,), f"must rise from 1 or more to 100, such as [5, 25, 50, 100], not [{shown}]"
    if not policy.hotfix:
        yield ("hotfix",), "must rise from 1 or more to 100, such as [5, 25, 100], not []"
    if policy.blue_green and len({*policy.blue_green.colours} - {""}) != 2:
        yield ("blue-green", "colours"), "must be two different names, such as [blue, green]"
    try:
        _ = policy.between
    except ValueError as problem:
        yield ("pause",), str(problem)


def _climbs(shares: tuple[int, ...]) -> bool:
    return shares[0] > 0 and shares[-1] == WHOLE and all(one < two for one, two in pairwise(shares))
