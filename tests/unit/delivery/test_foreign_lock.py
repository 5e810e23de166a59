"""Reading the locks of branch-deploy, whose files anybody may write who can push."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.adapters.github.foreign_locks import asked_for
from shipway.domain.foreign_lock import UNKNOWN, ForeignLock, closing, foreign_lock, lock_branch
from shipway.domain.standing import Lock

pytestmark = pytest.mark.requirement("LOCK-1", "FACE-2", "SEC-2")

BRANCH = "dev-branch-deploy-lock"
SAID = {"created_by": "octocat", "created_at": "2019-01-02T03:04:05.678Z", "reason": "moving"}


def read(**said: Any) -> ForeignLock:
    return foreign_lock(BRANCH, "c0ffee", json.dumps(SAID | said))


def test_a_lock() -> None:
    found = read()
    assert found == ForeignLock(BRANCH, "octocat", "moving", "2019-01-02T03:04:05Z", "c0ffee")
    assert found.lock == Lock(
        "octocat", f"moving ({BRANCH})", "2019-01-02T03:04:05Z", scope="user", subject="octocat"
    )
    assert found.lock.holds_at("2999-01-01T00:00:00Z")  # they never run out


@pytest.mark.parametrize(
    ("said", "by", "reason", "at"),
    [
        ({"reason": None}, "octocat", "", "2019-01-02T03:04:05Z"),
        ({"reason": ["moving"]}, "octocat", "", "2019-01-02T03:04:05Z"),
        ({"reason": " a\n\tb \u202e\x1b[31mc "}, "octocat", "a b [31mc", "2019-01-02T03:04:05Z"),
        ({"reason": "x" * 300}, "octocat", "x" * 200, "2019-01-02T03:04:05Z"),
        ({"reason": "ghp_" + "a1B2" * 9}, "octocat", "***", "2019-01-02T03:04:05Z"),
        ({"created_at": "yesterday"}, "octocat", "moving", ""),
        ({"created_at": 5}, "octocat", "moving", ""),
        ({"created_by": "renovate[bot]"}, "renovate[bot]", "moving", "2019-01-02T03:04:05Z"),
        ({"created_by": "somebody unknown"}, "", "", ""),
        ({"created_by": "@octocat"}, "", "", ""),
        ({"created_by": "octocat\n"}, "", "", ""),
        ({"created_by": None}, "", "", ""),
        ({"more": "x" * 20_000}, "", "", ""),
    ],
)
def test_each_part_of_it(said: dict[str, Any], by: str, reason: str, at: str) -> None:
    assert read(**said) == ForeignLock(BRANCH, by, reason, at, "c0ffee")


@given(
    st.text(max_size=300)
    | st.dictionaries(st.sampled_from([*SAID]), st.text() | st.integers()).map(json.dumps)
)
def test_whatever_stands_there_it_locks(text: str) -> None:
    lock = foreign_lock(BRANCH, "c0ffee", text).lock
    assert lock.by
    assert lock.holds_at("2999-01-01T00:00:00Z")
    assert (lock.scope == "user") is (lock.by != UNKNOWN)
    assert len(lock.reason) <= 200 + len(f" ({BRANCH})")
    assert all(character.isprintable() for character in lock.by + lock.at)


def test_the_lock_of_an_environment_comes_before_that_of_all() -> None:
    of_all, own = ForeignLock("global-branch-deploy-lock"), ForeignLock("my-dev-branch-deploy-lock")
    assert lock_branch("my dev") == own.branch
    assert closing([of_all, own], "my dev") == (own, of_all)
    assert closing([of_all, own], "dev") == (of_all,)
    assert closing([own], "dev") == ()


def test_what_is_asked_for() -> None:
    assert asked_for(()) == "fragment Locked on Repository {\nid\n}\n"
    asked = asked_for(['a"b', "dev", "dev", "no such:branch"])
    assert [line for line in asked.splitlines() if "qualifiedName" in line] == [
        'foreign0: ref(qualifiedName: "refs/heads/global-branch-deploy-lock") { ...Foreign }',
        'foreign1: ref(qualifiedName: "refs/heads/a\\"b-branch-deploy-lock") { ...Foreign }',
        'foreign2: ref(qualifiedName: "refs/heads/dev-branch-deploy-lock") { ...Foreign }',
    ]
