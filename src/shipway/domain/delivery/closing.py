"""Ends what a run has left open that nobody works on any more: its deployments, and its claim on an environment."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shipway.domain.delivery import deploying
from shipway.domain.delivery.deploying import OPEN
from shipway.domain.delivery.ended import endings
from shipway.domain.delivery.steps import DeliveryMove, Record, SetDeploymentState
from shipway.domain.events import timestamp
from shipway.domain.facts import DeliveryFacts, Deployment, DeploymentState
from shipway.domain.ledger import Event
from shipway.domain.resting import Done
from shipway.domain.standing import Standings

GIVEN_UP = "given up: its run ended before it did"


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What was left open.

    Attributes:
        id: Of the promotion or rollback.
        replaces: Version that a rollback takes out; empty for a promotion.
        run_url: Where who closes it can be watched; may be empty.
    """

    id: str
    environment: str
    version: str
    replaces: str = ""
    run_url: str = ""

    @property
    def about(self) -> str:
        """The version under which the ledger keeps it."""
        return self.replaces or self.version


def orphans(standings: Standings, deployments: tuple[Deployment, ...]) -> tuple[Left, ...]:
    """Deliveries that have an open deployment and no claim any more, each once."""
    claimed = {one.claim.id for one in standings.values() if one.claim}
    left = (one for one in deployments if one.state in OPEN and one.delivery and one.delivery not in claimed)
    found = {
        (one.delivery, one.environment): Left(
            id=one.delivery, environment=one.environment, version=one.version, replaces=one.replaces
        )
        for one in left
    }
    return tuple(found.values())


def hidden(facts: DeliveryFacts) -> tuple[Deployment, ...]:
    """Deployments that were found good and stand, and of which GitHub shows another end."""
    stable = {
        one.stable.deployment for one in facts.ledger.standings.values() if one.stable and not one.claim
    }
    return tuple(one for one in facts.deployments if one.id in stable and deploying.hidden(facts, one))


def decide(facts: DeliveryFacts, left: Left, now: datetime) -> DeliveryMove:
    """The next move: end each deployment, then record it all and free the claim."""
    ours = [
        one for one in facts.deployments if (one.delivery, one.environment) == (left.id, left.environment)
    ]
    going = next((one for one in ours if one.state in OPEN), None)
    if going:
        return SetDeploymentState(going.node_id, going.environment, DeploymentState.ERROR, GIVEN_UP)
    unrecorded = tuple(_owed(facts, left, ours, now))
    return Record(unrecorded) if unrecorded else Done(f"{left.version} into {left.environment} was given up")


def _owed(facts: DeliveryFacts, left: Left, deployments: list[Deployment], now: datetime) -> Iterator[Event]:
    for one in sorted(deployments, key=lambda one: one.id):
        for key, kind, detail in endings(one):
            if key not in facts.ledger.keys and one.state is not DeploymentState.SUCCESS:
                said = _event(facts, left, key, kind, dict(detail), now)
                yield replace(said, actor=one.actor or said.actor, at=one.updated_at or said.at)
    claim = facts.ledger.standing(left.environment).claim
    if claim and claim.id == left.id:
        kind = "rollback-failed" if left.replaces else "promotion-stopped"
        told = {"reason_code": "run-lost", "what": GIVEN_UP, "run": left.run_url, "verdicts": []}
        yield _event(facts, left, f"{kind}:{left.id}:swept", kind, told, now)


def _event(
    facts: DeliveryFacts, left: Left, key: str, kind: str, detail: dict[str, Any], now: datetime
) -> Event:
    way = {"from": left.replaces, "to": left.version} if left.replaces else {}
    about = {"id": left.id, "environment": left.environment, **way}
    release = facts.ledger.release_id
    return Event(key, kind, release, left.about, facts.asker.login, timestamp(now), {**about, **detail})
