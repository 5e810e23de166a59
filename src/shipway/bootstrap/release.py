"""Puts a release together."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from shipway.adapters.git_repo import Clone
from shipway.adapters.github import GitHub
from shipway.adapters.github.identity import Person
from shipway.adapters.templates import Templates
from shipway.bootstrap.environment import (
    Chance,
    Environment,
    Watchers,
    another_here,
    configuration_of,
    connect,
    policy_of,
    release_page,
    source_of,
    tracer_of,
)
from shipway.bootstrap.reverting import gone_back
from shipway.bootstrap.running import Run, gates_of
from shipway.bootstrap.status_comments import tell_of_release
from shipway.config import PATH
from shipway.domain.facts import Facts, Oid
from shipway.domain.hotfix.picking import hashes_in
from shipway.domain.hotfix.policy import for_hotfixes
from shipway.domain.outcome import Outcome
from shipway.domain.override import Override, asked_overrides, unclear
from shipway.domain.policy import Policy
from shipway.domain.release_command import Stage
from shipway.engine import prepare
from shipway.engine.askers import completed, governed, having_written, releaser
from shipway.engine.context import Context
from shipway.engine.hotfixing import prepare_hotfix
from shipway.engine.ledgers import open_ledger, whole_branch
from shipway.engine.releasing import dry_run, release, what_holds_it
from shipway.engine.source import Source
from shipway.engine.tracing import traced
from shipway.errors import InputError, UsageError


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked of `shipway release`, or of `shipway hotfix`.

    Attributes:
        version: A version, or one of major, minor, patch, prerelease, auto.
        stage: Whose gates a release that begins now has to pass.
        notes_file: A hand-written changelog section to use in place of the generated one.
        config: Path of a configuration file; None for the one of the default branch.
        reports: Globs of report files, for gates that name none.
        environment: Last environment to deploy to; empty for all. Asking again without it goes on with the rest.
        override: Gates to let past, why, and for how long.
        why: Whether only to say what holds it up.
        base: Tag that a hotfix repairs; not needed for one that has begun.
        moves_clone: Whether a hotfix may check its commit out in the clone.
        pick: Hashes of commits that a hotfix takes over from other branches, one or several in each.
        pick_only: Heads besides the default branch of which it takes them; None for those of all branches.
    """

    version: str
    source: str = ""
    target: str = ""
    dry_run: bool = False
    wait: bool = False
    repo: Path = Path()
    notes_file: Path | None = None
    config: Path | None = None
    reports: tuple[str, ...] = ()
    allow_dirty: bool = False
    environment: str = ""
    override: tuple[str, ...] = ()
    reason: str = ""
    expires: str = ""
    stage: Stage = "release"
    why: bool = False
    base: str = ""
    moves_clone: bool = False
    pick: tuple[str, ...] = ()
    pick_only: tuple[Oid, ...] | None = None


def run_release(
    asked: Asked,
    environment: Environment,
    watchers: Watchers,
    *,
    sleep: Callable[[float], None] = time.sleep,
    chance: Chance = Chance(),  # noqa: B008 - frozen
    adapt: Callable[[Policy], Policy] | None = None,
) -> Outcome:
    """Run `shipway release`.

    Args:
        asked: What to release.
        environment: Where and as whom.
        watchers: Told what happens.
        sleep: Waits; a rehearsal plays the people that a release waits for instead.
        chance: Time and identities.
        adapt: Changes the policy before it counts; a rehearsal takes the deploy commands out.

    Raises:
        ShipwayError: It was refused or failed, with what to do.
    """
    tracer = tracer_of(environment, chance)
    run = Run(environment, watchers, sleep, chance, tracer, dry_run=asked.dry_run or asked.why)
    return traced(tracer, asked.stage, partial(_release, asked, run, adapt), dry_run=asked.dry_run)


def _release(asked: Asked, run: Run, adapt: Callable[[Policy], Policy] | None) -> Outcome:
    environment, watchers, chance, sleep = run.environment, run.watchers, run.chance, run.sleep
    github, source = _source(asked, environment, sleep)
    clone, url = source.clone, source.url
    policy = _policy(asked, source)
    policy = adapt(policy) if adapt else policy
    templates = Templates(clone.root)
    person = environment.person or releaser(github, environment.run, policy)
    request = _request(asked, run, source, policy, person)
    gates = gates_of(clone, policy, github, run)
    ledger = open_ledger(policy.ledger, github, partial(whole_branch, clone, url, environment.token))
    prepared = _preparation(asked)(request, source, github, ledger, policy, templates)
    if isinstance(prepared, Outcome):
        return prepared
    foreseen = asked.dry_run and not asked.config
    run.warnings.extend((*prepared.warnings, *(another_here(source) if foreseen else ())))
    context = Context(
        github=github,
        pages=templates,
        root=clone.root,
        policy=policy,
        command=prepared.command,
        gather=_knowing(prepared.gather, person, environment.run.run_id, policy, github),
        look_again=lambda facts: prepared.look_again(
            having_written(facts, tuple(policy.environments), policy, github)
        ),
        run_gates=gates.run,
        run_stage_gates=gates.run,
        ledger=ledger,
        reports=lambda ledger, url: release_page(ledger, prepared.command.tag, url, templates),
        deploy=gates.deploy,
        push=partial(clone.push, url, environment.token),
        sign_tag=partial(clone.push_signed_tag, url, environment.token) if clone.signs_tags else None,
        watch=watchers.move,
        warn=run.warnings.append,
        stumbled=watchers.stumble,
        now=chance.now,
        sleep=sleep,
        spread=chance.spread,
        announce=watchers.announce,
        trace_id=run.tracer.here.trace_id,
    )
    if asked.why:
        outcome = what_holds_it(context)
    else:
        outcome = dry_run(context) if asked.dry_run else release(context, wait=asked.wait)
    if not adapt:
        outcome = gone_back(outcome, run, asked.repo, asked.config)
        tell_of_release(outcome, github, templates, run)
    return replace(outcome, warnings=tuple(dict.fromkeys((*outcome.warnings, *run.warnings))))


