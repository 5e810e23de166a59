"""Puts the parts together: reads the environment of a run, and is the only place that knows every adapter."""

import os
import random
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from shipway.adapters.git_repo import Clone
from shipway.adapters.github import GitHub, Transient
from shipway.adapters.github.identity import Person, RunClaim
from shipway.adapters.holders import holder_of
from shipway.adapters.templates import Templates
from shipway.config import PATH, read_policy
from shipway.domain.facts import DeliveryFacts, Facts
from shipway.domain.ledger import Ledger
from shipway.domain.outcome import Outcome
from shipway.domain.override import Override, asked_overrides
from shipway.domain.plan import Move
from shipway.domain.policy import Policy
from shipway.domain.record import report_path
from shipway.domain.release_report import report_view
from shipway.domain.tracing import TracePoint, Tracer, Unkept, point_of
from shipway.domain.verdict import Verdict
from shipway.engine import prepare
from shipway.engine.askers import completed, governed, releaser
from shipway.engine.context import Context
from shipway.engine.gates import Gates, GateWatch
from shipway.engine.ledgers import open_ledger, whole_branch
from shipway.engine.releasing import dry_run, release
from shipway.engine.source import Source
from shipway.engine.tracing import traced
from shipway.errors import ExitCode, InputError, UsageError

COLLECTORS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""Variables that name where traces are sent; none are without."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What the process was started with.

    Attributes:
        repository: `owner/name`; empty to take it from `origin`.
        actor: Who started the workflow run, as GitHub says; empty outside one.
        run_url: Where the workflow run can be watched; empty outside one.
        timeout: Seconds that one answer of GitHub may take.
        holder: Names this run, so that others can find out whether it still goes on.
        run: What is said of the workflow run; GitHub is asked whether it is so.
        traceparent: Place in a trace that this run is a part of; empty where it begins its own.
        collector: Whether somebody named a place to send traces to.
    """

    token: str
    api_url: str
    server_url: str
    repository: str
    actor: str
    run_url: str
    timeout: int = 30
    holder: str = "process"
    run: RunClaim = field(default_factory=RunClaim)
    traceparent: str = ""
    collector: bool = False

    @classmethod
    def read(cls, variables: Mapping[str, str] | None = None) -> "Environment":
        """From the variables that GitHub sets in workflows, and `GH_TOKEN` as gh does."""
        env = os.environ if variables is None else variables
        server = env.get("GITHUB_SERVER_URL", "https://github.com").rstrip("/")
        repository, run_id = env.get("GITHUB_REPOSITORY", ""), env.get("GITHUB_RUN_ID", "")
        return cls(
            token=env.get("GITHUB_TOKEN") or env.get("GH_TOKEN", ""),
            api_url=env.get("GITHUB_API_URL", "https://api.github.com").rstrip("/"),
            server_url=server,
            repository=repository,
            actor=env.get("GITHUB_ACTOR", ""),
            run_url=f"{server}/{repository}/actions/runs/{run_id}" if repository and run_id else "",
            holder=holder_of(run_id),
            run=RunClaim.read(env, server),
            traceparent=env.get("TRACEPARENT", ""),
            collector=any(env.get(name) for name in COLLECTORS),
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked of `shipway release`.

    Attributes:
        version: A version, or one of major, minor, patch, prerelease, auto.
        notes_file: A hand-written changelog section to use in place of the generated one.
        config: Path of a configuration file; None for the one of the default branch.
        reports: Globs of report files, for gates that name none.
        environment: Last environment to deploy to; empty for all. Asking again without it goes on with the rest.
        override: Gates to let past, why, and for how long.
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


@dataclass(frozen=True, slots=True)
class Watchers:
    """Who is told while a run goes on."""

    move: Callable[[Move, DeliveryFacts], None] = lambda move, facts: None  # noqa: ARG005 - told, and silent
    verdict: Callable[[Verdict], None] = lambda verdict: None  # noqa: ARG005 - told, and silent
    output: Callable[[str], None] = lambda line: None  # noqa: ARG005 - told, and silent
    stumble: Callable[[Transient, float], None] = lambda problem, seconds: None  # noqa: ARG005 - likewise
    gates: Callable[[Mapping[str, float | None]], None] = lambda gates: None  # noqa: ARG005 - likewise
    gate: Callable[[str], None] = lambda gate: None  # noqa: ARG005 - likewise
    announce: Callable[[str], None] = lambda text: None  # noqa: ARG005 - likewise

    @property
    def of_gates(self) -> GateWatch:
        """The part that gates tell."""
        return GateWatch(self.gates, self.gate, lambda verdict, _: self.verdict(verdict))


@dataclass(frozen=True, slots=True)
class Chance:
    """What no two runs would have the same.

    Attributes:
        now: The time of day.
        clock: Seconds that only go up, to time commands with.
        new_id: Gives a release that begins its id.
        spread: Gives a number from 0 to 1, so that runs which meet do not meet again.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    clock: Callable[[], float] = time.monotonic
    new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    spread: Callable[[], float] = random.random


