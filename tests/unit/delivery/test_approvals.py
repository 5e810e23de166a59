"""Approvals: how many are there, of whom, for which commit, and until when."""

from datetime import timedelta
from typing import Any

import pytest

from shipway.domain.authority import Asker
from shipway.domain.delivery.approvals import Subject, answers_of_merge, approval_verdict
from shipway.domain.delivery.approving import Answer, Approving, decide
from shipway.domain.delivery.steps import Record
from shipway.domain.policy import ApprovalPolicy, EnvironmentPolicy
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.verdict import Verdict
from shipway.errors import ExitCode
from unit.delivery.scene import DEPLOYED, Scene, commit_of, policy_of

pytestmark = pytest.mark.requirement("APR-1")

TWO = ApprovalPolicy(count=2, users=("bob", "carol", "dave"))


def scene_with(approvals: ApprovalPolicy = TWO) -> Scene:
    """Version 1.0.0 is verified in dev, and staging asks for approvals."""
    scene = Scene(
        policy_of(("dev", "staging"), staging=EnvironmentPolicy(approvals=approvals, deploy=DEPLOYED))
    )
    scene.verified("1.0.0", "dev")
    return scene


def say(scene: Scene, answer: Answer, login: str, role: str = "write", **changes: Any) -> Refusal | Done:
    """Let somebody answer; what is recorded stands."""
    scene.count += 1
    given = {
        "version": "1.0.0",
        "tag": "v1.0.0",
        "environment": "staging",
        "id": f"a{scene.count}",
        **changes,
    }
    command = Approving(answer=answer, **given)
    facts = scene.seen(scene.command("1.0.0", "dev", "staging"), login, role)
    for _ in range(3):
        move = decide(facts, command, scene.policy, scene.now)
        if not isinstance(move, Record):
            scene.facts = facts
            return move
        facts = move.foreseen(facts)
    raise AssertionError(f"{command} does not come to rest")


def verdict_of(rest: Wait | Refusal | Done) -> Verdict:
    """What was said of approvals."""
    assert not isinstance(rest, Done)
    return next(one for one in rest.verdicts if one.gate == "approval")


def kinds(scene: Scene) -> list[str]:
    """What is recorded, in its order."""
    return [entry.event.kind for entry in scene.facts.ledger.entries]


def test_a_promotion_waits_until_enough_people_have_agreed() -> None:
    scene = scene_with()
    first = scene.promote("1.0.0", "dev", "staging")
    assert isinstance(first, Wait)
    assert (first.reason_code, first.who) == ("approval-missing", "bob or carol or dave")
    assert first.summary == "1.0.0 cannot go to staging yet: it has 0 of 2 approvals."
    question = scene.facts.ledger.standing("staging").question
    assert question
    assert (question.by, question.source, question.until) == ("alice", "dev", "2026-11-22T12:00:00Z")
    assert isinstance(say(scene, "approve", "bob"), Done)
    second = scene.promote("1.0.0", "dev", "staging")
    assert verdict_of(second).summary == "it has 1 of 2 approvals, by bob"
    assert isinstance(say(scene, "approve", "carol"), Done)
    assert isinstance(scene.promote("1.0.0", "dev", "staging"), Done)
    assert kinds(scene)[1:5] == ["approval-asked", "approved", "approved", "promotion-started"]
    assert scene.facts.ledger.standing("staging").question is None


@pytest.mark.parametrize(
    ("policy", "answers", "login", "expected"),
    [
        (TWO, [], "alice", "approval-missing"),
        (TWO, ["bob"], "alice", "approval-missing"),
        (TWO, ["bob", "bob"], "alice", "approval-missing"),
        (TWO, ["bob", "carol"], "alice", "done"),
        (TWO, ["bob", "carol"], "bob", "approval-missing"),
        (TWO, ["bob", "carol", "dave"], "bob", "done"),
        (ApprovalPolicy(count=2, users=("bob", "carol"), own=True), ["bob", "carol"], "bob", "done"),
        (TWO, ["bob", "-carol", "dave"], "alice", "rejected"),
        (TWO, ["bob", "-carol", "carol"], "alice", "done"),
        (TWO, ["bob", "carol", "-carol"], "alice", "rejected"),
        (ApprovalPolicy(count=0, users=("bob",)), [], "alice", "done"),
        (ApprovalPolicy(count=1), ["bob"], "alice", "done"),
        (ApprovalPolicy(count=1, roles=("maintain",)), ["bob"], "alice", "approval-missing"),
        (ApprovalPolicy(count=1, roles=("maintain",)), ["+erin"], "alice", "done"),
    ],
)
def test_whose_answers_count(policy: ApprovalPolicy, answers: list[str], login: str, expected: str) -> None:
    scene = scene_with(policy)
    scene.promote("1.0.0", "dev", "staging", login="zoe")
    for name in answers:
        role = "maintain" if name.startswith("+") else "write"
        say(scene, "reject" if name.startswith("-") else "approve", name.lstrip("+-"), role)
    rest = scene.promote("1.0.0", "dev", "staging", login=login)
    assert ("done" if isinstance(rest, Done) else rest.reason_code) == expected