def _request(asked: Asked, run: Run, source: Source, policy: Policy, person: Person) -> prepare.Request:
    environment, chance = run.environment, run.chance
    return prepare.Request(
        version=asked.version,
        source=asked.source,
        target=asked.target,
        actor=person.login,
        run_url=environment.run_url,
        release_id=chance.new_id(),
        attempt=chance.new_id(),
        holder=environment.holder,
        asked_in=environment.asked_in,
        configuration=configuration_of(source, asked.config),
        base=asked.base,
        reason=asked.reason,
        moves_clone=asked.moves_clone,
        picks=hashes_in(asked.pick),
        pick_only=asked.pick_only,
        at=chance.now(),
        notes=_notes(asked.notes_file),
        overrides=_overrides(asked, policy, chance.now()),
    )


def _source(asked: Asked, environment: Environment, sleep: Callable[[float], None]) -> tuple[GitHub, Source]:
    clone = Clone(asked.repo)
    check_clone(clone, asked)
    github = connect(environment, clone, sleep)
    source = source_of(environment, clone, github)
    if not source.remote.default:
        raise _empty(f"{github.owner}/{github.name}")
    return github, source


def _policy(asked: Asked, source: Source) -> Policy:
    policy = policy_of(source, asked.config)
    policy = for_hotfixes(policy) if asked.stage == "hotfix" else policy
    return _until(policy, asked.environment).reading(asked.reports)


def _preparation(asked: Asked) -> Callable[..., prepare.Prepared | Outcome]:
    return (
        partial(prepare_hotfix, foreseen=asked.dry_run or asked.why)
        if asked.stage == "hotfix"
        else prepare.prepare
    )


def _knowing(
    gather: Callable[[], Facts], person: Person, run_id: str, policy: Policy, github: GitHub
) -> Callable[[], Facts]:
    """The way to look, which tells what is known of who asks, and asks more where an environment goes by it."""
    if not governed(policy) and person.role is None:
        return gather
    names = tuple(policy.environments)
    return lambda: completed(gather(), person, run_id, names, policy, github)


def _overrides(asked: Asked, policy: Policy, now: datetime) -> tuple[Override, ...]:
    if asked.reason and not asked.override and asked.stage == "release":
        raise unclear("--reason belongs to --override, which is missing.")
    return asked_overrides(asked.override, asked.reason, asked.expires, known=policy.gates, now=now)


def _empty(name: str) -> InputError:
    return InputError(
        f"{name} has no commits yet, so there is nothing to release.",
        "Push a first commit, for example: git push -u origin main",
        reason_code="empty-repository",
    )


def check_clone(clone: Clone, asked: Asked) -> None:
    """Refuse a clone that does not say clearly what to release.

    Raises:
        InputError: `empty-repository`, `dirty-clone`, `detached-head`.
    """
    if not clone.head:
        raise _empty(str(asked.repo.resolve().name))
    changed = clone.changed_files
    if changed and not asked.allow_dirty:
        shown = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
        raise InputError(
            f"The clone has changes that are not committed ({shown}); they would not be part of the release.",
            "Commit or stash them, or pass --allow-dirty: git stash && shipway release auto",
            reason_code="dirty-clone",
        )
    if not clone.branch and not asked.source and asked.stage != "hotfix":
        raise InputError(
            f"HEAD is detached at {clone.head[:10]}, so it is not clear which branch to release from.",
            "Name it, for example: shipway release auto --from main",
            reason_code="detached-head",
        )


def _until(policy: Policy, last: str) -> Policy:
    """The policy without the environments that come after one."""
    if not last:
        return policy
    if last not in policy.environments:
        known = ", ".join(policy.pipeline) or "none"
        raise UsageError(
            f"Environment {last!r} is not configured; known: {known}.",
            f"Name one of them, or add it under `environments:` in {PATH}.",
            reason_code="environment-unknown",
        )
    kept = policy.pipeline[: policy.pipeline.index(last) + 1]
    return replace(policy, environments={name: policy.environments[name] for name in kept})


def _notes(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(
            f"{path} cannot be read as UTF-8 text.",
            "Write the section as Markdown and name the file: --notes notes.md",
            reason_code="notes-unreadable",
        ) from problem
