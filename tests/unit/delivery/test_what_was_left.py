"""What the sweep takes everything for that is under way or was left, and what a job finds of its own delivery."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from shipway.domain.delivery.closing import (
    Endable,
    Found,
    GoingOn,
    Hidden,
    Left,
    Unanswered,
    Unbegun,
    Unsettled,
    Untold,
    found,
    next_move,
)
from shipway.domain.delivery.whereabouts import BroughtIn, UnderWay, whereabouts
from shipway.domain.events import timestamp
from shipway.domain.facts import DeliveryFacts, Deployment, DeploymentState
from shipway.domain.ledger import Event, Ledger
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.standing import (
    Adopted,
    Advance,
    Claim,
    Ended,
    Owed,
    Question,
    Reverting,
    Standing,
    Standings,
    Verified,
)
from shipway.domain.standings import standings_after
from shipway.domain.workflow_run import WorkflowRun
from unit.delivery.scene import NOON, REPOSITORY, policy_of

pytestmark = pytest.mark.requirement("DEP-5", "FAIL-1")

EARLIER, LATER = "2026-11-21T11:00:00Z", "2026-11-21T13:00:00Z"
CLAIM = Claim("p1", "1.1.0", "alice", "run:7", EARLIER, LATER)
STABLE = Verified("1.0.0", "a" * 40, "", EARLIER, "alice", deployment=5)
BAD = Reverting("1.1.0", 6, "gate", "errors", "alice", EARLIER)
ASKED = Question("1.1.0", "b" * 40, "alice", EARLIER, LATER)
HALF_WAY = Advance(6, "1.1.0", "canary", 1, 3, 5, EARLIER)


def facts_of(standing: Standing, *deployments: Deployment, **known: Any) -> DeliveryFacts:
    return DeliveryFacts(
        repository=REPOSITORY,
        ledger=Ledger(standings={"production": standing}),
        deployments=deployments,
        **known,
    )


def found_in(facts: DeliveryFacts) -> list[Found]:
    return [*found(facts, policy_of(), NOON)]


def deployed(state: DeploymentState, delivery: str = "p1", **known: Any) -> Deployment:
    given = {"id": 5, "node_id": "D5", "commit": "a" * 40, "version": "1.1.0", **known}
    return Deployment(environment="production", state=state, delivery=delivery, **given)


CHANGES: dict[str, tuple[Claim, dict[str, Any]]] = {
    "a promotion": (CLAIM, {}),
    "a version half-way": (CLAIM, {"advance": HALF_WAY}),
    "a version that is to go back": (CLAIM, {"reverting": BAD}),
    "a rollback": (replace(CLAIM, replaces="1.2.0"), {}),
    "a run that was started": (replace(CLAIM, dispatched=7), {}),
}


@pytest.mark.parametrize(("what", "ended", "over"), [*product(CHANGES, (False, True), (False, True))])
def test_a_claim_without_a_run(what: str, ended: bool, over: bool) -> None:
    claim, more = CHANGES[what]
    claim = replace(claim, until=EARLIER if over else LATER)
    known = {"abandoned_claims": frozenset({"p1"})} if ended else {}
    (one,) = found_in(facts_of(Standing(claim=claim, **more), **known))

    carried_on = Left if what == "a promotion" else Unsettled
    assert type(one) is (carried_on if ended or over else GoingOn)
    assert (one.environment, one.version, one.id) == ("production", "1.1.0", "p1")


@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize("status", ["queued", "waiting", "requested", "pending", "in_progress", "completed"])
def test_a_claim_with_a_run(status: str, over: bool) -> None:
    """Runs that have begun are looked at more closely, also one that nobody has recorded."""
    claim = replace(CLAIM, until=EARLIER if over else LATER)
    run = WorkflowRun(id=7, status=status, delivery="p1", waiting_for=("bob",))
    (one,) = found_in(facts_of(Standing(claim=claim), runs=(run,)))

    looked_at = over or status in {"in_progress", "completed"}
    assert type(one) is (Unsettled if looked_at else GoingOn)
    assert looked_at or one == GoingOn(
        environment="production", version="1.1.0", id="p1", claim=claim, waiting_for=("bob",)
    )


@pytest.mark.parametrize("state", DeploymentState)
@pytest.mark.parametrize("delivery", ["p1", "p2", ""])
def test_an_open_deployment_without_a_claim(state: DeploymentState, delivery: str) -> None:
    twice = (deployed(state, delivery), deployed(state, delivery, id=6, node_id="D6"))
    rows = found_in(facts_of(Standing(claim=CLAIM), *twice))[1:]
    left = Left(environment="production", version="1.1.0", id="p2")
    assert rows == [left] * (delivery == "p2" and not state.settled)


def test_a_rollback_that_nobody_has_begun() -> None:
    owed = Unbegun(environment="production", version="1.1.0", owed=Owed("production", BAD))
    assert found_in(facts_of(Standing(reverting=BAD))) == [owed]


@pytest.mark.requirement("DEP-6")
@pytest.mark.parametrize(
    ("state", "at", "kind"),
    [
        (DeploymentState.IN_PROGRESS, "2026-11-21T11:30:00Z", Unsettled),
        (DeploymentState.PENDING, "2026-11-21T11:30:00Z", Unsettled),
        (DeploymentState.IN_PROGRESS, "2026-11-21T11:30:01Z", Left),
        (DeploymentState.ERROR, "2026-11-21T11:30:00Z", Left),
    ],
)
def test_a_deployment_over_its_limit(state: DeploymentState, at: str, kind: type[Found]) -> None:
    known = {"abandoned_claims": frozenset({"p1"})}
    facts = facts_of(Standing(claim=CLAIM), deployed(state, created_at=at), **known)
    assert [type(one) for one in found_in(facts)] == [kind]


@pytest.mark.parametrize("until", [EARLIER, LATER])
def test_a_question(until: str) -> None:
    asked = replace(ASKED, until=until)
    rows = found_in(facts_of(Standing(question=asked)))
    assert rows == [Unanswered(environment="production", version="1.1.0", asked=asked)] * (until == EARLIER)


def test_a_success_that_github_hides_is_said_again_once() -> None:
    facts = facts_of(Standing(verified=(STABLE,)), deployed(DeploymentState.SUCCESS, belied=True))
    (one,) = found_in(facts)
    assert one == Hidden(environment="production", version="1.1.0", id="p1", deployment=5)
    assert [str(move) for move in moves(facts, one)] == ["set the deployment to production to success"]


@pytest.mark.requirement("FACE-1")
@pytest.mark.parametrize("hours", [0, 5, 6])
@pytest.mark.parametrize(
    ("more", "rests"), [({}, True), ({"claim": CLAIM}, False), ({"reverting": BAD}, False)]
)
def test_an_end_of_which_people_may_not_have_been_told(hours: int, more: dict[str, Any], rests: bool) -> None:
    end = Ended("p1", "1.1.0", timestamp(NOON - timedelta(hours=hours)), asked_in=12)
    untold = Untold(environment="production", version="1.1.0", id="p1", end=end)
    rows = found_in(facts_of(Standing(ended=end, **more)))
    assert (untold in rows) == (rests and hours < 6)


@pytest.mark.requirement("FACE-1")
def test_the_end_of_what_a_comment_asked_for_is_remembered_also_of_a_claim_that_was_taken_over() -> None:
    begun = {"id": "p1", "environment": "production", "holder": "run:7", "until": LATER}
    stopped = {"id": "p1", "environment": "production", "reason_code": "run-lost"}
    events = [
        Event("1", "promotion-started", "r1", "1.1.0", "alice", EARLIER, {**begun, "asked_in": 12}),
        Event("2", "promotion-started", "r1", "1.1.0", "alice", EARLIER, {**begun, "holder": "run:8"}),
        Event("3", "promotion-stopped", "r1", "1.1.0", "alice", LATER, stopped),
    ]
    standings = standings_after({}, events[:2])
    assert Standing.from_json(standings["production"].to_json()) == standings["production"]
    after = standings_after(standings, events[2:])["production"]
    assert after == Standing(ended=Ended("p1", "1.1.0", LATER, asked_in=12, reason="run-lost"))
    assert Standing.from_json(after.to_json()) == after


@pytest.mark.requirement("FACE-1")
@pytest.mark.parametrize("kind", ["verified", "tried", "rolled-back"])
def test_what_was_found_good_has_ended_for_no_reason(kind: str) -> None:
    detail = {"id": "p1", "environment": "production", "deployment": 5, "commit": "a" * 40, "to": "1.1.0"}
    claimed = {"production": Standing(claim=replace(CLAIM, asked_in=12))}
    after = standings_after(claimed, [Event("1", kind, "r1", "1.1.0", "alice", LATER, detail)])
    assert after["production"].ended == Ended("p1", "1.1.0", LATER, asked_in=12)


@pytest.mark.parametrize("claimed", [False, True])
def test_what_is_left_is_ended_once(claimed: bool) -> None:
    open_one = deployed(DeploymentState.PENDING)
    facts = facts_of(Standing(claim=CLAIM if claimed else None), open_one)
    left = Left(environment="production", version="1.1.0", id="p1")
    freed = ", promotion-stopped" if claimed else ""
    assert [str(move) for move in moves(facts, left)] == [
        "set the deployment to production to error",
        f"record deployment-failed{freed} in the ledger",
    ]


def moves(facts: DeliveryFacts, one: Endable) -> Iterator[object]:
    """Everything that is done about it, if each step succeeds."""
    for _ in range(9):
        move = next_move(facts, NOON, one=one)
        if isinstance(move, Wait | Refusal | Done):
            assert found_in(facts) == []
            return
        yield move
        facts = move.foreseen(facts)
    raise AssertionError(f"{one} does not come to an end")


# --- what a job finds

MINE = Adopted(5, "p1", "1.0.0", "a" * 40, "", "alice")
MADE_BAD = replace(MINE, deployment=6)
STANDINGS: dict[str, tuple[Standing, Any]] = {
    "nothing": (Standing(verified=(STABLE,)), None),
    "claimed": (Standing(claim=CLAIM), UnderWay("production", CLAIM)),
    "claimed by another": (Standing(claim=replace(CLAIM, id="p2")), None),
    "verified": (Standing(verified=(STABLE,), adopted=(MINE,)), BroughtIn("production", "1.0.0")),
    "verified, another since": (
        Standing(verified=(STABLE, replace(STABLE, deployment=8)), adopted=(MINE,)),
        None,
    ),
    "found bad": (Standing(reverting=BAD, adopted=(MADE_BAD,)), Owed("production", BAD)),
    "found bad, not ended": (
        Standing(reverting=BAD, adopted=(MADE_BAD,), claim=CLAIM),
        UnderWay("production", CLAIM),
    ),
    "found bad, another's": (Standing(reverting=BAD, adopted=(MINE,)), None),
}


@pytest.mark.parametrize("case", STANDINGS)
def test_where_a_delivery_has_come_to(case: str) -> None:
    standing, expected = STANDINGS[case]
    standings: Standings = {"dev": Standing(verified=(STABLE,)), "production": standing}
    assert whereabouts(standings, "p1") == expected
