"""The test report of a release as plain JSON values: what the ledger keeps and templates show.

It is small and bounded, so that it fits a ledger entry and a pull request body however many tests fail. Counts
are always whole; what is not named is counted.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from shipway.domain.coverage import Coverage, FileCoverage
from shipway.domain.findings import Findings
from shipway.domain.gate import Evidence, finding_line, minimum_coverage
from shipway.domain.gate_policy import GatePolicy
from shipway.domain.report import FailingTest
from shipway.domain.safe_text import ZERO_WIDTH
from shipway.domain.trend import Snapshot, trend

NAMED = 20
"""Failing tests and uncovered files that are named, and blocking findings of each gate."""

_SLOWEST = 5
_DETAILS = 700
_LINE = 200
_RANGES = 12
_LOG_COMMAND = re.compile(r"^\s*:(?=:)|#(?=#\[)", re.MULTILINE)

Found = Mapping[str, Evidence]


def report_view(
    found: Found,
    gates: Mapping[str, GatePolicy],
    before: Mapping[str, Any] | None = None,
    locate: Callable[[str], str | None] = lambda reported: reported,
) -> dict[str, Any]:
    """Return the report of one commit; empty when no gate went by reports.

    Args:
        found: Gate → what it went by, in the order in which the gates ran.
        gates: Gate → what it demands.
        before: What this function returned for the last release of the line; None for the first.
        locate: Finds the file of the repository that a report means; None when there is no such file.

    Raises:
        InputError: The figures of the last release were not written by us.
    """
    figures = {
        gate: Snapshot.of(evidence.tests, evidence.coverage)
        for gate, evidence in found.items()
        if evidence.tests or evidence.coverage
    }
    findings = [_findings(gate, gates[gate], each.findings) for gate, each in found.items() if each.findings]
    if not figures and not findings:
        return {}
    last = {gate: Snapshot.from_json(value) for gate, value in (before or {}).get("figures", {}).items()}
    failing = [
        _failing(gate, test, locate(test.file) or "")
        for gate, each in found.items()
        if each.tests
        for test in each.tests.failing[:NAMED]
    ]
    uncovered = [
        (gate, file)
        for gate, each in found.items()
        if each.coverage
        for file in each.coverage.uncovered_files
    ]
    return {
        "figures": {gate: snapshot.to_json() for gate, snapshot in figures.items()},
        "rows": [
            _row(gate, now, minimum_coverage(gate, gates[gate]), last.get(gate))
            for gate, now in figures.items()
        ],
        "failing": failing[:NAMED],
        "failing_more": sum(now.broken for now in figures.values()) - len(failing[:NAMED]),
        "slowest": list(_slowest(found)),
        "uncovered": [_uncovered(gate, file) for gate, file in uncovered[:NAMED]],
        "uncovered_more": len(uncovered[NAMED:]),
        "findings": findings,
    }


def _row(gate: str, now: Snapshot, minimum: float, last: Snapshot | None) -> dict[str, Any]:
    covered = Coverage(now.covered, now.lines)
    return {
        "gate": gate,
        "tests": now.tests,
        "passed": now.tests - now.broken - now.skipped,
        "failed": now.broken,
        "skipped": now.skipped,
        "duration": duration_text(now.seconds) if now.tests else "",
        "coverage": "" if covered.percent is None else f"{covered.percent:.1f} %",
        "minimum": f"{minimum:g} %" if minimum else "",
        "reached": not minimum or covered.reaches(minimum),
        "trend": ", ".join(trend(last, now)),
    }


def _failing(gate: str, test: FailingTest, file: str) -> dict[str, Any]:
    details = _visible(test.details)[:_DETAILS]
    return {
        "gate": gate,
        "name": _line(test.name),
        "message": _line(test.message),
        "place": _line(f"{test.file}:{test.line}" if test.file and test.line else test.file),
        "file": file,
        "line": test.line,
        "details": details,
        "fence": "`" * max(3, 1 + max(map(len, re.findall("`+", details)), default=0)),
    }


def _visible(text: str) -> str:
    """Drop control and direction characters, which would show other text than there is, and log commands.

    Details stand in a code fence as they are, and a page may be printed into a workflow's log.
    """
    shown = "".join(each for each in text.expandtabs(4) if each == "\n" or each.isprintable())
    return _LOG_COMMAND.sub(f"\\g<0>{ZERO_WIDTH}", shown)


def _line(text: str) -> str:
    return " ".join(_visible(text).split())[:_LINE]


def _slowest(found: Found) -> Iterator[dict[str, Any]]:
    for gate, evidence in found.items():
        for test in evidence.tests.slowest[:_SLOWEST] if evidence.tests else ():
            yield {"gate": gate, "name": _line(test.name), "duration": duration_text(test.seconds)}


def _uncovered(gate: str, file: FileCoverage) -> dict[str, Any]:
    ranges = file.missing_ranges()
    lines = ", ".join((*ranges[:_RANGES], "…") if len(ranges) > _RANGES else ranges)
    percent = Coverage(file.covered, file.total).percent
    return {"gate": gate, "path": _line(file.path), "coverage": f"{percent or 0:.1f} %", "lines": lines}


def _findings(gate: str, policy: GatePolicy, findings: Findings) -> dict[str, Any]:
    severities = frozenset(name.upper() for name in policy.block)
    blocking = findings.blocking(severities, policy.cvss, ignore_unfixed=policy.ignore_unfixed)
    return {
        "gate": gate,
        "tool": _line(findings.tool),
        "counts": {str(severity): count for severity, count in findings.by_severity.items()},
        "blocking": [_line(finding_line(finding)) for finding in blocking[:NAMED]],
        "blocking_more": len(blocking[NAMED:]),
        "unfixed": len(findings.unfixed(severities, policy.cvss)) if policy.ignore_unfixed else 0,
    }


def duration_text(seconds: float) -> str:
    """Return a duration as people say it: ``0.41 s``, ``3.1 s``, ``2 min 05 s``."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s"
