"""JaCoCo XML, of one module or of a group of modules."""

from collections.abc import Iterable

from shipway.adapters.report_files.malformed import whole_number
from shipway.adapters.report_files.xml_events import Event
from shipway.domain.coverage import Coverage, FileCoverage, of_files


def read_jacoco(events: Iterable[Event]) -> Coverage:
    """Return line coverage: a line ran if at least one instruction of it did."""
    files: list[FileCoverage] = []
    package = source = ""
    lines: dict[int, bool] = {}
    total = Coverage(0, 0)
    for event in events:
        if event.tag == "package":
            package = event.attributes.get("name", "") if event.starts else ""
        elif event.tag == "sourcefile" and event.starts:
            source, lines = event.attributes.get("name", ""), {}
        elif event.tag == "sourcefile":
            missing = tuple(sorted(number for number, ran in lines.items() if not ran))
            path = f"{package}/{source}".lstrip("/")
            files.append(FileCoverage(path, len(lines) - len(missing), len(lines), missing))
        elif event.starts and event.tag == "line":
            number = whole_number(event.attributes.get("nr", ""), "the number of a line", event.line)
            lines[number] = whole_number(event.attributes.get("ci", ""), "ci of a line", event.line) > 0
        elif event.starts and event.tag == "counter" and event.attributes.get("type") == "LINE":
            total = _counter(event)
    # The last counter is the one of the report itself; classes without debug information have no lines.
    return of_files(files) if any(file.total for file in files) else total


def _counter(event: Event) -> Coverage:
    covered = whole_number(event.attributes.get("covered", ""), "covered of a counter", event.line)
    missed = whole_number(event.attributes.get("missed", ""), "missed of a counter", event.line)
    return Coverage(covered, covered + missed)
