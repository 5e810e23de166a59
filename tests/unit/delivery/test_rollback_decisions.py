"""Where a rollback leads, whatever happened before; and what refuses it, policy by policy and all together."""

from dataclasses import replace
from itertools import product
from typing import Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shipway.domain.authority import Asker
from shipway.domain.delivery.command import Rollback
from shipway.domain.delivery.impact import Impact
from shipway.domain.delivery.order import pipeline_of
from shipway.domain.delivery.rollback import decide
from shipway.domain.delivery.rollback_facts import RollbackAttempt, RollbackFacts
from shipway.domain.delivery.rollback_policies import ORDER, verdicts
from shipway.domain.delivery.steps import Record
from shipway.domain.delivery.way_back import way_back
from shipway.domain.events import timestamp
from shipway.domain.facts import Deployment, DeploymentState, Signature, Tag
from shipway.domain.ledger import Ledger
from shipway.domain.policy import EnvironmentPolicy, Policy
from shipway.domain.resting import Done, Refusal
from shipway.domain.standing import Claim, Hold, Lock, Standing, Verified
from shipway.errors import ExitCode
from unit.delivery.rollback_play import Play
from unit.delivery.scene import DEPLOYED, NOON, REPOSITORY, commit_of, policy_of

VERSIONS = ("1.0.0", "1.1.0", "1.2.0", "1.3.0")

pytestmark = pytest.mark.requirement("RBK-1")


# --- whatever happened before

happening = st.one_of(
    st.tuples(st.just("promote"), st.sampled_from(VERSIONS), st.booleans(), st.integers(1, 12)),
    st.tuples(st.just("roll_back"), st.sampled_from(("", *VERSIONS)), st.booleans(), st.integers(1, 12)),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(happening, max_size=12))
def test_the_way_back_leads_to_what_was_verified_and_is_not_what_goes(history: list[tuple]) -> None:
    play = Play()
    for kind, version, fails, moves in history:
        getattr(play, kind)(version, fails=fails, moves=moves)
        for automatic in (False, True):
            way = way_back(play.facts, "production", automatic=automatic)
            assert way.version == "" or way.version in play.good
            assert way.version == "" or way.version != way.gone


@settings(max_examples=100, deadline=None)
@example(
    [
        ("promote", "1.0.0", False, 60),
        ("promote", "1.1.0", False, 60),
        ("roll_back", "", False, 2),
        ("promote", "1.0.0", False, 1),
    ]
)
@given(st.lists(happening, max_size=10))
def test_a_rollback_that_goes_well_ends_there_and_holds_what_went(history: list[tuple]) -> None:
    play = Play()
    for kind, version, fails, moves in history:
        getattr(play, kind)(version, fails=fails, moves=moves)
    way = way_back(play.facts, "production")
    rest = play.roll_back()
    if not way.version:
        assert isinstance(rest, Refusal)
        return
    assert rest == Done(f"production is back on {way.version}")
    standing = play.facts.ledger.standing("production")
    assert standing.stable is not None
    assert standing.stable.version == way.version
    assert standing.holds[-1].version == way.gone
    assert standing.claim is None or standing.claim.until < timestamp(play.now)  # of a run that died
    assert play.roll_back() == rest


@pytest.mark.requirement("FAIL-1")
@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.integers(1, 12))
def test_killed_twice_it_goes_on_to_the_same_end(first: int, second: int) -> None:
    play = Play()
    for version in VERSIONS[:3]:
        play.promote(version)
    for moves in (first, second):
        play.roll_back(moves=moves)
    assert play.roll_back() == Done("production is back on 1.1.0")
    kinds = [entry.event.kind for entry in play.books["1.2.0"] if entry.event.kind == "rolled-back"]
    assert kinds == ["rolled-back"]


@pytest.mark.requirement("RBK-6")
def test_what_failed_is_gone_on_with_by_a_person_and_never_by_itself() -> None:
    play = Play()
    for version in VERSIONS[:3]:
        play.promote(version)
    failed = play.roll_back(fails=True)
    assert isinstance(failed, Refusal)
    assert failed.reason_code == "deployment-failed"
    refused = play.roll_back(automatic=True)
    assert isinstance(refused, Refusal)
    assert refused.reason_code == "rollback-repeated"
    assert way_back(play.facts, "production").version == "1.1.0"
    assert play.roll_back("1.0.0") == Done("production is back on 1.0.0")


def test_what_was_deployed_and_found_bad_goes() -> None:
    play = Play()
    play.promote("1.0.0")
    play.promote("1.1.0", fails=True)
    way = way_back(play.facts, "production")
    assert (way.gone, way.version) == ("1.1.0", "1.0.0")
    assert play.roll_back() == Done("production is back on 1.0.0")


# --- decision table

