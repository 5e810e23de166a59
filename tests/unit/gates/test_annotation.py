"""Notes on the lines where tests fail."""

import pytest

from shipway.domain.annotation import (
    Annotation,
    RepositoryPaths,
    of_findings,
    of_tests,
)
from shipway.domain.findings import Finding, Severity
from shipway.domain.report import FailingTest

PATHS = RepositoryPaths(
    (
        "src/app/maths.py",
        "tests/test_maths.py",
        "store/store_test.go",
        "a/main.py",
        "b/main.py",
        "main.py",
        "core/src/test/java/com/example/FooTest.java",
    )
)


@pytest.mark.parametrize(
    ("reported", "path"),
    [
        ("tests/test_maths.py", "tests/test_maths.py"),
        ("./tests/test_maths.py", "tests/test_maths.py"),
        ("/home/runner/work/app/app/tests/test_maths.py", "tests/test_maths.py"),
        ("D:\\a\\app\\tests\\test_maths.py", "tests/test_maths.py"),
        ("example.com/octo/app/store/store_test.go", "store/store_test.go"),
        ("com/example/FooTest.java", "core/src/test/java/com/example/FooTest.java"),
        ("app/maths.py", "src/app/maths.py"),
        ("main.py", "main.py"),
        ("/work/b/main.py", "b/main.py"),
        ("maths.py", "src/app/maths.py"),
        ("lib/maths.py", None),
        ("", None),
        ("/", None),
    ],
)
def test_the_file_that_a_report_means(reported: str, path: str | None) -> None:
    assert PATHS.find(reported) == path


def test_a_name_that_several_files_have_is_nobodys() -> None:
    assert RepositoryPaths(["a/x.py", "b/x.py"]).find("x.py") is None


@pytest.mark.requirement("GATE-3")
def test_failing_tests_are_noted_where_their_file_is_ours() -> None:
    failing = [
        FailingTest("t.a", "short", "long", "tests/test_maths.py", 12),
        FailingTest("t.b", "short", "", "tests/test_maths.py"),
        FailingTest("t.c", "short", "", "elsewhere.py", 1),
        FailingTest("t.d"),
    ]

    assert list(of_tests(failing, PATHS.find)) == [
        Annotation("tests/test_maths.py", 12, "failure", "t.a", "long"),
        Annotation("tests/test_maths.py", 1, "failure", "t.b", "short"),
    ]


def test_findings_are_failures_where_they_block() -> None:
    found = [
        Finding("S602", Severity.HIGH, "shell", file="src/app/maths.py", line=3),
        Finding("E501", Severity.LOW, file="src/app/maths.py"),
        Finding("CVE-1", Severity.HIGH, file="debian 12"),
    ]

    assert list(of_findings(found, frozenset({"S602"}), PATHS.find)) == [
        Annotation("src/app/maths.py", 3, "failure", "S602 (HIGH)", "shell"),
        Annotation("src/app/maths.py", 1, "warning", "E501 (LOW)", "E501"),
    ]
