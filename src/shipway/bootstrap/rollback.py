"""Puts together what concerns rollbacks."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from shipway.bootstrap.delivery import Setting, context_of, gatherer, setting
from shipway.bootstrap.environment import Chance, Environment
from shipway.bootstrap.running import CommandNamed, Run
from shipway.bootstrap.status_comments import tell
from shipway.domain.delivery.command import Rollback
from shipway.domain.delivery.impact import Impact, impact_of, standing_on
from shipway.domain.delivery.incident import incident_path, incident_view
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.delivery.reason import reason_of
from shipway.domain.delivery.rollback import tag_stem
from shipway.domain.delivery.rollback_facts import RollbackFacts
from shipway.domain.delivery.way_back import commit_there, rollback_at_hand, way_back
from shipway.domain.events import timestamp
from shipway.domain.facts import DeliveryFacts
from shipway.domain.ledger import Ledger
from shipway.domain.record import entries_path, environments_path
from shipway.engine.context import DeliveryContext
from shipway.engine.impact import difference
from shipway.engine.rolling_back import OwnTime, RollbackRun

EXAMPLE = "shipway rollback production --reason 'errors at checkout'"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackAsked:
    """What somebody asked of `shipway rollback`.

    Attributes:
        to: Version that comes back; empty for the last one that was verified there.
        gone: What is to go, by who has seen it there; empty for whatever stands there.
        automatic: Whether a trigger asks rather than a person.
        by: On whose word, where a trigger asks: who had asked for what goes. None for who asks now.
        config: Path of a configuration file; None for the one of the default branch.
    """

    environment: str
    reason: str
    to: str = ""
    gone: str = ""
    automatic: bool = False
    by: str | None = None
    dry_run: bool = False
    wait: bool = False
    repo: Path = Path()
    config: Path | None = None


def roll_back(asked: RollbackAsked, run: Run) -> DeliveryOutcome:
    """Bring an environment back, as part of a run.

    Raises:
        ShipwayError: It was refused or failed, with what to do.
    """
    own = OwnTime(run.chance.clock)
    reason = reason_of(asked.reason, EXAMPLE)
    at = setting(asked.repo, asked.config, run.environment, run.sleep)
    command, facts = _command(replace(asked, reason=reason), at, run.environment, run.chance)
    tag = at.tag(command.replaces) if command.replaces else ""
    context = apart(context_of(at, run, tag), own, at, tag)
    gather = rollback_gatherer(at, run.environment, command, facts, on_behalf=asked.by)
    course = RollbackRun(command, gather, context, own)
    outcome = course.dry_run() if asked.dry_run else course.roll_back()
    if asked.by is None:  # otherwise the run tells that it is a part of
        tell(outcome, at, run, "rollback")
    return outcome


run_rollback = CommandNamed("rollback")(roll_back)
"""Run `shipway rollback`."""


def _command(
    asked: RollbackAsked, at: Setting, environment: Environment, chance: Chance
) -> tuple[Rollback, DeliveryFacts]:
    """Looks at the environment first: what stands there says what goes, and where that is recorded."""
    target = at.pipeline.find(asked.environment)
    book = environments_path(timestamp(chance.now()))
    facts = gatherer(at, environment, "", target, book, on_behalf=asked.by)()
    to = at.named(asked.to)
    way = way_back(facts, target, to, automatic=asked.automatic)
    command = Rollback(
        version=way.version,
        tag=at.tag(way.version) if way.version else "",
        target=target,
        id=chance.new_id(),
        holder=environment.holder,
        configuration=at.configuration,
        run_url=environment.run_url,
        asked_in=environment.asked_in,
        reason=asked.reason,
        automatic=asked.automatic,
        replaces=asked.gone or way.gone,
        asked=to,
        patient=asked.wait,
    )
    return command, facts


def rollback_gatherer(
    at: Setting,
    environment: Environment,
    command: Rollback,
    before: DeliveryFacts,
    on_behalf: str | None = None,
) -> Callable[[], RollbackFacts]:
    """The way to look; what goes is worked out once."""
    book = entries_path(command.replaces) if command.replaces else before.ledger.book
    stem = tag_stem(command.tag, command.target) if command.tag else ""
    look = gatherer(at, environment, command.version, command.target, book, stem, on_behalf)
    known: list[Impact] = []

    def gather() -> RollbackFacts:
        facts = look()
        if not known:
            known.append(_impact(at, command, facts))
        given: dict[str, Any] = {one.name: getattr(facts, one.name) for one in fields(facts)}
        return RollbackFacts(**given, impact=known[0])

    return gather


def _impact(at: Setting, command: Rollback, facts: DeliveryFacts) -> Impact:
    """As the rollback that is under way or went well has recorded it; else worked out now."""
    begun = facts.ledger.newest("rollback-started")
    if begun and begun.detail["id"] == rollback_at_hand(facts, command.target):
        return Impact.from_json(begun.detail["impact"])
    if not (command.replaces and facts.tag):
        return Impact()
    gone = commit_there(facts, command.target, command.replaces)
    found = difference(at.clone, at.github, facts.tag.commit, gone)
    others = standing_on(facts.ledger.standings, command.replaces, command.target)
    lost = at.policy.rollback.dependants_lost(command.target, command.version)
    return impact_of(found, at.policy.rollback, others, lost)


def apart(context: DeliveryContext, own: OwnTime, at: Setting, tag: str) -> DeliveryContext:
    """With the page about the incident, and with the time of commands and gates kept apart from ours."""

    def pages(ledger: Ledger, url: str) -> dict[str, str]:
        begun = ledger.newest("rollback-started")
        path = incident_path(begun) if begun else ""
        if begun is None or not path:
            return dict(context.reports(ledger, url))
        text = at.templates.render("incident.md.j2", **incident_view(ledger, begun, tag, url))
        return {**context.reports(ledger, url), path: text}

    return replace(
        context,
        reports=pages,
        deploy=own.apart(context.deploy),
        run_stage_gates=own.apart(context.run_stage_gates),
    )
