"""When the release pull request may be merged: every condition with its exact words."""

from dataclasses import replace

import pytest

from shipway.domain.checks import Check, RequiredCheck
from shipway.domain.facts import PullRequest, PullRequestState
from shipway.domain.merge_rules import merge_verdicts
from shipway.domain.repository import TargetRules
from shipway.domain.verdict import Ruling, Verdict

READY = PullRequest(
    number=7,
    node_id="PR_7",
    url="",
    state=PullRequestState.OPEN,
    draft=False,
    title="chore(release): 1.3.0",
    body="",
    head_oid="a" * 40,
    base="main",
    approvals=("alice",),
    review_decision="APPROVED",
    merge_state="CLEAN",
    mergeable="MERGEABLE",
    checks=(Check("build", "success"),),
)
GREEN = {
    "approvals": Verdict("approvals", Ruling.PASS, "approved", "approved by alice"),
    "checks": Verdict("checks", Ruling.PASS, "checks-green", "1 check is green"),
    "conversations": Verdict("conversations", Ruling.PASS, "resolved", "no unresolved conversation"),
    "mergeable": Verdict("mergeable", Ruling.PASS, "mergeable", "GitHub can merge it"),
}
RUNNING, RED = Check("e2e", ""), Check("lint", "failure")
AUTHORS = "the checks' authors"


def approvals(ruling: Ruling, code: str, summary: str, who: str = "") -> Verdict:
    return Verdict("approvals", ruling, code, summary, who)


def checks(ruling: Ruling, code: str, summary: str, *names: str) -> Verdict:
    return Verdict("checks", ruling, code, summary, AUTHORS if names else "", names)


def mergeable(ruling: Ruling, code: str, summary: str, who: str = "") -> Verdict:
    return Verdict("mergeable", ruling, code, summary, who)


WAIT, FAIL, PASS = Ruling.INCONCLUSIVE, Ruling.FAIL, Ruling.PASS
PUSHER = "who can push to the release branch"
REVIEWER = "a reviewer with write access"
TABLE: list[tuple[dict[str, object], Verdict]] = [
    (
        {"approvals": ()},
        approvals(WAIT, "approvals-missing", "0 of 1 approvals of its newest commit", REVIEWER),
    ),
    (
        {"approvals": (), "changes_requested_by": ("bob", "carol")},
        approvals(FAIL, "changes-requested", "bob, carol requested changes", "bob, carol"),
    ),
    (
        {"changes_requested_by": ("bob",)},
        approvals(FAIL, "changes-requested", "bob requested changes", "bob"),
    ),
    (
        {"review_decision": "REVIEW_REQUIRED"},
        approvals(WAIT, "code-owners-missing", "a code owner has to approve", "a code owner"),
    ),
    ({"checks": (RED,)}, checks(FAIL, "checks-failed", "failed: lint", "lint")),
    ({"checks": (RED, RUNNING)}, checks(FAIL, "checks-failed", "failed: lint", "lint")),
    ({"checks": (RUNNING,)}, checks(WAIT, "checks-running", "running: e2e", "e2e")),
    (
        {"checks_doubt": "it counts 3 and shows 2"},
        checks(
            WAIT,
            "checks-untrusted",
            "GitHub's answer about checks cannot be relied on: it counts 3 and shows 2",
        ),
    ),
    ({"checks": ()}, checks(PASS, "checks-green", "0 checks are green")),
    (
        {"unresolved_threads": 1},
        Verdict("conversations", WAIT, "unresolved", "1 unresolved conversation", "who opened them"),
    ),
    (
        {"unresolved_threads": 2},
        Verdict("conversations", WAIT, "unresolved", "2 unresolved conversations", "who opened them"),
    ),
    ({"mergeable": "CONFLICTING"}, mergeable(FAIL, "conflict", "it conflicts with main", PUSHER)),
    ({"merge_state": "DIRTY"}, mergeable(FAIL, "conflict", "it conflicts with main", PUSHER)),
    (
        {"merge_state": "UNKNOWN"},
        mergeable(WAIT, "still-computing", "GitHub is still computing whether it can merge"),
    ),
    ({"merge_state": "BEHIND"}, mergeable(WAIT, "behind", "it is behind main", PUSHER)),
    (
        {"merge_state": "BLOCKED"},
        mergeable(
            WAIT, "blocked", "the rules of main block merging", "an administrator or what the rules ask for"
        ),
    ),
    ({"merge_state": "UNSTABLE"}, GREEN["mergeable"]),
    ({"merge_state": "HAS_HOOKS"}, GREEN["mergeable"]),
]


