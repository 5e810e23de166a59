"""How a run of a release ends, in its exact words: refusals, waits, and done."""

from dataclasses import replace
from typing import Any

import pytest
from release_world import COMMAND, NOW, at_the_beginning, content, gate_results, having_pull, oid, policy_of
from test_merge_rules import READY

from shipway.domain.delivery.steps import (
    Deploy,
    Record,
    SetDeploymentState,
    StartDeployment,
)
from shipway.domain.events import initiated, owed
from shipway.domain.facts import (
    Branch,
    Check,
    Deployment,
    DeploymentState,
    Facts,
    GitHubRelease,
    PullRequestState,
    Tag,
)
from shipway.domain.ledger import Ledger
from shipway.domain.plan import (
    DiscardDraft,
    LabelPullRequest,
    Move,
    ReportGates,
    RewritePullRequest,
    RunGates,
    UpdateBranch,
)
from shipway.domain.policy import Policy
from shipway.domain.record import after
from shipway.domain.release import decide
from shipway.domain.release_view import pull_request_view, view_digest
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.standing import Standing, Verified
from shipway.domain.state import State, state_of
from shipway.domain.verdict import Ruling
from shipway.errors import ExitCode

HEAD = READY.head_oid
MERGED = oid(5)
PLAIN = policy_of()
LINE = ("staging", "production")
DELIVERS = policy_of(environments=" ".join(LINE))


def in_review(policy: Policy = PLAIN, **changes: Any) -> Facts:
    """Everything prepared, recorded and shown; only people are missing."""
    facts = at_the_beginning(
        release_branch=Branch(COMMAND.branch, HEAD),
        release_branch_digest=content().digest,
        release_branch_source=oid(1),
        pull_request=replace(
            READY, labels=frozenset({"release", "auto-generated", "version:1.3.0"}), approvals=()
        ),
        **changes,
    )
    return recorded(shown(begun(facts), policy))


def begun(facts: Facts) -> Facts:
    return facts.having(ledger=after(Ledger(), [initiated(facts, COMMAND, NOW)]))


def shown(facts: Facts, policy: Policy) -> Facts:
    digest = view_digest(pull_request_view(facts, policy, COMMAND))
    return having_pull(facts, body=f"<!-- shipway:begin {digest} -->\n<!-- shipway:end -->")


def recorded(facts: Facts, *, completed: bool = False) -> Facts:
    events = owed(facts, COMMAND, NOW, completed=completed)
    return facts.having(ledger=after(facts.ledger, events)) if events else facts


def published(*deployments: Deployment, **changes: Any) -> Facts:
    """Merged, tagged and published, with these deployments."""
    facts = having_pull(in_review(), state=PullRequestState.MERGED, merge_oid=MERGED)
    release = GitHubRelease(1, COMMAND.tag, draft=False, url="https://github.example/r/1")
    given = {
        "tag": Tag(COMMAND.tag, MERGED),
        "digest": f"commit:{MERGED}",
        "releases": (release,),
        "deployments": deployments,
        **changes,
    }
    return recorded(facts.having(**given))


def deployment(
    environment: str, state: DeploymentState, number: int = 1, release: str = COMMAND.release_id
) -> Deployment:
    ours = release == COMMAND.release_id
    delivery = f"{COMMAND.attempt}-{environment}" if ours else f"of {release}" if release else ""
    version = COMMAND.version if ours else "1.2.0"
    return Deployment(number, f"D_{number}", environment, MERGED, state, release, version, delivery)


def next_move(facts: Facts, policy: Policy = PLAIN, **asked: Any) -> Move:
    return decide(facts, replace(COMMAND, **asked), policy, NOW)


def next_deed(facts: Facts, policy: Policy = DELIVERS) -> Move:
    """The next move that is no record."""
    move = next_move(facts, policy)
    while isinstance(move, Record):
        facts = move.foreseen(facts)
        move = next_move(facts, policy)
    return move


@pytest.mark.requirement("REL-6", "FAIL-4")
def test_a_closed_pull_request_ends_the_release() -> None:
    facts = recorded(having_pull(in_review(), state=PullRequestState.CLOSED))

    assert next_move(facts) == Refusal(
        "pull-request-closed",
        "Pull request #7 of release 1.3.0 was closed without merging.",
        "Reopen it, or release another version: shipway release 1.3.1",
    )
    assert state_of(facts, PLAIN, COMMAND.version) is State.CANCELLED
    assert facts.ledger.open_releases == {}


