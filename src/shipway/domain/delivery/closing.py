"""What is to be done about what runs have left behind, and how that is ended on which nobody works any more."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shipway.domain.delivery import deploying
from shipway.domain.delivery.adopting import good_ones
from shipway.domain.delivery.asking import lapsed
from shipway.domain.delivery.elsewhere import goes_on_elsewhere, overdue
from shipway.domain.delivery.ended import endings
from shipway.domain.delivery.steps import DeliveryMove, Record, SetDeploymentState
from shipway.domain.events import timestamp
from shipway.domain.facts import DeliveryFacts, Deployment, DeploymentState
from shipway.domain.ledger import Event
from shipway.domain.policy import Policy
from shipway.domain.resting import Done
from shipway.domain.standing import Claim, Ended, Owed, Question

GIVEN_UP = "given up: its run ended before it did"

TOLD_WITHIN = timedelta(hours=6)
"""For how long after its end it is looked whether people were told."""

RESTING = frozenset({"queued", "waiting", "requested", "pending"})
"""States of a run of which there is nothing to say but that it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something that is under way or was left.

    Attributes:
        id: Of the promotion or rollback; empty where none has begun.
    """

    environment: str
    version: str
    id: str = ""

    @property
    def about(self) -> str:
        """The version under which the ledger keeps it."""
        return self.version


@dataclass(frozen=True, slots=True, kw_only=True)
class GoingOn(Found):
    """A delivery whose run goes on by itself.

    Attributes:
        waiting_for: Who has to let it.
    """

    claim: Claim
    waiting_for: tuple[str, ...] = ()


class Unsettled(Found):
    """A delivery that is carried on from where its run has left it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Left(Found):
    """A delivery on which nobody works any more: its deployments are ended, and its claim.

    Attributes:
        replaces: Version that a rollback takes out; empty for a promotion.
    """

    replaces: str = ""

    @property
    def about(self) -> str:
        """That of the version that goes."""
        return self.replaces or self.version


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbegun(Found):
    """A rollback that is owed, and that nobody has begun."""

    owed: Owed


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden(Found):
    """A deployment that was found good and stands, and of which GitHub shows another end."""

    deployment: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered(Found):
    """A question that nobody has answered in time: no answer is a no."""

    asked: Question

    @property
    def about(self) -> str:
        """That of the version that goes."""
        return self.asked.replaces or self.version


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold(Found):
    """The end of what a comment asked for, of which its pull request may not have been told."""

    end: Ended


Endable = Left | Hidden | Unanswered
"""What is ended here; of anything else others say how it goes on."""


def found(facts: DeliveryFacts, policy: Policy, now: datetime) -> Iterator[Found]:
    """Everything that is under way or was left, in all environments."""
    standings = facts.ledger.standings
    for name, standing in standings.items():
        if standing.claim:
            yield _claimed(facts, policy, now, name, standing.claim)
    yield from dict.fromkeys(_orphans(facts))
    for name, standing in standings.items():
        bad = standing.reverting
        if bad and not standing.claim:
            yield Unbegun(environment=name, version=bad.version, owed=Owed(name, bad))
    yield from _hidden(facts)
    for name, standing in standings.items():
        asked = standing.question
        if asked and timestamp(now) >= asked.until:
            yield Unanswered(environment=name, version=asked.version, asked=asked)
    yield from _untold(facts, now)


def _claimed(facts: DeliveryFacts, policy: Policy, now: datetime, name: str, claim: Claim) -> Found:
    """Runs are looked after, and what changes something is carried on; else it is over."""
    run = facts.run_of(claim.id)
    over = timestamp(now) >= claim.until
    rests = run.status in RESTING if run else claim.id not in facts.abandoned_claims
    if rests and not over:
        waiting_for = run.waiting_for if run else ()
        return GoingOn(**_of(name, claim), claim=claim, waiting_for=waiting_for)
    changes = run or claim.dispatched is not None or claim.replaces
    outside = goes_on_elsewhere(policy, facts.deployments, name, claim)
    late = overdue(policy, facts.deployments, name, claim, now)
    if changes or outside or late or facts.ledger.standing(name).half_way(claim.version):
        return Unsettled(**_of(name, claim))
    return Left(**_of(name, claim))


def _of(name: str, claim: Claim) -> dict[str, str]:
    return {"environment": name, "version": claim.version, "id": claim.id}


