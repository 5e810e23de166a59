"""Puts together what locks and unlocks environments."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from shipway.bootstrap.delivery import Setting, context_of, gatherer, setting
from shipway.bootstrap.running import CommandNamed, Run
from shipway.domain.delivery.lock_command import SCOPES, Asked, Locking, Scope, Unlocking
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.delivery.reason import reason_of
from shipway.domain.events import timestamp
from shipway.domain.record import environments_path
from shipway.domain.span import parse_span, span_text
from shipway.engine.locking import lock
from shipway.errors import UsageError

LONGEST = timedelta(days=366)
"""Of `--for`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockAsked:
    """What somebody asked of `shipway lock` or `shipway unlock`.

    Attributes:
        environment: Name of one; empty for all.
        every: All of them, which has to be said.
        unlock: Open instead of lock.
        lasting: How long, such as `2h`; empty until somebody unlocks.
        scope: `user`, `release` or `pr`; empty lets nobody through.
        release: The version that scope `release` lets through.
        pr: The pull request of scope `pr`; 0 for none.
        force: Unlock what somebody else has locked.
        dry_run: Only say what would be done.
        config: Path of a configuration file; None for the one of the default branch.
    """

    environment: str = ""
    every: bool = False
    unlock: bool = False
    reason: str = ""
    lasting: str = ""
    scope: str = ""
    release: str = ""
    pr: int = 0
    force: bool = False
    dry_run: bool = False
    repo: Path = Path()
    config: Path | None = None

    @property
    def verb(self) -> str:
        """The command's name."""
        return "unlock" if self.unlock else "lock"

    @property
    def example(self) -> str:
        """What could have been asked in its place, of the same environment."""
        where = "--all" if self.every else self.environment.strip() or "production"
        if not self.unlock:
            return f"shipway lock {where} --reason 'database is moving' --for 2h"
        forced = "'alice is away' --force" if self.force else "'database has moved'"
        return f"shipway unlock {where} --reason {forced}"


class _Words(NamedTuple):
    """What was said, as it counts."""

    reason: str
    until: str
    scope: Scope


@CommandNamed(lambda asked: asked.verb)
def run_lock(asked: LockAsked, run: Run) -> DeliveryOutcome:
    """Run `shipway lock` or `shipway unlock`.

    Raises:
        ShipwayError: It was refused or failed, with what to do.
    """
    now = run.chance.now()
    words = _checked(asked, now)
    at = setting(asked.repo, asked.config, run.environment, run.sleep)
    command = _command(asked, words, at, now, run.chance.new_id(), run.environment.run_url)
    context = context_of(at, run, "")
    target = "" if asked.every else command.environments[0]
    gather = gatherer(at, run.environment, "", target, environments_path(command.at))
    return lock(command, gather, context, dry_run=asked.dry_run)


def _checked(asked: LockAsked, now: datetime) -> _Words:
    """What can be said of the words alone, before anybody is asked anything."""
    if bool(asked.environment.strip()) == asked.every:
        raise _unclear("Name one environment, or say --all.", asked)
    reason = reason_of(asked.reason, asked.example)
    return _Words(reason, _until(asked, now), _scope(asked))


def _command(asked: LockAsked, words: _Words, at: Setting, now: datetime, id_: str, run_url: str) -> Asked:
    common: dict[str, Any] = {
        "environments": at.pipeline.names if asked.every else (at.pipeline.find(asked.environment),),
        "every": asked.every,
        "id": id_,
        "at": timestamp(now),
        "reason": words.reason,
        "run_url": run_url,
    }
    if asked.unlock:
        return Unlocking(**common, force=asked.force)
    return Locking(**common, until=words.until, scope=words.scope, subject=_subject(asked, at))


def _until(asked: LockAsked, now: datetime) -> str:
    if not asked.lasting:
        return ""
    try:
        span = parse_span(asked.lasting.strip())
    except ValueError as problem:
        raise UsageError(f"{problem}.", f"For example: {asked.example}", reason_code="span-unclear") from None
    if not timedelta() < span <= LONGEST:
        raise UsageError(
            f"A lock with an end lasts at most {span_text(LONGEST)}, and more than nothing.",
            f"For example: {asked.example}",
            reason_code="span-unclear",
        )
    return timestamp(now + span)


def _scope(asked: LockAsked) -> Scope:
    """What `--scope` says, or what the name of a release or pull request says without it."""
    named = {"release": asked.release.strip(), "pr": asked.pr}
    implied = [name for name, value in named.items() if value]
    scope = asked.scope or next(iter(implied), "")
    found: Scope | None = next((one for one in SCOPES if one == scope), None)
    if found is None:
        raise _unclear(f"There is no scope {scope!r}: user, release or pr.", asked)
    if found in named and not named[found]:
        raise _unclear(f"Scope {found} needs --{found}.", asked)
    if any(name != found for name in implied):
        raise _unclear(f"--{implied[-1]} does not belong to scope {found or 'of nobody'}.", asked)
    return found


def _subject(asked: LockAsked, at: Setting) -> str:
    return str(asked.pr) if asked.pr else at.named(asked.release)


def _unclear(message: str, asked: LockAsked) -> UsageError:
    return UsageError(message, f"For example: {asked.example}", reason_code="lock-unclear")