@pytest.mark.requirement("REL-3", "FAIL-4")
def test_a_tag_that_somebody_sets_before_the_merge_is_not_published() -> None:
    facts = in_review(tag=Tag(COMMAND.tag, oid(7)))

    assert next_move(facts) == Refusal(
        "tagged-early",
        "Tag v1.3.0 stands on 902ba3cda1, but the pull request of release 1.3.0 is not merged.",
        "Find out who set it; if it is wrong: git push --delete origin v1.3.0",
        ExitCode.TAG_EXISTS,
    )
    assert "tagged" not in {entry.event.kind for entry in facts.ledger.entries}
    assert state_of(facts, PLAIN, COMMAND.version) is State.REVIEW


@pytest.mark.requirement("REL-3", "FAIL-4")
def test_a_tag_on_another_commit_than_the_merge_is_refused_and_not_recorded_as_ours() -> None:
    facts = published(tag=Tag(COMMAND.tag, oid(7)))

    assert next_move(facts) == Refusal(
        "tag-elsewhere",
        "Tag v1.3.0 stands on 902ba3cda1, not on ac3478d69a, which pull request #7 merged.",
        "Find out who set it; if it is wrong: git push --delete origin v1.3.0",
        ExitCode.TAG_EXISTS,
    )
    assert {entry.event.kind for entry in facts.ledger.entries}.isdisjoint({"tagged", "published"})


@pytest.mark.requirement("GATE-5", "FAIL-4")
@pytest.mark.parametrize("ruling", [Ruling.FAIL, Ruling.ERROR, Ruling.INCONCLUSIVE])
def test_a_gate_that_does_not_pass_stops_the_release(ruling: Ruling) -> None:
    policy = policy_of("unit security")
    gates = gate_results(HEAD, ("unit", Ruling.PASS), ("security", ruling))
    facts = in_review(policy, gates=gates, reported_gates=frozenset({"unit", "security"}))

    assert next_move(facts, policy) == Refusal(
        "gates-failed",
        f"Gate security did not pass: security: {ruling}.",
        "Repair it on main, or run the command again to repeat the gates; "
        "pull request #7 stays a draft until then.",
        ExitCode.GATE,
        gates.verdicts,
    )


@pytest.mark.requirement("GATE-5")
def test_a_gate_that_was_added_after_the_others_passed_is_run() -> None:
    gates = gate_results(HEAD, ("unit", Ruling.PASS))
    facts = in_review(gates=gates, reported_gates=frozenset({"unit"}))

    move = next_move(facts, policy_of("unit security"))
    assert isinstance(move, RunGates)
    assert (move.commit, move.gates, move.stage) == (HEAD, ("unit", "security"), "release")


def test_gates_are_shown_as_checks_once() -> None:
    gates = gate_results(HEAD, ("unit", Ruling.PASS))

    assert next_move(in_review(gates=gates), policy_of("unit")) == ReportGates(HEAD, gates.verdicts)


@pytest.mark.requirement("PR-4")
def test_what_a_review_waits_for_is_said_with_the_failing_first() -> None:
    facts = having_pull(in_review(), checks=(Check("lint", "failure"),), unresolved_threads=1)
    move = next_move(facts)

    assert isinstance(move, Wait)
    assert (move.reason_code, move.who) == ("checks-failed", "the checks' authors")
    assert move.summary == (
        "Pull request #7: 0 of 1 approvals of its newest commit; failed: lint; 1 unresolved conversation."
    )
    assert [verdict.gate for verdict in move.verdicts] == [
        "approvals",
        "checks",
        "conversations",
        "mergeable",
    ]


@pytest.mark.requirement("PR-4")
def test_nothing_is_merged_while_it_waits_in_the_merge_queue() -> None:
    move = next_move(having_pull(in_review(), approvals=("alice",), queued=True))

    assert isinstance(move, Wait)
    assert (move.reason_code, move.summary, move.who) == (
        "merge-queue",
        "Pull request #7 is in the merge queue.",
        "GitHub",
    )


