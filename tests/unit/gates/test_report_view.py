"""The test report in the release pull request: what is kept, what is shown, and that it stays text."""

import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from shipway.adapters.templates import Templates
from shipway.domain import report
from shipway.domain.coverage import FileCoverage, of_files
from shipway.domain.findings import Finding, Findings, Severity
from shipway.domain.gate import Evidence, evidence_of
from shipway.domain.gate_policy import GatePolicy
from shipway.domain.report_view import duration_text, report_view

GOLDEN = Path(__file__).parents[2] / "scenarios" / "test_report" / "expected.md"
READS = GatePolicy(report=("out/*",))
GATES = {"unit": READS, "integration": READS, "smoke": READS, "security": READS}

UNIT = (
    report.TestReport(
        "unit",
        report.Totals(tests=124, failed=21, errors=1, skipped=2),
        (
            report.FailingTest(
                "tests.test_maths.test_half[3]",
                "assert 1.5 == 1",
                "trace\n```\nE  assert",
                "tests/test_maths.py",
                12,
            ),
            *(report.FailingTest(f"tests.test_more.test_{number}") for number in range(21)),
        ),
        (
            report.TimedTest("tests.test_slow.test_all", 61.25),
            report.TimedTest("tests.test_maths.test_half[2]", 0.5),
        ),
        130.2,
    ),
    of_files([FileCoverage("src/maths.py", 2, 5, (2, 3, 5)), FileCoverage("src/whole.py", 97, 97)]),
)
HALF = of_files(FileCoverage(f"f{number:02}.py", 1, 2, (2,)) for number in range(21))
FOUND = {
    "unit": evidence_of("unit", UNIT),
    "integration": evidence_of("integration", [HALF]),
    "smoke": evidence_of("smoke", [report.TestReport("smoke", report.Totals(tests=3), duration=0.5)]),
    "security": evidence_of(
        "security",
        [
            Findings(
                "Trivy",
                (
                    Finding("CVE-1", Severity.HIGH, "overflow", 8.0, "ssl 3.0", "3.1"),
                    Finding("CVE-2", Severity.LOW, subject="tar 1"),
                ),
            )
        ],
    ),
}
BEFORE = {"figures": {"unit": [112, 0, 2, 127.1, 99, 102], "gone": [1, 0, 0, 0, 0, 0]}}


def page(view: Mapping[str, Any]) -> str:
    return Templates().render("test_report.md.j2", view={"report": view})


@pytest.mark.requirement("PR-1", "GATE-3")
def test_the_report_as_people_read_it() -> None:
    assert page(report_view(FOUND, GATES, BEFORE)) == GOLDEN.read_text()


def test_the_view_is_kept_as_json_and_is_the_trend_of_the_next_release() -> None:
    kept = json.loads(json.dumps(report_view(FOUND, GATES, BEFORE)))

    assert page(kept) == GOLDEN.read_text()
    assert [row["trend"] for row in report_view(FOUND, GATES, kept)["rows"]] == ["", "", ""]


def test_one_file_is_not_called_files() -> None:
    one = evidence_of("unit", [of_files([FileCoverage("src/a.py", 1, 2, (2,))])])

    text = page(report_view({"unit": one}, GATES))

    assert "<summary>Lines that no test runs, in 1 file</summary>" in text


def test_no_reports_make_no_view() -> None:
    assert report_view({"unit": Evidence()}, GATES) == {}


@pytest.mark.requirement("PR-1")
def test_thousands_of_failures_fit_a_ledger_entry() -> None:
    failing = report.FailingTest("n" * 500, "m" * 300, "d" * 4000, "f" * 500, 1)
    run = report.TestReport("unit", report.Totals(5000, 5000), (failing,) * 1000)
    many = of_files(
        FileCoverage(f"{number}" * 50, 0, 4000, tuple(range(0, 8000, 2))) for number in range(1000)
    )

    view = report_view({"unit": evidence_of("unit", [run, many])}, GATES)

    assert (len(view["failing"]), view["failing_more"]) == (20, 4980)
    assert (len(view["uncovered"]), view["uncovered_more"]) == (20, 980)
    assert len(page(view)) < 40_000


class Reader(HTMLParser):
    """Collects the elements of a page, and the text that does not stand in code."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.prose = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.open.remove(tag)

    def handle_data(self, data: str) -> None:
        if "code" not in self.open:
            self.prose += data


HOSTILE = [
    "@octocat",
    "`@octocat",
    "</code></summary>@octocat",
    "<img src=x onerror=y>",
    "![i](http://127.0.0.1/i.png)",
    "[l](http://127.0.0.1/)",
    "x\n\n# heading\n\n@octocat",
    "```\n@octocat\n````\n<b>",
    "| cell | `|@octocat` |",
    "</details>\n\n<h1>",
    "&lt;img&gt; <!-- shipway:end -->",
    "\n\n- [x] done\n\n1. @octocat",
    "\u202egnirts\x1b[31m",
    "::error::x\n  ::add-mask::y\n##[error]z",
]


TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
OURS = TABLE | {"h3", "details", "summary", "code", "pre", "p", "ul", "li", "strong"}


@pytest.mark.requirement("PR-1", "SEC-3")
@pytest.mark.parametrize("text", HOSTILE)
def test_names_and_messages_stay_text(text: str) -> None:
    test = report.FailingTest(text, text, text, text, 1)
    run = report.TestReport("unit", report.Totals(2, 1), (test,), (report.TimedTest(text, 1.0),))
    uncovered = of_files([FileCoverage(text, 0, 1, (1,))])
    found = Findings(text, (Finding(text, Severity.HIGH, text, subject=text),))
    markdown = page(report_view({"unit": evidence_of("unit", [run, uncovered, found])}, GATES))

    shown = Reader()
    shown.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))

    assert shown.open == []
    assert shown.tags <= OURS
    assert not re.search(r"(?<!\w)@\w", shown.prose)
    assert not re.search(r"^\s*::|##\[|[\u202e\x1b]", markdown, re.MULTILINE)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.00 s"),
        (0.412, "0.41 s"),
        (3.14, "3.1 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (125, "2 min 05 s"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
