"""How long a plan takes: as long as its parts took the last time, and never longer than they may."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shipway.domain.delivery.ended import seconds_of
from shipway.domain.delivery.steps import Deploy, RunStageGates
from shipway.domain.facts import DeliveryFacts, DeploymentState
from shipway.domain.gate_policy import longest
from shipway.domain.plan import RunGates
from shipway.domain.policy import Policy
from shipway.domain.report_view import duration_text


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds of a plan, without those that people take.

    Attributes:
        known: Gate or environment → how long it took the last time, its verification included.
        unknown: Gates and environments that nothing is known of.
        at_most: How long all commands may take together.
    """

    known: Mapping[str, float]
    unknown: tuple[str, ...]
    at_most: float

    def to_json(self) -> dict[str, Any]:
        """As it stands in a result."""
        seconds = round(sum(self.known.values()), 2) if self.known else None
        return {"seconds": seconds, "unknown": list(self.unknown), "at_most": self.at_most}


def estimate(
    moves: Iterable[object], facts: DeliveryFacts, policy: Policy, took: Mapping[str, float] | None = None
) -> Estimate:
    """Reckon it.

    Args:
        moves: The plan.
        facts: Tell how long the newest deployments took.
        policy: Tells how long gates may take.
        took: Gate → seconds in the last release.
    """
    parts: dict[str, float | None] = {}
    at_most = 0.0
    for move in moves:
        match move:
            case RunGates() | RunStageGates():
                at_most += sum(_budget(gate, policy) for gate in move.gates)
                if isinstance(move, RunGates):
                    parts |= {gate: (took or {}).get(gate) for gate in move.gates}
            case Deploy():
                at_most += move.timeout
                parts[move.environment] = _deployed_in(facts, move.environment)
            case _:
                pass
    known = {name: seconds for name, seconds in parts.items() if seconds is not None}
    return Estimate(known, tuple(name for name in parts if name not in known), at_most)


def _budget(gate: str, policy: Policy) -> float:
    settings = policy.gates[gate]
    looks = settings.signals.longest if settings.signals else 0.0
    return longest(gate, settings) if settings.command else looks


def _deployed_in(facts: DeliveryFacts, environment: str) -> float | None:
    """Seconds of the newest deployment that still stands; the end of an older one is not seen any more."""
    standing = (
        one
        for one in facts.deployments
        if one.environment == environment and one.delivery and one.state is DeploymentState.SUCCESS
    )
    newest = max(standing, key=lambda one: one.id, default=None)
    return seconds_of(newest) if newest else None


def estimate_text(row: Mapping[str, Any] | None) -> str:
    """An estimate of a result as people read it; empty where nothing takes time."""
    if not row or not (row["at_most"] or row["unknown"] or row["seconds"]):
        return ""
    known = "" if row["seconds"] is None else f"{_about(row['seconds'])}, as the last time"
    unknown = f"nothing is known of {', '.join(row['unknown'])}" if row["unknown"] else ""
    limit = f"at most {duration_text(row['at_most'])}"
    return "; ".join(filter(None, (known, unknown, limit))) + "; without what people take"


def _about(seconds: float) -> str:
    return f"about {duration_text(seconds)}" if seconds >= 1 else "less than 1 s"
