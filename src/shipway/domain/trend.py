"""How the tests changed since the last release."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from shipway.domain.coverage import Coverage
from shipway.domain.report import TestReport
from shipway.errors import InputError

_MINUS = "\u2212"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is kept of one kind of tests, to compare the next release with; small enough for the ledger.

    Attributes:
        tests: How many there were.
        broken: How many of them failed or could not run.
        skipped: How many were skipped.
        seconds: How long they took.
        covered: Lines that ran.
        lines: Lines that could have run; 0 where coverage is not known.
    """

    tests: int = 0
    broken: int = 0
    skipped: int = 0
    seconds: float = 0.0
    covered: int = 0
    lines: int = 0

    @classmethod
    def of(cls, report: TestReport | None, coverage: Coverage | None) -> Self:
        """Return what is worth keeping."""
        totals = report.totals if report else None
        return cls(
            tests=totals.tests if totals else 0,
            broken=totals.broken if totals else 0,
            skipped=totals.skipped if totals else 0,
            seconds=round(report.duration, 3) if report else 0.0,
            covered=coverage.covered if coverage else 0,
            lines=coverage.total if coverage else 0,
        )

    def to_json(self) -> list[int | float]:
        """Return the numbers in the order of the attributes."""
        return [self.tests, self.broken, self.skipped, self.seconds, self.covered, self.lines]

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Return the snapshot that ``to_json`` wrote.

        Raises:
            InputError: It is something else.
        """
        numbers = value if isinstance(value, list) else []
        kinds = tuple(type(number) for number in numbers)
        if kinds not in {(int, int, int, seconds, int, int) for seconds in (int, float)}:
            raise InputError(
                f"The ledger's test figures {str(value)[:80]!r} are not six numbers.",
                "Run `shipway audit verify` to see whether the ledger was changed.",
                reason_code="ledger-figures",
            )
        return cls(*numbers)


def trend(before: Snapshot | None, after: Snapshot) -> tuple[str, ...]:
    """Return what changed, as short phrases: ``+12 tests``, ``3.1 s slower``, or points of coverage
    with a real minus sign.

    Empty when there is nothing to compare with or nothing changed.
    """
    return tuple(_changes(before, after)) if before else ()


def _changes(before: Snapshot, after: Snapshot) -> Iterator[str]:
    for name, one in (("tests", "test"), ("broken", "failing test"), ("skipped", "skipped test")):
        if change := getattr(after, name) - getattr(before, name):
            yield f"{_signed(change)} {one}{'' if abs(change) == 1 else 's'}"
    if before.lines and after.lines:
        points = round(100 * after.covered / after.lines - 100 * before.covered / before.lines, 1)
        if points:
            yield f"{_signed(points, '.1f')} pt coverage"
    if before.seconds and after.seconds:
        seconds = round(after.seconds - before.seconds, 1)
        if seconds:
            yield f"{abs(seconds):.1f} s {'slower' if seconds > 0 else 'faster'}"


def _signed(number: float, form: str = "d") -> str:
    return f"{'+' if number > 0 else _MINUS}{abs(number):{form}}"
