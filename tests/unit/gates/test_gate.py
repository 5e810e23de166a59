"""What a gate answers to what it has to go by."""

from dataclasses import replace

import pytest

from shipway.domain import report
from shipway.domain.checks import Check, Observed
from shipway.domain.coverage import Coverage, FileCoverage, of_files
from shipway.domain.findings import Finding, Findings, Severity
from shipway.domain.gate import CommandResult, Evidence, evidence_of, judge, minimum_coverage
from shipway.domain.gate_policy import GatePolicy
from shipway.domain.verdict import Ruling, Verdict

AUTHORS = "the authors of the change"
MAINTAINERS = "whoever maintains the workflow that writes the reports"
REPORTS = GatePolicy(report=("out/*",), coverage=0)
PASSED = report.TestReport("unit", report.Totals(tests=3))


def run(*failing: report.FailingTest, **totals: int) -> report.TestReport:
    return report.TestReport("unit", report.Totals(**totals), failing)


def lines(covered: int, total: int) -> Coverage:
    return Coverage(covered, total, (FileCoverage("a.py", covered, total, tuple(range(covered, total))),))


@pytest.mark.requirement("GATE-3")
def test_failing_tests_are_named() -> None:
    failing = report.FailingTest("tests.test_a", "assert 1 == 2"), report.FailingTest("tests.test_b")

    verdict = judge("unit", REPORTS, Evidence(tests=run(*failing, tests=1234, failed=1, errors=1)))

    assert verdict == Verdict(
        "unit",
        Ruling.FAIL,
        "tests-failed",
        "2 of 1,234 tests failed",
        AUTHORS,
        ("tests.test_a: assert 1 == 2", "tests.test_b"),
    )


def test_many_failing_tests_are_counted_after_the_first_twenty() -> None:
    failing = [report.FailingTest(f"t{number}") for number in range(25)]

    verdict = judge("unit", REPORTS, Evidence(tests=run(*failing, tests=2000, failed=1300)))

    assert verdict.details == (*(f"t{number}" for number in range(20)), "and 1280 more")


@pytest.mark.requirement("GATE-1")
@pytest.mark.parametrize(
    ("gate", "policy", "minimum"),
    [
        ("unit", GatePolicy(report=("x",)), 80.0),
        ("integration", GatePolicy(report=("x",)), 70.0),
        ("smoke", GatePolicy(report=("x",)), 0.0),
        ("unit", GatePolicy(command=("make",)), 0.0),
        ("unit", GatePolicy(report=("x",), coverage=55.5), 55.5),
        ("unit", GatePolicy(report=("x",), coverage=0), 0.0),
    ],
)
def test_the_coverage_that_is_demanded(gate: str, policy: GatePolicy, minimum: float) -> None:
    assert minimum_coverage(gate, policy) == minimum


@pytest.mark.requirement("GATE-1", "GATE-3")
def test_coverage_below_the_threshold_names_the_files_and_never_rounds_up() -> None:
    covered = of_files(
        [
            FileCoverage("full.py", 9000, 9000),
            FileCoverage("b.py", 6995, 9997, (*range(1, 3001), 3005, 3007)),
            FileCoverage("a.py", 0, 1003, tuple(range(1, 1004))),
        ]
    )
    verdict = judge("unit", GatePolicy(report=("x",)), Evidence(tests=PASSED, coverage=covered))

    assert (covered.covered, covered.total) == (15995, 20000)
    assert verdict == Verdict(
        "unit",
        Ruling.FAIL,
        "coverage-below-threshold",
        "79.9 % of lines are covered, below 80 %",
        AUTHORS,
        ("b.py: not covered: 1-3000, 3005, 3007", "a.py: not covered: 1-1003"),
    )


@pytest.mark.requirement("GATE-1")
@pytest.mark.parametrize(
    ("covered", "ruling", "reason"),
    [
        (799, Ruling.FAIL, "coverage-below-threshold"),
        (800, Ruling.PASS, "coverage-reached"),
        (801, Ruling.PASS, "coverage-reached"),
    ],
)
def test_the_threshold_itself_is_enough(covered: int, ruling: Ruling, reason: str) -> None:
    verdict = judge("unit", GatePolicy(report=("x",)), Evidence(coverage=lines(covered, 1000)))

    assert (verdict.ruling, verdict.reason_code) == (ruling, reason)


NO_COVERAGE = "there is no coverage report, and 80 % is demanded"


