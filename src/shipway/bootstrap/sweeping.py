"""Puts together `shipway sweep`: carries on what runs have left, and ends what nobody works on any more."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from shipway.bootstrap.delivery import Setting, context_of, gatherer, setting
from shipway.bootstrap.deploying import all_standing, carried_on
from shipway.bootstrap.reverting import gone_back, went_back
from shipway.bootstrap.running import CommandNamed, Run
from shipway.bootstrap.status_comments import tell
from shipway.domain.delivery import asking, closing
from shipway.domain.delivery.advancing import HALTED
from shipway.domain.delivery.approvals import TIMED_OUT
from shipway.domain.delivery.closing import Left
from shipway.domain.delivery.elsewhere import goes_on_elsewhere
from shipway.domain.delivery.outcome import DeliveryOutcome, given_up
from shipway.domain.delivery.steps import DeliveryMove, SetDeploymentState
from shipway.domain.events import timestamp
from shipway.domain.facts import DeliveryFacts, Deployment
from shipway.domain.outcome import Decision
from shipway.domain.record import entries_path
from shipway.domain.standing import Claim, Owed, Question
from shipway.engine.claims import looked_behind
from shipway.engine.deliver import delivery_course, perform_delivery
from shipway.engine.run import Rest
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
    rows = [*_claims(sweep), *_orphans(sweep), *_owed(sweep), *_hidden(sweep), *_unanswered(sweep)]
    return _outcome(rows)


def _claims(sweep: _Sweep) -> Iterator[Row]:
    for name, standing in sweep.seen.ledger.standings.items():
        if claim := standing.claim:
            yield _tried(name, claim.version, claim.id, partial(_one, sweep, name, claim))


def _one(sweep: _Sweep, name: str, claim: Claim) -> Row:
    """What becomes of a claim: runs are looked after, and what changes something carried on; else it is ended."""
    seen = sweep.seen
    over = timestamp(sweep.run.chance.now()) >= claim.until
    going = next((one for one in seen.runs if one.delivery == claim.id), None)
    left = going is None and (over or claim.id in seen.abandoned_claims)
    begun = claim.dispatched is not None or claim.replaces
    elsewhere = goes_on_elsewhere(sweep.at.policy, seen.deployments, name, claim)
    unsettled = begun or elsewhere or seen.ledger.standing(name).half_way(claim.version)
    if (left and unsettled) or (going and (over or going.status not in RESTING)):
        return _became(_carried_on(sweep, name))
    if left:
        return _closed(sweep, Left(id=claim.id, environment=name, version=claim.version))
    who = f", waits for {', '.join(going.waiting_for)}" if going and going.waiting_for else ""
    return _row("under way", "under-way", f"{claim.by}'s run goes on{who}: {claim.run or claim.holder}.")


def _carried_on(sweep: _Sweep, name: str) -> DeliveryOutcome:
    outcome = carried_on(sweep.at, sweep.run, sweep.seen, name)
    outcome = gone_back(outcome, sweep.run, sweep.asked.repo, sweep.asked.config)
    tell(outcome, sweep.at, sweep.run, "sweep")
    return outcome


def _became(outcome: DeliveryOutcome) -> Row:
    became = "under way" if outcome.reason_code == HALTED else BECAME[outcome.decision]
    return _row(became, outcome.reason_code, outcome.message, outcome.next_step)


def _orphans(sweep: _Sweep) -> Iterator[Row]:
    for left in closing.orphans(sweep.seen.ledger.standings, sweep.seen.deployments):
        yield _tried(left.environment, left.version, left.id, partial(_closed, sweep, left))


def _owed(sweep: _Sweep) -> Iterator[Row]:
    """The rollbacks that nobody has begun."""
    for name, standing in sweep.seen.ledger.standings.items():
        if standing.reverting and not standing.claim:
            owed = Owed(name, standing.reverting)
            yield _tried(name, owed.one.version, "", partial(_back, sweep, owed))


def _back(sweep: _Sweep, owed: Owed) -> Row:
    """One that is refused is owed still."""
    outcome = went_back(owed, sweep.run, sweep.asked.repo, sweep.asked.config)
    tell(outcome, sweep.at, sweep.run, "sweep")
    row = _became(outcome)
    return {**row, "became": "failed"} if row["became"] == "closed" else row


def _hidden(sweep: _Sweep) -> Iterator[Row]:
    for one in closing.hidden(sweep.seen):
        yield _tried(one.environment, one.version, one.delivery, partial(_said_again, sweep, one))


def _said_again(sweep: _Sweep, one: Deployment) -> Row:
    """As a job that dies after its last word makes GitHub say failure."""
    context = context_of(sweep.at, sweep.run, "")
    step = SetDeploymentState(
        one.node_id, one.environment, one.state, f"runs {one.version}", log_url=one.log_url
    )
    if not sweep.run.dry_run:
        perform_delivery(step, sweep.seen, context)
    became = "planned" if sweep.run.dry_run else "finished"
    said = (
        f"GitHub shows that {one.version} failed in {one.environment}, where it was found good: said again."
    )
    return _row(became, "done", said)


def _unanswered(sweep: _Sweep) -> Iterator[Row]:
    """Questions that nobody has answered in time: no answer is a no."""
    for name, standing in sweep.seen.ledger.standings.items():
        asked = standing.question
        if asked and timestamp(sweep.run.chance.now()) >= asked.until:
            yield _tried(name, asked.version, "", partial(_lapsed, sweep, name, asked))


def _lapsed(sweep: _Sweep, name: str, asked: Question) -> Row:
    book = asked.replaces or asked.version
    decide = partial(asking.lapsed, environment=name, asked=asked, now=sweep.run.chance.now())
    if not sweep.run.dry_run:
        _recorded(sweep, name, book, decide)
    became, is_ = ("planned", "would be") if sweep.run.dry_run else ("closed", "is")
    said = f"{asked.version} {is_} refused in {name}: too few people have agreed in time to what {asked.by} wanted."
    return _row(became, TIMED_OUT, said)


def _closed(sweep: _Sweep, left: Left) -> Row:
    """End it, in the ledger of its version."""
    run = sweep.run
    if run.dry_run:
        said = f"{left.version} into {left.environment} would be {closing.GIVEN_UP}."
        return _row("planned", "run-lost", said)
    left = replace(left, run_url=run.environment.run_url)
    decide = partial(closing.decide, left=left, now=run.chance.now())
    rest = _recorded(sweep, left.environment, left.about, decide)
    outcome = given_up(left, rest.facts, sweep.at.policy, rest.steps)
    tell(outcome, sweep.at, run, "sweep")
    return _became(outcome)


def _recorded(
    sweep: _Sweep, environment: str, version: str, decide: Callable[[DeliveryFacts], DeliveryMove]
) -> Rest[DeliveryFacts]:
    """Carry it out, with the ledger of a version."""
    at, run = sweep.at, sweep.run
    tag = at.policy.release.tag.replace("{version}", version)
    context = context_of(at, run, tag)
    gather = gatherer(at, run.environment, tag, environment, entries_path(version), on_behalf="")
    return carried(delivery_course(gather, lambda facts, _now: decide(facts), context), context)


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
