"""What every command is put together from: the environment of the process, the connection, the configuration.

The only reader of the environment.
"""

import os
import random
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from shipway.adapters.git_repo import Clone
from shipway.adapters.github import GitHub, Transient
from shipway.adapters.github.identity import Person, RunClaim
from shipway.adapters.holders import holder_of
from shipway.adapters.templates import Templates
from shipway.config import PATH, read_policy
from shipway.domain.facts import DeliveryFacts
from shipway.domain.ledger import Ledger
from shipway.domain.plan import Move
from shipway.domain.policy import Policy
from shipway.domain.record import report_path
from shipway.domain.release_report import report_view
from shipway.domain.tracing import TracePoint, Tracer, Unkept, point_of
from shipway.domain.verdict import Verdict
from shipway.engine.gates import GateWatch
from shipway.engine.source import Source
from shipway.errors import ASKED, ExitCode, UsageError

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
        person: Who asks, where GitHub has said so already: the author of a comment.
        asked_in: Pull request in whose comment they ask; 0 outside of comments.
        event_name: Of the event that started the workflow run; empty outside one.
        event_path: File with its payload; empty outside of a workflow run.
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
    person: Person | None = None
    asked_in: int = 0
    event_name: str = ""
    event_path: str = ""

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
            event_name=env.get("GITHUB_EVENT_NAME", ""),
            event_path=env.get("GITHUB_EVENT_PATH", ""),
        )


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


def release_page(ledger: Ledger, tag: str, url: str, templates: Templates) -> dict[str, str]:
    """The report of a release, as it stands in the ledger."""
    text = templates.render("release_report.md.j2", **report_view(ledger.entries, tag, url))
    return {report_path(tag): text}


def connect(environment: Environment, clone: Clone, sleep: Callable[[float], None] = time.sleep) -> GitHub:
    """A connection to the repository that the environment or `origin` names.

    Raises:
        UsageError: There is no token, or no repository.
    """
    if not environment.token:
        raise UsageError(
            "There is no GitHub token.",
            f"Set GITHUB_TOKEN, for example: GITHUB_TOKEN=$(gh auth token) {ASKED}",
            reason_code="no-token",
            exit_code=ExitCode.NOT_AUTHORISED,
        )
    repository = repository_of(environment, clone)
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise UsageError(
            f"GITHUB_REPOSITORY is {repository!r}, which is not OWNER/NAME."
            if environment.repository
            else "It is not clear which GitHub repository this clone belongs to.",
            f"Name it, for example: GITHUB_REPOSITORY=octo-org/hello {ASKED}",
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


def repository_of(environment: Environment, clone: Clone) -> str:
    """What the environment or `origin` names; empty where neither does."""
    return environment.repository or _from_origin(clone.origin)


def _from_origin(address: str) -> str:
    """`owner/name` out of an HTTPS or SSH address."""
    path = address.removesuffix("/").removesuffix(".git").replace(":", "/")
    return "/".join(path.split("/")[-2:]) if "/" in path else ""


def source_of(environment: Environment, clone: Clone, github: GitHub) -> Source:
    """The clone with what its repository on GitHub has now."""
    url = f"{environment.server_url}/{github.owner}/{github.name}.git"
    return Source(clone, url, environment.token, clone.remote(url, environment.token))


def configuration_of(source: Source, config: Path | None) -> str:
    """Where the configuration was read: the commit of the default branch, or the file that was named."""
    return str(config) if config else source.remote.heads[source.remote.default]


def configuration_here(clone: Clone) -> str:
    """The configuration that stands in the clone, where it counts for nothing yet; empty for none."""
    path = clone.root / PATH
    return path.read_text("utf-8", errors="replace") if path.is_file() else ""


def another_here(source: Source) -> tuple[str, ...]:
    """That the clone has another configuration than the one that counts, to be told where nothing is done."""
    here, counts = configuration_here(source.clone), source.text_of_default_branch(PATH)
    if not here or here.splitlines() == counts.splitlines():
        return ()
    which = f"The {PATH} of this clone is not that of {source.remote.default} on GitHub, which counts"
    return (f"{which}; look with this one by --config {PATH}.",)


def policy_of(source: Source, config: Path | None) -> Policy:
    """The configuration: that of a file, or the default branch's.

    Raises:
        UsageError: It cannot be used.
    """
    if config:
        return policy_in(config)
    return read_policy(source.text_of_default_branch(PATH))


def policy_in(config: Path) -> Policy:
    """The configuration that a file holds.

    Raises:
        UsageError: It cannot be read, or is no configuration.
    """
    try:
        return read_policy(config.read_text("utf-8"), str(config))
    except OSError as problem:
        raise UsageError(
            f"{config} cannot be read: {problem.strerror}.",
            "Name a file that exists: --config .github/shipway.yml",
            reason_code="configuration",
        ) from problem
