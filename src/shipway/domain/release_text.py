"""The text of a GitHub Release: its changelog section, as far as GitHub takes it, and the anchor of the ledger."""

from shipway.domain.anchor import anchor
from shipway.domain.facts import Facts
from shipway.domain.fitting import fitted
from shipway.domain.policy import Policy

LIMIT = 120_000
"""Characters; GitHub's own limit of a release's body is 125,000."""


def release_text(facts: Facts, policy: Policy, tag: str) -> str:
    """What the GitHub Release of a tag says; a section that is too long ends with where the whole of it is."""
    page = f"blob/{tag}/{policy.release.changelog}" if policy.release.changelog else f"commits/{tag}"
    notes = fitted(facts.content.notes, LIMIT, f"{facts.repository.url}/{page}")
    return f"{notes}\n\n{anchor(facts.ledger.sequence, facts.ledger.head)}"
