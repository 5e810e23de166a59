"""What scanners found: vulnerabilities, misconfigurations, secrets, errors in the code."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is, worst first; UNKNOWN is a scanner that did not say."""

    CRITICAL = "CRITICAL"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"
    NEGLIGIBLE = "NEGLIGIBLE"
    UNKNOWN = "UNKNOWN"


def severity_named(name: str) -> Severity:
    """Return the severity of that name in any case; what is not known is UNKNOWN."""
    return Severity.__members__.get(name.upper(), Severity.UNKNOWN)


def severity_of_score(score: float) -> Severity:
    """Return the severity of a CVSS base score, by the bands of the CVSS specification."""
    bands = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM), (0.1, Severity.LOW))
    return next((severity for lowest, severity in bands if score >= lowest), Severity.NEGLIGIBLE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. All texts come from a report: untrusted.

    Attributes:
        id: ``CVE-2024-1234``, ``GHSA-…``, or the rule of a linter.
        score: Highest CVSS base score that the report gives, 0 to 10; None when it gives none.
        subject: What it is in: package and version, or file.
        fix: Version that repairs it; empty when there is none, or when there is nothing to install.
        fixable: False only when a scanner says that there is no fix yet.
        line: Line in ``file``, from 1.
    """

    id: str
    severity: Severity
    title: str = ""
    score: float | None = None
    subject: str = ""
    fix: str = ""
    fixable: bool = True
    file: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What one or more scanners found.

    Attributes:
        tool: Name of the scanner.
        problems: Why the scan may be incomplete, in the scanner's words; a scan with problems is no answer.
    """

    tool: str
    findings: tuple[Finding, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def by_severity(self) -> dict[Severity, int]:
        """Counts, worst first, without zeros."""
        counted = Counter(finding.severity for finding in self.findings)
        return {severity: counted[severity] for severity in Severity if counted[severity]}

    def blocking(
        self, severities: Collection[str], score: float, *, ignore_unfixed: bool = False
    ) -> tuple[Finding, ...]:
        """Return what blocks, worst first, each id in each subject once.

        Args:
            severities: Names of the severities that block.
            score: CVSS base score from which a finding blocks whatever its severity is called.
            ignore_unfixed: Pass over findings that nobody can repair yet.
        """
        blocked = {
            (finding.id, finding.subject): finding
            for finding in self.findings
            if finding.severity in severities or (finding.score is not None and finding.score >= score)
            if finding.fixable or not ignore_unfixed
        }
        order = list(Severity)
        return tuple(sorted(blocked.values(), key=lambda f: (order.index(f.severity), -(f.score or 0), f.id)))

    def unfixed(self, severities: Collection[str], score: float) -> tuple[Finding, ...]:
        """Return what blocks and nobody can repair yet; the arguments are those of `blocking`."""
        return tuple(finding for finding in self.blocking(severities, score) if not finding.fixable)


def merge_findings(reports: Iterable[Findings]) -> Findings | None:
    """Return several reports as one; None when there are none."""
    reports = tuple(reports)
    if not reports:
        return None
    tools = dict.fromkeys(report.tool for report in reports)
    return Findings(
        ", ".join(tools),
        tuple(finding for report in reports for finding in report.findings),
        tuple(problem for report in reports for problem in report.problems),
    )