STANDS = {"nothing": "nothing-deployed", "another": "environment-changed", "the same": "version-goes"}
TARGETS = {
    "verified": "verified-before",
    "itself": "version-stands",
    "unknown": "never-verified",
    "held": "held",
    "none": "nothing-before",
}
TAGS = {"there": "version-known", "missing": "version-unknown", "moved": "tag-moved"}
LOCKS = {"open": "not-locked", "locked": "locked"}
ASKERS = {"write": "authorised", "read": "not-authorised"}
HOLDS = {"none": "first-rollback", "by hand": "rollback-again", "automatic": "rollback-repeated"}
CLAIMS = {"none": "not-claimed", "another's": "promotion-under-way"}
CODES = {
    "nothing-deployed": ExitCode.VERSION_MISSING,
    "environment-changed": ExitCode.TRANSITION,
    "nothing-before": ExitCode.VERSION_MISSING,
    "never-verified": ExitCode.VERSION_MISSING,
    "held": ExitCode.TRANSITION,
    "version-stands": ExitCode.TRANSITION,
    "version-unknown": ExitCode.VERSION_MISSING,
    "tag-moved": ExitCode.TRANSITION,
    "locked": ExitCode.LOCKED,
    "not-authorised": ExitCode.NOT_AUTHORISED,
    "rollback-repeated": ExitCode.TRANSITION,
    "promotion-under-way": ExitCode.LOCKED,
}
BY_ROLLBACK = Deployment(
    0, "D0", "production", commit_of("1.1.0"), DeploymentState.SUCCESS, version="1.1.0", replaces="1.2.0"
)
"""Older than what is verified, so that it says nothing of what stands there."""
Row = tuple[str, str, str, str, str, str, str]


def attempt_of(row: Row) -> RollbackAttempt:
    """The situation that a row of the table describes."""
    stands, target, tag, lock, asker, hold, claim = row
    old, now = (
        Verified(v, commit_of(v), "", "", "bob", n) for n, v in enumerate(("1.0.0", "1.1.0"), start=1)
    )
    verified = {"nothing": (), "another": (*(() if target == "none" else (old,)), now)}.get(stands)
    if verified is None:
        verified = (now,) if target == "none" else (old, now)
    version = {"verified": "1.0.0", "itself": "1.1.0", "unknown": "0.9.0", "held": "1.0.5", "none": ""}[
        target
    ]
    standing = Standing(
        lock=Lock("bob", "moving", "2026-11-21T11:00:00Z") if lock == "locked" else None,
        claim=Claim("p1", "1.3.0", "bob", "run:9", "2026-11-21T11:59:00Z", "2026-11-21T12:30:00Z")
        if claim != "none"
        else None,
        verified=verified,
        holds=(Hold("1.0.5", "it lost orders", "bob", "2026-11-21T10:00:00Z"),),
    )
    commit = {"there": commit_of(version), "moved": "f" * 40}.get(tag)
    facts = RollbackFacts(
        repository=REPOSITORY,
        ledger=Ledger(standings={"production": standing}),
        tag=Tag(f"v{version}", commit) if commit and version else None,
        asker=Asker("alice", asker, frozenset()),
        deployments=(BY_ROLLBACK,) if hold != "none" and stands != "nothing" else (),
    )
    command = Rollback(
        version=version,
        tag=f"v{version}",
        target="production",
        id="r1",
        holder="run:1",
        reason="errors",
        replaces={"nothing": "", "another": "1.2.0", "the same": "1.1.0"}[stands],
        automatic=hold == "automatic",
    )
    policy = policy_of()
    return RollbackAttempt(facts, command, policy, pipeline_of(policy), NOON)


def expected(row: Row) -> dict[str, str]:
    """Policy → reason, as the table says."""
    stands, target, tag, lock, asker, hold, claim = row
    found = {"environment": "environment-known", "stands": STANDS[stands]}
    if stands == "the same":
        found["target"] = TARGETS[target]
    elif stands == "another":
        found["target"] = {"verified": "verified-before", "itself": "verified-before"}.get(
            target, TARGETS[target]
        )
    if target == "none" or (target == "itself" and stands == "the same"):
        pass
    elif tag == "moved" and (target in {"unknown", "held"} or stands == "nothing"):
        found["version"] = "version-known"  # nothing was verified that it could differ from
    else:
        found["version"] = TAGS[tag]
    repeat = HOLDS["none" if stands == "nothing" else hold]
    found |= {"lock": LOCKS[lock], "authority": ASKERS[asker], "repeat": repeat, "claim": CLAIMS[claim]}
    return found


@pytest.mark.requirement("AUTH-1")
def test_who_approved_on_github_is_recorded() -> None:
    attempt = attempt_of(("the same", "verified", "there", "open", "write", "none", "none"))
    asker = replace(attempt.facts.asker, approvals={"production": ("carol",), "staging": ("dave",)})
    move = decide(attempt.facts.having(asker=asker), attempt.command, attempt.policy, NOON)
    assert move.events[0].detail["approved_by"] == ["carol"]


SIGNATURES = {
    "valid": ("signature-valid", Signature("valid", "GitHub")),
    "none": ("unsigned", Signature("unsigned")),
    "withdrawn": ("signature-invalid", Signature("expired_key")),
    "not asked": ("signature-unread", None),
}


