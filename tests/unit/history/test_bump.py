"""From levels to versions, within lines."""

import pytest

from shipway.domain.bump import Basis, Level, bump, check_new, next_version, requested
from shipway.domain.line import MAIN_LINE, Line
from shipway.domain.version import parse_version
from shipway.errors import ExitCode, UsageError


def v(text):
    return parse_version(text)


@pytest.mark.requirement("CHG-2")
@pytest.mark.parametrize(
    ("last", "level", "expected"),
    [
        ("1.2.3", Level.MAJOR, "2.0.0"),
        ("1.2.3", Level.MINOR, "1.3.0"),
        ("1.2.3", Level.PATCH, "1.2.4"),
        ("1.2.3", Level.NONE, "1.2.3"),
        ("0.2.3", Level.MAJOR, "0.3.0"),
        ("0.2.3", Level.MINOR, "0.3.0"),
        ("0.2.3", Level.PATCH, "0.2.4"),
        ("0.0.1", Level.PATCH, "0.0.2"),
    ],
)
def test_bump(last, level, expected):
    assert str(bump(v(last), level)) == expected


@pytest.mark.requirement("CHG-2")
def test_breaking_can_make_the_first_major():
    assert str(bump(v("0.2.3"), Level.MAJOR, major_on_zero=True)) == "1.0.0"


@pytest.mark.requirement("CHG-2")
def test_auto_finishes_a_prerelease_that_is_ahead():
    basis = Basis(last=v("1.2.3"), prerelease=v("2.0.0-rc.2"))
    assert str(next_version(basis, Level.PATCH)) == "2.0.0"
    assert next_version(basis, Level.NONE) is None


@pytest.mark.requirement("REL-2")
@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("auto", "1.3.0"),
        ("major", "2.0.0"),
        ("minor", "1.3.0"),
        ("patch", "1.2.4"),
        ("prerelease", "1.3.0-rc.3"),
    ],
)
def test_requests(request_, expected):
    tagged = (v("1.2.3"), v("1.3.0-rc.1"), v("1.3.0-rc.2"), v("1.4.0-rc.7"))
    basis = Basis(last=v("1.2.3"), tagged=tagged)
    assert str(requested(basis, request_, Level.MINOR)) == expected


@pytest.mark.requirement("REL-2")
def test_the_first_release_of_a_line():
    assert str(next_version(Basis(last=None), Level.PATCH)) == "0.1.0"
    assert str(next_version(Basis(last=None, line=Line(2, 4)), Level.PATCH)) == "2.4.0"


@pytest.mark.requirement("REL-2")
@pytest.mark.parametrize(
    ("line", "last", "level", "expected"),
    [
        ("1.x", "1.2.3", Level.MAJOR, "1.3.0"),
        ("1.x", "1.2.3", Level.MINOR, "1.3.0"),
        ("2.4.x", "2.4.1", Level.MINOR, "2.4.2"),
        ("2.4.x", "2.4.1", Level.PATCH, "2.4.2"),
        ("main", "1.2.3", Level.MAJOR, "2.0.0"),
    ],
)
def test_lines_are_kept(line, last, level, expected):
    assert str(next_version(Basis(last=v(last), line=Line.of_branch(line)), level)) == expected


@pytest.mark.requirement("REL-2")
@pytest.mark.parametrize(
    ("branch", "name"),
    [
        ("1.x", "1.x"),
        ("v2.4.x", "2.4.x"),
        ("maintenance/3.x", "3.x"),
        ("main", "main line"),
        ("01.x", "main line"),
    ],
)
def test_lines_are_known_by_their_branch(branch, name):
    assert str(Line.of_branch(branch)) == name


@pytest.mark.requirement("REL-2")
def test_a_request_cannot_leave_the_line():
    with pytest.raises(UsageError) as refused:
        requested(Basis(last=v("2.4.1"), line=Line(2, 4)), "minor", Level.PATCH)
    assert str(refused.value) == (
        "A minor release would leave the line 2.4.x. Release patch here, or release minor from the main line."
    )


@pytest.mark.requirement("REL-1")
@pytest.mark.parametrize(
    ("text", "basis", "code", "words"),
    [
        (
            "1.2.3",
            Basis(last=v("1.2.3"), tagged=(v("1.2.3"),)),
            ExitCode.TAG_EXISTS,
            "Version 1.2.3 is already tagged. Choose a higher one, for example 1.2.4.",
        ),
        (
            "1.2.2",
            Basis(last=v("1.2.3")),
            ExitCode.USAGE,
            (
                "Version 1.2.2 is not higher than 1.2.3, the last release of the main line. "
                "Choose a higher one, for example 1.2.4."
            ),
        ),
        (
            "2.0.0",
            Basis(last=v("1.2.3"), line=Line(1)),
            ExitCode.USAGE,
            "Version 2.0.0 does not belong to the line 1.x. Choose one of that line, for example 1.2.4.",
        ),
    ],
)
def test_versions_that_cannot_be_next(text, basis, code, words):
    with pytest.raises(UsageError) as refused:
        check_new(v(text), basis)
    assert (str(refused.value), refused.value.exit_code) == (words, code)


@pytest.mark.requirement("REL-1")
def test_a_hotfix_may_be_lower_than_the_newest_release_of_another_line():
    check_new(v("1.2.4"), Basis(last=v("1.2.3"), tagged=(v("1.2.3"), v("2.0.0")), line=Line(1)))
    check_new(v("2.4.0"), Basis(last=v("2.3.0"), tagged=(v("2.3.0"), v("3.0.0-beta.1")), line=MAIN_LINE))
