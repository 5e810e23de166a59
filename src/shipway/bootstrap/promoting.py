"""Puts together a promotion."""

from dataclasses import dataclass
from pathlib import Path

from shipway.bootstrap.delivery import Setting, context_of, gatherer, setting
from shipway.bootstrap.environment import Chance, Environment
from shipway.bootstrap.reverting import gone_back
from shipway.bootstrap.running import CommandNamed, Run
from shipway.bootstrap.status_comments import tell
from shipway.domain.delivery.command import Promotion
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.delivery.reason import reason_of
from shipway.domain.override import asked_overrides
from shipway.domain.record import entries_path
from shipway.engine.promoting import dry_run, promote
from shipway.errors import UsageError

LIFTED = "--lift-hold --reason 'fixed in #42'"
"""How to say why a hold is lifted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionAsked:
    """What somebody asked of `shipway promote`.

    Attributes:
        source: Environment that holds the version; empty for the way into the first one.
        component: What the version is of; empty for the repository.
        lift_hold: Whether a version that was rolled back may come back; says why in `reason`.
        override: Gates to let past; says why in `reason`, and for how long in `expires`.
        config: Path of a configuration file; None for the one of the default branch.
    """

    version: str
    target: str
    source: str = ""
    component: str = ""
    reason: str = ""
    lift_hold: bool = False
    override: tuple[str, ...] = ()
    expires: str = ""
    dry_run: bool = False
    wait: bool = False
    repo: Path = Path()
    config: Path | None = None


@CommandNamed("promote")
def run_promotion(asked: PromotionAsked, run: Run) -> DeliveryOutcome:
    """Run `shipway promote`.

    Raises:
        ShipwayError: It was refused or failed, with what to do.
    """
    _not_empty(version=asked.version, to=asked.target)
    if asked.lift_hold and not asked.reason.strip():
        raise UsageError("Lifting a hold needs a reason.", f"Say it: {LIFTED}")
    at = setting(asked.repo, asked.config, run.environment, run.sleep)
    command = _command(asked, at, run.environment, run.chance)
    context = context_of(at, run, command.tag)
    book = entries_path(command.version)
    gather = gatherer(at, run.environment, command.version, command.target, book)
    if asked.dry_run:
        return dry_run(command, gather, context)
    outcome = promote(command, gather, context, wait=asked.wait)
    outcome = gone_back(outcome, run, asked.repo, asked.config)
    tell(outcome, at, run, "promote")
    return outcome


def _not_empty(**given: str) -> None:
    empty = [name for name, value in given.items() if not value.strip()]
    if empty:
        raise UsageError(
            f"{empty[0]} cannot be empty", "Example: shipway promote 1.2.3 --from dev --to staging"
        )


def _command(asked: PromotionAsked, at: Setting, environment: Environment, chance: Chance) -> Promotion:
    version = at.version(asked.version)
    return Promotion(
        version=version,
        tag=at.tag(version),
        source=at.pipeline.find(asked.source) if asked.source.strip() else "",
        target=at.pipeline.find(asked.target),
        component=asked.component.strip(),
        id=chance.new_id(),
        holder=environment.holder,
        configuration=at.configuration,
        run_url=environment.run_url,
        asked_in=environment.asked_in,
        reason=reason_of(asked.reason, f"shipway promote {LIFTED}") if asked.reason.strip() else "",
        lift_hold=asked.lift_hold,
        overrides=asked_overrides(
            asked.override, asked.reason, asked.expires, known=at.policy.gates, now=chance.now()
        ),
    )
