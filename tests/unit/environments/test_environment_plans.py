"""What would change of the protection of environments: nothing that nobody asked for, and nothing twice."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.config import read_policy
from shipway.domain.environments import (
    ALL,
    PROTECTED,
    Protection,
    applied,
    complaints,
    diff,
    merged,
    plan_lines,
    plan_rows,
    planned,
)
from shipway.domain.policy import ProtectionPolicy
from shipway.errors import UsageError

NAMES = st.sampled_from(["alice", "bob", "octo-org/release", "Carol"])
PATTERNS = st.sampled_from(["main", "release/*", "v*"])
SORTED = st.frozensets(PATTERNS).map(lambda names: tuple(sorted(names)))


@st.composite
def protections(draw: st.DrawFn) -> Protection:
    branches = draw(st.sampled_from([ALL, PROTECTED]) | SORTED)
    tags = ALL if branches == ALL else () if branches == PROTECTED else draw(SORTED)
    reviewers = tuple(sorted({name.lower() for name in draw(st.frozensets(NAMES))}))
    return Protection(
        reviewers=reviewers,
        wait_timer=draw(st.integers(0, 43_200)),
        prevent_self_review=draw(st.booleans()) and bool(reviewers),
        admins_bypass=draw(st.booleans()),
        branches=branches,
        tags=tags,
        rules=draw(st.frozensets(st.sampled_from(["one", "two"])).map(lambda names: tuple(sorted(names)))),
    )


POLICIES = st.builds(
    ProtectionPolicy,
    reviewers=st.none() | st.lists(NAMES).map(tuple),
    wait_timer=st.none() | st.integers(0, 43_200).map(lambda count: f"{count}m"),
    prevent_self_review=st.none() | st.booleans(),
    admins_bypass=st.none() | st.booleans(),
    branches=st.none() | st.sampled_from([ALL, PROTECTED]) | st.lists(PATTERNS).map(tuple),
    tags=st.none() | st.lists(PATTERNS).map(tuple),
    rules=st.none() | st.lists(st.sampled_from(["one", "Two"])).map(tuple),
).filter(lambda policy: not list(complaints(policy)))


@pytest.mark.requirement("DEP-7")
@given(POLICIES, protections())
def test_applying_the_difference_gives_what_was_wanted_and_leaves_none(
    policy: ProtectionPolicy, found: Protection
) -> None:
    after = applied(diff(policy, found), found)
    assert after == merged(policy, found)
    assert diff(policy, after) == ()


@pytest.mark.requirement("DEP-7")
@given(POLICIES, protections())
def test_what_is_not_mentioned_stays(policy: ProtectionPolicy, found: Protection) -> None:
    after = merged(policy, found)
    unmentioned = {one.name for one in fields(policy) if getattr(policy, one.name) is None}
    if policy.branches is not None:
        unmentioned -= {"tags"}  # GitHub has one switch for both
    if policy.reviewers == ():
        unmentioned -= {"prevent_self_review"}  # which GitHub keeps with them
    assert {name: getattr(after, name) for name in unmentioned} == {
        name: getattr(found, name) for name in unmentioned
    }


@given(st.lists(PATTERNS, min_size=1).map(tuple), protections().filter(lambda found: found.by_pattern))
def test_tags_that_may_deploy_stay_when_other_branches_may(
    branches: tuple[str, ...], found: Protection
) -> None:
    assert merged(ProtectionPolicy(branches=branches), found).tags == found.tags


def test_the_plan_as_people_read_it() -> None:
    wanted = {
        "staging": ProtectionPolicy(branches=ALL),
        "production": ProtectionPolicy(
            reviewers=("Alice", "octo-org/release"), wait_timer="90m", branches=("main",), tags=("v*",)
        ),
        "live": ProtectionPolicy(admins_bypass=False, rules=("safety-net",)),
    }
    found = {
        "staging": Protection(),
        "Production": Protection(reviewers=("alice", "octo-org/release"), prevent_self_review=True),
        "old": Protection(),
    }
    plan = planned(wanted, found, ["staging", "production", "live"])
    assert plan_lines(plan) == [
        "= staging",
        "    = branches  all",
        "~ production",
        "    = reviewers   alice, octo-org/release",
        "    ~ wait-timer  none → 1h 30m",
        "    ~ branches    all → main",
        "    ~ tags        all → v*",
        "+ live (new)",
        "    + admins-bypass  no",
        "    + rules          safety-net",
        "  old (not in the configuration, left alone)",
    ]
    assert [row["action"] for row in plan_rows(plan)] == ["nothing", "change", "create", "left alone"]
    assert plan_rows(plan)[1]["changes"][1] == {
        "setting": "branches",
        "before": ["all"],
        "after": ["main"],
    }


def test_an_environment_that_is_only_missing_is_made() -> None:
    plan = planned({"dev": ProtectionPolicy()}, {}, ["dev"])
    assert plan_lines(plan) == ["+ dev (new)"]
    assert plan.due == plan.environments


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (
            "wait-timer: soon",
            "`environments.live.protection.wait-timer` is no wait: 'soon' is no length of time",
        ),
        (
            "wait-timer: 90s",
            "`environments.live.protection.wait-timer` must be whole minutes, at most 30d, not 90s",
        ),
        ("wait-timer: 43201", "must be whole minutes, at most 30d, not 43201m"),
        ("reviewers: [a, b, c, d, e, f, g]", "has more than 6, which is all that GitHub takes; name a team"),
        ("branches: [all, main]", "is either one of `all` and `protected`, or patterns"),
        ('tags: ["v*"]', "needs `branches` as patterns beside it, which may be []"),
        ('{branches: protected, tags: ["v*"]}', "needs `branches` as patterns beside it, which may be []"),
        (
            "{reviewers: [], prevent-self-review: true}",
            "`environments.live.protection.prevent-self-review` needs",
        ),
        (
            "reviewer: [alice]",
            "unknown key `environments.live.protection.reviewer`; did you mean `reviewers`?",
        ),
    ],
)
def test_what_github_could_not_be_told(settings: str, problem: str) -> None:
    inner = settings if settings.startswith("{") else f"{{{settings}}}"
    with pytest.raises(UsageError) as refused:
        read_policy(f"environments: {{live: {{protection: {inner}}}}}")
    assert problem in refused.value.message


def test_minutes_and_single_words_are_understood() -> None:
    policy = read_policy("environments: {live: {protection: {wait-timer: 30, branches: protected}}}")
    assert policy.environments["live"].protection == ProtectionPolicy(wait_timer="30m", branches=PROTECTED)
