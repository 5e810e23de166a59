"""What the report of a release shows (`docs/releases/vX.Y.Z.md`), read off its ledger entries alone.

So a report can be made again at any time, also for a release that failed or was cancelled.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from shipway.domain.debts import OWED, PAID
from shipway.domain.ledger import Entry, Event
from shipway.domain.release_view import gate_rows
from shipway.domain.report_view import duration_text
from shipway.domain.standings import environments_of

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

GOING_BACK = frozenset({"rollback-started", "rolled-back", "rollback-failed"})


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
        "sha": (_newest(events, "tagged") or {}).get("commit", ""),
        "release_url": (_newest(events, "published") or {}).get("url", ""),
        "gates": gate_rows((gates or {}).get("verdicts", ())),
        "report": dict((gates or {}).get("report", {})),
        "deployments": [*_deployments(events)],
        "reason": first.detail.get("reason", ""),
        "debts": [*_debts(events)],
        "timeline": [
            {
                "at": e.event.at,
                "what": e.event.kind,
                "environment": ", ".join(environments_of(e.event)),
                "version": e.event.detail.get("to", ""),
                "actor": e.event.actor,
                "sequence": e.sequence,
            }
            for e in entries
        ],
        "ledger_head": entries[-1].hash,
        "notes": (_newest(events, "branch-cut") or {}).get("notes", ""),
        "repository_url": repository_url,
    }


def _deployments(events: Sequence[Event]) -> Iterator[dict[str, Any]]:
    """Those of this version; what a rollback brought back in its place is another one."""
    for number, event in enumerate(events):
        if _of_this_version(event):
            detail = event.detail
            yield {
                "environment": detail["environment"],
                "deployment": detail["deployment"],
                "sha": detail["commit"],
                "digest": detail.get("digest", ""),
                "state": _taken_back(event, events[number + 1 :]) or detail["state"],
                "duration": detail.get("duration"),
                "at": event.at,
                "actor": event.actor,
                "time": _time(detail.get("duration")),
            }


def _debts(events: Sequence[Event]) -> Iterator[dict[str, str]]:
    """What a hotfix owed after its deployment, and how each of it was paid."""
    paid = {event.detail["debt"]: event for event in events if event.kind == PAID}
    for event in events:
        if event.kind == OWED:
            debt = event.detail["debt"]
            end = paid.get(debt)
            how = end.detail.get("how") or end.detail.get("summary", "") if end else ""
            yield {
                "debt": debt,
                "due": event.detail["due"],
                "paid": end.at if end else "",
                "how": how,
                "url": end.detail.get("url", "") if end else "",
            }


def _of_this_version(event: Event) -> bool:
    return event.kind in {"deployed", "deployment-failed"} and "to" not in event.detail


def _taken_back(deployed: Event, later: Sequence[Event]) -> str:
    """How far a rollback has taken a success back, before the version came there once more; empty for none."""
    state = ""
    for event in later if deployed.kind == "deployed" else ():
        if environments_of(event) != environments_of(deployed):
            continue
        if _of_this_version(event):
            break
        state = STATES[event.kind] if event.kind in GOING_BACK else state
    return state


def _time(seconds: float | None) -> str:
    return "" if seconds is None else duration_text(seconds)


def _newest(events: list[Event], kind: str) -> Mapping[str, Any] | None:
    return next((event.detail for event in reversed(events) if event.kind == kind), None)


def _state(events: list[Event]) -> str:
    """How far it came; of a version that Shipway did not release, only that people bring it into environments.

    What people bring into an environment after the release was completed leaves it completed.
    """
    kinds = [event.kind for event in events]
    begun = "in preparation" if "initiated" in kinds else "promoted"
    newest = next((kind for kind in reversed(kinds) if kind in STATES), "")
    if newest == "deployed" and ("completed" in kinds or "initiated" not in kinds):
        return "completed" if "completed" in kinds else "promoted"
    return STATES.get(newest, begun)


def _seconds_between(start: str, end: str) -> int:
    return int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())