@pytest.mark.requirement("OCI-2", "PRO-6")
@pytest.mark.parametrize(
    ("mode", "found", "automatic"),
    list(product(("enforce", "warn", "off"), SIGNATURES, (False, True))),
)
def test_what_comes_back_is_signed_where_that_is_demanded(
    mode: Literal["enforce", "warn", "off"], found: str, automatic: bool
) -> None:
    attempt = attempt_of(("the same", "verified", "there", "open", "write", "none", "none"))
    code, signature = SIGNATURES[found]
    facts = attempt.facts.having(tag=replace(attempt.facts.tag, signature=signature))
    policy = policy_of(production=EnvironmentPolicy(after=("staging",), deploy=DEPLOYED, signature=mode))
    command = replace(attempt.command, automatic=automatic)

    move = decide(facts, command, policy, NOON)

    answers = verdicts(RollbackAttempt(facts, command, policy, pipeline_of(policy), NOON))
    said = [one.reason_code for one in answers if one.gate == "signature"]
    demanded = code if mode == "enforce" or found == "valid" else "signature-not-demanded"
    assert said == ([] if mode == "off" else [demanded])
    if mode != "enforce" or found == "valid":
        assert move.events[0].kind == "rollback-started"
        return
    if isinstance(move, Record):
        assert [(one.kind, one.detail["reason_code"]) for one in move.events] == [("rollback-refused", code)]
        move = decide(move.foreseen(facts), command, policy, NOON)
    assert isinstance(move, Refusal)
    assert (move.reason_code, move.exit_code) == (code, ExitCode.SIGNATURE)
    assert move.next_step.endswith("shipway rollback production --to 1.0.0 --reason '…'")


@pytest.mark.requirement("AUTH-1", "LOCK-1", "RBK-6")
@pytest.mark.parametrize(("stands", "target"), list(product(STANDS, TARGETS)))
def test_every_policy_answers_and_the_first_that_fails_names_the_refusal(stands: str, target: str) -> None:
    for others in product(TAGS, LOCKS, ASKERS, HOLDS, CLAIMS):
        row: Row = (stands, target, *others)
        attempt = attempt_of(row)
        answers = verdicts(attempt)
        assert {one.gate: one.reason_code for one in answers} == expected(row), row
        asked = [one.gate for one in answers]
        assert asked == [gate for gate in ORDER if gate in asked], row
        wrong = next((one for one in answers if not one.passed), None)
        move = decide(attempt.facts, attempt.command, attempt.policy, NOON)
        if wrong is None:
            assert move.events[0].kind == "rollback-started", row
        elif isinstance(move, Refusal):
            assert (move.reason_code, move.exit_code) == (wrong.reason_code, CODES[wrong.reason_code]), row
            assert (move.verdicts, bool(move.next_step)) == (answers, True), row
        else:
            assert [event.kind for event in move.events] == ["rollback-refused"], row


def test_a_patient_one_waits_for_the_run_that_holds_the_environment() -> None:
    attempt = attempt_of(("the same", "verified", "there", "open", "write", "none", "another's"))
    command = Rollback(
        version="1.0.0",
        tag="v1.0.0",
        target="production",
        id="r1",
        holder="run:1",
        replaces="1.1.0",
        patient=True,
    )
    move = decide(attempt.facts, command, Policy(), NOON)
    assert (type(move).__name__, move.reason_code, move.who) == (
        "Wait",
        "promotion-under-way",
        "bob's run, until 2026-11-21T12:30:00Z",
    )


@pytest.mark.requirement("RBK-3")
def test_a_version_stays_held_while_others_are_rolled_back_and_lower_ones_verified() -> None:
    play = Play()
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        play.promote(version)
    play.roll_back()
    play.roll_back("1.0.0")
    held = [one.version for one in play.facts.ledger.standing("production").holds]
    assert held == ["1.2.0", "1.1.0"]
    play.promote("1.1.1")
    assert [one.version for one in play.facts.ledger.standing("production").holds] == ["1.2.0"]
    play.promote("1.3.0")
    assert play.facts.ledger.standing("production").holds == ()


@pytest.mark.requirement("RBK-4")
@pytest.mark.parametrize("automatic", [False, True])
@pytest.mark.parametrize("lost", [(), ("shop needs 1.1.0",), ("shop needs 1.1.0", "billing needs 1.2.0")])
def test_people_may_break_dependants_and_nothing_does_by_itself(
    lost: tuple[str, ...], *, automatic: bool
) -> None:
    play = Play()
    for version in ("1.0.0", "1.1.0"):
        play.promote(version)
    play.facts = play.facts.having(impact=Impact(dependants=lost))

    rest = play.roll_back(automatic=automatic)

    if not (lost and automatic):
        assert rest == Done("production is back on 1.0.0")
        return
    assert isinstance(rest, Refusal)
    more = " and 1 more" if len(lost) > 1 else ""
    assert (rest.reason_code, rest.exit_code, rest.message, rest.next_step) == (
        "dependants-break",
        ExitCode.TRANSITION,
        f"production cannot be rolled back: 1.0.0 comes back to production, and shop needs 1.1.0{more}.",
        "Look at what breaks, and decide: shipway rollback production --to 1.0.0 --reason '…'",
    )
    assert play.facts.ledger.entries[-1].event.kind == "rollback-refused"
