"""Which claims on environments nobody stands behind any more."""

from collections.abc import Iterable
from functools import partial

from shipway.adapters.github import GitHub, delivery
from shipway.adapters.holders import has_ended
from shipway.domain.ledger import Ledger


def abandoned_claims(
    ledger: Ledger, environments: Iterable[str], holder: str, github: GitHub
) -> frozenset[str]:
    """Ids of claims whose run is known to have ended; GitHub is asked only where another run holds one."""
    claims = (ledger.standing(name).claim for name in environments)
    others = (claim for claim in claims if claim and claim.holder != holder)
    status = partial(delivery.run_status, github)
    return frozenset(claim.id for claim in others if has_ended(claim.holder, status))
