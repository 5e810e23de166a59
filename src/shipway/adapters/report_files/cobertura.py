"""Cobertura XML, as coverage.py, Jest, .NET and many converters write it."""

from collections.abc import Iterable, Iterator

from shipway.adapters.report_files.malformed import MalformedError, whole_number
from shipway.adapters.report_files.xml_events import Event
from shipway.domain.coverage import Coverage, FileCoverage, of_files


def read_cobertura(events: Iterable[Event]) -> Coverage:
    """Return line coverage; a line that is listed several times ran if it ran in one of them."""
    hits: dict[str, dict[int, int]] = {}
    lines: dict[int, int] = {}
    root: dict[str, str] = {}
    for event in events:
        if not event.starts:
            continue
        if event.tag == "coverage":
            root = event.attributes
        elif event.tag == "project":
            raise MalformedError("Clover is not read", event.line, "Have its tool write Cobertura.")
        elif event.tag == "class":
            lines = hits.setdefault(event.attributes.get("filename", ""), {})
        elif event.tag == "line":
            number = whole_number(event.attributes.get("number", ""), "the number of a line", event.line)
            times = whole_number(
                event.attributes.get("hits", ""), "the hits of a line", event.line, signed=True
            )
            lines[number] = max(times, lines.get(number, 0))
    return of_files(_files(hits)) if any(hits.values()) else _declared(root)


def _files(hits: dict[str, dict[int, int]]) -> Iterator[FileCoverage]:
    for path, lines in hits.items():
        missing = tuple(sorted(number for number, times in lines.items() if times <= 0))
        yield FileCoverage(path, len(lines) - len(missing), len(lines), missing)


def _declared(root: dict[str, str]) -> Coverage:
    covered = whole_number(root.get("lines-covered", "0"), "lines-covered", 1)
    total = whole_number(root.get("lines-valid", "0"), "lines-valid", 1)
    if covered > total:
        raise MalformedError(f"{covered} of {total} lines are said to be covered", 1)
    return Coverage(covered, total)
