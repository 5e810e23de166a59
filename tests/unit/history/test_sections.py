"""Commits sorted into releases, and what reverts and merges leave of them."""

import pytest

from shipway.domain.bump import Level
from shipway.domain.history import History, Tagged
from shipway.domain.log import Commit
from shipway.domain.version import parse_version

pytestmark = pytest.mark.requirement("CHG-1")

TEXTS = {name: f"{name * 7}{'0' * 33}" for name in "abcdef"}


def commit(name, parents, message):
    shas = " ".join(TEXTS[parent] for parent in parents)
    return Commit(TEXTS[name], shas, "1700000000", "A", "a@example.com", message)


def sections(*commits, tags=None):
    named = {TEXTS[name]: Tagged(f"v{text}", parse_version(text)) for name, text in (tags or {}).items()}
    return list(History(named).read(commits))


def said(*commits):
    (section,) = sections(*commits)
    return [f"{change.type}: {change.description}" for change in section.changes]


def revert(name, reverted, title, parents=""):
    return commit(name, parents, f'Revert "{title}"\n\nThis reverts commit {TEXTS[reverted]}.')


def test_each_commit_belongs_to_the_oldest_release_that_contains_it():
    # d is tagged 2.0.0 and merges c, which was made before b was tagged 1.0.0
    found = sections(
        commit("e", "d", "fix: e"),
        commit("d", "bc", "Merge branch 'c'"),
        commit("c", "a", "feat: c"),
        commit("b", "a", "feat: b"),
        commit("a", "", "feat: a"),
        tags={"d": "2.0.0", "b": "1.0.0"},
    )
    assert [(one.tag, [change.description for change in one.changes]) for one in found] == [
        ("", ["e"]),
        ("v2.0.0", ["c"]),
        ("v1.0.0", ["b", "a"]),
    ]


def test_a_revert_goes_with_what_it_reverts():
    assert said(revert("c", "b", "feat: b"), commit("b", "a", "feat: b"), commit("a", "", "fix: a")) == [
        "fix: a"
    ]


def test_a_revert_of_a_revert_restores():
    assert said(
        revert("c", "b", 'Revert "feat: a"'),
        revert("b", "a", "feat: a"),
        commit("a", "", "feat: a"),
    ) == ["feat: a"]


def test_a_revert_of_something_older_is_a_patch():
    (section,) = sections(revert("c", "f", "feat: old"), commit("a", "", "docs: a"))
    assert section.level is Level.PATCH


def test_a_revert_finds_by_prefix_then_pull_request_then_header():
    older = commit("a", "", "feat: x (#11)")
    assert said(commit("b", "a", f"revert: y\n\nRefs: {TEXTS['a'][:8]}"), older) == []
    assert said(commit("b", "a", "Undo it (#12)\n\nReverts o/r#11"), older) == []
    assert said(commit("b", "a", 'Revert "feat: x" (#12)'), older) == []
    assert said(commit("b", "a", "revert: feat: x"), older) == []
    assert said(commit("b", "a", "revert: feat: z"), older) == ["revert: feat: z", "feat: x"]


def test_a_revert_by_header_takes_the_newest_one_only():
    assert said(
        commit("c", "b", 'Revert "feat: x"'), commit("b", "a", "feat: x"), commit("a", "", "feat: x")
    ) == ["feat: x"]


def test_a_commit_with_a_header_of_its_own_stays_when_it_reverts():
    undo = commit("b", "a", f"fix: take x out\n\nThis reverts commit {TEXTS['a']}.")
    assert said(undo, commit("a", "", "feat: x")) == ["fix: take x out"]


def test_reverting_a_merge_reverts_what_it_brought():
    assert said(
        revert("e", "d", "Merge pull request #5 from o/x"),
        commit("d", "bc", "Merge pull request #5 from o/x\n\nfeat: c"),
        commit("c", "a", "feat: c"),
        commit("b", "a", "fix: b"),
        commit("a", "", "feat: a"),
    ) == ["fix: b", "feat: a"]


def test_a_merged_title_is_dropped_when_its_commits_are_there():
    merge = commit("d", "bc", "Merge pull request #5 from o/x\n\nfeat: c")
    assert said(merge, commit("c", "a", "feat: c"), commit("b", "a", "fix: b")) == ["feat: c", "fix: b"]
    assert said(merge, commit("b", "a", "fix: b")) == ["feat: c", "fix: b"]


def test_the_header_of_any_merge_counts_only_beside_prose():
    merge = commit("d", "bc", "feat: c (#5)")
    assert said(merge, commit("c", "a", "feat: c"), commit("b", "a", "fix: b")) == ["feat: c", "fix: b"]
    assert said(merge, commit("c", "a", "try c"), commit("b", "a", "fix: b")) == ["feat: c", "fix: b"]


def test_the_newest_release_as_wins():
    (section,) = sections(
        commit("b", "a", "chore: go\n\nRelease-As: 3.0.0"), commit("a", "", "chore: go\n\nRelease-As: 4.0.0")
    )
    assert section.forced == "3.0.0"


@pytest.mark.requirement("CHG-4")
def test_prose_is_listed_only_where_nothing_is_conventional():
    (section,) = sections(commit("b", "a", "Add b"), commit("a", "", "Add a"))
    assert [title for _, title in section.plain] == ["Add b", "Add a"]
    (section,) = sections(commit("b", "a", "docs: b"), commit("a", "", "Add a"))
    assert section.plain == ()
