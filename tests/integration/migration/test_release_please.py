"""Shipway takes over from release-please 17, on repositories that it really left behind."""

import json
from typing import Any

import pytest

from integration.migration.left_behind import BRANCH, MANIFEST, LeftBehind, configured
from shipway.config import read_policy
from shipway.domain.policy import ReleasePolicy

pytestmark = pytest.mark.requirement("FACE-2")

COMMENT = (
    "Shipway releases this repository now, and opened #4 for 1.2.0 in the place of this pull request.\n\n"
    "Delete the workflow that runs release-please; it would open this one anew with the next push."
)


def test_what_release_please_left_behind_is_what_the_other_tests_begin_with(left: LeftBehind) -> None:
    assert left.clone.git("tag").split() == ["v1.0.0", "v1.1.0", "v1.1.1"]
    assert json.loads(left.read(MANIFEST)) == {".": "1.1.1"}
    assert [release.tag_name for release in left.repository.get_releases()] == ["v1.1.1", "v1.1.0"]
    (pull,) = left.open_pulls()
    assert (pull.number, pull.head.ref, left.asked_for()) == (3, BRANCH, "1.2.0")
    assert [label.name for label in pull.labels] == ["autorelease: pending"]
    assert [label.name for label in left.repository.get_pull(1).labels] == ["autorelease: tagged"]


def test_what_init_takes_over(left: LeftBehind) -> None:
    text = left.take_over()
    assert (
        "! release-please: Delete its workflow. Shipway closes its open pull request; "
        "tags and changelog go on as they are.\n" in text
    )
    release = read_policy(left.read(".github/shipway.yml")).release
    assert release == ReleasePolicy(version_files=release.version_files)
    paths = [spec.partition(" =~ ")[0] for spec in release.version_files]
    assert paths == ["docs/install.md", "deploy/values.yaml", "version.txt"]


def test_its_pull_request_is_closed_once_ours_is_open(left: LeftBehind) -> None:
    left.take_over()
    code, planned, _ = left.shipway("release", "auto", "--dry-run")
    assert code == 0
    assert f"close pull request #3 of {BRANCH}, which this release takes the place of" in planned
    assert [pull.number for pull in left.open_pulls()] == [3]

    assert left.shipway("release", "auto")[0] == 3
    assert [(pull.number, pull.title) for pull in left.open_pulls()] == [(4, "chore(release): 1.2.0")]
    theirs = left.repository.get_issue(3)
    assert (theirs.state, [one.body for one in theirs.get_comments()]) == ("closed", [COMMENT])

    assert left.shipway("release", "auto")[0] == 3
    assert [one.body for one in theirs.get_comments()] == [COMMENT]


@pytest.mark.parametrize("kind", ["error-before", "error-after", "reset-after"])
def test_it_is_closed_and_said_once_also_when_the_answer_is_lost(left: LeftBehind, kind: str) -> None:
    left.take_over()
    left.project.twin.faults.add(kind, {"operation": "closePullRequest"})
    assert left.shipway("release", "auto")[0] == 3
    theirs = left.repository.get_issue(3)
    assert (theirs.state, [one.body for one in theirs.get_comments()]) == ("closed", [COMMENT])


def test_its_workflow_opens_another_one_as_long_as_it_runs(left: LeftBehind) -> None:
    left.take_over()
    left.shipway("release", "auto")
    left.push("fix: greet everybody")
    left.release_please("release-pr")
    assert [pull.head.ref for pull in left.open_pulls()] == ["release/1.2.0", BRANCH]
    assert left.shipway("release", "auto")[0] == 3
    assert [pull.head.ref for pull in left.open_pulls()] == ["release/1.2.0"]


def test_the_first_release_goes_on_where_release_please_stopped(left: LeftBehind) -> None:
    left.take_over()
    before = left.read("CHANGELOG.md")
    assert left.next() == left.asked_for() == "1.2.0"
    notes = left.shipway("changelog")[1]
    assert "greet in Greek" in notes
    assert "French" not in notes

    left.shipway("release", "auto")
    left.approve(4)
    code, _, told = left.shipway("release", "auto")
    assert code == 0, told
    left.pull()
    assert left.clone.git("tag").split() == ["v1.0.0", "v1.1.0", "v1.1.1", "v1.2.0"]
    assert left.repository.get_latest_release().tag_name == "v1.2.0"

    head, _, rest = before.partition("\n## ")
    after = left.read("CHANGELOG.md")
    assert after.startswith(f"{head}\n## [1.2.0](")
    assert after.endswith(f"\n## {rest}")
    assert left.read("version.txt") == "1.2.0"
    assert left.read("docs/install.md") == "Take 1.2.0. <!-- x-release-please-version -->"
    assert left.read("deploy/values.yaml") == "image:\n  tag: 1.2.0"  # release-please took the quotes away
    assert left.next() == ""


