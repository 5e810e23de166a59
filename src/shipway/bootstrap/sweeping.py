"""Puts together `shipway sweep`: carries on what runs have left, and ends what nobody works on any more."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from shipway.bootstrap.delivery import Setting, context_of, gatherer, setting
from shipway.bootstrap.deploying import all_standing, carried_on
from shipway.bootstrap.reverting import gone_back, went_back
from shipway.bootstrap.running import CommandNamed, Run
from shipway.bootstrap.status_comments import tell, tell_later
from shipway.domain.delivery import closing
from shipway.domain.delivery.advancing import HALTED
from shipway.domain.delivery.closing import (
    Endable,
    Found,
    GoingOn,
    Hidden,
    Left,
    Unanswered,
    Unbegun,
    Untold,
    found,
)
from shipway.domain.delivery.outcome import DeliveryOutcome, ended, told_later
from shipway.domain.facts import DeliveryFacts
from shipway.domain.outcome import Decision
from shipway.domain.record import entries_path
from shipway.engine.claims import looked_behind
from shipway.engine.deliver import delivery_course
from shipway.engine.run import foreseen, lines
from shipway.engine.run import run as carried
from shipway.errors import ExitCode, ShipwayError

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepAsked:
    """What somebody asked of `shipway sweep`.

    Attributes:
        dry_run: Only say what would be done.
        config: Path of a configuration file; None for the one of the default branch.
    """

    dry_run: bool = False
    repo: Path = Path()
    config: Path | None = None


@dataclass(frozen=True, slots=True)
class _Sweep:
    """One sweep, with how all environments stood at its beginning."""

    asked: SweepAsked
    at: Setting
    run: Run
    seen: DeliveryFacts


@CommandNamed("sweep")
def run_sweep(asked: SweepAsked, run: Run) -> DeliveryOutcome:
    """Run `shipway sweep`.

    Raises:
        ShipwayError: The repository or its ledger cannot be read.
    """
    at = setting(asked.repo, asked.config, run.environment, run.sleep)
    seen = all_standing(at, run)
    names = tuple(seen.ledger.standings)
    seen = looked_behind(seen, names, run.environment.holder, at.policy, at.github)
    sweep = _Sweep(asked, at, run, seen)
    everything = found(seen, at.policy, run.chance.now())
    return _outcome([*filter(None, (_looked_after(sweep, one) for one in everything))])


def _looked_after(sweep: _Sweep, one: Found) -> Row | None:
    """One that cannot be looked after keeps nobody from the others."""
    try:
        row = _row(sweep, one)
    except ShipwayError as problem:
        row = _told("failed", problem.reason_code, problem.message, problem.next_step)
    return row and {"environment": one.environment, "version": one.version, "id": one.id, **row}


def _row(sweep: _Sweep, one: Found) -> Row | None:
    """What became of it; None where nobody has to know."""
    match one:
        case GoingOn():
            return _going_on(one)
        case Unbegun():
            return _back(sweep, one)
        case Left() | Hidden() | Unanswered():
            return _became(_ended(sweep, one))
        case Untold():
            return _said(sweep, one)
        case _:
            return _became(_carried_on(sweep, one))


def _going_on(one: GoingOn) -> Row:
    claim = one.claim
    who = f", waits for {', '.join(one.waiting_for)}" if one.waiting_for else ""
    return _told("under way", "under-way", f"{claim.by}'s run goes on{who}: {claim.run or claim.holder}.")


def _carried_on(sweep: _Sweep, one: Found) -> DeliveryOutcome:
    outcome = carried_on(sweep.at, sweep.run, sweep.seen, one.environment)
    outcome = gone_back(outcome, sweep.run, sweep.asked.repo, sweep.asked.config)
    tell(outcome, sweep.at, sweep.run, "sweep")
    return outcome


def _back(sweep: _Sweep, one: Unbegun) -> Row:
    """One that is refused is owed still."""
    outcome = went_back(one.owed, sweep.run, sweep.asked.repo, sweep.asked.config)
    tell(outcome, sweep.at, sweep.run, "sweep")
    row = _became(outcome)
    return {**row, "became": "failed"} if row["became"] == "closed" else row


def _ended(sweep: _Sweep, one: Endable) -> DeliveryOutcome:
    """With the ledger of its version."""
    at, run = sweep.at, sweep.run
    context = context_of(at, run, at.tag(one.about))
    gather = gatherer(at, run.environment, one.about, one.environment, entries_path(one.about), on_behalf="")
    decide = partial(closing.next_move, one=one, run_url=run.environment.run_url)
    course = delivery_course(gather, decide, context)
    if run.dry_run:
        facts, moves = foreseen(course, context.now())
        return ended(one, facts, at.policy, lines(moves), planned=True)
    rest = carried(course, context)
    outcome = ended(one, rest.facts, at.policy, rest.steps, planned=False)
    tell(outcome, at, run, "sweep")
    return outcome


def _said(sweep: _Sweep, one: Untold) -> Row | None:
    """Only where the comment is older than what it is about."""
    outcome = told_later(one, sweep.seen, sweep.at.policy)
    if not tell_later(outcome, sweep.at, sweep.run, "sweep", one.end.at):
        return None
    said = f"The comment in #{outcome.asked_in} did not say it: {outcome.message}"
    return _told("finished", outcome.reason_code, said)


def _became(outcome: DeliveryOutcome) -> Row:
    became = "under way" if outcome.reason_code == HALTED else BECAME[outcome.decision]
    return _told(became, outcome.reason_code, outcome.message, outcome.next_step)


def _told(became: str, reason: str, message: str, next_step: str = "") -> Row:
    return {
        "became": became,
        "reason_code": reason,
        "message": message,
        "next_step": next_step,
    }


BECAME = {
    Decision.DONE: "finished",
    Decision.REFUSED: "closed",
    Decision.WAITING: "under way",
    Decision.PLANNED: "planned",
}
"""How a course ended → what became of the delivery."""


def _outcome(rows: list[Row]) -> DeliveryOutcome:
    counts = {word: sum(row["became"] == word for row in rows) for word in (*BECAME.values(), "failed")}
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    failed = counts["failed"] > 0
    return DeliveryOutcome(
        command="sweep",
        decision=Decision.REFUSED if failed else Decision.DONE,
        reason_code="sweep-incomplete" if failed else "swept",
        message=f"Looked after {len(rows)}: {told}." if rows else "Nothing is under way.",
        next_step="Mend what is named; then run again: shipway sweep" if failed else "",
        exit_code=ExitCode.FAILURE if failed else ExitCode.OK,
        environment="",
        facts={"deliveries": rows},
    )