def test_a_rejection_is_a_refusal_with_its_reason() -> None:
    scene = scene_with()
    say(scene, "reject", "bob", reason="not on a Friday")
    rest = scene.promote("1.0.0", "dev", "staging")
    assert isinstance(rest, Refusal)
    assert rest.exit_code is ExitCode.GATE
    assert (
        rest.message
        == "1.0.0 cannot go to staging: bob rejected it at 2026-11-21T12:00:00Z: not on a Friday."
    )


def test_no_answer_in_time_is_a_no_and_asking_again_begins_anew() -> None:
    scene = scene_with()
    scene.promote("1.0.0", "dev", "staging")
    say(scene, "approve", "bob")
    scene.wait(timedelta(hours=24))
    late = scene.promote("1.0.0", "dev", "staging")
    assert isinstance(late, Refusal)
    assert (late.reason_code, verdict_of(late).summary) == (
        "approval-timed-out",
        "0 of 2 approvals came in time",
    )
    assert kinds(scene)[-2:] == ["approval-lapsed", "promotion-refused"]
    again = scene.promote("1.0.0", "dev", "staging")
    assert (again.reason_code, verdict_of(again).summary) == ("approval-missing", "it has 0 of 2 approvals")  # type: ignore[union-attr] - it waits


def test_an_approval_runs_out_even_where_nobody_asked() -> None:
    scene = scene_with()
    say(scene, "approve", "bob")
    say(scene, "approve", "carol")
    scene.wait(timedelta(hours=24))
    assert verdict_of(scene.promote("1.0.0", "dev", "staging")).summary == "it has 0 of 2 approvals"


def test_an_approval_of_another_commit_or_version_is_none() -> None:
    scene = scene_with()
    for number, name in enumerate(("bob", "carol")):
        detail = {
            "environment": "staging",
            "until": "2027-01-01T00:00:00Z",
            "commit": commit_of(f"1.{number}.9"),
        }
        scene.record("approved", actor=name, version="1.0.0", **detail)
        scene.record("approved", actor=name, version="1.1.0", **{**detail, "commit": commit_of("1.0.0")})
    assert verdict_of(scene.promote("1.0.0", "dev", "staging")).summary == "it has 0 of 2 approvals"


def test_reviewers_of_the_environment_on_github_count() -> None:
    scene = scene_with(ApprovalPolicy(count=1, users=("bob",)))
    command = scene.command("1.0.0", "dev", "staging")
    facts = scene.seen(command)
    reviewed = Asker("alice", "write", frozenset(), approvals={"staging": ("alice", "frank")})
    subject = Subject("staging", "1.0.0", commit_of("1.0.0"))
    found = approval_verdict(facts.having(asker=reviewed), subject, scene.policy, scene.now, "p")
    assert (found.passed, found.summary) == (True, "approved by frank")


@pytest.mark.parametrize(
    ("answer", "login", "role", "changes", "reason", "message", "next_step", "code"),
    [
        (
            "approve",
            "alice",
            "admin",
            {},
            "not-authorised",
            (
                "1.0.0 in staging cannot be approved: alice may not approve 1.0.0 in staging; "
                "bob or carol or dave may."
            ),
            "Bob or carol or dave can: /approve staging",
            ExitCode.NOT_AUTHORISED,
        ),
        (
            "approve",
            "bob",
            "write",
            {"environment": "dev"},
            "approval-not-asked",
            "Nobody's approval is asked for in dev.",
            "To ask for it, add `approvals: {count: 1}` under `environments: dev:`.",
            ExitCode.TRANSITION,
        ),
        (
            "cancel",
            "bob",
            "write",
            {},
            "nothing-open",
            "Nothing waits for an approval of 1.0.0 in staging.",
            "What is open is told by: /status",
            ExitCode.TRANSITION,
        ),
    ],
)
def test_what_is_refused(
    answer: Answer,
    login: str,
    *,
    role: str,
    changes: dict[str, str],
    reason: str,
    message: str,
    next_step: str,
    code: ExitCode,
) -> None:
    rest = say(scene_with(), answer, login, role, **changes)
    assert isinstance(rest, Refusal)
    assert (rest.reason_code, rest.message, rest.next_step, rest.exit_code) == (
        reason,
        message,
        next_step,
        code,
    )


def test_who_asks_cannot_approve_and_can_take_the_question_back() -> None:
    scene = scene_with()
    scene.promote("1.0.0", "dev", "staging", login="bob")
    own = say(scene, "approve", "bob")
    assert isinstance(own, Refusal)
    assert own.reason_code == "approval-own"
    assert own.message == "bob asked for 1.0.0 in staging, so somebody else must approve it."
    assert say(scene, "cancel", "bob") == Done("1.0.0 in staging is asked for no more by bob")
    assert scene.facts.ledger.standing("staging").question is None


def test_an_approved_merge_counts_for_its_head_alone() -> None:
    scene = scene_with()
    scene.record("initiated", actor="alice", version="1.0.0")
    head = {"environment": "", "head": "a" * 40}
    assert isinstance(say(scene, "approve", "bob", **head), Done)
    assert say(scene, "approve", "bob", **head) == Done("the merge of 1.0.0 is approved by bob already")
    assert isinstance(say(scene, "reject", "carol", **head), Done)
    assert answers_of_merge(scene.facts.ledger, "1.0.0", "a" * 40) == (("bob",), ("carol",))
    assert answers_of_merge(scene.facts.ledger, "1.0.0", "b" * 40) == ((), ())