def test_going_back_takes_one_line_of_the_manifest(left: LeftBehind) -> None:
    left.take_over()
    left.shipway("release", "auto")
    left.approve(4)
    assert left.shipway("release", "auto")[0] == 0
    left.pull()
    left.push("fix: greet everybody", {MANIFEST: '{".": "1.2.0"}\n'})
    left.release_please("release-pr")
    assert left.asked_for() == left.next() == "1.2.1"
    (pull,) = left.open_pulls()
    changes = {file.filename: file.patch for file in pull.get_files()}
    assert "greet everybody" in changes["CHANGELOG.md"]
    assert "-" not in {line[:1] for line in changes["CHANGELOG.md"].splitlines()}
    assert "Greek" not in pull.body


def test_what_was_merged_and_not_tagged_becomes_the_same_version_once(left: LeftBehind) -> None:
    left.take_over()
    left.release_please("release-pr")
    left.merge_last()
    left.pull()
    before = left.read("CHANGELOG.md")
    assert left.shipway("release", "auto")[0] == 3
    left.approve(4)
    code, _, told = left.shipway("release", "auto")
    assert code == 0, told
    left.pull()
    assert left.clone.git("describe", "--tags") == "v1.2.0"
    assert left.read("CHANGELOG.md") == before


@pytest.mark.parametrize(
    ("settings", "tag", "branch"),
    [
        ({"component": "hello"}, "hello-v{version}", f"{BRANCH}--components--hello"),
        ({"package-name": "hello", "tag-separator": "@"}, "hello@v{version}", f"{BRANCH}--components--hello"),
        ({"include-v-in-tag": False}, "{version}", BRANCH),
    ],
)
def test_its_tags_go_on_in_their_form(
    fresh: LeftBehind, settings: dict[str, Any], tag: str, branch: str
) -> None:
    fresh.tag(tag.replace("{version}", "1.0.0"))
    fresh.push("ci: release", configured(**settings))
    fresh.push("feat: greet in French")
    fresh.released_with_release_please()
    fresh.push("fix: greet once")
    fresh.release_please("release-pr")
    assert [pull.head.ref for pull in fresh.open_pulls()] == [branch]
    fresh.take_over()
    assert f'tag: "{tag}"' in fresh.read(".github/shipway.yml")
    assert fresh.next() == fresh.asked_for() == "1.1.1"
    assert fresh.shipway("release", "auto")[0] == 3
    assert [pull.head.ref for pull in fresh.open_pulls()] == ["release/1.1.1"]


def test_a_component_that_our_tags_do_not_name_is_left_alone(fresh: LeftBehind) -> None:
    fresh.tag("other-v1.0.0")
    fresh.push("ci: release", configured(component="other"))
    fresh.push("feat: greet in French", {".github/shipway.yml": "release: {tag: 'v{version}'}\n"})
    fresh.release_please("release-pr")
    assert fresh.shipway("release", "auto")[0] == 3
    assert [pull.head.ref for pull in fresh.open_pulls()] == [
        f"{BRANCH}--components--other",
        "release/1.1.0",
    ]


SHOWN = [{"type": "fix", "section": "Fixes"}, {"type": "docs", "section": "Pages"}]


@pytest.mark.parametrize(
    ("version", "settings", "commits", "expected"),
    [
        ("1.0.0", {}, ["fix: a", "perf: b"], "1.0.1"),
        ("1.0.0", {}, ["fix: a", "feat(x): b", "docs: c"], "1.1.0"),
        ("1.0.0", {}, ["refactor!: a"], "2.0.0"),
        ("1.0.0", {}, ["fix: a\n\nBREAKING CHANGE: b"], "2.0.0"),
        ("1.0.0", {}, ["docs: a", "chore: b"], ""),
        ("1.0.0", {}, ["chore: a\n\nRelease-As: 3.0.0"], "3.0.0"),
        ("1.0.0", {"changelog-sections": SHOWN}, ["docs: a"], "1.0.1"),
        ("1.0.0", {"changelog-sections": SHOWN}, ["feat: a"], ""),
        ("0.1.0", {}, ["feat!: a"], "1.0.0"),
        ("0.1.0", {"bump-minor-pre-major": True}, ["feat!: a"], "0.2.0"),
        ("0.1.0", {"bump-patch-for-minor-pre-major": True}, ["feat: a"], "0.1.1"),
        ("0.1.0", {}, ["feat: a"], "0.2.0"),
    ],
)
def test_the_next_version_is_the_same(
    fresh: LeftBehind, version: str, settings: dict[str, Any], commits: list[str], expected: str
) -> None:
    fresh.clone.git("tag", "--delete", "v1.0.0")
    fresh.clone.git("push", "--quiet", "--delete", "origin", "v1.0.0")
    fresh.push("ci: release", {**configured(version, **settings), "version.txt": f"{version}\n"})
    fresh.clone.git("tag", f"v{version}")
    fresh.clone.git("push", "--quiet", "origin", f"v{version}")
    for message in commits:
        fresh.push(message)
    fresh.release_please("release-pr")
    fresh.take_over()
    assert (fresh.asked_for(), fresh.next()) == (expected, expected)
