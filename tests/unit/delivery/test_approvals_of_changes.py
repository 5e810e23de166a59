"""Approvals of rollbacks and overrides: only where they are asked for, only of just that, escalated, and in time."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from shipway.domain.authority import Asker
from shipway.domain.authority_rule import AuthorityRule
from shipway.domain.delivery import rollback
from shipway.domain.delivery.approving import Answer, Approving, decide
from shipway.domain.delivery.asking import lapsed
from shipway.domain.delivery.command import Rollback
from shipway.domain.delivery.overriding import standing_overrides
from shipway.domain.delivery.rollback_facts import RollbackFacts
from shipway.domain.delivery.steps import Record
from shipway.domain.events import timestamp
from shipway.domain.facts import DeliveryFacts, Tag
from shipway.domain.override import Override, overridden_event
from shipway.domain.policy import ApprovalPolicy, AuthorizePolicy, EnvironmentPolicy
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.standing import Question, Standing
from shipway.errors import ExitCode
from unit.delivery.scene import DEPLOYED, Scene, commit_of, policy_of

pytestmark = pytest.mark.requirement("APR-1", "RBK-1")

USERS = ("alice", "bob", "carol")


def scene_with(**approvals: Any) -> Scene:
    """1.0.0 and then 1.1.0 were verified in production; `load` is a gate that may be overridden."""
    settings = EnvironmentPolicy(
        deploy=DEPLOYED,
        approvals=ApprovalPolicy(**{"users": USERS, **approvals}),
        authorize=AuthorizePolicy(actions={"override": AuthorityRule(users=("alice",))}),
    )
    scene = Scene(policy_of(("dev", "production"), production=settings))
    scene.verified("1.2.0", "dev")
    scene.verified("1.0.0", "production")
    scene.verified("1.1.0", "production")
    return scene


BACK = Rollback(
    version="1.0.0",
    tag="v1.0.0",
    target="production",
    id="r1",
    holder="run:1",
    replaces="1.1.0",
    reason="errors",
)


def rolled_back(scene: Scene, login: str = "alice", **changes: Any) -> Wait | Refusal | Done:
    """Ask for a rollback, and carry it on as if all went well."""
    scene.count += 1
    command = replace(BACK, id=f"r{scene.count}", **changes)
    seen = RollbackFacts(repository=scene.facts.repository, ledger=scene.facts.ledger)
    facts = seen.having(
        deployments=scene.facts.deployments,
        tag=Tag("v1.0.0", commit_of("1.0.0")),
        asker=Asker(login, "write", frozenset()),
    )
    for _ in range(50):
        move = rollback.decide(facts, command, scene.policy, scene.now)
        if isinstance(move, Wait | Refusal | Done):
            scene.facts = scene.facts.having(ledger=facts.ledger, deployments=facts.deployments)
            return move
        facts = move.foreseen(facts)
    raise AssertionError


def question(scene: Scene) -> Question:
    found = scene.facts.ledger.standing("production").question
    assert found
    return found


def say(scene: Scene, answer: Answer, login: str, **changes: Any) -> Refusal | Done:
    """Answer what is asked."""
    scene.count += 1
    asked = scene.facts.ledger.standing("production").question
    about: dict[str, Any] = {"version": "1.0.0", "action": "rollback", "replaces": "1.1.0"}
    if asked:
        names = ("version", "action", "replaces", "gates")
        about = {name: getattr(asked, name) for name in names}
    about |= changes
    command = Approving(
        tag=f"v{about['version']}", environment="production", answer=answer, id=f"a{scene.count}", **about
    )
    facts = scene.facts.having(
        tag=Tag(command.tag, commit_of(command.version)), asker=Asker(login, "write", frozenset())
    )
    for _ in range(3):
        move = decide(facts, command, scene.policy, scene.now)
        if not isinstance(move, Record):
            scene.facts = scene.facts.having(ledger=facts.ledger)
            return move
        facts = move.foreseen(facts)
    raise AssertionError


TABLE = list(product((0, 1, 2), (False, True), (0, 1, 2), (False, True), (False, True)))


@pytest.mark.parametrize(("count", "automatic", "yes", "no", "late"), TABLE)
def test_every_rollback(count: int, automatic: bool, yes: int, no: bool, late: bool) -> None:
    scene = scene_with(count=2, rollback=count)
    asked_first = rolled_back(scene) if not automatic and count else None
    for login in ("bob", "carol")[:yes]:
        if asked_first:
            say(scene, "approve", login)
    if asked_first and no:
        say(scene, "reject", "bob")
    if late:
        scene.wait(timedelta(hours=24))
    rest = rolled_back(scene, automatic=automatic)
    given = 0 if late else yes - (1 if no and yes else 0)
    if automatic or not count:
        expected = "done"
    elif no:
        expected = "rejected"
    elif given >= count:
        expected = "done"
    else:
        expected = "approval-timed-out" if late else "approval-missing"
    assert ("done" if isinstance(rest, Done) else rest.reason_code) == expected


def test_what_people_are_asked_and_told_of_a_rollback() -> None:
    scene = scene_with(rollback=1)
    rest = rolled_back(scene)
    assert isinstance(rest, Wait)
    assert rest.who == "alice or bob or carol"
    assert rest.summary == "production cannot be rolled back yet: going back to 1.0.0 has 0 of 1 approvals."
    asked = question(scene)
    assert (asked.version, asked.replaces, asked.reason, asked.by) == ("1.0.0", "1.1.0", "errors", "alice")
    assert Standing.from_json(Standing(question=asked).to_json()).question == asked
    own = say(scene, "approve", "alice")
    assert isinstance(own, Refusal)
    assert own.message == (
        "alice asked for the way back of production from 1.1.0 to 1.0.0, so somebody else must approve it."
    )
    said = "the way back of production from 1.1.0 to 1.0.0 is approved by bob"
    assert say(scene, "approve", "bob") == Done(said)
    assert rolled_back(scene) == Done("production is back on 1.0.0")
    assert scene.facts.ledger.standing("production").question is None


def test_a_rejected_rollback_is_refused_and_recorded() -> None:
    scene = scene_with(rollback=1)
    rolled_back(scene)
    say(scene, "reject", "bob", reason="look first")
    rest = rolled_back(scene)
    assert isinstance(rest, Refusal)
    assert rest.exit_code is ExitCode.GATE
    assert rest.message == (
        "production cannot be rolled back: bob rejected it at 2026-11-21T12:00:00Z: look first."
    )
    assert rest.next_step == (
        "Who rejected it may approve it after all. Then: shipway rollback production --to 1.0.0 --reason '…'"
    )
    assert scene.facts.ledger.entries[-1].event.kind == "rollback-refused"


def past_load(scene: Scene, login: str = "alice", version: str = "1.2.0") -> Wait | Refusal | Done:
    """Promote it past the gate `load`, for two hours."""
    one = Override("load", "", "", "the probe is down", scene.now + timedelta(minutes=90), scene.now)
    return scene.promote(version, "dev", "production", login=login, overrides=(one,))


@pytest.mark.parametrize(
    ("count", "override", "plain", "past"),
    [(0, 0, "done", "done"), (0, 1, "done", "wait"), (1, 0, "wait", "wait"), (2, 1, "wait", "wait")],
)
def test_an_override_needs_what_is_asked_for_it_and_never_less(
    count: int, override: int, plain: str, past: str
) -> None:
    for act, expected in (
        (lambda scene: scene.promote("1.2.0", "dev", "production"), plain),
        (past_load, past),
    ):
        rest = act(scene_with(count=count, override=override))
        assert ("wait" if isinstance(rest, Wait) else "done") == expected
        if isinstance(rest, Wait):
            assert f" of {max(count, override) if act is past_load else count} approvals" in rest.summary


def test_an_approval_of_the_version_does_not_let_it_past_a_gate_but_the_other_way_round_it_does() -> None:
    scene = scene_with(count=1, override=1)
    scene.promote("1.2.0", "dev", "production")
    say(scene, "approve", "bob")
    rest = past_load(scene)
    assert isinstance(rest, Wait)
    assert rest.summary == "1.2.0 cannot go to production yet: past load it has 0 of 1 approvals."
    asked = question(scene)
    assert (asked.action, asked.gates, asked.lasting, asked.reason) == ("override", ("load",), "1h30m", "")
    assert say(scene, "approve", "carol") == Done("1.2.0 in production, past load, is approved by carol")
    assert isinstance(past_load(scene), Done)
    kinds = [entry.event.kind for entry in scene.facts.ledger.entries]
    assert kinds.index("overridden") > kinds.index("approved")


def test_nobody_is_asked_about_an_override_of_somebody_who_may_not() -> None:
    scene = scene_with(override=1)
    rest = past_load(scene, "bob")
    assert isinstance(rest, Refusal)
    assert rest.reason_code == "override-refused"


@pytest.mark.parametrize(
    ("override", "commit", "counts"),
    [(0, "", True), (1, "", False), (0, "a" * 40, False)],
    ids=["as the same rule holds", "as more have to agree here", "as others agreed for one commit"],
)
def test_an_override_of_the_release_counts_on_the_way_in(override: int, commit: str, counts: bool) -> None:
    settings = EnvironmentPolicy(approvals=ApprovalPolicy(override=override))
    scene = Scene(policy_of(("dev", "production"), production=settings))
    one = Override("load", "1.2.0", "alice", "down", scene.now + timedelta(hours=1), scene.now, commit=commit)
    ledger = Record((overridden_event(one, "r"),)).foreseen(scene.facts)
    found = standing_overrides(ledger, "1.2.0", "production", scene.policy, scene.now)
    assert found == ((one,) if counts else ())


def test_a_rejected_override_does_not_keep_the_version_out_by_itself() -> None:
    scene = scene_with(override=1)
    past_load(scene)
    say(scene, "reject", "bob")
    assert past_load(scene).reason_code == "rejected"  # type: ignore[union-attr] - a refusal
    assert isinstance(scene.promote("1.2.0", "dev", "production"), Done)


def test_after_a_while_others_are_asked_too_and_named() -> None:
    scene = scene_with(rollback=1, escalate_after="4h", escalate_to=("dave",))
    rolled_back(scene)
    early = say(scene, "approve", "dave")
    assert isinstance(early, Refusal)
    assert early.reason_code == "not-authorised"
    scene.wait(timedelta(hours=4))
    rest = rolled_back(scene)
    assert isinstance(rest, Wait)
    assert rest.who == "alice or bob or carol or dave"
    assert rest.summary == (
        "production cannot be rolled back yet: going back to 1.0.0 has 0 of 1 approvals; nobody has decided for 4h, "
        "so dave may too."
    )
    assert isinstance(say(scene, "approve", "dave"), Done)
    assert isinstance(rolled_back(scene), Done)


def test_a_question_that_nobody_answers_lapses_without_anybody_asking_again() -> None:
    scene = scene_with(rollback=1)
    rolled_back(scene)
    asked = question(scene)
    assert isinstance(lapse(scene, asked), Done)
    scene.wait(timedelta(hours=24))
    move = lapse(scene, asked)
    assert isinstance(move, Record)
    facts = move.foreseen(scene.facts)
    event = facts.ledger.entries[-1].event
    assert (event.kind, event.version, event.at) == ("approval-lapsed", "1.1.0", timestamp(scene.now))
    assert facts.ledger.standing("production").question is None
    scene.facts = facts
    assert isinstance(lapse(scene, asked), Done)
    assert isinstance(rolled_back(scene), Wait)


def lapse(scene: Scene, asked: Question) -> Record | Done:
    facts: DeliveryFacts = scene.facts
    return lapsed(facts, "production", asked, scene.now)
