"""Judge what a gate has to go by: the command that ran, reports, checks on GitHub, ticks, metrics.

What is demanded and missing is inconclusive, what is broken is an error, and neither passes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shipway.domain.checklist import OPEN, checklist_verdict, items_of
from shipway.domain.checks import AWAITED, NOTHING_OBSERVED, Observed, State, check_verdict, state_of_wanted
from shipway.domain.coverage import Coverage, FileCoverage, merge_coverage
from shipway.domain.findings import Finding, Findings, Severity, merge_findings
from shipway.domain.gate_policy import AutomaticTick, GatePolicy, WantedCheck, seconds_for
from shipway.domain.metric import Measured, metric_verdict
from shipway.domain.report import FailingTest, TestReport, merge_reports
from shipway.domain.signals import Look, decided, signals_verdict
from shipway.domain.verdict import Ruling, Verdict

COVERAGE_DEFAULTS: Mapping[str, float] = {"unit": 80.0, "integration": 70.0}
"""Per cent of lines that gates of these names demand where their configuration says nothing."""

DETAILS_SHOWN = 20
"""Lines of details of one answer; the rest is counted."""

_LONGEST_LINE = 500

_AUTHORS = "the authors of the change"
_MAINTAINERS = "whoever maintains the workflow that writes the reports"
NO_DATA = frozenset(
    {
        "no-data",
        "no-tests",
        "checks-skipped",
        "metric-absent",
        "metric-baseline-absent",
        "metric-baseline-zero",
    }
)
"""Reason codes of answers that say nothing, for which the configuration may answer."""

_WORST_FIRST = (Ruling.FAIL, Ruling.ERROR, Ruling.INCONCLUSIVE, Ruling.PASS)


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a command ended.

    Attributes:
        exit_code: As a shell would say it: 128 plus the signal where one ended it.
        timed_out: Whether it was stopped because it took too long.
        duration: Seconds, also when it was stopped.
        tail: The last of what it wrote. Untrusted.
        problem: Why it could not be started; empty when it was.
    """

    exit_code: int
    timed_out: bool
    duration: float
    tail: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one gate has to go by; None is what nobody gave.

    Attributes:
        unreadable: Why report files were refused.
        stale: Report files that the command of the gate did not write.
        metric: What asking for a number gave.
        looks: Signal → what asking for it gave, for each look.
        timed_out: Seconds of each run of the command that took too long and was followed by another.
        checks: The checks on the commit.
        ticked: Keys of the items of checklists that people ticked.
        files: Globs of files that match something in the repository.
        before: Gate → ruling of the gates that ran before this one.
    """

    command: CommandResult | None = None
    tests: TestReport | None = None
    coverage: Coverage | None = None
    findings: Findings | None = None
    unreadable: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    metric: Measured | None = None
    looks: tuple[Mapping[str, Measured], ...] = ()
    timed_out: tuple[float, ...] = ()
    checks: Observed = NOTHING_OBSERVED
    ticked: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    before: Mapping[str, Ruling] = field(default_factory=dict)

    @property
    def has_reports(self) -> bool:
        """Whether any report could be read."""
        return bool(self.tests or self.coverage or self.findings)


def evidence_of(
    gate: str,
    reports: Iterable[TestReport | Coverage | Findings] = (),
    *,
    command: CommandResult | None = None,
    unreadable: Iterable[str] = (),
    stale: Iterable[str] = (),
) -> Evidence:
    """Return the reports of a gate, merged by what they are about, with everything else it goes by."""
    reports = tuple(reports)
    return Evidence(
        command,
        merge_reports(gate, (report for report in reports if isinstance(report, TestReport))),
        merge_coverage(report for report in reports if isinstance(report, Coverage)),
        merge_findings(report for report in reports if isinstance(report, Findings)),
        tuple(unreadable),
        tuple(stale),
    )


def minimum_coverage(gate: str, policy: GatePolicy) -> float:
    """Return the per cent of lines that a gate demands; 0 demands nothing."""
    if policy.coverage is not None:
        return policy.coverage
    return COVERAGE_DEFAULTS.get(gate, 0.0) if policy.report else 0.0


def judge(gate: str, policy: GatePolicy, evidence: Evidence) -> Verdict:
    """Return one verdict on everything that the gate demands; the worst answer is the answer.

    Args:
        gate: Name of the gate.
        policy: What it demands.
        evidence: What there is.
    """
    answers = [*_judge_each(gate, policy, evidence)] or [_nothing(gate, "nothing was demanded of it", "")]
    verdict = _combined(gate, [_on_no_data(answer, policy) for answer in answers])
    if evidence.command is None:
        return verdict
    attempts = (*evidence.timed_out, evidence.command.duration) if evidence.timed_out else ()
    return replace(
        verdict,
        summary=verdict.summary + _retried(attempts),
        duration=evidence.command.duration,
        budget=seconds_for(gate, policy),
        attempts=attempts,
    )


def _retried(attempts: tuple[float, ...]) -> str:
    """Said of a command that was run again, with the seconds of each run."""
    if not attempts:
        return ""
    return f" (run {len(attempts)} times after timeouts: {', '.join(f'{seconds:.1f} s' for seconds in attempts)})"


def _judge_each(gate: str, policy: GatePolicy, evidence: Evidence) -> Iterator[Verdict]:
    if policy.command:
        yield _judge_command(gate, evidence.command, seconds_for(gate, policy))
    if evidence.unreadable:
        summary = f"{_count(len(evidence.unreadable), 'report')} cannot be read"
        yield Verdict(gate, Ruling.ERROR, "report-unreadable", summary, _MAINTAINERS, evidence.unreadable)
    if evidence.stale:
        yield _judge_stale(gate, evidence.stale)
    elif policy.report and not (evidence.unreadable or evidence.has_reports):
        yield _nothing(gate, f"no report was found at {', '.join(policy.report)}", _MAINTAINERS)
    else:
        yield from _judge_reports(gate, policy, evidence)
    if policy.checks:
        yield check_verdict(gate, policy.wanted_checks, evidence.checks)
    if policy.checklist:
        yield checklist_verdict(gate, policy, evidence.ticked, lambda tick: _holds(tick, evidence))
    if policy.metric:
        yield metric_verdict(gate, policy.metric, evidence.metric)
    if policy.signals and evidence.looks:
        yield signals_verdict(gate, policy.signals, _judged(policy, evidence.looks))


def looked_enough(policy: GatePolicy, looks: Sequence[Mapping[str, Measured]]) -> bool:
    """Whether no further look at the signals of a gate is called for."""
    return policy.signals is None or decided(policy.signals, _judged(policy, looks))


def _judged(policy: GatePolicy, looks: Iterable[Mapping[str, Measured]]) -> list[Look]:
    metrics = policy.signals.metrics if policy.signals else {}
    return [
        {name: _on_no_data(metric_verdict(name, metrics[name], one), policy) for name, one in look.items()}
        for look in looks
    ]


def _holds(tick: AutomaticTick, evidence: Evidence) -> Ruling:
    """What ticks an item automatically; a check that may still come keeps it open."""
    if tick.check:
        return check_verdict("", [WantedCheck(name=tick.check)], evidence.checks).ruling
    if tick.gate:
        return evidence.before.get(tick.gate, Ruling.INCONCLUSIVE)
    return Ruling.PASS if tick.file in evidence.files else Ruling.FAIL


def _judge_stale(gate: str, stale: tuple[str, ...]) -> Verdict:
    summary = f"{_count(len(stale), 'report')} stood there before the command ran, which did not write anew"
    return Verdict(gate, Ruling.INCONCLUSIVE, "report-stale", summary, _MAINTAINERS, _shown(stale))


def _judge_reports(gate: str, policy: GatePolicy, evidence: Evidence) -> Iterator[Verdict]:
    if evidence.tests:
        yield _judge_tests(gate, evidence.tests)
    minimum = minimum_coverage(gate, policy)
    if evidence.coverage or (minimum > 0 and not evidence.unreadable):
        yield _judge_coverage(gate, evidence.coverage, minimum)
    if evidence.findings:
        yield _judge_findings(gate, evidence.findings, policy)


def _judge_command(gate: str, command: CommandResult | None, timeout: float) -> Verdict:
    if command is None:
        return _nothing(gate, "the command did not run", _MAINTAINERS)
    tail = tuple(line[:_LONGEST_LINE] for line in command.tail.splitlines()[-DETAILS_SHOWN:])
    if command.problem:
        return Verdict(gate, Ruling.ERROR, "command-not-started", command.problem, _MAINTAINERS)
    if command.timed_out:
        summary = f"the command was stopped after {timeout:g} s"
        return Verdict(gate, Ruling.ERROR, "command-timed-out", summary, _AUTHORS, tail)
    if command.exit_code:
        summary = f"the command failed with exit code {command.exit_code}"
        return Verdict(gate, Ruling.FAIL, "command-failed", summary, _AUTHORS, tail)
    return Verdict(gate, Ruling.PASS, "command-succeeded", "the command succeeded")


def _judge_tests(gate: str, report: TestReport) -> Verdict:
    totals = report.totals
    if totals.broken:
        summary = f"{totals.broken} of {_count(totals.tests, 'test')} failed"
        details = _shown([_failing(test) for test in report.failing], totals.broken)
        return Verdict(gate, Ruling.FAIL, "tests-failed", summary, _AUTHORS, details)
    if not totals.passed:
        summary = f"all {totals.tests} tests were skipped" if totals.tests else "no test ran"
        return _nothing(gate, summary, _AUTHORS, "no-tests")
    return Verdict(gate, Ruling.PASS, "tests-passed", f"{_count(totals.passed, 'test')} passed")


def _failing(test: FailingTest) -> str:
    return f"{test.name}: {test.message}" if test.message else test.name


def _judge_coverage(gate: str, coverage: Coverage | None, minimum: float) -> Verdict:
    if coverage is None or coverage.percent is None:
        missing = "there is no coverage report" if coverage is None else "the coverage report lists no lines"
        return _nothing(gate, f"{missing}, and {minimum:g} % is demanded", _MAINTAINERS)
    if not coverage.reaches(minimum):
        summary = f"{coverage.percent:.1f} % of lines are covered, below {minimum:g} %"
        details = _shown(
            [_uncovered(file) for file in coverage.uncovered_files], len(coverage.uncovered_files)
        )
        return Verdict(gate, Ruling.FAIL, "coverage-below-threshold", summary, _AUTHORS, details)
    return Verdict(gate, Ruling.PASS, "coverage-reached", f"{coverage.percent:.1f} % of lines are covered")


def _uncovered(file: FileCoverage) -> str:
    lines = ", ".join(file.missing_ranges()[:DETAILS_SHOWN]) or f"{file.uncovered}"
    return f"{file.path}: not covered: {lines}"


def _judge_findings(gate: str, findings: Findings, policy: GatePolicy) -> Verdict:
    """Counts by severity, ids of what blocks, and how many without a fix were passed over."""
    if findings.problems:
        summary = f"{findings.tool} did not finish"
        details = _shown(findings.problems)
        return Verdict(gate, Ruling.ERROR, "scan-incomplete", summary, _MAINTAINERS, details)
    severities = frozenset(name.upper() for name in policy.block)
    if unknown := severities - frozenset(Severity):
        summary = f"`block` names no severity: {', '.join(sorted(unknown))}; there are {', '.join(Severity)}"
        return Verdict(gate, Ruling.ERROR, "unknown-severity", summary, "whoever maintains the configuration")
    blocking = findings.blocking(severities, policy.cvss, ignore_unfixed=policy.ignore_unfixed)
    counts = ", ".join(f"{count} {severity.lower()}" for severity, count in findings.by_severity.items())
    unfixed = len(findings.unfixed(severities, policy.cvss)) if policy.ignore_unfixed else 0
    counts += f"; {unfixed} without a fix passed over" if unfixed else ""
    if blocking:
        summary = f"{_count(len(blocking), 'finding')} of {findings.tool} block; in all {counts}"
        details = _shown([finding_line(finding) for finding in blocking])
        return Verdict(gate, Ruling.FAIL, "findings-block", summary, _AUTHORS, details)
    if counts:
        details = _shown([finding_line(finding) for finding in findings.findings])
        summary = f"nothing blocks: {counts}"
        return Verdict(gate, Ruling.PASS, "findings-below-threshold", summary, details=details, warning=True)
    return Verdict(gate, Ruling.PASS, "no-findings", f"{findings.tool} found nothing")


def finding_line(finding: Finding) -> str:
    """Return a finding in one line, for people: id, severity, score, where, the fix."""
    where = f"{finding.subject}:{finding.line}" if finding.line else finding.subject
    score = "" if finding.score is None else f" {finding.score:.1f}"
    fix = f" (fixed in {finding.fix})" if finding.fix else "" if finding.fixable else " (no fix yet)"
    return f"{finding.id} {finding.severity}{score} {where}{fix}: {finding.title}".removesuffix(": ")


def awaits(verdict: Verdict) -> bool:
    """Whether nothing is wrong, and checks have yet to report, or people to tick."""
    return verdict.ruling is Ruling.INCONCLUSIVE and verdict.reason_code in {*AWAITED, OPEN}


def has_moved(verdict: Verdict, policy: GatePolicy, checks: Observed, ticked: frozenset[str]) -> bool:
    """Whether what a verdict waits for is there by now, so that asking the gate again is worth it."""
    if not awaits(verdict):
        return False
    if verdict.reason_code != OPEN:
        now = check_verdict(verdict.gate, policy.wanted_checks, checks)
        return now.reason_code not in AWAITED
    still_open = [item for item in items_of(policy) if str(item) in verdict.details]
    return any(
        item.key in ticked if item.automatic is None else _reported(item.automatic.check, checks)
        for item in still_open
    )


def _reported(check: str, checks: Observed) -> bool:
    state = state_of_wanted(WantedCheck(name=check), checks.checks)
    return bool(check) and not checks.doubt and state not in {State.ABSENT, State.RUNNING, State.SKIPPED}


def _nothing(gate: str, summary: str, who: str, reason: str = "no-data") -> Verdict:
    return Verdict(gate, Ruling.INCONCLUSIVE, reason, summary, who)


def _on_no_data(answer: Verdict, policy: GatePolicy) -> Verdict:
    """What the configuration says where an answer says nothing."""
    if answer.reason_code not in NO_DATA:
        return answer
    match policy.on_no_data:
        case "pass":
            return Verdict(answer.gate, Ruling.PASS, answer.reason_code, answer.summary, warning=True)
        case "fail":
            return replace(answer, ruling=Ruling.FAIL)
        case "inconclusive":
            return answer


def _combined(gate: str, answers: list[Verdict]) -> Verdict:
    ruling = next(ruling for ruling in _WORST_FIRST if any(answer.ruling is ruling for answer in answers))
    telling = sorted(
        (answer for answer in answers if ruling is Ruling.PASS or not answer.passed),
        key=lambda answer: _WORST_FIRST.index(answer.ruling),
    )
    return Verdict(
        gate,
        ruling,
        telling[0].reason_code,
        "; ".join(answer.summary for answer in telling),
        telling[0].who,
        tuple(line for answer in telling for line in answer.details),
        warning=ruling is Ruling.PASS and any(answer.warning for answer in answers),
    )


def _shown(lines: Iterable[str], count: int | None = None) -> tuple[str, ...]:
    """Return the first lines, and how many more there are."""
    lines = tuple(lines)
    more = (len(lines) if count is None else count) - DETAILS_SHOWN
    return (*lines[:DETAILS_SHOWN], f"and {more} more") if more > 0 else lines


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
