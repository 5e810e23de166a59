"""What a test run said: totals, the tests that failed by name, the slowest ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nlargest

SLOWEST_KEPT = 10
FAILING_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts of test cases; ``tests`` includes all of the others."""

    tests: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0

    @property
    def passed(self) -> int:
        """Tests that ran to their end and held."""
        return self.tests - self.failed - self.errors - self.skipped

    @property
    def broken(self) -> int:
        """Tests that failed, and those that could not run."""
        return self.failed + self.errors

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.tests + other.tests,
            self.failed + other.failed,
            self.errors + other.errors,
            self.skipped + other.skipped,
        )


@dataclass(frozen=True, slots=True)
class FailingTest:
    """A test that failed or could not run. All texts come from the repository under test: untrusted.

    Attributes:
        name: As its runner would find it: ``tests.test_maths.test_half[3]``.
        message: The first line of what went wrong.
        details: The failure with its trace, cut to a few thousand characters.
        file: Where the report says that it is; may be absolute, or relative to somewhere else; may be empty.
        line: Line in the file, from 1; None when unknown.
    """

    name: str
    message: str = ""
    details: str = ""
    file: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class TimedTest:
    """A test and the seconds that it took."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class TestReport:
    """The outcome of one kind of tests (``unit``, ``integration`` …), from any number of report files.

    Attributes:
        failing: In the order of the reports, at most ``FAILING_KEPT``; ``totals`` counts them all.
        slowest: Slowest first, at most ``SLOWEST_KEPT``.
        duration: Seconds, as the runner measured them where it did, else the sum over the tests.
    """

    kind: str
    totals: Totals
    failing: tuple[FailingTest, ...] = ()
    slowest: tuple[TimedTest, ...] = ()
    duration: float = 0.0


def slowest(tests: Iterable[TimedTest]) -> tuple[TimedTest, ...]:
    """Return the slowest tests, slowest first; those that took no measurable time are no news."""
    return tuple(
        nlargest(SLOWEST_KEPT, (test for test in tests if test.seconds > 0), key=lambda test: test.seconds)
    )


def merge_reports(kind: str, reports: Iterable[TestReport]) -> TestReport | None:
    """Return several reports as one of the given kind; None when there are none."""
    reports = tuple(reports)
    if not reports:
        return None
    return TestReport(
        kind,
        sum((report.totals for report in reports), Totals()),
        tuple(test for report in reports for test in report.failing)[:FAILING_KEPT],
        slowest(test for report in reports for test in report.slowest),
        sum(report.duration for report in reports),
    )
