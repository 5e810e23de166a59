"""Where a delivery has come to, read off how the environments stand: what its job goes by when it begins."""

from typing import NamedTuple

from shipway.domain.delivery.adopting import good_ones
from shipway.domain.standing import Claim, Owed, Standing, Standings


class BroughtIn(NamedTuple):
    """What it brings in stands there: its job was only started again."""

    environment: str
    version: str


class UnderWay(NamedTuple):
    """It has an environment."""

    environment: str
    claim: Claim


Whereabouts = BroughtIn | Owed | UnderWay
"""An `Owed` is an environment that is still to go back from what was brought in."""


def whereabouts(standings: Standings, delivery: str) -> Whereabouts | None:
    """Where a promotion or rollback has come to; None where it has not begun, or has ended otherwise."""
    for judge in (_brought_in, _to_go_back, _under_way):
        for name, standing in standings.items():
            if found := judge(name, standing, delivery):
                return found
    return None


def _brought_in(name: str, standing: Standing, delivery: str) -> Whereabouts | None:
    good = next((one for one in good_ones(standing) if one.id == delivery), None)
    return BroughtIn(name, good.version) if good else None


def _to_go_back(name: str, standing: Standing, delivery: str) -> Whereabouts | None:
    bad = standing.reverting
    ours = bad and _deployed(standing, bad.deployment, delivery) and not _claims(standing, delivery)
    return Owed(name, bad) if bad and ours else None


def _under_way(name: str, standing: Standing, delivery: str) -> Whereabouts | None:
    claim = standing.claim
    return UnderWay(name, claim) if claim and _claims(standing, delivery) else None


def _deployed(standing: Standing, deployment: int, delivery: str) -> bool:
    return any((one.deployment, one.id) == (deployment, delivery) for one in standing.adopted)


def _claims(standing: Standing, delivery: str) -> bool:
    return standing.claim is not None and standing.claim.id == delivery
