"""JUnit XML as pytest, Jest, Go's converters, Maven, Gradle and others write it.

There is no one standard. Counted are the test cases themselves, at any depth; what a suite declares is
believed only where it admits more failures than it lists.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from shipway.adapters.report_files.xml_events import Event
from shipway.domain.report import (
    FAILING_KEPT,
    SLOWEST_KEPT,
    FailingTest,
    TestReport,
    TimedTest,
    Totals,
    slowest,
)

Outcome = Literal["passed", "failed", "error", "skipped"]
_OUTCOMES: dict[str, Outcome] = {"failure": "failed", "error": "error", "skipped": "skipped"}
_SAY_NOTHING = frozenset({"Failed", "Build error"})
_NOT_RUN = frozenset({"notrun", "disabled", "skipped", "ignored"})

_DETAILS = 4_000
_MESSAGE = 300
_NAME = 500
# Where a line of a trace says that something went wrong: pytest, unittest, JavaScript, Go, the JVM.
_PLACES = tuple(
    re.compile(pattern)
    for pattern in (
        r"^(?P<file>[^\s:]+\.py):(?P<line>\d+): ",
        r'File "(?P<file>[^"]+\.py)", line (?P<line>\d+)',
        r"[( ](?:file://)?(?P<file>[^\s():]+\.[cm]?[jt]sx?):(?P<line>\d+):\d+",
        r"(?P<file>[\w./-]+\.go):(?P<line>\d+):",
        r"at (?P<where>[\w.$]+)\((?P<file>\w+\.(?:java|kt|scala|groovy)):(?P<line>\d+)\)",
    )
)
_LIBRARY = re.compile(r"node_modules|site-packages|^node:|^(?:java|jdk|junit|org\.junit|kotlin)\b")


@dataclass(slots=True)
class _Case:
    attributes: dict[str, str]
    outcome: Outcome = "passed"
    message: str = ""
    text: str = ""

    @property
    def name(self) -> str:
        """``classname.name``; Jest's reporter writes the whole name into both."""
        owner, name = self.attributes.get("classname", ""), self.attributes.get("name", "")
        joined = name if not owner or name.startswith(owner) else f"{owner}.{name}" if name else owner
        return joined[:_NAME] or "(unnamed test)"


@dataclass(slots=True)
class _Run:
    """What has been counted so far.

    Attributes:
        suites: The suites that we are in, each with the number of broken tests before it.
        seconds: By the depth of who measured them: outermost suites, the suites in these.
        slow: What a test has to take longer than to be among the slowest.
    """

    counts: Counter[Outcome] = field(default_factory=Counter)
    failing: list[FailingTest] = field(default_factory=list)
    timed: list[TimedTest] = field(default_factory=list)
    suites: list[tuple[dict[str, str], int]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=lambda: [0.0, 0.0])
    case_seconds: float = 0.0
    slow: float = 0.0

    @property
    def broken(self) -> int:
        """Tests that failed or could not run, so far."""
        return self.counts["failed"] + self.counts["error"]

    @property
    def duration(self) -> float:
        """The time that the outermost level knows."""
        return self.seconds[0] or self.seconds[1] or self.case_seconds

    def enter(self, suite: dict[str, str]) -> None:
        """A suite begins."""
        depth = len(self.suites)
        if depth < len(self.seconds):
            self.seconds[depth] += _seconds(suite.get("time", ""))
        self.suites.append((suite, self.broken))

    def leave(self) -> None:
        """A suite ends: failures that it admits without listing them happened outside of any test."""
        suite, before = self.suites.pop()
        unlisted = _declared(suite) - (self.broken - before)
        if unlisted > 0:
            self.counts["error"] += unlisted
        if unlisted > 0 and len(self.failing) < FAILING_KEPT:
            name = f"{suite.get('name', '')[:_NAME]} (outside of any test)".strip()
            self.failing.append(FailingTest(name, f"{unlisted} declared, but not listed as test cases"))

    def add(self, case: _Case) -> None:
        """A test case ends."""
        self.counts[case.outcome] += 1
        seconds = _seconds(case.attributes.get("time", ""))
        self.case_seconds += seconds
        if seconds > self.slow:
            self.timed = list(slowest([*self.timed, TimedTest(case.name, seconds)]))
            self.slow = self.timed[-1].seconds if len(self.timed) == SLOWEST_KEPT else 0.0
        if case.outcome in {"failed", "error"} and len(self.failing) < FAILING_KEPT:
            self.failing.append(_failing(case))