@pytest.mark.requirement("PR-4", "FAIL-2")
def test_a_head_that_the_pull_request_does_not_show_yet_is_waited_for() -> None:
    facts = in_review().having(release_branch=Branch(COMMAND.branch, oid(11)))

    assert next_move(facts) == Wait(
        "still-computing",
        "Pull request #7 does not show the newest commit of release/1.3.0 yet.",
        "GitHub",
    )


@pytest.mark.requirement("FAIL-2")
def test_a_merge_whose_commit_github_does_not_name_yet_is_waited_for() -> None:
    facts = recorded(having_pull(in_review(), state=PullRequestState.MERGED))

    assert next_move(facts) == Wait(
        "still-computing",
        "GitHub does not say yet as which commit pull request #7 was merged.",
        "GitHub",
    )


@pytest.mark.requirement("PR-2", "REL-5")
def test_a_branch_follows_its_source_only_where_the_flow_says_so() -> None:
    facts = in_review().having(content=content(2))

    assert isinstance(next_move(facts), UpdateBranch)
    assert not isinstance(next_move(facts, follow=False), UpdateBranch)


@pytest.mark.requirement("PR-2")
def test_a_body_or_title_that_is_out_of_date_is_rewritten() -> None:
    assert isinstance(next_move(having_pull(in_review(), body="by hand")), RewritePullRequest)
    assert isinstance(next_move(having_pull(in_review(), title="by hand")), RewritePullRequest)


@pytest.mark.requirement("PR-3")
def test_labels_that_people_added_stay_and_the_milestone_is_set_where_it_exists() -> None:
    facts = having_pull(in_review(milestones={"1.3.0": 4}), labels=frozenset({"urgent"}))

    assert next_move(facts) == LabelPullRequest(
        7, frozenset({"urgent", "release", "auto-generated", "version:1.3.0"}), 4
    )


@pytest.mark.requirement("FAIL-2")
def test_a_doubled_draft_is_deleted_and_the_published_one_kept() -> None:
    drafts = tuple(GitHubRelease(number, COMMAND.tag, draft=number != 2, url="") for number in (1, 2, 3))

    assert next_move(published(releases=drafts)) == DiscardDraft(1)


@pytest.mark.requirement("DEP-1", "FAIL-4")
def test_a_deployment_that_failed_in_this_run_ends_it() -> None:
    facts = published(deployment("staging", DeploymentState.FAILURE))

    assert next_move(facts, DELIVERS) == Refusal(
        "deployment-failed",
        "Deployment of 1.3.0 to staging failed.",
        "Look at its log, repair the cause, and try again: shipway release 1.3.0",
    )
    assert state_of(facts, DELIVERS, COMMAND.version) is State.FAILED


@pytest.mark.requirement("DEP-1")
def test_one_that_failed_before_is_tried_again_as_a_new_deployment() -> None:
    facts = published(deployment("staging", DeploymentState.ERROR), tried_before=frozenset({1}))
    move = next_deed(facts)

    assert isinstance(move, StartDeployment)
    assert (move.environment, move.commit, move.production) == ("staging", MERGED, False)


@pytest.mark.requirement("DEP-5", "FAIL-1")
@pytest.mark.parametrize("state", [DeploymentState.PENDING, DeploymentState.QUEUED])
def test_a_deployment_that_nobody_began_is_begun(state: DeploymentState) -> None:
    move = next_deed(published(deployment("staging", state)))

    assert isinstance(move, SetDeploymentState)
    assert move.state is DeploymentState.IN_PROGRESS


@pytest.mark.requirement("DEP-5", "FAIL-2")
@pytest.mark.parametrize(
    "newest", [DeploymentState.PENDING, DeploymentState.IN_PROGRESS, DeploymentState.SUCCESS]
)
def test_of_two_deployments_the_older_one_is_closed(newest: DeploymentState) -> None:
    failed = deployment("staging", DeploymentState.FAILURE, 1)
    foreign = deployment("staging", DeploymentState.PENDING, 2, "another release")
    older = deployment("staging", DeploymentState.PENDING, 3)
    facts = published(failed, foreign, older, deployment("staging", newest, 4), tried_before=frozenset({1}))
    move = next_deed(facts)

    assert isinstance(move, SetDeploymentState)
    assert (move.deployment, move.state) == ("D_3", DeploymentState.INACTIVE)
    assert move.description == "created twice, as an answer of GitHub was lost: deployment 4 took its place"
    after = next_deed(move.foreseen(facts))
    assert not isinstance(after, SetDeploymentState) or after.deployment != "D_3"


