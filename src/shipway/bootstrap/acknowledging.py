"""Puts together what answers for a cut of the ledger."""

from dataclasses import dataclass, replace
from pathlib import Path

from shipway.bootstrap.audit import Audit, audit
from shipway.bootstrap.delivery import context_of, gatherer, setting
from shipway.bootstrap.running import CommandNamed, Run
from shipway.domain.delivery.acknowledging import EXAMPLE, Acknowledging
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.delivery.reason import reason_of
from shipway.domain.events import timestamp
from shipway.domain.facts import DeliveryFacts
from shipway.domain.record import environments_path
from shipway.engine.acknowledging import acknowledge


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeAsked:
    """What somebody asked of `shipway audit acknowledge`.

    Attributes:
        number: GitHub's, of the cut.
    """

    number: int
    reason: str = ""
    dry_run: bool = False
    repo: Path = Path()


@CommandNamed("audit acknowledge")
def run_acknowledge(asked: AcknowledgeAsked, run: Run) -> DeliveryOutcome:
    """Run `shipway audit acknowledge`.

    Raises:
        ShipwayError: It was refused or failed, with what to do.
    """
    reason = reason_of(asked.reason, EXAMPLE)
    at = setting(asked.repo, None, run.environment, run.sleep)
    now = timestamp(run.chance.now())
    found = audit(run.environment, at.clone)
    command = replace(
        _looked_at(asked.number, found),
        id=run.chance.new_id(),
        at=now,
        reason=reason,
        run_url=run.environment.run_url,
        own_token=not at.github.installation_token,
    )
    look = gatherer(at, run.environment, "", "", environments_path(now), on_behalf="")

    def gather() -> DeliveryFacts:
        facts = look()
        return facts.having(asker=found.reader.asker(facts.asker.login)) if found.reader else facts

    return acknowledge(command, gather, context_of(at, run, ""), dry_run=asked.dry_run)


def _looked_at(number: int, found: Audit) -> Acknowledging:
    """The cut with what it lost, and who answers for it already."""
    cut = next((one for one in found.cuts.unanswered if one.id == number), None)
    return Acknowledging(
        number=number,
        cut=cut,
        loss=found.reader.loss(cut) if found.reader and cut else None,
        given=next((answer for one, answer in found.cuts.answered if one.id == number), None),
        others=tuple(one.id for one in found.cuts.unanswered if one.id != number),
    )
