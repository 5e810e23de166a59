"""Commands about environments as plain values, which another process can be given, and the places where they run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from integration.release.world import FILES, clone_of, git, make_source, settle_people
from shipway.bootstrap.deploying import DeployAsked, run_deploy
from shipway.bootstrap.environment import Chance, Environment, Watchers
from shipway.bootstrap.locking import LockAsked, run_lock
from shipway.bootstrap.promoting import PromotionAsked, run_promotion
from shipway.bootstrap.rollback import RollbackAsked, run_rollback
from shipway.bootstrap.sweeping import SweepAsked, run_sweep
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.twin.server import Twin

EVENING = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
"""Six hours after everything that was prepared."""

CONFIGURATION = """
gates:
  licences: {command: ["true"], stages: [promotion]}
  smoke: {command: ["true"]}
environments:
  dev: {deploy: {command: ["true"]}}
  staging: {deploy: {command: ["true"]}}
  production: {deploy: {command: ["true"], url: "https://hello.example"}, soak: 1h}
"""

RUNS: Mapping[str, tuple[Callable[..., Any], Callable[..., DeliveryOutcome]]] = {
    "promote": (PromotionAsked, run_promotion),
    "lock": (LockAsked, run_lock),
    "roll back": (RollbackAsked, run_rollback),
    "deploy": (DeployAsked, run_deploy),
    "sweep": (SweepAsked, run_sweep),
}


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        name: A key of `RUNS`.
        asked: What is asked.
    """

    name: str
    asked: Mapping[str, Any] = field(default_factory=dict)

    def run(
        self, clone: Path, environment: Environment, number: int = 0, now: datetime = EVENING
    ) -> DeliveryOutcome:
        """Run it.

        Args:
            clone: Where.
            environment: As whom.
            number: Makes the ids that it gives, which no two runs have the same.

        Raises:
            ShipwayError: It was refused or failed.
        """
        asked, run = RUNS[self.name]
        return run(
            asked(repo=clone, **self.asked),
            environment,
            Watchers(),
            sleep=lambda _: None,
            chance=Chance(lambda: now, lambda: 0.0, lambda: f"{number:08x}-0000-4000-8000-000000000000"),
        )


def exit_code(clone: Path, environment: Environment, command: Command, number: int) -> int:
    """The same for a process of its own."""
    return int(command.run(clone, environment, number).exit_code)


def before_anything(twin: Twin, clone: Path) -> str:
    """Versions 1.0.0 and 1.0.1, three environments, and nothing in them."""
    source = make_source(clone.with_name("source"), FILES | {".github/shipway.yml": CONFIGURATION})
    git(source, "tag", "v1.0.1", "HEAD~1")
    token = settle_people(twin, source)
    clone_of(twin, token, clone)
    return token
