"""Puts together what `shipway status` tells: what runs where, how environments stand, what is under way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shipway.adapters.github import GitHub
from shipway.adapters.github.status import Now, look_closer, read_now, unseen
from shipway.adapters.health import Address, versions
from shipway.config import PATH, read_policy
from shipway.domain.debts import debt_rows
from shipway.domain.delivery.adopting import bound_to
from shipway.domain.delivery.order import Pipeline, pipeline_of
from shipway.domain.delivery.progress import claimed
from shipway.domain.events import timestamp
from shipway.domain.ledger import GENESIS
from shipway.domain.ledger_store import LedgerUnavailable, WholeLedger
from shipway.domain.policy import Policy
from shipway.domain.record import entries_path
from shipway.domain.status_view import Situation, environment_rows, history_rows
from shipway.engine.ledgers import open_ledger
from shipway.errors import UsageError

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read, and which environments are asked for."""

    github: GitHub
    now: Now
    policy: Policy
    names: tuple[str, ...]
    at: datetime


def look(github: GitHub, environment: str, at: datetime, warn: Warn) -> Seen:
    """Ask GitHub.

    Args:
        github: Who is asked.
        environment: The only one that is of interest; empty for all.
        at: The time, from which ages are counted.
        warn: Told what could not be read, of which there is nothing in the status then.

    Raises:
        UsageError: There is no such environment.
    """
    now = read_now(github, PATH)
    policy = _policy(now.config, warn)
    now = _with_ledger(now, policy, github, warn)
    pipeline = pipeline_of(policy, now.environments)
    deployed_to = [one.environment for one in reversed(now.deployments)]
    known = pipeline.names if policy.environments or now.environments else ()
    names = tuple(dict.fromkeys([*known, *now.environments, *deployed_to]))
    if environment:
        names = (Pipeline(dict.fromkeys(names or pipeline.names, ())).find(environment),)
    return Seen(github, now, policy, names, at)


def _policy(text: str, warn: Warn) -> Policy:
    """The configuration; status is what one looks at when it is broken, so it only warns."""
    try:
        return read_policy(text)
    except UsageError as problem:
        warn(problem.message)
        return Policy()


def _with_ledger(now: Now, policy: Policy, github: GitHub, warn: Warn) -> Now:
    """With what the ledger says where it is not kept on a branch, which was read already."""
    if policy.ledger.backend == "git":
        return now
    store = open_ledger(policy.ledger, github, lambda: WholeLedger("", (), GENESIS))
    try:
        ledger = store.read(entries_path(""))
    except LedgerUnavailable as problem:
        warn(f"locks, holds and verified versions are not known: {problem.message}")
        return now
    return replace(now, standings=ledger.standings, open_releases=ledger.open_releases, debts=ledger.debts)


def status_of(seen: Seen) -> dict[str, Any]:
    """The status as plain JSON; a second request where the newest deployments do not tell everything."""
    now = seen.now
    missing = unseen(now, seen.names)
    waiting = sorted({one.environment for one in now.deployments if one.id in now.held} & {*seen.names})
    closer = look_closer(seen.github, missing, waiting)
    deployments = [one for one in now.deployments if one.environment not in closer.deployments]
    deployments += [one for several in closer.deployments.values() for one in several]
    situation = Situation(
        claimed(now.standings, bound_to(now.standings, deployments, now.url), now.url),
        now.standings,
        versions(_addresses(seen)),
        seen.policy,
        now.held,
        closer.reviewers,
        now.url,
        now.foreign_locks if seen.policy.comments.dialect else (),
    )
    return {
        "repository": now.repository,
        "latest_release": now.latest_release,
        "environments": environment_rows(seen.names, situation, seen.at),
        "debts": debt_rows(now.debts, timestamp(seen.at)),
        "open_releases": [{"version": v, "release_id": i} for v, i in sorted(now.open_releases.items())],
        "pull_requests": [
            _pull_row(pull)
            for pull in now.pull_requests
            if pull["headRefName"].endswith(tuple(now.open_releases))
        ],
    }


def _pull_row(pull: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: pull[name] for name in ("number", "url", "title")},
        "draft": pull["isDraft"],
        "head": pull["headRefName"],
        "review_decision": pull["reviewDecision"] or "",
    }


def _addresses(seen: Seen) -> Mapping[str, Address]:
    policies = {name: seen.policy.environments.get(name) for name in seen.names}
    return {
        name: Address(one.version_url, one.version_path)
        for name, one in policies.items()
        if one and one.version_url
    }


def history_of(seen: Seen, count: int) -> list[dict[str, Any]]:
    """The newest deployments of each environment, as many as asked for."""
    found = look_closer(seen.github, seen.names, count=count).deployments
    return [row for name in seen.names for row in history_rows(found[name])]
