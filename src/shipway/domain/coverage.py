"""Which lines the tests ran."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """One source file. The path is as the report has it: untrusted, and relative to who knows what.

    Attributes:
        total: Lines that could have run.
        missing: Numbers of those that did not, ascending; may be unknown while ``covered`` is known.
    """

    path: str
    covered: int
    total: int
    missing: tuple[int, ...] = ()

    @property
    def uncovered(self) -> int:
        """How many lines did not run."""
        return self.total - self.covered

    def missing_ranges(self) -> tuple[str, ...]:
        """Return the missing lines as people write them: ``4-6``, ``9``."""
        runs = groupby(enumerate(self.missing), key=lambda pair: pair[1] - pair[0])
        lines = [[line for _, line in run] for _, run in runs]
        return tuple(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in lines)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Line coverage of one kind of tests.

    Attributes:
        files: Every file, in the order of the report.
    """

    covered: int
    total: int
    files: tuple[FileCoverage, ...] = ()

    @property
    def percent(self) -> float | None:
        """Share of the lines that ran, 0 to 100, cut (never rounded up) to a tenth; None without lines."""
        return self.covered * 1000 // self.total / 10 if self.total else None

    def reaches(self, minimum: float) -> bool:
        """Whether at least this percentage of the lines ran; exact, and false without lines."""
        return self.total > 0 and self.covered * 100 >= minimum * self.total

    @property
    def uncovered_files(self) -> tuple[FileCoverage, ...]:
        """The files with lines that did not run, most such lines first."""
        return tuple(sorted((f for f in self.files if f.uncovered), key=lambda f: (-f.uncovered, f.path)))


def of_files(files: Iterable[FileCoverage]) -> Coverage:
    """Return the coverage of files; a file that is named several times ran wherever one of them says so."""
    by_path: dict[str, FileCoverage] = {}
    for file in files:
        known = by_path.get(file.path)
        by_path[file.path] = _joined(known, file) if known else file
    kept = tuple(by_path.values())
    return Coverage(sum(file.covered for file in kept), sum(file.total for file in kept), kept)


def _joined(one: FileCoverage, other: FileCoverage) -> FileCoverage:
    """Join two accounts of a file: exact where both list their lines, else the better of the two."""
    if len(one.missing) != one.uncovered or len(other.missing) != other.uncovered or one.total != other.total:
        return max(one, other, key=lambda file: (file.total, file.covered))
    missing = tuple(sorted(frozenset(one.missing) & frozenset(other.missing)))
    return FileCoverage(one.path, one.total - len(missing), one.total, missing)


def merge_coverage(reports: Iterable[Coverage]) -> Coverage | None:
    """Return several reports as one; None when there are none."""
    reports = tuple(reports)
    if not reports:
        return None
    nameless = [report for report in reports if not report.files]
    named = of_files(file for report in reports for file in report.files)
    return Coverage(
        named.covered + sum(report.covered for report in nameless),
        named.total + sum(report.total for report in nameless),
        named.files,
    )
