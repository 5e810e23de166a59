"""An answer from before our own write never undoes what this run has seen."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from release_world import COMMAND, at_the_beginning, gate_results, having_pull, oid
from test_merge_rules import READY

from shipway.domain.facts import (
    Branch,
    Deployment,
    DeploymentState,
    DeployResult,
    Facts,
    GitHubRelease,
    PullRequestState,
    Tag,
)
from shipway.domain.ledger import Event, Ledger
from shipway.domain.reconcile import reconciled
from shipway.domain.record import after
from shipway.domain.verdict import Ruling

PULL_RANK = {PullRequestState.OPEN: 0, PullRequestState.CLOSED: 1, PullRequestState.MERGED: 2}
RANK = {
    DeploymentState.PENDING: 0,
    DeploymentState.QUEUED: 1,
    DeploymentState.IN_PROGRESS: 2,
    DeploymentState.SUCCESS: 3,
    DeploymentState.FAILURE: 3,
    DeploymentState.ERROR: 3,
    DeploymentState.INACTIVE: 4,
}


def ledger_of(length: int) -> Ledger:
    moments = (
        Event(f"k{number}", "gates", "r-1", "1.3.0", "octocat", "2026-03-01T12:00:00Z")
        for number in range(length)
    )
    return after(Ledger(), [*moments]) if length else Ledger()


def deployment(number: int, state: DeploymentState) -> Deployment:
    return Deployment(number, f"D_{number}", "staging", oid(1), state, "r-1", "1.3.0")


branches = st.none() | st.builds(Branch, st.just(COMMAND.branch), st.integers(10, 12).map(oid))
pulls = st.none() | st.builds(
    lambda state, merged: replace(READY, state=state, merge_oid=merged if state == "MERGED" else ""),
    st.sampled_from(PullRequestState),
    st.sampled_from(["", oid(5)]),
)
releases = st.dictionaries(
    st.integers(1, 2), st.tuples(st.booleans(), st.sampled_from([(), ("a",), ("a", "b")])), max_size=2
).map(
    lambda rows: tuple(GitHubRelease(n, "v1.3.0", draft, "", assets) for n, (draft, assets) in rows.items())
)
deployments = st.dictionaries(st.integers(1, 3), st.sampled_from(DeploymentState), max_size=3).map(
    lambda rows: tuple(deployment(number, state) for number, state in rows.items())
)
worlds = st.builds(
    lambda branch, marked, length, **rest: at_the_beginning(
        release_branch=branch,
        release_branch_digest=at_the_beginning().content.digest if branch and marked else "",
        ledger=ledger_of(length),
        **rest,
    ),
    branch=branches,
    marked=st.booleans(),
    length=st.integers(0, 3),
    pull_request=pulls,
    tag=st.none() | st.just(Tag("v1.3.0", oid(5))),
    releases=releases,
    deployments=deployments,
    reported_gates=st.frozensets(st.sampled_from(["unit", "security"])),
    source_merged_back=st.booleans(),
)


@pytest.mark.requirement("FAIL-2")
@given(fresh=worlds, known=worlds)
def test_what_only_moves_one_way_never_moves_back(fresh: Facts, known: Facts) -> None:
    now = reconciled(fresh, known)

    for seen in (fresh, known):
        assert now.ledger.sequence >= seen.ledger.sequence
        assert now.source_merged_back >= seen.source_merged_back
        assert bool(now.tag) >= bool(seen.tag)
        assert bool(now.release_branch) >= bool(seen.release_branch)
        assert rank_of_pull(now) >= rank_of_pull(seen)
        for one in seen.deployments:
            assert RANK[next(d for d in now.deployments if d.id == one.id).state] >= RANK[one.state]
        for release in seen.releases:
            assert any(r.id == release.id and r.draft <= release.draft for r in now.releases)


def rank_of_pull(facts: Facts) -> int:
    return -1 if facts.pull_request is None else PULL_RANK[facts.pull_request.state]


@pytest.mark.requirement("FAIL-2")
@given(facts=worlds)
def test_looking_again_at_the_same_changes_nothing(facts: Facts) -> None:
    assert reconciled(facts, facts) == facts


@pytest.mark.requirement("FAIL-2")
@given(fresh=worlds, known=worlds)
def test_looking_twice_is_looking_once(fresh: Facts, known: Facts) -> None:
    once = reconciled(fresh, known)

    assert reconciled(fresh, once) == once


def test_what_a_run_remembers_stays() -> None:
    results = {1: DeployResult(True, "done", 1.0)}
    known = at_the_beginning(deploy_results=results, tried_before=frozenset({9}))

    now = reconciled(at_the_beginning(), known)

    assert (now.deploy_results, now.tried_before) == (results, {9})


def test_reviews_and_checks_are_taken_from_the_newer_answer() -> None:
    known = at_the_beginning(pull_request=READY)
    fresh = having_pull(known, approvals=(), changes_requested_by=("bob",), unresolved_threads=1)

    assert reconciled(fresh, known) == fresh


MARK = at_the_beginning().content.digest
CUT: dict[str, Any] = {"release_branch": Branch(COMMAND.branch, oid(10)), "release_branch_digest": MARK}


@pytest.mark.requirement("FAIL-2")
def test_a_branch_read_from_before_our_commit_is_not_believed() -> None:
    known = at_the_beginning(**CUT, release_branch_source=oid(1))
    fresh = at_the_beginning(release_branch=Branch(COMMAND.branch, oid(9)), release_branch_digest="0a")

    assert reconciled(fresh, known) == known


@pytest.mark.requirement("GATE-5")
def test_gates_reported_on_another_commit_say_nothing_about_this_one() -> None:
    known = at_the_beginning(
        **CUT, gates=gate_results(oid(10), ("unit", Ruling.PASS)), reported_gates=frozenset({"unit"})
    )
    pushed = at_the_beginning(release_branch=Branch(COMMAND.branch, oid(11)), release_branch_digest=MARK)

    assert reconciled(pushed, known).reported_gates == frozenset()
    assert reconciled(at_the_beginning(**CUT), known).reported_gates == {"unit"}


def test_a_merge_commit_that_is_known_is_not_forgotten() -> None:
    merged = replace(READY, state=PullRequestState.MERGED)
    known = at_the_beginning(pull_request=replace(merged, merge_oid=oid(5)))

    assert reconciled(at_the_beginning(pull_request=merged), known) == known
