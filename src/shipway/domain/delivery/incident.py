"""What the page about a rollback shows, from the ledger's events alone."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from shipway.domain.delivery.impact import Impact
from shipway.domain.ledger import Event, Ledger
from shipway.domain.release_view import gate_rows
from shipway.domain.report_view import duration_text
from shipway.domain.trial import trial_of

_KEPT = re.compile(r"[^A-Za-z0-9._+-]")

STATES = {
    "rollback-started": "under way",
    "rolled-back": "rolled back",
    "rollback-failed": "rollback failed",
}
"""The newest event of these kinds says how far it came."""


def incident_path(begun: Event) -> str:
    """Where the page about a rollback is kept, by how it began; empty for the end of a trial, which has none."""
    if trial_of(begun.version):
        return ""
    name = f"{begun.at[:10]}-{begun.detail['environment']}-{begun.version}"
    return f"docs/incidents/{_KEPT.sub('_', name)}.md"


def incident_view(ledger: Ledger, begun: Event, tag: str, repository_url: str) -> dict[str, Any]:
    """The view of a rollback.

    Args:
        ledger: With the entries of the version that went.
        begun: How it began.
        tag: Of the version that went.
        repository_url: Address of the repository.
    """
    environment = begun.detail["environment"]
    events = [e.event for e in ledger.entries if e.event.detail.get("environment") == environment]
    ours = [event for event in events if event.detail.get("id") == begun.detail["id"]]
    newest = next(event for event in reversed(ours) if event.kind in STATES)
    ended = newest if newest.kind != "rollback-started" else None
    return {
        "environment": environment,
        "gone": begun.version,
        "version": begun.detail["to"],
        "tag": tag,
        "rollback_tag": begun.detail["rollback_tag"],
        "state": STATES[newest.kind],
        "reason": begun.detail["reason"],
        "by": begun.actor,
        "identity": begun.detail["identity"],
        "automatic": begun.detail["automatic"],
        "began": ours[0].at,
        "ended": ended.at if ended else "",
        "duration": _between(ours[0].at, ended.at) if ended else "",
        "what": ended.detail.get("what", "") if ended else "",
        "issue": ended.detail.get("issue", "") if ended else "",
        "pull_request": ended.detail.get("pull_request", 0) if ended else 0,
        "impact": Impact.from_json(begun.detail["impact"]),
        "policies": gate_rows(begun.detail["verdicts"]),
        "gates": gate_rows(ended.detail.get("verdicts", ()) if ended else ()),
        "timeline": [*_timeline(events)],
        "repository_url": repository_url,
    }


def _timeline(events: Sequence[Event]) -> Iterator[dict[str, str]]:
    before = ""
    for event in events:
        after = _between(before, event.at) if before else ""
        yield {"at": event.at, "what": event.kind, "actor": event.actor, "after": after}
        before = event.at


def _between(start: str, end: str) -> str:
    return duration_text((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())
