"""Reports come out of code under test: what is broken or made to hurt is refused, with the reason."""

import os
from pathlib import Path

import pytest

from shipway.adapters.report_files import DEFAULT_LIMIT, read_report
from shipway.adapters.report_files.xml_events import xml_events
from shipway.domain import report
from shipway.errors import InputError

AGAIN = " Write the report again and let its tool finish; a run that was stopped leaves half a file."
OTHER = " Have its tool write JUnit XML, Cobertura, JaCoCo, LCOV, coverage.py JSON, SARIF, Trivy JSON or Grype JSON."
NO_DEFINITIONS = " Write it without definitions and entities of its own; they are never followed."
SMALLER = " Have its tool write less, and no captured output, into the report."
BOMB = "".join(
    [
        '<?xml version="1.0"?>\n<!DOCTYPE testsuite [\n<!ENTITY a "ha">\n',
        *(
            f'<!ENTITY {name} "{f"&{before};" * 10}">\n'
            for before, name in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "]>\n<testsuite>&i;</testsuite>",
    ]
)
BROKEN = {
    "an entity bomb": (BOMB, f":2: it brings its own document type definition.{NO_DEFINITIONS}"),
    "an external entity": (
        '<!DOCTYPE testsuite [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite>&x;</testsuite>',
        f":1: it brings its own document type definition.{NO_DEFINITIONS}",
    ),
    "an entity from an external definition": (
        '<!DOCTYPE testsuite SYSTEM "http://127.0.0.1:1/x.dtd">\n<testsuite>&x;</testsuite>',
        f":2: it uses the entity 'x'.{NO_DEFINITIONS}",
    ),
    "a parameter entity": (
        '<!DOCTYPE testsuite [<!ENTITY % x SYSTEM "http://127.0.0.1:1/">%x;]><testsuite/>',
        f":1: it brings its own document type definition.{NO_DEFINITIONS}",
    ),
    "an undefined entity": (
        "<testsuite>&x;</testsuite>",
        f":1: broken XML, undefined entity.{AGAIN}",
    ),
    "deep nesting": ("<testsuite>\n" * 200, f":101: more than 100 elements are nested.{SMALLER}"),
    "an endless tag": (
        "<testsuite>\n<testcase " + "a" * (5 << 20),
        f":2: a single tag or comment is megabytes long.{SMALLER}",
    ),
    "a report cut off": ('<testsuite>\n<testcase name="a">\n', f":3: it ends too early.{AGAIN}"),
    "a report cut off in a tag": ('<testsuite>\n<testcase name="a', f":2: it ends too early.{AGAIN}"),
    "two roots": (
        "<testsuite/>\n<testsuite/>",
        f":2: broken XML, junk after document element.{AGAIN}",
    ),
    "a control character": (
        "<testsuite>\x1b</testsuite>",
        f":1: broken XML, not well-formed (invalid token).{AGAIN}",
    ),
    "an unknown encoding": (
        '<?xml version="1.0" encoding="klingon"?><testsuite/>',
        f":1: its encoding cannot be read (unknown encoding: klingon).{AGAIN}",
    ),
    "an unknown root": ("<html></html>", f":1: the format that begins with `<html>` is not known.{OTHER}"),
    "Clover": (
        '<coverage generated="1">\n<project/></coverage>',
        ":2: Clover is not read. Have its tool write Cobertura.",
    ),
    "a line without a number": (
        '<coverage line-rate="1"><class filename="a">\n<line number="x" hits="1"/></class></coverage>',
        f":2: the number of a line is 'x', not a number.{AGAIN}",
    ),
    "a counter without a number": (
        '<report>\n<counter type="LINE" missed="1"/></report>',
        f":2: covered of a counter is '', not a number.{AGAIN}",
    ),
    "more lines covered than there are": (
        '<coverage lines-covered="9" lines-valid="3"/>',
        f":1: 9 of 3 lines are said to be covered.{AGAIN}",
    ),
    "a negative count": (
        '<report><counter type="LINE" missed="-5" covered="9"/></report>',
        f":1: missed of a counter is '-5', not a number.{AGAIN}",
    ),
    "a number with two signs": ("SF:a\nDA:1,--1\n", f":2: the count of `DA` is '--1', not a number.{AGAIN}"),
    "nothing": ("", f":1: the file is empty.{AGAIN}"),
    "prose": ("All tests passed!", f":1: the format is not known.{OTHER}"),
    "LCOV cut off": ("TN:\nSF:a.js\nDA:1,1\n", f":3: the last record is not ended; it was cut off.{AGAIN}"),
    "LCOV outside of a record": ("TN:\nDA:1,1\n", f":2: `DA` stands outside of a record.{AGAIN}"),
    "LCOV with half a fact": (
        "SF:a.js\nDA:1\nend_of_record\n",
        f":2: `DA` needs a line number and a count.{AGAIN}",
    ),
    "LCOV with a word": (
        "SF:a.js\nDA:1,many\nend_of_record\n",
        f":2: the count of `DA` is 'many', not a number.{AGAIN}",
    ),
    "JSON cut off": ('{"runs": [\n', f":2: not valid JSON (Expecting value).{AGAIN}"),
    "JSON too deep": ("[" * 100_000, f": it is nested too deeply.{AGAIN}"),
    "JSON that is no number": ('{"a": NaN}', f": not valid JSON (NaN is not a number).{AGAIN}"),
    "JSON of something else": ('{"name": "app"}', f":1: the format with these keys is not known.{OTHER}"),
    "SARIF of another shape": (
        '{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": {}}]}',
        f": `runs[0].results` is not a list.{AGAIN}",
    ),
    "SARIF without a tool": (
        '{"version": "2.1.0", "runs": [{}]}',
        f": `runs[0].tool.driver.name` is missing.{AGAIN}",
    ),
    "Trivy without an id": (
        '{"SchemaVersion": 2, "ArtifactName": "a", "Results": [{"Vulnerabilities": [{"Severity": "HIGH"}]}]}',
        f": `Results[0].Vulnerabilities[0].VulnerabilityID` is missing.{AGAIN}",
    ),
    "Grype of another shape": (
        '{"descriptor": {}, "matches": [7]}',
        f": `matches[0]` is not an object.{AGAIN}",
    ),
    "coverage.py without lines": (
        '{"meta": {}, "totals": {}, "files": {"a.py": {}}}',
        f": `files.a.py.executed_lines` is missing.{AGAIN}",
    ),
}


@pytest.mark.requirement("GATE-7")
@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_or_hostile_is_refused(what: str, tmp_path: Path) -> None:
    text, message = BROKEN[what]
    file = tmp_path / "report"
    file.write_text(text)

    with pytest.raises(InputError) as refused:
        read_report(file, kind="unit", name="out/report")

    assert str(refused.value) == f"out/report{message}"
    assert refused.value.reason_code == "report-unreadable"


@pytest.mark.requirement("GATE-7")
def test_a_report_over_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "report.xml"
    with file.open("wb") as stream:
        stream.truncate(100 * 1024 * 1024)

    with pytest.raises(InputError) as refused:
        read_report(file, kind="unit", name="report.xml")

    assert str(refused.value) == (
        f"report.xml: 104,857,600 bytes are more than the limit of {DEFAULT_LIMIT:,}. "
        "Split the report, leave captured output out of it, or raise the limit."
    )


def test_the_limit_is_the_callers(tmp_path: Path) -> None:
    file = tmp_path / "report.xml"
    file.write_text("<testsuite/>")

    assert read_report(file, kind="unit", limit=12) == report.TestReport("unit", report.Totals())
    with pytest.raises(InputError, match=r"12 bytes are more than the limit of 11\."):
        read_report(file, kind="unit", limit=11)


def test_a_pipe_and_a_missing_file_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(InputError, match=r"^pipe: not a regular file\. Give a file that can be read\.$"):
        read_report(tmp_path / "pipe", kind="unit", name="pipe")
    with pytest.raises(
        InputError, match=r"^gone: No such file or directory\. Give a file that can be read\.$"
    ):
        read_report(tmp_path / "gone", kind="unit", name="gone")


class Endless:
    """A million test cases, each read once; counts what the reader holds at any time."""

    def __init__(self, cases: int) -> None:
        self.left = cases
        self.asked: list[int] = []

    def read(self, size: int) -> bytes:
        self.asked.append(size)
        if self.left < 0:
            return b""
        self.left -= 1000
        return (
            b'<testcase name="a"><failure>boom</failure></testcase>' * 1000
            if self.left >= 0
            else b"</testsuite>"
        )


def test_xml_is_read_in_pieces_that_are_let_go() -> None:
    stream = Endless(20_000)
    first = [b"<testsuite>"]

    class WithStart:
        def read(self, size: int) -> bytes:
            return first.pop() if first else stream.read(size)

    count = sum(event.starts for event in xml_events(WithStart()))  # type: ignore[arg-type]

    assert count == 1 + 2 * 20_000
    assert set(stream.asked) == {1 << 16}


def test_long_output_and_many_failures_are_kept_short(tmp_path: Path) -> None:
    case = (
        f'<testcase name="{"n" * 2000}"><failure message="{"m" * 2000}">{"t" * 20_000}</failure></testcase>'
    )
    file = tmp_path / "report.xml"
    file.write_text(f"<testsuite>{case * (report.FAILING_KEPT + 5)}</testsuite>")

    read = read_report(file, kind="unit")

    assert isinstance(read, report.TestReport)
    assert read.totals == report.Totals(tests=1005, failed=1005)
    assert len(read.failing) == 1000
    assert {(len(test.name), len(test.message), len(test.details)) for test in read.failing} == {
        (500, 300, 4000)
    }


def test_utf_16_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    text = '<testsuite><testcase name="grüße"><failure/></testcase></testsuite>'
    for encoding in ("utf-16", "utf-8-sig"):
        file = tmp_path / encoding
        file.write_text(text, encoding=encoding)
        read = read_report(file, kind="unit")
        assert isinstance(read, report.TestReport)
        assert [test.name for test in read.failing] == ["grüße"]
