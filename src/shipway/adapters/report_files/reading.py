"""Find out what a report file is, and have it read."""

import codecs
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path
from stat import S_ISREG
from typing import IO

from shipway.adapters.report_files.cobertura import read_cobertura
from shipway.adapters.report_files.coverage_py import read_coverage_py
from shipway.adapters.report_files.grype import read_grype
from shipway.adapters.report_files.jacoco import read_jacoco
from shipway.adapters.report_files.json_node import Node, parse_json
from shipway.adapters.report_files.junit import read_junit
from shipway.adapters.report_files.lcov import read_lcov
from shipway.adapters.report_files.malformed import MalformedError
from shipway.adapters.report_files.sarif import read_sarif
from shipway.adapters.report_files.trivy import read_trivy
from shipway.adapters.report_files.xml_events import Event, xml_events
from shipway.domain.coverage import Coverage
from shipway.domain.findings import Findings
from shipway.domain.report import TestReport
from shipway.errors import InputError

DEFAULT_LIMIT = 50 * 1024 * 1024
"""Bytes that a report may have."""

Report = TestReport | Coverage | Findings

_ACCEPTED = "JUnit XML, Cobertura, JaCoCo, LCOV, coverage.py JSON, SARIF, Trivy JSON or Grype JSON"
_OTHER = f"Have its tool write {_ACCEPTED}."

_XML: dict[str, Callable[[Iterable[Event], str], Report]] = {
    "testsuites": read_junit,
    "testsuite": read_junit,
    "coverage": lambda events, _: read_cobertura(events),
    "report": lambda events, _: read_jacoco(events),
}
# The keys that only this format has, all at the top level.
_JSON: tuple[tuple[tuple[str, ...], Callable[[Node], Report]], ...] = (
    (("runs", "version"), read_sarif),
    (("SchemaVersion", "ArtifactName"), read_trivy),
    (("matches", "descriptor"), read_grype),
    (("files", "totals", "meta"), read_coverage_py),
)


def read_report(path: Path, *, kind: str, name: str = "", limit: int = DEFAULT_LIMIT) -> Report:
    """Return what a report file says.

    Args:
        path: The file.
        kind: What the tests are called if it is a test report: ``unit``, ``integration`` …
        name: How to call the file in messages; its path when empty.
        limit: Bytes that it may have.

    Raises:
        InputError: It cannot be read, is too large, of an unknown format, broken, or hostile.
    """
    name = name or str(path)
    try:
        _check(path, name, limit)
        with path.open("rb") as stream:
            return _read(stream, kind)
    except OSError as error:
        raise _refused(f"{name}: {error.strerror}.", "Give a file that can be read.") from error
    except MalformedError as error:
        where = name if error.line is None else f"{name}:{error.line}"
        raise _refused(f"{where}: {error.why}.", error.fix) from error


def _check(path: Path, name: str, limit: int) -> None:
    """Refuse before opening: a pipe would never end, and size is known without reading."""
    status = path.stat()
    if not S_ISREG(status.st_mode):
        raise _refused(f"{name}: not a regular file.", "Give a file that can be read.")
    if status.st_size > limit:
        raise _refused(
            f"{name}: {status.st_size:,} bytes are more than the limit of {limit:,}.",
            "Split the report, leave captured output out of it, or raise the limit.",
        )


def _refused(message: str, next_step: str) -> InputError:
    return InputError(message, next_step, reason_code="report-unreadable")


def _read(stream: IO[bytes], kind: str) -> Report:
    head = stream.read(4096)
    stream.seek(0)
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if start.startswith(b"<") or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _read_xml(stream, kind)
    if start.startswith((b"{", b"[")):
        return _read_json(stream)
    if start.startswith((b"TN:", b"SF:")):
        return read_lcov(line.decode(errors="replace") for line in stream)
    if not start:
        raise MalformedError("the file is empty", 1)
    raise MalformedError("the format is not known", 1, _OTHER)


def _read_xml(stream: IO[bytes], kind: str) -> Report:
    events = xml_events(stream)
    root = next(events)
    reader = _XML.get(root.tag)
    if reader is None:
        raise MalformedError(
            f"the format that begins with `<{root.tag[:40]}>` is not known", root.line, _OTHER
        )
    return reader(chain([root], events), kind)


def _read_json(stream: IO[bytes]) -> Report:
    try:
        document = parse_json(stream.read().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise MalformedError("not UTF-8") from error
    for keys, reader in _JSON:
        if all(key in document for key in keys):
            return reader(document)
    raise MalformedError("the format with these keys is not known", 1, _OTHER)
