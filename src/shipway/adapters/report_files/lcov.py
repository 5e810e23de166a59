"""LCOV tracefiles: one record a source file, one line a fact."""

from collections.abc import Iterable

from shipway.adapters.report_files.malformed import MalformedError, whole_number
from shipway.domain.coverage import Coverage, FileCoverage, of_files


def read_lcov(lines: Iterable[str]) -> Coverage:
    """Return line coverage; a file may have several records, one for each test.

    Raises:
        MalformedError: A record is broken or not ended.
    """
    files: list[FileCoverage] = []
    path: str | None = None
    hits: dict[int, int] = {}
    summary = {"LF": 0, "LH": 0}
    number = 0
    for number, line in enumerate(lines, start=1):
        key, _, value = line.strip("\ufeff \t\r\n").partition(":")
        if key == "SF":
            path, hits, summary = value, {}, {"LF": 0, "LH": 0}
        elif key in {"DA", "LF", "LH", "end_of_record"} and path is None:
            raise MalformedError(f"`{key}` stands outside of a record", number)
        elif key == "DA":
            at, times = _data(value, number)
            hits[at] = max(times, hits.get(at, 0))
        elif key in summary:
            summary[key] = whole_number(value, key, number)
        elif key == "end_of_record" and path is not None:
            files.append(_file(path, hits, summary))
            path = None
    if path is not None:
        raise MalformedError("the last record is not ended; it was cut off", number)
    return of_files(files)


def _data(value: str, line: int) -> tuple[int, int]:
    parts = value.split(",")
    if len(parts) < 2:
        raise MalformedError("`DA` needs a line number and a count", line)
    times = whole_number(parts[1], "the count of `DA`", line, signed=True)
    return whole_number(parts[0], "the line of `DA`", line), times


def _file(path: str, hits: dict[int, int], summary: dict[str, int]) -> FileCoverage:
    if not hits:
        return FileCoverage(path, min(summary["LH"], summary["LF"]), summary["LF"])
    missing = tuple(sorted(at for at, times in hits.items() if times <= 0))
    return FileCoverage(path, len(hits) - len(missing), len(hits), missing)
