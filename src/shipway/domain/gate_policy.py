"""What a repository wants of its gates, as frozen values; part of the declaration in `shipway.domain.policy`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from shipway.domain.strict import STRICT

Category = Literal["code", "tests", "docs", "security", "performance", "review", "operability", "release"]
"""Headings of a definition of done."""

NoData = Literal["inconclusive", "pass", "fail"]

TIMEOUTS: Mapping[str, float] = {"smoke": 180.0}
"""Gate → seconds for its command where nothing else is said."""

TIMEOUT = 600.0
"""Seconds for every other one."""

PAUSES: Mapping[str, float] = {"smoke": 30.0, "e2e": 60.0, "end-to-end": 60.0}
"""Gate that is tried once more after it took too long → seconds to wait before, where nothing else is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCheck:
    """A check on GitHub, of one App where several report under one name.

    Attributes:
        name: Name of the check run, or context of the commit status.
        app: Slug of the App that reports it, such as `github-actions`; empty for all of that name.
    """

    name: str
    app: str = ""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    def __str__(self) -> str:
        return f"{self.name} ({self.app})" if self.app else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricPolicy:
    """A number that an address answers with.

    Attributes:
        url: Address that answers with JSON; an instant query of Prometheus, for example. `{time}` in it is the time
            that is asked about, in seconds since 1970, and such as `{time-5m}` that much earlier.
        path: Keys and places on the way to the number, such as `data.value` or `series.0.last`; empty for the one
            sample of a Prometheus instant query.
        at_most: The number may be this much, and no more.
        at_least: The number must be this much, or more.
        may_rise: Per cent that it may be more than before the deployment, such as `20%`.
        may_fall: Per cent that it may be less than before the deployment.
        headers: Header → name of the variable that holds its value.
        timeout: Seconds for the answer, or a length of time such as `5s`.
    """

    url: str
    path: str = ""
    at_most: float | None = None
    at_least: float | None = None
    may_rise: str = ""
    may_fall: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 10

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    @property
    def compares(self) -> bool:
        """Whether it goes by what the number was before the deployment."""
        return bool(self.may_rise or self.may_fall)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalsPolicy:
    """Several numbers, so that a single bad one is looked at again before anybody acts on it.

    Attributes:
        metrics: Name → a number to ask for.
        together: It fails at once when so many of them are out of their bounds.
        in_a_row: It fails when any is out of its bounds in so many looks in a row; as soon as all are within, it
            passes.
        every: Seconds between two looks, or a length of time such as `1m`.
    """

    metrics: Mapping[str, MetricPolicy]
    together: int = 2
    in_a_row: int = 3
    every: float = 20

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    @property
    def longest(self) -> float:
        """Seconds that all looks may take."""
        look = sum(metric.timeout * (1 + metric.compares) for metric in self.metrics.values())
        return self.in_a_row * look + (self.in_a_row - 1) * self.every


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomaticTick:
    """What ticks an item of a checklist; exactly one of these.

    Attributes:
        check: Name of a check on the commit that must have succeeded.
        gate: Name of a gate that must have passed before in this run.
        file: Glob of files of which one must be in the repository.
    """

    check: str = ""
    gate: str = ""
    file: str = ""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    def __str__(self) -> str:
        kind = "check" if self.check else "gate" if self.gate else "file"
        return f"{kind} {self.check or self.gate or self.file}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """One item of a definition of done.

    Attributes:
        item: What has to be so, as people read it.
        automatic: What ticks it; where nothing does, a person ticks it in the pull request.
    """

    item: str
    automatic: AutomaticTick | None = None

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePolicy:
    """One gate: a command, report files, checks on GitHub, a checklist, metrics; what is given is demanded.

    Attributes:
        stages: When it runs: `release`, `hotfix`, `promotion`, `canary`, `verification`, `rollback`, or one of the
            last four for one environment only, such as `verification:production`; by its name where nothing is given.
        command: Argument list to run before reports are read; exit code 0 passes.
        shell: Whether `command` is one line for the shell instead.
        env: Names of variables that the command may see besides harmless ones such as `PATH`; their values are
            masked in what is shown of it.
        timeout: Seconds for the command, or a length of time such as `5m`; where nothing is given 180 for
            `smoke`, else 600.
        retries: How often the command is run again after it took too long; where nothing is given 1 for `smoke` and
            `e2e`, else 0.
        retry_after: Seconds, or such as `1m`, to wait before it is run again; where nothing is given 60 for
            `e2e`, else 30.
        report: Globs of report files; the format is found from the content.
        coverage: Per cent of lines that must be covered.
        checks: Check runs or statuses on the commit that must have succeeded: names, or `{name: …, app: …}`.
        block: Severities of findings that block.
        cvss: Findings with this score or more block.
        ignore_unfixed: Whether findings without a fix are passed over.
        checklist: Category → items, each text that people tick in the pull request, or `{item: …, automatic: …}`.
        metric: A number to ask for.
        signals: Several numbers, of which a single bad one is looked at again.
        on_no_data: What it answers where what it demands says nothing: no report, test or number, a skipped check.
    """

    stages: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    shell: bool = False
    env: tuple[str, ...] = ()
    timeout: float | None = None
    retries: int | None = None
    retry_after: float | None = None
    report: tuple[str, ...] = ()
    coverage: float | None = None
    checks: tuple[str | WantedCheck, ...] = ()
    block: tuple[str, ...] = ("CRITICAL", "HIGH")
    cvss: float = 7.0
    ignore_unfixed: bool = False
    checklist: Mapping[Category, tuple[str | ChecklistItem, ...]] = field(default_factory=dict)
    metric: MetricPolicy | None = None
    signals: SignalsPolicy | None = None
    on_no_data: NoData = "inconclusive"

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    @property
    def wanted_checks(self) -> tuple[WantedCheck, ...]:
        """The checks that must have succeeded."""
        return tuple(WantedCheck(name=one) if isinstance(one, str) else one for one in self.checks)

    @property
    def demands(self) -> bool:
        """Whether anything at all is demanded."""
        files = self.command or self.report
        return bool(files or self.checks or self.checklist or self.metric or self.signals)

    @property
    def metrics(self) -> Mapping[tuple[str, ...], MetricPolicy]:
        """Every number that is asked for, by where it stands below the gate."""
        found: dict[tuple[str, ...], MetricPolicy] = {("metric",): self.metric} if self.metric else {}
        several = self.signals.metrics if self.signals else {}
        return found | {("signals", "metrics", name): metric for name, metric in several.items()}


def seconds_for(gate: str, policy: GatePolicy) -> float:
    """Seconds that one run of a gate's command may take."""
    return policy.timeout if policy.timeout is not None else TIMEOUTS.get(gate, TIMEOUT)


def retries_of(gate: str, policy: GatePolicy) -> int:
    """How often a gate's command is run again after it took too long."""
    return policy.retries if policy.retries is not None else int(gate in PAUSES)


def pause_of(gate: str, policy: GatePolicy) -> float:
    """Seconds to wait before a gate's command is run again."""
    return policy.retry_after if policy.retry_after is not None else PAUSES.get(gate, PAUSES["smoke"])


def longest(gate: str, policy: GatePolicy) -> float:
    """Seconds that a gate's command may take with all of its runs and what lies between them, and its looks."""
    run, again = seconds_for(gate, policy), retries_of(gate, policy)
    looks = policy.signals.longest if policy.signals else 0.0
    return run + again * (pause_of(gate, policy) + run) + looks
