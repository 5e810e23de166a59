"""Puts together what concerns environments: promotions, rollbacks, locks."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from shipway.adapters.git_repo import Clone
from shipway.adapters.github import GitHub, delivery
from shipway.adapters.github.identity import Person, person_of
from shipway.adapters.templates import Templates
from shipway.bootstrap.environment import (
    Environment,
    configuration_of,
    connect,
    policy_of,
    release_page,
    source_of,
)
from shipway.bootstrap.running import Run, gates_of
from shipway.domain.authority import ON_BEHALF, Asker
from shipway.domain.delivery.order import Pipeline, pipeline_of
from shipway.domain.facts import DeliveryFacts
from shipway.domain.ledger_store import LedgerStore
from shipway.domain.policy import Policy
from shipway.domain.trial import trial_of
from shipway.domain.version import TagFormat, parse_version
from shipway.engine.askers import completed
from shipway.engine.claims import looked_behind
from shipway.engine.context import DeliveryContext
from shipway.engine.ledgers import open_ledger, put_ledger, whole_branch
from shipway.engine.refusals import check_ledger


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

    def tag(self, version: str) -> str:
        """The tag of a version; empty for none, and for a trial."""
        return (
            "" if not version or trial_of(version) else self.policy.release.tag.replace("{version}", version)
        )

    def named(self, text: str) -> str:
        """A version that may be written as its tag; any other text as it stands."""
        text = text.strip()
        return str(TagFormat(self.policy.release.tag).version(text) or text)

    def version(self, text: str) -> str:
        """The version that is meant, or the name of a trial.

        Raises:
            UsageError: It is neither.
        """
        named = self.named(text)
        return named if trial_of(named) else str(parse_version(named))


def setting(
    repo: Path, config: Path | None, environment: Environment, sleep: Callable[[float], None] = time.sleep
) -> Setting:
    """Find the repository, its configuration on the default branch, and its pipeline.

    Raises:
        ShipwayError: One of them cannot be had.
    """
    clone = Clone(repo)
    github = connect(environment, clone, sleep)
    source = source_of(environment, clone, github)
    policy = policy_of(source, config)
    ledger = open_ledger(policy.ledger, github, partial(whole_branch, clone, source.url, environment.token))
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


def context_of(at: Setting, run: Run, tag: str) -> DeliveryContext:
    """What a run about an environment works with; the report of a release is written where there is one."""
    gates = gates_of(at.clone, at.policy, at.github, run)
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
        pages=at.templates,
    )


def gatherer(
    at: Setting,
    environment: Environment,
    version: str,
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
    tag, trial = at.tag(version), trial_of(version)
    names = (target,) if target else at.pipeline.names

    def gather() -> DeliveryFacts:
        answer = delivery.ask(
            at.github,
            tag=tag,
            environment=target,
            book=book,
            environments=environments,
            tags=tags,
            trial=trial,
            lockable=names if at.policy.comments.dialect else (),
        )
        put_ledger(at.ledger, at.github, answer["repository"], book, "")
        facts = delivery.facts_of(
            answer, tag=tag, environment=target, book=book, actor=at.person.login, trial=trial
        )
        facts = (
            facts.having(asker=Asker(on_behalf or facts.asker.login, source=ON_BEHALF))
            if on_behalf is not None
            else completed(facts, at.person, environment.run.run_id, names, at.policy, at.github)
        )
        check_ledger(facts.ledger)
        return looked_behind(facts, (target,), environment.holder, at.policy, at.github)

    return gather
