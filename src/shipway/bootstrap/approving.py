"""Puts together what approves and rejects."""

from dataclasses import dataclass
from pathlib import Path

from shipway.bootstrap.delivery import context_of, gatherer, setting
from shipway.bootstrap.running import CommandNamed, Run
from shipway.domain.delivery.approving import Answer, Approving
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.delivery.reason import reason_of
from shipway.domain.facts import Oid
from shipway.domain.record import entries_path
from shipway.domain.standing import Question
from shipway.engine.approving import approve


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAsked:
    """What somebody said of a version.

    Attributes:
        environment: Where it is to go; empty for the merge of its pull request, whose head is then given.
        about: What is asked of people there, if it is of this version; None where a version is to come in.
        answer: What is said.
        said_at: Address of what was said.
        dry_run: Only say what would be done.
    """

    version: str
    environment: str = ""
    about: Question | None = None
    answer: Answer = "approve"
    reason: str = ""
    head: Oid = ""
    said_at: str = ""
    dry_run: bool = False
    repo: Path = Path()
    config: Path | None = None


@CommandNamed(lambda asked: asked.answer)
def run_approval(asked: ApprovalAsked, run: Run) -> DeliveryOutcome:
    """Record an approval or a rejection.

    Raises:
        ShipwayError: It was refused or failed, with what to do.
    """
    at = setting(asked.repo, asked.config, run.environment, run.sleep)
    version = at.version(asked.version)
    target = at.pipeline.find(asked.environment) if asked.environment else ""
    about = asked.about
    command = Approving(
        version=version,
        tag=at.tag(version),
        environment=target,
        action=about.action if about else "",
        replaces=about.replaces if about else "",
        gates=about.gates if about else (),
        answer=asked.answer,
        head=asked.head,
        id=run.chance.new_id(),
        reason=reason_of(asked.reason, "/reject production --reason TEXT") if asked.reason.strip() else "",
        said_at=asked.said_at,
        run_url=run.environment.run_url,
    )
    book = entries_path(command.replaces or version)
    gather = gatherer(at, run.environment, version, target, book)
    return approve(command, gather, context_of(at, run, command.tag), dry_run=asked.dry_run)
