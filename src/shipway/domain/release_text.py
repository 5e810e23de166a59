"""Texts of a release: that of the release commit, and that of the GitHub Release with the anchor of the ledger."""

from shipway.domain.anchor import anchor
from shipway.domain.facts import Facts
from shipway.domain.fitting import fitted
from shipway.domain.policy import Policy
from shipway.domain.release_command import Situation

LIMIT = 120_000
"""Characters; GitHub's own limit of a release's body is 125,000."""


def release_commit_message(situation: Situation) -> str:
    """What the release commit says: which release it belongs to, and what it was made from."""
    command, content = situation.command, situation.facts.content
    return (
        f"chore(release): {command.version}\n\n"
        f"Shipway-Release: {situation.facts.ledger.release_id}\n"
        f"Shipway-Source: {content.source_oid}\n"
        f"Shipway-Content: {content.digest}"
    )


def release_text(facts: Facts, policy: Policy, tag: str) -> str:
    """What the GitHub Release of a tag says; a section that is too long ends with where the whole of it is."""
    page = f"blob/{tag}/{policy.release.changelog}" if policy.release.changelog else f"commits/{tag}"
    notes = fitted(facts.content.notes, LIMIT, f"{facts.repository.url}/{page}")
    return f"{notes}\n\n{anchor(facts.ledger.sequence, facts.ledger.head)}"