def tracer_of(environment: Environment, chance: Chance) -> Tracer:
    """What takes note of a run: sent somewhere only if the environment says where, and its extra is installed."""
    joined = point_of(environment.traceparent)
    trace_id = chance.new_id().replace("-", "")  # as many bytes as the standard asks for
    here = joined or TracePoint(trace_id, trace_id[16:])
    if not environment.collector:
        return Unkept(here)
    try:
        from shipway.adapters.telemetry import Kept  # noqa: PLC0415 - an extra, and slow to import

        return Kept(trace_id, joined)
    except (
        ImportError,
        ValueError,
    ) as problem:  # ValueError: a variable of OpenTelemetry's that has no such value
        return Unkept(here, (_not_sent(problem),))


def _not_sent(problem: ImportError | ValueError) -> str:
    why = "in a clone of Shipway: pip install '.[otel]'" if isinstance(problem, ImportError) else str(problem)
    return f"Traces are not sent: {why}."


def run_release(
    asked: Asked,
    environment: Environment,
    watchers: Watchers,
    *,
    sleep: Callable[[float], None] = time.sleep,
    chance: Chance = Chance(),
    adapt: Callable[[Policy], Policy] = lambda policy: policy,
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

    def run() -> Outcome:
        return _release(asked, environment, watchers, sleep, chance, adapt, tracer)

    return traced(tracer, "release", run, dry_run=asked.dry_run)


def _release(
    asked: Asked,
    environment: Environment,
    watchers: Watchers,
    sleep: Callable[[float], None],
    chance: Chance,
    adapt: Callable[[Policy], Policy],
    tracer: Tracer,
) -> Outcome:
    clone = Clone(asked.repo)
    check_clone(clone, asked)
    github = connect(environment, clone, sleep)
    url = f"{environment.server_url}/{github.owner}/{github.name}.git"
    remote = clone.remote(url, environment.token)
    if not remote.default:
        raise _empty(f"{github.owner}/{github.name}")
    source = Source(clone, url, environment.token, remote)
    policy = adapt(_until(policy_of(source, asked.config), asked.environment).reading(asked.reports))
    templates = Templates(clone.root)
    person = releaser(github, environment.run, policy)
    request = prepare.Request(
        version=asked.version,
        source=asked.source,
        target=asked.target,
        actor=person.login,
        run_url=environment.run_url,
        release_id=chance.new_id(),
        attempt=chance.new_id(),
        holder=environment.holder,
        configuration=configuration_of(source, asked.config),
        notes=_notes(asked.notes_file),
        overrides=_overrides(asked, policy, chance.now()),
    )
    gates = gates_of(clone, policy, github, watchers, chance, tracer)
    ledger = open_ledger(policy.ledger, github, partial(whole_branch, clone, url, environment.token))
    prepared = prepare.prepare(request, source, github, ledger, policy, templates)
    if isinstance(prepared, Outcome):
        return prepared
    warnings: list[str] = []
    context = Context(
        github=github,
        pages=templates,
        root=clone.root,
        policy=policy,
        command=prepared.command,
        gather=_knowing(prepared.gather, person, environment.run.run_id, policy, github),
        run_gates=gates.run,
        run_stage_gates=gates.run,
        ledger=ledger,
        reports=lambda ledger, url: release_page(ledger, prepared.command.tag, url, templates),
        deploy=gates.deploy,
        sign_tag=partial(clone.push_signed_tag, url, environment.token) if clone.signs_tags else None,
        watch=watchers.move,
        warn=warnings.append,
        stumbled=watchers.stumble,
        now=chance.now,
        sleep=sleep,
        spread=chance.spread,
        announce=watchers.announce,
        trace_id=tracer.here.trace_id,
    )
    outcome = dry_run(context) if asked.dry_run else release(context, wait=asked.wait)
    return replace(outcome, warnings=tuple(dict.fromkeys((*outcome.warnings, *warnings))))


def _knowing(
    gather: Callable[[], Facts], person: Person, run_id: str, policy: Policy, github: GitHub
) -> Callable[[], Facts]:
    """The way to look, which asks more about who asks where an environment goes by it."""
    if not governed(policy):
        return gather
    names = tuple(policy.environments)
    return lambda: completed(gather(), person, run_id, names, policy, github)


def gates_of(
    clone: Clone, policy: Policy, github: GitHub, watchers: Watchers, chance: Chance, tracer: Tracer
) -> Gates:
    """What runs gates and deploy commands in the clone; what they may see is masked in all that GitHub is told."""
    gates = Gates(
        clone,
        policy,
        watch=watchers.of_gates,
        echo=watchers.output,
        clock=chance.clock,
        tracer=tracer,
    )
    github.mask = gates.mask
    return gates


def release_page(ledger: Ledger, tag: str, url: str, templates: Templates) -> dict[str, str]:
    """The report of a release, as it stands in the ledger."""
    text = templates.render("release_report.md.j2", **report_view(ledger.entries, tag, url))
    return {report_path(tag): text}


def _overrides(asked: Asked, policy: Policy, now: datetime) -> tuple[Override, ...]:
    return asked_overrides(asked.override, asked.reason, asked.expires, known=policy.gates, now=now)


def connect(environment: Environment, clone: Clone, sleep: Callable[[float], None] = time.sleep) -> GitHub:
    """A connection to the repository that the environment or `origin` names.

    Raises:
        UsageError: There is no token, or no repository.
    """
    if not environment.token:
        raise UsageError(
            "There is no GitHub token.",
            "Set GITHUB_TOKEN, for example: GITHUB_TOKEN=$(gh auth token) shipway release auto --dry-run",
            reason_code="no-token",
            exit_code=ExitCode.NOT_AUTHORISED,
        )
    repository = environment.repository or _from_origin(clone.origin)
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise UsageError(
            f"GITHUB_REPOSITORY is {repository!r}, which is not OWNER/NAME."
            if environment.repository
            else "It is not clear which GitHub repository this clone belongs to.",
            "Name it, for example: GITHUB_REPOSITORY=octo-org/hello shipway status",
            reason_code="no-repository",
        )
    return GitHub(
        repository,
        environment.token,
        environment.api_url,
        sleep=sleep,
        now=time.time,
        timeout=environment.timeout,
    )


def _from_origin(address: str) -> str:
    """`owner/name` out of an HTTPS or SSH address."""
    path = address.removesuffix("/").removesuffix(".git").replace(":", "/")
    return "/".join(path.split("/")[-2:]) if "/" in path else ""


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
    if not clone.branch and not asked.source:
        raise InputError(
            f"HEAD is detached at {clone.head[:10]}, so it is not clear which branch to release from.",
            "Name it, for example: shipway release auto --from main",
            reason_code="detached-head",
        )


def configuration_of(source: Source, config: Path | None) -> str:
    """Where the configuration was read: the commit of the default branch, or the file that was named."""
    return str(config) if config else source.remote.heads[source.remote.default]


def policy_of(source: Source, config: Path | None) -> Policy:
    """The configuration: that of a file, or the default branch's.

    Raises:
        UsageError: It cannot be used.
    """
    if config:
        try:
            return read_policy(config.read_text("utf-8"), str(config))
        except OSError as problem:
            raise UsageError(
                f"{config} cannot be read: {problem.strerror}.",
                "Name a file that exists: --config .github/shipway.yml",
                reason_code="configuration",
            ) from problem
    return read_policy(source.text_of_default_branch(PATH))


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