@pytest.mark.requirement("GATE-7")
@pytest.mark.parametrize(
    ("policy", "evidence", "reason", "summary", "who"),
    [
        (REPORTS, Evidence(), "no-data", "no report was found at out/*", MAINTAINERS),
        (GatePolicy(report=("x",)), Evidence(tests=PASSED), "no-data", NO_COVERAGE, MAINTAINERS),
        (
            GatePolicy(report=("x",)),
            Evidence(tests=PASSED, coverage=Coverage(0, 0)),
            "no-data",
            "the coverage report lists no lines, and 80 % is demanded",
            MAINTAINERS,
        ),
        (REPORTS, Evidence(tests=run()), "no-tests", "no test ran", AUTHORS),
        (REPORTS, Evidence(tests=run(tests=2, skipped=2)), "no-tests", "all 2 tests were skipped", AUTHORS),
        (GatePolicy(command=("make",)), Evidence(), "no-data", "the command did not run", MAINTAINERS),
        (GatePolicy(), Evidence(), "no-data", "nothing was demanded of it", ""),
    ],
)
def test_no_data_is_inconclusive_and_never_a_pass(
    policy: GatePolicy, evidence: Evidence, reason: str, summary: str, who: str
) -> None:
    assert judge("unit", policy, evidence) == Verdict("unit", Ruling.INCONCLUSIVE, reason, summary, who)


def test_missing_data_passes_with_a_warning_where_the_gate_says_so_but_failures_still_fail() -> None:
    policy = GatePolicy(report=("x",), on_no_data="pass")

    assert judge("unit", policy, Evidence(tests=PASSED)) == Verdict(
        "unit", Ruling.PASS, "tests-passed", f"3 tests passed; {NO_COVERAGE}", warning=True
    )
    assert judge("unit", policy, Evidence(tests=run(tests=1, failed=1))).ruling is Ruling.FAIL
    assert judge("unit", policy, Evidence(tests=run(tests=1, skipped=1))).warning


def test_an_unreadable_report_is_an_error_beside_what_could_be_read() -> None:
    refusal = "junit/a.xml:3: it ends too early."

    verdict = judge("unit", REPORTS, evidence_of("unit", [PASSED], unreadable=[refusal]))

    assert verdict == Verdict(
        "unit", Ruling.ERROR, "report-unreadable", "1 report cannot be read", MAINTAINERS, (refusal,)
    )


@pytest.mark.requirement("GATE-2")
@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        (
            CommandResult(0, timed_out=False, duration=1.5, tail="fine\n"),
            Verdict("unit", Ruling.PASS, "command-succeeded", "the command succeeded", duration=1.5),
        ),
        (
            CommandResult(2, timed_out=False, duration=1.5, tail="one\ntwo\n"),
            Verdict(
                "unit",
                Ruling.FAIL,
                "command-failed",
                "the command failed with exit code 2",
                AUTHORS,
                ("one", "two"),
                1.5,
            ),
        ),
        (
            CommandResult(143, timed_out=True, duration=600.5, tail=""),
            Verdict(
                "unit",
                Ruling.ERROR,
                "command-timed-out",
                "the command was stopped after 600 s",
                AUTHORS,
                duration=600.5,
            ),
        ),
    ],
)
def test_a_command_is_judged_by_how_it_ended(result: CommandResult, verdict: Verdict) -> None:
    assert judge("unit", GatePolicy(command=("make", "test")), Evidence(command=result)) == replace(
        verdict, budget=600
    )


@pytest.mark.requirement("GATE-3")
def test_all_answers_are_shown_the_worst_first() -> None:
    evidence = Evidence(
        command=CommandResult(143, timed_out=True, duration=9.0, tail="killed"),
        tests=run(report.FailingTest("t"), tests=2, failed=1),
    )

    verdict = judge("unit", GatePolicy(command=("make",), report=("x",), timeout=9), evidence)

    assert verdict == Verdict(
        "unit",
        Ruling.FAIL,
        "tests-failed",
        f"1 of 2 tests failed; the command was stopped after 9 s; {NO_COVERAGE}",
        AUTHORS,
        ("t", "killed"),
        9.0,
        budget=9,
    )


CRITICAL = Finding("CVE-1", Severity.CRITICAL, "overflow", 9.8, "ssl 3.0", "3.1")
UNFIXED = Finding("CVE-2", Severity.HIGH, "", None, "zlib 1.2", fixable=False)
SCORED = Finding("CVE-3", Severity.MEDIUM, "leak", 7.0, "tar 1.0")
LOW = Finding("lint", Severity.LOW, "long line", subject="src/a.py", file="src/a.py", line=3)


@pytest.mark.requirement("GATE-8")
def test_critical_and_high_and_a_score_of_seven_block_by_default() -> None:
    evidence = Evidence(findings=Findings("Trivy", (LOW, SCORED, UNFIXED, CRITICAL, CRITICAL)))

    assert judge("security", GatePolicy(report=("x",)), evidence) == Verdict(
        "security",
        Ruling.FAIL,
        "findings-block",
        "3 findings of Trivy block; in all 2 critical, 1 high, 1 medium, 1 low",
        AUTHORS,
        (
            "CVE-1 CRITICAL 9.8 ssl 3.0 (fixed in 3.1): overflow",
            "CVE-2 HIGH zlib 1.2 (no fix yet)",
            "CVE-3 MEDIUM 7.0 tar 1.0: leak",
        ),
    )


