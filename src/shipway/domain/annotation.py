"""Notes on lines of files: failing tests and findings, as GitHub shows them beside the code."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from shipway.domain.findings import Finding, Findings
from shipway.domain.gate_policy import GatePolicy
from shipway.domain.report import FailingTest, TestReport

_TITLE = 255
_MESSAGE = 4_000


Find = Callable[[str], str | None]
"""Gives the file of the repository that a report means; None when it means none."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A note on a line. Title and message are untrusted text; check runs show them as plain text.

    Attributes:
        path: Path of a file in the repository.
        line: From 1.
    """

    path: str
    line: int
    level: Literal["failure", "warning", "notice"]
    title: str
    message: str


class RepositoryPaths:
    """Finds the file of the repository that a report means.

    Reports name files absolutely, by package, or relative to a folder that they do not tell.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for path in paths:
            self._by_name[path.rpartition("/")[2]].append(path)

    def find(self, reported: str) -> str | None:
        """Return the path in the repository; None when no file, or more than one, may be meant."""
        whole = reported.replace("\\", "/").removeprefix("./")
        same_name = self._by_name.get(whole.rpartition("/")[2], [])
        within = [path for path in same_name if f"/{whole}".endswith(f"/{path}")]
        if within:
            return max(within, key=len)
        beneath = [path for path in same_name if path.endswith(f"/{whole}")]
        return beneath[0] if len(beneath) == 1 else None


def annotations_of(
    tests: TestReport | None, findings: Findings | None, policy: GatePolicy, find: Find
) -> Iterator[Annotation]:
    """Yield a note for each failing test and each finding of a gate, the worst first."""
    yield from of_tests(tests.failing if tests else (), find)
    if findings:
        severities = frozenset(name.upper() for name in policy.block)
        blocking = findings.blocking(severities, policy.cvss, ignore_unfixed=policy.ignore_unfixed)
        ids = frozenset(finding.id for finding in blocking)
        yield from sorted(of_findings(findings.findings, ids, find), key=lambda note: note.level)


def of_tests(tests: Iterable[FailingTest], find: Find) -> Iterator[Annotation]:
    """Yield a note for each failing test whose place is in the repository."""
    for test in tests:
        path = find(test.file)
        if path:
            message = test.details or test.message or "failed"
            yield Annotation(path, test.line or 1, "failure", test.name[:_TITLE], message[:_MESSAGE])


def of_findings(findings: Iterable[Finding], blocking: frozenset[str], find: Find) -> Iterator[Annotation]:
    """Yield a note for each finding in a file of the repository; a failure where its id blocks."""
    for finding in findings:
        path = find(finding.file)
        if path:
            level: Literal["failure", "warning"] = "failure" if finding.id in blocking else "warning"
            title = f"{finding.id} ({finding.severity})"[:_TITLE]
            yield Annotation(path, finding.line or 1, level, title, finding.title[:_MESSAGE] or finding.id)
