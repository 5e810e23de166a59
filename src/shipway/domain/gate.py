"""Judge what a gate has to go by: the command that ran, reports, checks on GitHub.

What is demanded and missing is inconclusive, what is broken is an error, and neither passes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from shipway.domain.coverage import Coverage, FileCoverage, merge_coverage
from shipway.domain.findings import Finding, Findings, Severity, merge_findings
from shipway.domain.policy import GatePolicy
from shipway.domain.report import FailingTest, TestReport, merge_reports
from shipway.domain.verdict import Ruling, Verdict

COVERAGE_DEFAULTS: Mapping[str, float] = {"unit": 80.0, "integration": 70.0}
"""Per cent of lines that gates of these names demand where their configuration says nothing."""

DETAILS_SHOWN = 20
"""Lines of details of one answer; the rest is counted."""

_LONGEST_LINE = 500

_AUTHORS = "the authors of the change"
_MAINTAINERS = "whoever maintains the workflow that writes the reports"
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
        checks: Name → conclusion of the checks on the commit, lower case, empty while running.
    """

    command: CommandResult | None = None
    tests: TestReport | None = None
    coverage: Coverage | None = None
    findings: Findings | None = None
    unreadable: tuple[str, ...] = ()
    checks: Mapping[str, str] = field(default_factory=dict)
    stale: tuple[str, ...] = ()

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
    checks: Mapping[str, str] | None = None,
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
        checks or {},
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
    if policy.optional:
        answers = [_excused(answer) for answer in answers]
    verdict = _combined(gate, answers)
    if evidence.command is None:
        return verdict
    return replace(verdict, duration=evidence.command.duration, budget=policy.timeout)


def _judge_each(gate: str, policy: GatePolicy, evidence: Evidence) -> Iterator[Verdict]:
    if policy.command:
        yield _judge_command(gate, evidence.command, policy.timeout)
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
        yield _judge_checks(gate, policy.checks, evidence.checks)


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
    if findings.problems:
        summary = f"{findings.tool} did not finish"
        return Verdict(
            gate, Ruling.ERROR, "scan-incomplete", summary, _MAINTAINERS, _shown(findings.problems)
        )
    severities = frozenset(name.upper() for name in policy.block)
    if unknown := severities - frozenset(Severity):
        summary = f"`block` names no severity: {', '.join(sorted(unknown))}; there are {', '.join(Severity)}"
        return Verdict(gate, Ruling.ERROR, "unknown-severity", summary, "whoever maintains the configuration")
    blocking = findings.blocking(severities, policy.cvss, ignore_unfixed=policy.ignore_unfixed)
    counts = ", ".join(f"{count} {severity.lower()}" for severity, count in findings.by_severity.items())
    if blocking:
        summary = f"{_count(len(blocking), 'finding')} of {findings.tool} block: {counts} in all"
        details = _shown([finding_line(finding) for finding in blocking])
        return Verdict(gate, Ruling.FAIL, "findings-block", summary, _AUTHORS, details)
    if counts:
        details = _shown([finding_line(finding) for finding in findings.findings])
        return Verdict(
            gate,
            Ruling.PASS,
            "findings-below-threshold",
            f"nothing blocks: {counts}",
            "",
            details,
            warning=True,
        )
    return Verdict(gate, Ruling.PASS, "no-findings", f"{findings.tool} found nothing")


def finding_line(finding: Finding) -> str:
    """Return a finding in one line, for people: id, severity, score, where, the fix."""
    where = f"{finding.subject}:{finding.line}" if finding.line else finding.subject
    score = "" if finding.score is None else f" {finding.score:.1f}"
    fix = f" (fixed in {finding.fix})" if finding.fix else "" if finding.fixable else " (no fix yet)"
    return f"{finding.id} {finding.severity}{score} {where}{fix}: {finding.title}".removesuffix(": ")


def awaits_checks(verdict: Verdict) -> bool:
    """Whether nothing is wrong and checks on GitHub have yet to report."""
    return verdict.ruling is Ruling.INCONCLUSIVE and verdict.reason_code in {
        "checks-absent",
        "checks-running",
    }


def checks_reported(verdict: Verdict, policy: GatePolicy, checks: Mapping[str, str]) -> bool:
    """Whether the checks that a verdict waits for have reported by now."""
    return awaits_checks(verdict) and not awaits_checks(_judge_checks(verdict.gate, policy.checks, checks))


def _judge_checks(gate: str, wanted: Iterable[str], checks: Mapping[str, str]) -> Verdict:
    by_state: dict[str, list[str]] = {}
    for name in wanted:
        by_state.setdefault(_check_state(checks.get(name)), []).append(name)
    for state, ruling, reason in (
        ("failed", Ruling.FAIL, "checks-failed"),
        ("ended without a result", Ruling.ERROR, "checks-broken"),
        ("never reported", Ruling.INCONCLUSIVE, "checks-absent"),
        ("still running", Ruling.INCONCLUSIVE, "checks-running"),
    ):
        if names := by_state.get(state):
            return Verdict(gate, ruling, reason, f"{state}: {', '.join(names)}", _AUTHORS, tuple(names))
    return Verdict(gate, Ruling.PASS, "checks-succeeded", "all checks succeeded")


def _check_state(conclusion: str | None) -> str:
    match conclusion:
        case None:
            return "never reported"
        case "":
            return "still running"
        case "success" | "neutral" | "skipped":
            return "succeeded"
        case "failure" | "error":
            return "failed"
        case _:
            return "ended without a result"


def _nothing(gate: str, summary: str, who: str, reason: str = "no-data") -> Verdict:
    return Verdict(gate, Ruling.INCONCLUSIVE, reason, summary, who)


def _excused(answer: Verdict) -> Verdict:
    """Missing data passes with a warning where configuration says that the gate is optional."""
    if answer.reason_code != "no-data":
        return answer
    return Verdict(answer.gate, Ruling.PASS, "no-data", answer.summary, warning=True)


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
