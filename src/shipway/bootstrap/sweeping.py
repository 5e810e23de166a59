"""Puts together `shipway sweep`: carries on what runs have left, and ends what nobody works on any more."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from shipway.bootstrap.delivery import Setting, context_of, gatherer, setting
from shipway.bootstrap.deploying import all_standing, carried_on
from shipway.bootstrap.running import CommandNamed, Run
from shipway.domain.delivery import closing
from shipway.domain.delivery.closing import Left
from shipway.domain.delivery.elsewhere import goes_on_elsewhere
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.delivery.steps import DeliveryStep
from shipway.domain.events import timestamp
from shipway.domain.facts import DeliveryFacts
from shipway.domain.outcome import Decision
from shipway.domain.reconcile import reconciled_delivery
from shipway.domain.record import entries_path
from shipway.domain.standing import Claim
from shipway.engine.claims import looked_behind
from shipway.engine.deliver import perform_delivery
from shipway.engine.run import Course
from shipway.engine.run import run as carried
from shipway.errors import ExitCode, ShipwayError

RESTING = frozenset({"queued", "waiting", "requested", "pending"})
"""States of a run of which there is nothing to say but that it goes on."""

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
    rows = [*_claims(at, run, seen), *_orphans(at, run, seen)]
    return _outcome(rows)


def _claims(at: Setting, run: Run, seen: DeliveryFacts) -> Iterator[Row]:
    for name, standing in seen.ledger.standings.items():
        if claim := standing.claim:
            yield _tried(name, claim.version, claim.id, partial(_one, at, run, seen, name, claim))


def _one(at: Setting, run: Run, seen: DeliveryFacts, name: str, claim: Claim) -> Row:
    """What becomes of a claim: a run is looked after, and what nobody works on is ended."""
    over = timestamp(run.chance.now()) >= claim.until
    going = next((one for one in seen.runs if one.delivery == claim.id), None)
    elsewhere = goes_on_elsewhere(at.policy, seen.deployments, name, claim)
    half_way = claim.dispatched is None and (elsewhere or seen.ledger.standing(name).half_way(claim.version))
    left = going is None and (over or claim.id in seen.abandoned_claims)
    if (half_way and left) or (going and (over or going.status not in RESTING)):
        outcome = carried_on(at, run, seen, name)
        return _row(BECAME[outcome.decision], outcome.reason_code, outcome.message, outcome.next_step)
    if claim.dispatched is None and left:
        return _closed(at, run, Left(id=claim.id, environment=name, **_versions(claim)))
    who = f", waits for {', '.join(going.waiting_for)}" if going and going.waiting_for else ""
    return _row("under way", "under-way", f"{claim.by}'s run goes on{who}: {claim.run or claim.holder}.")


def _versions(claim: Claim) -> dict[str, str]:
    return {"version": claim.version, "replaces": claim.replaces}


def _orphans(at: Setting, run: Run, seen: DeliveryFacts) -> Iterator[Row]:
    for left in closing.orphans(seen.ledger.standings, seen.deployments):
        yield _tried(left.environment, left.version, left.id, partial(_closed, at, run, left))


def _closed(at: Setting, run: Run, left: Left) -> Row:
    """End it, in the ledger of its version."""
    if run.dry_run:
        said = f"{left.version} into {left.environment} would be {closing.GIVEN_UP}."
        return _row("planned", "run-lost", said)
    left = replace(left, run_url=run.environment.run_url)
    tag = at.policy.release.tag.replace("{version}", left.about)
    gather = gatherer(at, run.environment, tag, left.environment, entries_path(left.about), on_behalf="")
    context = context_of(at, run, tag)
    course: Course[DeliveryFacts, DeliveryStep] = Course(
        gather=gather,
        decide=lambda facts: closing.decide(facts, left, context.now()),
        perform=lambda step, facts: perform_delivery(step, facts, context),
        reconciled=reconciled_delivery,
    )
    carried(course, context)
    return _row("closed", "run-lost", f"{left.version} into {left.environment}: {closing.GIVEN_UP}.")


def _tried(name: str, version: str, delivery: str, act: Callable[[], Row]) -> Row:
    """One that cannot be looked after keeps nobody from the others."""
    try:
        row = act()
    except ShipwayError as problem:
        row = _row("failed", problem.reason_code, problem.message, problem.next_step)
    return {"environment": name, "version": version, "id": delivery, **row}


def _row(became: str, reason: str, message: str, next_step: str = "") -> Row:
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
        next_step="Run it again: shipway sweep" if failed else "",
        exit_code=ExitCode.FAILURE if failed else ExitCode.OK,
        environment="",
        facts={"deliveries": rows},
    )
