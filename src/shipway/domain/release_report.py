"""What the report of a release shows (`docs/releases/vX.Y.Z.md`), read off its ledger entries alone.

So a report can be made again at any time, also for a release that failed or was cancelled.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shipway.domain.ledger import Entry, Event
from shipway.domain.release_view import gate_rows
from shipway.domain.report_view import duration_text

STATES = {
    "completed": "completed",
    "cancelled": "cancelled",
    "deployment-failed": "failed",
    "rollback-started": "rolling back",
    "rolled-back": "rolled back",
    "rollback-failed": "rollback failed",
    "deployed": "delivering",
    "published": "tagged",
    "tagged": "tagged",
    "merged": "merged",
}
"""The newest event of these kinds says how far the release came; before them it is in preparation."""


def report_view(entries: tuple[Entry, ...], tag: str = "", repository_url: str = "") -> dict[str, Any]:
    """The view of a release from its entries, oldest first."""
    events = [entry.event for entry in entries]
    first, last = events[0], events[-1]
    gates = _newest(events, "gates")
    return {
        "tag": tag or (_newest(events, "tagged") or {}).get("tag", f"v{first.version}"),
        "version": first.version,
        "release_id": first.release,
        "state": _state(events),
        "kind": first.detail.get("kind", "standard"),
        "initiator": first.actor,
        "started": first.at,
        "ended": last.at,
        "duration": _seconds_between(first.at, last.at),
        "source": first.detail.get("source", ""),
        "target": first.detail.get("target", ""),
        "previous": first.detail.get("previous", ""),
        "pull_request": (_newest(events, "pull-request") or {}).get("number"),
        "commit": (_newest(events, "tagged") or {}).get("commit", ""),
        "release_url": (_newest(events, "published") or {}).get("url", ""),
        "gates": gate_rows((gates or {}).get("verdicts", ())),
        "report": dict((gates or {}).get("report", {})),
        "deployments": [
            {
                **event.detail,
                "at": event.at,
                "actor": event.actor,
                "time": _time(event.detail.get("duration")),
            }
            for event in events
            if event.kind in {"deployed", "deployment-failed"}
        ],
        "timeline": [
            {"at": e.event.at, "what": e.event.kind, "actor": e.event.actor, "sequence": e.sequence}
            for e in entries
        ],
        "ledger_head": entries[-1].hash,
        "notes": (_newest(events, "branch-cut") or {}).get("notes", ""),
        "repository_url": repository_url,
    }


def _time(seconds: float | None) -> str:
    return "" if seconds is None else duration_text(seconds)


def _newest(events: list[Event], kind: str) -> Mapping[str, Any] | None:
    return next((event.detail for event in reversed(events) if event.kind == kind), None)


def _state(events: list[Event]) -> str:
    """How far it came; of a version that Shipway did not release, only that people bring it into environments."""
    begun = "in preparation" if any(event.kind == "initiated" for event in events) else "promoted"
    return next((STATES[event.kind] for event in reversed(events) if event.kind in STATES), begun)


def _seconds_between(start: str, end: str) -> int:
    return int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())