def read_junit(events: Iterable[Event], kind: str) -> TestReport:
    """Return the outcome of the tests in one JUnit XML file."""
    run = _Run()
    case: _Case | None = None
    for event in events:
        if event.tag in {"testsuites", "testsuite"}:
            run.enter(event.attributes) if event.starts else run.leave()
        elif event.tag == "testcase":
            if event.starts:
                case = _Case(event.attributes, "skipped" if _not_run(event) else "passed")
            elif case:
                run.add(case)
                case = None
        elif case and event.tag in _OUTCOMES:
            _note(case, event)
    counts = run.counts
    totals = Totals(counts.total(), counts["failed"], counts["error"], counts["skipped"])
    return TestReport(kind, totals, tuple(run.failing), tuple(run.timed), run.duration)


def _not_run(event: Event) -> bool:
    return event.attributes.get("status", "").lower() in _NOT_RUN


def _note(case: _Case, event: Event) -> None:
    """Take the outcome from the first child that tells one; its text comes with its end."""
    if event.starts and not case.message and case.outcome in {"passed", "skipped"}:
        case.outcome = _OUTCOMES[event.tag]
        case.message = event.attributes.get("message", "")
    elif not event.starts and not case.text:
        case.text = event.text


def _failing(case: _Case) -> FailingTest:
    file, line = _place(case)
    details = case.text.strip() or case.message
    return FailingTest(case.name, _message(case), details[:_DETAILS], file, line)


def _message(case: _Case) -> str:
    """Return the first line that says something; the messages of Go's converters do not."""
    lines = [*([] if case.message in _SAY_NOTHING else case.message.splitlines()), *case.text.splitlines()]
    saying = (line.strip() for line in lines if line.strip() and not line.startswith(("=== ", "--- ")))
    return next(saying, case.message)[:_MESSAGE]


def _place(case: _Case) -> tuple[str, int | None]:
    """Return the first line of the trace that is not a library's, best in the test's own class."""
    owner = case.attributes.get("classname", "")
    matches = list(_matches(case.text))
    if matches:
        in_test = (match for match in matches if owner and _where(match).startswith(f"{owner}."))
        match = next(in_test, matches[0])
        return _in_package(match, owner), int(match["line"][:9])
    line_attribute = case.attributes.get("line", "")
    known = line_attribute.isdecimal() and len(line_attribute) < 10 and int(line_attribute) > 0
    return case.attributes.get("file", ""), int(line_attribute) if known else None


def _matches(text: str) -> Iterator[re.Match[str]]:
    for line in text.splitlines()[:300]:
        for pattern in _PLACES if len(line) <= 400 else ():
            match = pattern.search(line)
            if match and not _LIBRARY.search(_where(match) or match["file"]):
                yield match


def _where(match: re.Match[str]) -> str:
    return match.groupdict().get("where") or ""


def _in_package(match: re.Match[str], owner: str) -> str:
    """Go and the JVM name the file alone; its folder follows from the package."""
    file = match["file"]
    if file.endswith(".go") and "/" not in file and owner:
        return f"{owner}/{file}"
    package = _where(match).split(".")[:-2]
    return "/".join([*package, file])


def _declared(suite: dict[str, str]) -> int:
    counts = (suite.get(key, "") for key in ("failures", "errors"))
    return sum(int(count) for count in counts if count.isdecimal() and len(count) < 10)


def _seconds(text: str) -> float:
    """Return seconds; Maven has written thousands separators. What is no time is none."""
    try:
        seconds = float(text.replace(",", ""))
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0
