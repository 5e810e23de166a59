"""Puts together what concerns environments: promotions, rollbacks, locks."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from shipway.adapters.git_repo import Clone
from shipway.adapters.github import GitHub, delivery
from shipway.adapters.github.identity import Person, person_of
from shipway.adapters.templates import Templates
from shipway.bootstrap.environment import (
    Chance,
    Environment,
    Watchers,
    configuration_of,
    connect,
    policy_of,
    release_page,
    tracer_of,
)
from shipway.bootstrap.release import gates_of
from shipway.domain.authority import Asker
from shipway.domain.delivery.command import Promotion
from shipway.domain.delivery.order import Pipeline, pipeline_of
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.delivery.reason import reason_of
from shipway.domain.facts import DeliveryFacts
from shipway.domain.ledger_store import LedgerStore
from shipway.domain.override import asked_overrides
from shipway.domain.policy import Policy
from shipway.domain.record import entries_path
from shipway.domain.tracing import Tracer, Value
from shipway.domain.version import TagFormat, parse_version
from shipway.engine.askers import completed
from shipway.engine.claims import looked_behind
from shipway.engine.context import DeliveryContext
from shipway.engine.ledgers import open_ledger, put_ledger, whole_branch
from shipway.engine.promoting import dry_run, promote
from shipway.engine.refusals import check_ledger
from shipway.engine.source import Source
from shipway.engine.tracing import traced
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


@dataclass(frozen=True, slots=True)
class Setting:
    """What every command about environments works with.

    Attributes:
        person: Who asks, as GitHub says.
    """

    clone: Clone
    github: GitHub
    policy: Policy
    pipeline: Pipeline
    ledger: LedgerStore
    templates: Templates
    person: Person
    configuration: str


def setting(
    repo: Path, config: Path | None, environment: Environment, sleep: Callable[[float], None] = time.sleep
) -> Setting:
    """Find the repository, its configuration on the default branch, and its pipeline.

    Raises:
        ShipwayError: One of them cannot be had.
    """
    clone = Clone(repo)
    github = connect(environment, clone, sleep)
    url = f"{environment.server_url}/{github.owner}/{github.name}.git"
    source = Source(clone, url, environment.token, clone.remote(url, environment.token))
    policy = policy_of(source, config)
    ledger = open_ledger(policy.ledger, github, partial(whole_branch, clone, url, environment.token))
    pipeline = _pipeline(github, policy)
    person = environment.person or person_of(github, environment.run)
    return Setting(
        clone=clone,
        github=github,
        policy=policy,
        pipeline=pipeline,
        ledger=ledger,
        templates=Templates(clone.root),
        person=person,
        configuration=configuration_of(source, config),
    )


def _pipeline(github: GitHub, policy: Policy) -> Pipeline:
    """As configured; only where nothing is, GitHub is asked what it has."""
    if policy.environments:
        return pipeline_of(policy)
    row = github.get("/environments", per_page=100)
    return pipeline_of(policy, tuple(one["name"] for one in row["environments"]))


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command about environments.

    Attributes:
        sleep: Waits so many seconds.
        warnings: What people should know at the end, a sentence each.
    """

    environment: Environment
    watchers: Watchers
    sleep: Callable[[float], None]
    chance: Chance
    tracer: Tracer
    warnings: list[str] = field(default_factory=list)

    def through(self, name: str, act: "Callable[[Run], DeliveryOutcome]", **known: Value) -> DeliveryOutcome:
        """Carry a command out in its span; gives how it ends, with everything that it warned of."""

        def acted() -> DeliveryOutcome:
            outcome = act(self)
            return replace(outcome, warnings=(*outcome.warnings, *dict.fromkeys(self.warnings)))

        return traced(self.tracer, name, acted, **known)


def run_promotion(
    asked: PromotionAsked,
    environment: Environment,
    watchers: Watchers,
    *,
    sleep: Callable[[float], None] = time.sleep,
    chance: Chance = Chance(),  # noqa: B008 - frozen
) -> DeliveryOutcome:
    """Run `shipway promote`.

    Raises:
        ShipwayError: It was refused or failed, with what to do.
    """
    run = Run(environment, watchers, sleep, chance, tracer_of(environment, chance))
    return run.through("promote", partial(_promotion, asked), dry_run=asked.dry_run)