@pytest.mark.requirement("DEP-5", "FAIL-1")
def test_a_killed_deployment_is_taken_up_again() -> None:
    move = next_deed(published(deployment("staging", DeploymentState.IN_PROGRESS)))

    assert isinstance(move, Deploy)
    assert move.variables == {
        "SHIPWAY_ENVIRONMENT": "staging",
        "SHIPWAY_VERSION": "1.3.0",
        "SHIPWAY_TAG": "v1.3.0",
        "SHIPWAY_SHA": MERGED,
        "SHIPWAY_DIGEST": f"commit:{MERGED}",
        "SHIPWAY_DEPLOYMENT": "1",
        "SHIPWAY_RELEASE": COMMAND.release_id,
        "SHIPWAY_DELIVERY": "a1-staging",
        "SHIPWAY_STAGE": "verification",
    }


@pytest.mark.requirement("DEP-5")
def test_what_production_ran_before_ends_with_the_new_success() -> None:
    older = deployment("production", DeploymentState.SUCCESS, 1, "an older release")
    foreign = deployment("production", DeploymentState.SUCCESS, 2, "")
    staging = deployment("staging", DeploymentState.SUCCESS, 3)
    ours = deployment("production", DeploymentState.SUCCESS, 4)
    tags = {f"v1.3.0-{name}": MERGED for name in LINE} | {f"latest-{name}": MERGED for name in LINE}
    move = next_deed(published(older, foreign, staging, ours, environment_tags=tags))

    assert isinstance(move, SetDeploymentState)
    assert (move.deployment, move.supersedes) == ("D_4", ("D_1",))


@pytest.mark.requirement("REL-6")
def test_a_release_that_was_superseded_is_still_complete() -> None:
    newer = Verified("1.4.0", oid(9), "", "2026-03-02T12:00:00Z", "octocat", 9)
    facts = published(
        deployment("staging", DeploymentState.SUCCESS), deployment("production", DeploymentState.INACTIVE, 2)
    )
    standings = {name: Standing(verified=(newer,)) for name in LINE}
    facts = facts.having(ledger=replace(facts.ledger, standings=standings))

    assert isinstance(next_move(facts, DELIVERS), Record)
    assert next_move(recorded(facts, completed=True), DELIVERS) == Done("1.3.0 is released")
    assert state_of(facts, DELIVERS, COMMAND.version) is State.COMPLETED


@pytest.mark.requirement("REL-6")
@pytest.mark.parametrize(
    ("facts", "policy", "state"),
    [
        (at_the_beginning(), PLAIN, State.INITIATED),
        (at_the_beginning(release_branch=Branch(COMMAND.branch, HEAD)), PLAIN, State.GATES),
        (having_pull(in_review(), draft=True), PLAIN, State.GATES),
        (in_review(), PLAIN, State.REVIEW),
        (having_pull(in_review(), state=PullRequestState.CLOSED), PLAIN, State.CANCELLED),
        (having_pull(in_review(), state=PullRequestState.MERGED), PLAIN, State.MERGED),
        (published(releases=()), PLAIN, State.TAGGED),
        (published(), PLAIN, State.COMPLETED),
        (published(), DELIVERS, State.TAGGED),
        (published(deployment("staging", DeploymentState.PENDING)), DELIVERS, State.DELIVERING),
        (published(deployment("staging", DeploymentState.SUCCESS)), DELIVERS, State.DELIVERING),
        (published(deployment("staging", DeploymentState.ERROR)), DELIVERS, State.FAILED),
        (published(deployment("staging", DeploymentState.SUCCESS, release="other")), DELIVERS, State.TAGGED),
    ],
    ids=lambda value: value.value if isinstance(value, State) else "",
)
def test_the_state_of_a_release_is_read_off_the_facts(facts: Facts, policy: Policy, state: State) -> None:
    assert state_of(facts, policy, COMMAND.version) is state