def _orphans(facts: DeliveryFacts) -> Iterator[Left]:
    """Deliveries that have an open deployment and no claim any more."""
    claimed = {one.claim.id for one in facts.ledger.standings.values() if one.claim}
    for one in facts.deployments:
        if not one.state.settled and one.delivery and one.delivery not in claimed:
            yield Left(
                id=one.delivery, environment=one.environment, version=one.version, replaces=one.replaces
            )


def _hidden(facts: DeliveryFacts) -> Iterator[Hidden]:
    standings = facts.ledger.standings.values()
    free = [one for one in standings if not one.claim]
    stable = {one.stable.deployment for one in free if one.stable}
    stable |= {one.deployment for standing in free for one in good_ones(standing)}
    for one in facts.deployments:
        if one.id in stable and deploying.hidden(facts, one):
            yield Hidden(id=one.delivery, environment=one.environment, version=one.version, deployment=one.id)


def _untold(facts: DeliveryFacts, now: datetime) -> Iterator[Untold]:
    """Who ends something tells of it at once; one that died before that is not known to have."""
    for name, standing in facts.ledger.standings.items():
        end = standing.ended
        rests = not (standing.claim or standing.reverting)
        if end and rests and end.at > timestamp(now - TOLD_WITHIN):
            yield Untold(environment=name, version=end.version, id=end.id, end=end)


# --- ended


def next_move(facts: DeliveryFacts, now: datetime, *, one: Endable, run_url: str = "") -> DeliveryMove:
    """The next move towards its end.

    Args:
        facts: With the ledger of what it is about.
        now: The time.
        one: What is to be ended.
        run_url: Where who ends it can be watched; may be empty.
    """
    match one:
        case Left():
            return _given_up(facts, one, run_url, now)
        case Hidden():
            return _said_again(facts, one)
        case Unanswered():
            return lapsed(facts, one.environment, one.asked, now)


def _given_up(facts: DeliveryFacts, left: Left, run_url: str, now: datetime) -> DeliveryMove:
    """End each deployment, then record it all and free the claim."""
    ours = [
        one for one in facts.deployments if (one.delivery, one.environment) == (left.id, left.environment)
    ]
    going = next((one for one in ours if not one.state.settled), None)
    if going:
        return SetDeploymentState(going.node_id, going.environment, DeploymentState.ERROR, GIVEN_UP)
    unrecorded = tuple(_owed(facts, left, ours, run_url, now))
    return Record(unrecorded) if unrecorded else Done(f"{left.version} into {left.environment} was given up")


def _said_again(facts: DeliveryFacts, hidden: Hidden) -> SetDeploymentState | Done:
    """A job that dies after its last word makes GitHub show a failure."""
    if hidden not in _hidden(facts):
        return Done(f"GitHub shows that {hidden.version} is in {hidden.environment}")
    one = next(one for one in facts.deployments if one.id == hidden.deployment)
    said = f"runs {one.version}"
    return SetDeploymentState(one.node_id, one.environment, one.state, said, log_url=one.log_url)


def _owed(
    facts: DeliveryFacts, left: Left, deployments: list[Deployment], run_url: str, now: datetime
) -> Iterator[Event]:
    for one in sorted(deployments, key=lambda one: one.id):
        for key, kind, detail in endings(one):
            if key not in facts.ledger.keys and one.state is not DeploymentState.SUCCESS:
                said = _event(facts, left, key, kind, dict(detail), now)
                yield replace(said, actor=one.actor or said.actor, at=one.updated_at or said.at)
    claim = facts.ledger.standing(left.environment).claim
    if claim and claim.id == left.id:
        kind = "rollback-failed" if left.replaces else "promotion-stopped"
        told = {"reason_code": "run-lost", "what": GIVEN_UP, "run": run_url, "verdicts": []}
        yield _event(facts, left, f"{kind}:{left.id}:swept", kind, told, now)


def _event(
    facts: DeliveryFacts, left: Left, key: str, kind: str, detail: dict[str, Any], now: datetime
) -> Event:
    way = {"from": left.replaces, "to": left.version} if left.replaces else {}
    about = {"id": left.id, "environment": left.environment, **way}
    release = facts.ledger.release_id
    return Event(key, kind, release, left.about, facts.asker.login, timestamp(now), {**about, **detail})