@pytest.mark.requirement("GATE-8")
@pytest.mark.parametrize(
    ("policy", "blocking"),
    [
        (GatePolicy(ignore_unfixed=True), {"CVE-1", "CVE-3"}),
        (GatePolicy(cvss=9.0), {"CVE-1", "CVE-2"}),
        (GatePolicy(block=("low",), cvss=11), {"lint"}),
        (GatePolicy(block=(), cvss=11), set()),
    ],
)
def test_what_blocks_is_configuration(policy: GatePolicy, blocking: set[str]) -> None:
    evidence = Evidence(findings=Findings("Trivy", (LOW, SCORED, UNFIXED, CRITICAL)))

    verdict = judge("security", policy, evidence)

    assert verdict.passed is (not blocking)
    assert {line.split()[0] for line in verdict.details} == (blocking or {"CVE-1", "CVE-2", "CVE-3", "lint"})


@pytest.mark.requirement("GATE-8")
def test_what_does_not_block_is_a_warning_and_nothing_is_a_plain_pass() -> None:
    policy = GatePolicy(report=("x",))

    assert judge("security", policy, Evidence(findings=Findings("Trivy", (LOW,)))) == Verdict(
        "security",
        Ruling.PASS,
        "findings-below-threshold",
        "nothing blocks: 1 low",
        details=("lint LOW src/a.py:3: long line",),
        warning=True,
    )
    assert judge("security", policy, Evidence(findings=Findings("Trivy"))) == Verdict(
        "security", Ruling.PASS, "no-findings", "Trivy found nothing"
    )


def test_a_severity_that_does_not_exist_is_an_error_and_blocks_nothing_silently() -> None:
    evidence = Evidence(findings=Findings("Trivy"))

    assert judge("security", GatePolicy(report=("x",), block=("critical", "HIHG")), evidence) == Verdict(
        "security",
        Ruling.ERROR,
        "unknown-severity",
        "`block` names no severity: HIHG; there are CRITICAL, HIGH, MEDIUM, LOW, NEGLIGIBLE, UNKNOWN",
        "whoever maintains the configuration",
    )


def test_a_scan_that_did_not_finish_is_an_error_whatever_it_found() -> None:
    evidence = Evidence(findings=Findings("CodeQL", (), ("out of memory",)))

    assert judge("security", GatePolicy(report=("x",)), evidence) == Verdict(
        "security", Ruling.ERROR, "scan-incomplete", "CodeQL did not finish", MAINTAINERS, ("out of memory",)
    )


@pytest.mark.requirement("GATE-2")
@pytest.mark.parametrize(
    ("conclusion", "ruling", "reason", "summary"),
    [
        ("success", Ruling.PASS, "checks-succeeded", "all checks succeeded"),
        ("", Ruling.INCONCLUSIVE, "checks-running", "still running: ci"),
        (None, Ruling.INCONCLUSIVE, "checks-absent", "never reported: ci"),
        ("skipped", Ruling.INCONCLUSIVE, "checks-skipped", "skipped: ci"),
        ("failure", Ruling.FAIL, "checks-failed", "failed: ci"),
        ("timed_out", Ruling.ERROR, "checks-broken", "ended without a result: ci (timed_out)"),
        ("cancelled", Ruling.ERROR, "checks-broken", "ended without a result: ci (cancelled)"),
    ],
)
def test_checks_on_the_commit(conclusion: str | None, ruling: Ruling, reason: str, summary: str) -> None:
    checks = [Check("other", "success")]
    if conclusion is not None:
        checks.append(Check("ci", conclusion))

    verdict = judge("ci", GatePolicy(checks=("ci", "other")), Evidence(checks=Observed(tuple(checks))))

    assert (verdict.ruling, verdict.reason_code, verdict.summary) == (ruling, reason, summary)


def test_checks_count_also_where_reports_are_missing() -> None:
    policy = GatePolicy(report=("out/*",), checks=("ci",))

    verdict = judge("unit", policy, Evidence(checks=Observed((Check("ci", "failure"),))))

    assert (verdict.ruling, verdict.summary) == (Ruling.FAIL, "failed: ci; no report was found at out/*")


def test_several_reports_of_one_gate_are_one() -> None:
    one = report.TestReport(
        "x", report.Totals(2, 1), (report.FailingTest("a"),), (report.TimedTest("a", 1.0),), 1.5
    )
    two = report.TestReport(
        "y", report.Totals(3, 0, 1), (report.FailingTest("b"),), (report.TimedTest("b", 2.0),), 2.0
    )
    left = of_files([FileCoverage("a.py", 1, 3, (2, 3)), FileCoverage("b.py", 1, 1)])
    right = of_files([FileCoverage("a.py", 2, 3, (3,))])

    merged = evidence_of("unit", [one, left, two, right, Findings("A", (LOW,)), Findings("B")])

    assert merged.tests == report.TestReport(
        "unit",
        report.Totals(5, 1, 1),
        (report.FailingTest("a"), report.FailingTest("b")),
        (report.TimedTest("b", 2.0), report.TimedTest("a", 1.0)),
        3.5,
    )
    assert merged.coverage == Coverage(3, 4, (FileCoverage("a.py", 2, 3, (3,)), FileCoverage("b.py", 1, 1)))
    assert merged.findings == Findings("A, B", (LOW,))