@pytest.mark.requirement("PR-4")
def test_everything_is_fine() -> None:
    assert merge_verdicts(READY, TargetRules(), 1) == tuple(GREEN.values())


@pytest.mark.requirement("PR-4", "FAIL-4")
@pytest.mark.parametrize(("changes", "expected"), TABLE, ids=[f"{c}" for c, _ in TABLE])
def test_one_condition_changes_only_its_own_verdict(changes: dict[str, object], expected: Verdict) -> None:
    pull = replace(READY, **changes)  # type: ignore[arg-type] - one field each

    assert merge_verdicts(pull, TargetRules(), 1) == tuple({**GREEN, expected.gate: expected}.values())


@pytest.mark.requirement("PR-4")
def test_all_conditions_answer_at_once() -> None:
    pull = replace(READY, approvals=(), checks=(RED,), unresolved_threads=3, mergeable="CONFLICTING")

    codes = [verdict.reason_code for verdict in merge_verdicts(pull, TargetRules(), 1)]

    assert codes == ["approvals-missing", "checks-failed", "unresolved", "conflict"]


@pytest.mark.requirement("PR-4")
@pytest.mark.parametrize(("ours", "theirs", "wanted"), [(0, 0, 0), (1, 0, 1), (1, 2, 2), (2, 1, 2)])
def test_the_stricter_of_our_rule_and_that_of_github_counts(ours: int, theirs: int, wanted: int) -> None:
    for given in range(3):
        pull = replace(READY, approvals=("alice", "bob")[:given])
        verdict = merge_verdicts(pull, TargetRules(required_approvals=theirs), ours)[0]

        assert verdict.passed is (given >= wanted)


def test_no_approval_at_all_may_be_needed() -> None:
    verdict = merge_verdicts(replace(READY, approvals=()), TargetRules(), 0)[0]

    assert verdict == approvals(PASS, "approved", "approved by nobody; none needed")


@pytest.mark.requirement("PR-4")
def test_a_required_check_that_never_reported_is_waited_for() -> None:
    demanded = (RequiredCheck("build"), RequiredCheck("deploy-preview"))
    verdict = merge_verdicts(READY, TargetRules(required_checks=demanded), 1)[1]

    assert verdict == checks(WAIT, "checks-absent", "never reported: deploy-preview", "deploy-preview")


@pytest.mark.requirement("PR-4")
@pytest.mark.parametrize(
    "conclusion",
    [
        "action_required",
        "cancelled",
        "error",
        "failure",
        "stale",
        "startup_failure",
        "timed_out",
        "neutral",
        "skipped",
        "success",
    ],
)
def test_only_these_conclusions_are_good(conclusion: str) -> None:
    verdict = merge_verdicts(replace(READY, checks=(Check("build", conclusion),)), TargetRules(), 1)[1]

    assert verdict.passed is (conclusion in {"success", "neutral", "skipped"})


OURS = Check("build", "success", app="ours", app_id=7)
THEIRS, STATUS = replace(OURS, app="theirs", app_id=8), READY.checks[0]


@pytest.mark.requirement("PR-4", "GATE-2")
@pytest.mark.parametrize(
    ("demanded", "reported", "present"),
    [
        (RequiredCheck("build"), (), False),
        (RequiredCheck("build"), (THEIRS,), True),
        (RequiredCheck("build"), (STATUS,), True),
        (RequiredCheck("build", 7), (), False),
        (RequiredCheck("build", 7), (OURS,), True),
        (RequiredCheck("build", 7), (THEIRS,), False),
        (RequiredCheck("build", 7), (THEIRS, OURS), True),
        (RequiredCheck("build", 7), (THEIRS, STATUS), True),
        (RequiredCheck("build", 7), (replace(OURS, name="test"),), False),
    ],
)
def test_a_check_that_one_app_must_report_is_not_reported_by_another(
    demanded: RequiredCheck, reported: tuple[Check, ...], *, present: bool
) -> None:
    """Whose a commit status is GitHub does not say here: it has the last word by `mergeable`."""
    verdict = merge_verdicts(replace(READY, checks=reported), TargetRules(required_checks=(demanded,)), 1)[1]

    assert verdict.passed is present
    if not present:
        named = "build by App 7" if demanded.app_id else "build"
        assert verdict == checks(WAIT, "checks-absent", f"never reported: {named}", named)
