"""Whatever happens to a release, and in whatever order, these hold."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from release_world import (
    COMMAND,
    NOW,
    at_the_beginning,
    content,
    gate_results,
    gathered,
    having_pull,
    landed,
    oid,
    policy_of,
    the_pull,
)

from shipway.domain.checks import RequiredCheck
from shipway.domain.delivery.steps import Deploy, SetDeploymentState, StartDeployment
from shipway.domain.events import owed
from shipway.domain.facts import Branch, Check, DeploymentState, DeployResult, Facts, PullRequestState, Tag
from shipway.domain.gate_policy import GatePolicy
from shipway.domain.ledger import flaws
from shipway.domain.plan import (
    CreateTag,
    DiscardDraft,
    DraftRelease,
    MergeBack,
    MergePullRequest,
    Move,
    PublishRelease,
    RunGates,
    Step,
    UploadAsset,
)
from shipway.domain.policy import Policy
from shipway.domain.reconcile import reconciled
from shipway.domain.release import decide, foresee
from shipway.domain.repository import TargetRules
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.state import State, state_of
from shipway.domain.verdict import Ruling

AFTER_MERGE = (
    CreateTag
    | DraftRelease
    | UploadAsset
    | PublishRelease
    | DiscardDraft
    | StartDeployment
    | SetDeploymentState
    | Deploy
    | MergeBack
)
RANK = {
    State.CANCELLED: 0,
    State.INITIATED: 0,
    State.GATES: 1,
    State.REVIEW: 2,
    State.MERGED: 3,
    State.TAGGED: 4,
    State.DELIVERING: 5,
    State.FAILED: 5,
    State.COMPLETED: 6,
}
FAILED = {DeploymentState.FAILURE, DeploymentState.ERROR}
LONGEST = 60
"""Moves; no release of this world has more before it."""

policies = st.builds(
    policy_of,
    gates=st.sampled_from(["", "unit", "unit security"]),
    environments=st.sampled_from(["", "production", "staging production"]),
    approvals=st.integers(0, 2),
    reviewers=st.sampled_from([(), ("alice",)]),
    merge=st.sampled_from(["auto", "squash"]),
    back_merge=st.booleans(),
)
rules_of_target = st.builds(
    TargetRules,
    required_approvals=st.integers(0, 2),
    required_checks=st.sampled_from([(), (RequiredCheck("build"),), (RequiredCheck("build", 7),)]),
    merge_queue=st.booleans(),
)


class Life:
    """A release, carried on by the engine and disturbed by everybody else."""

    def __init__(self, policy: Policy, rules: TargetRules, *, git_flow: bool, assets: bool) -> None:
        self.policy = policy
        self.new = count(100)
        self.command = replace(
            COMMAND, follow=not git_flow, assets=("dist/a.whl", "dist/b.tar.gz") if assets else ()
        )
        target = Branch("main", oid(2)) if git_flow else Branch("develop", oid(1))
        self.facts = at_the_beginning(
            rules=rules, source=Branch("develop", oid(1)), target=target, source_merged_back=not git_flow
        )
        self.answers = [self.facts]
        self.ruling, self.deployed = Ruling.PASS, True

    # --- the engine, and people who do what they are asked

    def go_on(self, moves: int) -> Move:
        """Some moves; the last one decided on is the answer, and is not performed when it ends the run."""
        for _ in range(moves):
            move = decide(self.facts, self.command, self.policy, NOW)
            self.judge(move)
            match move:
                case Refusal() | Done():
                    return move
                case Wait():
                    self.answer()
                case _:
                    self.perform(move)
        return move

    def perform(self, step: Step) -> None:
        before = self.facts
        self.facts = self.afterwards(step)
        assert self.facts != before, f"{step} changes nothing"
        assert (
            RANK[state_of(self.facts, self.policy, COMMAND.version)]
            >= RANK[state_of(before, self.policy, COMMAND.version)]
        )
        self.answers.append(self.facts)

    def rank(self, facts: Facts) -> int:
        return RANK[state_of(facts, self.policy, COMMAND.version)]

    def afterwards(self, step: Step) -> Facts:
        after = landed(step, self.facts, self.new)
        if isinstance(step, RunGates):
            return after.having(
                gates=gate_results(step.commit, *((name, self.ruling) for name in step.gates))
            )
        if isinstance(step, Deploy):
            result = DeployResult(self.deployed, "ended", 1.5)
            return after.having(deploy_results={**self.facts.deploy_results, step.deployment: result})
        return after

    def answer(self) -> None:
        """Reviewers approve, checks end well, the merge queue merges, and GitHub catches up."""
        pull, facts = the_pull(self.facts), self.facts
        merged = pull.queued or facts.merged
        assert facts.release_branch
        self.facts = having_pull(
            facts,
            approvals=("alice", "bob"),
            changes_requested_by=(),
            merge_state="CLEAN",
            mergeable="MERGEABLE",
            checks=(Check("build", "success"),),
            head_oid=facts.release_branch.oid,
            queued=False,
            state=PullRequestState.MERGED if merged else pull.state,
            merge_oid=oid(next(self.new)) if merged else "",
        )

    # --- what must hold whenever a move is decided

    def judge(self, move: Move) -> None:
        facts = self.facts
        assert decide(facts, self.command, self.policy, NOW) == move
        if isinstance(move, Wait | Refusal | Done):
            assert owed(facts, self.command, NOW, completed=isinstance(move, Done)) == ()
        if isinstance(move, AFTER_MERGE):
            assert facts.merged
        if isinstance(move, CreateTag):
            assert move.commit == the_pull(facts).merge_oid != ""
        if isinstance(move, StartDeployment | SetDeploymentState | Deploy):
            assert facts.tagged
            assert any(not release.draft for release in facts.releases)
            self.judge_order(move.environment)
        if isinstance(move, MergePullRequest):
            self.judge_merge(move)
        self.judge_ledger()

    def judge_order(self, environment: str) -> None:
        if environment == "production" and "staging" in self.policy.environments:
            staging = [d for d in self.facts.deployments if d.environment == "staging"]
            assert max(staging, key=lambda d: d.id).state is DeploymentState.SUCCESS

    def judge_merge(self, merge: MergePullRequest) -> None:
        pull, gates, facts = the_pull(self.facts), self.facts.gates, self.facts
        assert not pull.draft
        assert not pull.changes_requested_by
        assert len(pull.approvals) >= max(self.policy.release.approvals, facts.rules.required_approvals)
        assert facts.release_branch
        assert merge.head == facts.release_branch.oid
        if self.policy.gates:
            assert gates
            assert gates.commit == merge.head
            assert {verdict.gate for verdict in gates.verdicts if verdict.passed} == {*self.policy.gates}

    def judge_ledger(self) -> None:
        ledger = self.facts.ledger
        assert flaws(ledger.entries, ledger.head, {}) == ()
        assert len(ledger.keys) == len(ledger.entries)
        assert {entry.event.release for entry in ledger.entries} <= {COMMAND.release_id}

    # --- what happens to it

    def killed_and_run_again(self) -> None:
        facts = gathered(self.facts)
        failed = {d.id for d in facts.deployments if d.state in FAILED}
        self.facts = facts.having(tried_before=frozenset(failed))
        self.command = replace(self.command, attempt=f"a{next(self.new)}")
        self.answers = [self.facts]
        self.ruling, self.deployed = Ruling.PASS, True

    def run_again_after_the_source_moved(self) -> None:
        self.killed_and_run_again()
        if not self.facts.merged:
            self.facts = self.facts.having(content=content(self.facts.content.commits + 1))

    def run_again_with_one_more_gate(self) -> None:
        self.killed_and_run_again()
        self.policy = replace(self.policy, gates={**self.policy.gates, "licences": GatePolicy()})

    def stale_answer(self) -> None:
        """GitHub answers from before the newest three things that this run did."""
        known = self.facts
        self.facts = reconciled(gathered(self.answers[-min(4, len(self.answers))]), known)
        assert self.facts.ledger == known.ledger
        assert self.facts.tag == known.tag
        assert {d.id for d in self.facts.deployments} >= {d.id for d in known.deployments}
        if known.merged:
            assert (
                RANK[state_of(self.facts, self.policy, COMMAND.version)]
                >= RANK[state_of(known, self.policy, COMMAND.version)]
            )

    def gates_will_fail(self) -> None:
        self.ruling = Ruling.FAIL

    def gates_will_not_say(self) -> None:
        self.ruling = Ruling.INCONCLUSIVE

    def deployments_will_fail(self) -> None:
        self.deployed = False

    def changes_requested(self) -> None:
        if self.is_open():
            self.facts = having_pull(self.facts, approvals=(), changes_requested_by=("bob",))

    def closed(self) -> None:
        if self.is_open():
            self.facts = having_pull(self.facts, state=PullRequestState.CLOSED)

    def reopened(self) -> None:
        if self.facts.pull_request and not self.facts.merged:
            self.facts = having_pull(self.facts, state=PullRequestState.OPEN)

    def pushed(self) -> None:
        """Somebody pushes to the release branch; the pull request shows it a moment later."""
        if self.is_open():
            assert self.facts.release_branch
            branch = replace(self.facts.release_branch, oid=oid(next(self.new)))
            self.facts = having_pull(self.facts.having(release_branch=branch), mergeable="UNKNOWN")

    def edited(self) -> None:
        if self.is_open():
            self.facts = having_pull(
                self.facts, body="Wait for Monday.", title="Big one", labels=frozenset({"hot"})
            )

    def merged_by_hand(self) -> None:
        """A person presses the button; as which commit it was merged GitHub says later."""
        if self.is_open():
            self.facts = having_pull(self.facts, state=PullRequestState.MERGED, merge_oid="")

    def tagged_by_hand(self) -> None:
        if not self.facts.tag:
            self.facts = self.facts.having(tag=Tag(COMMAND.tag, oid(7)))

    def is_open(self) -> bool:
        return self.facts.pull_request is not None and self.facts.pull_request.state is PullRequestState.OPEN


DISTURBANCES: tuple[Callable[[Life], None], ...] = (
    Life.killed_and_run_again,
    Life.run_again_after_the_source_moved,
    Life.run_again_with_one_more_gate,
    Life.stale_answer,
    Life.gates_will_fail,
    Life.gates_will_not_say,
    Life.deployments_will_fail,
    Life.changes_requested,
    Life.closed,
    Life.reopened,
    Life.pushed,
    Life.edited,
    Life.merged_by_hand,
    Life.tagged_by_hand,
)
lives = st.builds(Life, policies, rules_of_target, git_flow=st.booleans(), assets=st.booleans())
times = st.integers(1, 24)


@pytest.mark.requirement("REL-6", "FAIL-1", "PR-4", "DEP-1", "LED-1")
@pytest.mark.parametrize("disturbance", DISTURBANCES, ids=lambda disturbance: disturbance.__name__)
@settings(max_examples=40, deadline=None)
@given(life=lives, moves=times, others=st.lists(st.tuples(st.sampled_from(DISTURBANCES), times), max_size=3))
def test_no_disturbance_breaks_a_release(
    disturbance: Callable[[Life], None],
    life: Life,
    moves: int,
    others: list[tuple[Callable[[Life], None], int]],
) -> None:
    for disturb, after in [(disturbance, moves), *others]:
        life.go_on(after)
        disturb(life)

    ending = life.go_on(LONGEST)

    assert isinstance(ending, Done | Refusal)
    assert life.go_on(1) == ending


@pytest.mark.requirement("REL-7")
@settings(max_examples=40, deadline=None)
@given(life=lives, moves=times, disturbance=st.sampled_from(DISTURBANCES))
def test_a_plan_can_be_shown_to_its_end_from_anywhere(
    life: Life, moves: int, disturbance: Callable[[Life], None]
) -> None:
    life.go_on(moves)
    disturbance(life)

    plan = list(foresee(life.facts, life.command, life.policy, NOW))

    assert isinstance(plan[-1], Done | Refusal)
    assert len(plan) <= LONGEST