def _promotion(asked: PromotionAsked, run: Run) -> DeliveryOutcome:
    _not_empty(version=asked.version, to=asked.target)
    if asked.lift_hold and not asked.reason.strip():
        raise UsageError("Lifting a hold needs a reason.", f"Say it: {LIFTED}")
    at = setting(asked.repo, asked.config, run.environment, run.sleep)
    command = _command(asked, at, run.environment, run.chance)
    context = context_of(at, run, command.tag)
    gather = gatherer(at, run.environment, command.tag, command.target, entries_path(command.version))
    if asked.dry_run:
        return dry_run(command, gather, context)
    outcome = promote(command, gather, context, wait=asked.wait)
    from shipway.bootstrap.reverting import gone_back  # noqa: PLC0415 - it needs all of this

    return gone_back(outcome, run, asked.repo, asked.config)


def _not_empty(**given: str) -> None:
    empty = [name for name, value in given.items() if not value.strip()]
    if empty:
        raise UsageError(
            f"{empty[0]} cannot be empty", "Example: shipway promote 1.2.3 --from dev --to staging"
        )


def _command(asked: PromotionAsked, at: Setting, environment: Environment, chance: Chance) -> Promotion:
    form = TagFormat(at.policy.release.tag)
    text = asked.version.strip()
    version = str(form.version(text) or parse_version(text))
    return Promotion(
        version=version,
        tag=at.policy.release.tag.replace("{version}", version),
        source=at.pipeline.find(asked.source) if asked.source.strip() else "",
        target=at.pipeline.find(asked.target),
        component=asked.component.strip(),
        id=chance.new_id(),
        holder=environment.holder,
        configuration=at.configuration,
        run_url=environment.run_url,
        reason=reason_of(asked.reason, f"shipway promote {LIFTED}") if asked.reason.strip() else "",
        lift_hold=asked.lift_hold,
        overrides=asked_overrides(
            asked.override, asked.reason, asked.expires, known=at.policy.gates, now=chance.now()
        ),
    )


def context_of(at: Setting, run: Run, tag: str) -> DeliveryContext:
    """What a run about an environment works with; the report of a release is written where there is one."""
    gates = gates_of(at.clone, at.policy, at.github, run.watchers, run.chance, run.tracer, run.sleep)
    return DeliveryContext(
        github=at.github,
        ledger=at.ledger,
        policy=at.policy,
        run_stage_gates=gates.run,
        deploy=gates.deploy,
        reports=lambda ledger, url: release_page(ledger, tag, url, at.templates) if tag else {},
        watch=run.watchers.move,
        warn=run.warnings.append,
        stumbled=run.watchers.stumble,
        now=run.chance.now,
        sleep=run.sleep,
        spread=run.chance.spread,
        announce=run.watchers.announce,
        trace_id=run.tracer.here.trace_id,
    )


def gatherer(
    at: Setting,
    environment: Environment,
    tag: str,
    target: str,
    book: str,
    tags: str = "",
    on_behalf: str | None = None,
) -> Callable[[], DeliveryFacts]:
    """The way to look; asks whether another run still goes on only where one holds the environment.

    Args:
        on_behalf: Login of who was let in already, where this only brings their version in; empty where nobody asks
            for anything. None asks who may.
    """
    environments = tuple(at.policy.environments)
    names = (target,) if target else at.pipeline.names

    def gather() -> DeliveryFacts:
        answer = delivery.ask(
            at.github,
            tag=tag,
            environment=target,
            book=book,
            environments=environments,
            tags=tags,
        )
        put_ledger(at.ledger, at.github, answer["repository"], book, "")
        facts = delivery.facts_of(answer, tag=tag, environment=target, book=book, actor=at.person.login)
        facts = (
            facts.having(asker=Asker(on_behalf or facts.asker.login, source="claim"))
            if on_behalf is not None
            else completed(facts, at.person, environment.run.run_id, names, at.policy, at.github)
        )
        check_ledger(facts.ledger)
        return looked_behind(facts, (target,), environment.holder, at.policy, at.github)

    return gather
