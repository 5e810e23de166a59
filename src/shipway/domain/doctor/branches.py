"""What protects branches and tags."""

from collections.abc import Iterator
from datetime import datetime

from shipway.domain.doctor.finding import Finding, finding
from shipway.domain.doctor.picture import Picture

LEDGER = "shipway-ledger"


def look_at_branches(picture: Picture, _: datetime) -> Iterator[Finding]:
    """The target of releases, the tags, the ledger."""
    target = picture.care(picture.target)
    if target and not target.reviewed:
        what = f"Nothing demands a pull request for {picture.target}, which releases are merged into."
        yield finding("branches", "target-unprotected", what)
    if not picture.tags_stay:
        yield finding("branches", "tags-unprotected", "No ruleset keeps tags from being moved or deleted.")
    if picture.tags_closed:
        what = f"A ruleset restricts {' and '.join(picture.tags_closed)}."
        yield finding("branches", "tags-closed", what)
    ledger = picture.care(LEDGER) if picture.policy.ledger.backend == "git" else None
    if ledger and not ledger.stays:
        what = f"{LEDGER} can be deleted, or pushed to by force."
        yield finding("branches", "ledger-unprotected", what)
    if ledger and (ledger.reviewed or ledger.checked):
        demanded = "pull requests" if ledger.reviewed else "checks"
        yield finding("branches", "ledger-closed", f"A rule demands {demanded} for {LEDGER}.")
