"""Versions and tags."""

import pytest

from shipway.domain.version import TagFormat, parse_version, version_after
from shipway.errors import ExitCode, UsageError

pytestmark = pytest.mark.requirement("REL-1")


@pytest.mark.parametrize(
    "text",
    [
        "2.5.0",
        "2.5.0-rc.1",
        "0.0.0",
        "1.0.0-0A.is.legal",
        "1.0.0+21AF26D3---117B344092BD",
        "1.0.0-alpha-a.b-c",
    ],
)
def test_accepts_strict_versions(text):
    assert str(parse_version(text)) == text


@pytest.mark.parametrize(
    ("text", "rule", "example"),
    [
        ("v2.5.0", "nothing stands before the first number, found 'v'", "2.5.0"),
        ("2.5", "it has three numbers, the patch part is missing after '2.5'", "2.5.0"),
        ("2.05.0", "numbers have no leading zero, found '05'", "2.5.0"),
        ("latest", "the major part must be a number, found 'latest'", "2.5.0"),
        ("", "it is empty", "2.5.0"),
        ("1.2.3.4", "it has three numbers, found '.4' after them", "1.2.3"),
        ("1.2.3\n", "it has white space around it", "1.2.3"),
        ("1.2.3-01", "prerelease numbers have no leading zero, found '01'", "1.2.3-1"),
        ("1.2.3-a..b", "the prerelease part has an empty identifier, found 'a..b'", "1.2.3-rc.1"),
        ("1.2.3-rc_1", "the prerelease part takes only letters, digits and '-', found 'rc_1'", "1.2.3-rc.1"),
        ("1.2.3+x_y", "the build part takes only letters, digits and '-', found 'x_y'", "1.2.3-rc.1"),
        ("\u0661.2.3", "the major part must be a number, found '\u0661'", "2.5.0"),
    ],
)
def test_refusals_name_rule_part_and_example(text, rule, example):
    with pytest.raises(UsageError) as refused:
        parse_version(text)
    assert refused.value.message == f"{text!r} is not a SemVer 2.0.0 version: {rule}."
    assert refused.value.next_step == f"Write it as MAJOR.MINOR.PATCH, for example {example}."
    assert (refused.value.reason_code, refused.value.exit_code) == ("invalid-version", ExitCode.USAGE)


def test_precedence_is_semver_s():
    texts = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
    ]
    assert sorted(map(parse_version, reversed(texts))) == list(map(parse_version, texts))


def test_builds_do_not_count_in_precedence():
    one, other = parse_version("1.2.3-rc.1+build.5"), parse_version("1.2.3-rc.1+build.6")
    assert one == other
    assert {one} == {other}
    assert str(one) != str(other)


@pytest.mark.parametrize(
    ("spoilt", "following"),
    [
        ("1.2.3", "1.2.4"),
        ("1.2.3-rc.9", "1.2.3-rc.10"),
        ("1.2.3-beta", "1.2.3-beta.1"),
        ("1.2.3-7", "1.2.3-8"),
    ],
)
def test_a_version_that_cannot_be_released_has_one_after_it(spoilt, following):
    assert str(version_after(spoilt)) == following
    assert version_after(spoilt) > parse_version(spoilt)


@pytest.mark.parametrize(
    "tag", ["1.2.3.4", "xx01.2.3yy", "v1.2", "nightly", "1.2.3", "v01.2.3", "v1.2.3\n", "vv1.2.3"]
)
def test_tags_are_anchored(tag):
    assert TagFormat().version(tag) is None


@pytest.mark.parametrize("form", ["v{version}", "{version}", "api/v{version}", "release-{version}-final"])
def test_tag_formats_go_both_ways(form):
    version = parse_version("1.2.3-rc.1+build.5")
    assert TagFormat(form).version(TagFormat(form).tag(version)) == version


@pytest.mark.parametrize("form", ["v", "{version}{version}"])
def test_tag_formats_need_one_version(form):
    with pytest.raises(UsageError) as refused:
        TagFormat(form)
    assert refused.value.reason_code == "invalid-tag-format"
    assert refused.value.message == f"The tag format {form!r} must contain {{version}} exactly once."


@pytest.mark.requirement("REL-2", "PRO-2")
def test_tags_of_environments_are_no_versions_of_their_own() -> None:
    release, candidate, other = "a" * 40, "b" * 40, "c" * 40
    tags = {
        "v1.2.3": release,
        "v1.2.3-staging": release,
        "v1.2.3-production-rollback-2": release,
        "v1.3.0-rc.1": candidate,
        "v1.3.0-rc.1-staging": candidate,
        "v1.3.0-beta": other,
        "latest-staging": release,
    }

    assert {*TagFormat("v{version}").versions(tags)} == {"v1.2.3", "v1.3.0-rc.1", "v1.3.0-beta"}


@pytest.mark.requirement("REL-2")
def test_a_prerelease_elsewhere_than_the_release_is_a_version() -> None:
    tags = {"v1.2.3": "a" * 40, "v1.2.3-rc.1": "b" * 40}

    assert {*TagFormat("v{version}").versions(tags)} == {*tags}
