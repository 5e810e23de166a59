"""`CHANGELOG.md` gets a section and keeps everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.domain.changelog_file import Release, with_release

pytestmark = pytest.mark.requirement("CHG-3")

URL = "https://github.com/o/r/compare"
RELEASE = Release("1.1.0", "2026-11-21", "### Features\n\n- x\n", "v1.1.0", f"{URL}/v1.0.0...v1.1.0")
PLAIN = Release("1.1.0", "2026-11-21", "- x")

KEPT = f"""# Changelog

By hand,   with odd  spaces.

## [Unreleased]

### Added

- By hand

## [1.0.0] - 2020-01-01

- first\t

[Unreleased]: {URL}/v1.0.0...HEAD
[1.0.0]: https://github.com/o/r/releases/tag/v1.0.0
"""


def test_unreleased_notes_move_into_the_release_and_references_follow():
    assert (
        with_release(KEPT, RELEASE)
        == f"""# Changelog

By hand,   with odd  spaces.

## [Unreleased]

## [1.1.0] - 2026-11-21

### Added

- By hand

### Features

- x

## [1.0.0] - 2020-01-01

- first\t

[Unreleased]: {URL}/v1.1.0...HEAD
[1.1.0]: {URL}/v1.0.0...v1.1.0
[1.0.0]: https://github.com/o/r/releases/tag/v1.0.0
"""
    )


def test_a_new_file_has_a_header():
    assert with_release("", PLAIN) == (
        "# Changelog\n\nAll notable changes to this project are documented in this file.\n\n"
        "## 1.1.0 - 2026-11-21\n\n- x\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Changes\n\nintro\n", "# Changes\n\nintro\n\n## 1.1.0 - 2026-11-21\n\n- x\n"),
        ("## v1.0.0\n- a\n", "## 1.1.0 - 2026-11-21\n\n- x\n\n## v1.0.0\n- a\n"),
        (
            "# C\n\n```\n## 9.9.9\n```\n\n<!-- ## 8 -->\n\n## 1.0.0\n",
            "# C\n\n```\n## 9.9.9\n```\n\n<!-- ## 8 -->\n\n## 1.1.0 - 2026-11-21\n\n- x\n\n## 1.0.0\n",
        ),
        ("# C\r\n\r\n## 1.0.0\r\n", "# C\r\n\r\n## 1.1.0 - 2026-11-21\r\n\r\n- x\r\n\r\n## 1.0.0\r\n"),
        ("# C\n\n## Unreleased\n", "# C\n\n## Unreleased\n\n## 1.1.0 - 2026-11-21\n\n- x\n"),
    ],
)
def test_files_of_many_kinds(text, expected):
    assert with_release(text, PLAIN) == expected


@pytest.mark.parametrize("title", ["1.1.0", "v1.1.0", "[1.1.0] - today", "[v1.1.0](url)"])
def test_a_version_that_is_there_is_left_alone(title):
    text = f"# C\n\n## {title}\n\nby hand\n"
    assert with_release(text, PLAIN) == text


def test_other_versions_are_not_mistaken_for_it():
    assert with_release("## 1.1.0-rc.1\n", PLAIN) != "## 1.1.0-rc.1\n"


@given(st.text(alphabet="#- []`~<>!:\n.v1027Un", max_size=120), st.sampled_from([RELEASE, PLAIN]))
def test_twice_is_once_and_nothing_is_lost(text, release):
    once = with_release(text, release)
    assert with_release(once, release) == once
    lines = [line for line in once.split("\n") if line.strip()]
    assert all(line in lines for line in text.split("\n") if line.strip())
