"""Which claims on environments nobody stands behind any more."""

from collections.abc import Iterable
from functools import partial

from shipway.adapters.github import GitHub, delivery
from shipway.adapters.github.client import Refused
from shipway.adapters.holders import has_ended
from shipway.domain.ledger import Ledger

NOT_FOUND = 404


def abandoned_claims(
    ledger: Ledger, environments: Iterable[str], holder: str, github: GitHub
) -> frozenset[str]:
    """Ids of claims whose run is known to have ended; GitHub is asked only where another run holds one."""
    claims = (ledger.standing(name).claim for name in environments)
    others = (claim for claim in claims if claim and claim.holder != holder)
    status = partial(_status, github)
    return frozenset(claim.id for claim in others if has_ended(claim.holder, status))


def _status(github: GitHub, run_id: str) -> str:
    """Of a workflow run; one that is not there any more was deleted, which can be done to those that have ended."""
    try:
        return delivery.run_status(github, run_id)
    except Refused as problem:
        if problem.status == NOT_FOUND:
            return "completed"
        raise
