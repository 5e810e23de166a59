"""What hotfixes owe after their deployment: gates that the fast track left out, and the way back to development.

Like how environments stand, it is computed from the entries by one pure function and written beside them.
"""

from collections.abc import Iterable, Mapping

from shipway.domain.ledger import Event

OWED, PAID = "debt-owed", "debt-paid"
"""Kinds of event."""

BACKPORT = "backport"
"""The debt that is no gate: the fix has to reach the branch that people develop on."""

Debts = Mapping[str, Mapping[str, str]]
"""Version → what it owes → until when, ISO 8601 in UTC."""


def debts_after(debts: Debts, events: Iterable[Event]) -> dict[str, dict[str, str]]:
    """What is owed once these events have happened; versions that owe nothing are left out."""
    after = {version: dict(owed) for version, owed in debts.items()}
    for event in events:
        owed = after.setdefault(event.version, {})
        if event.kind == OWED:
            owed[event.detail["debt"]] = event.detail["due"]
        elif event.kind == PAID:
            owed.pop(event.detail["debt"], None)
    return {version: owed for version, owed in after.items() if owed}


def debt_rows(debts: Debts, now: str) -> list[dict[str, object]]:
    """One row for each debt, as plain JSON.

    Args:
        debts: What is owed.
        now: ISO 8601 in UTC.
    """
    return [
        {"version": version, "debt": debt, "due": due, "overdue": due < now}
        for version, owed in sorted(debts.items())
        for debt, due in sorted(owed.items())
    ]


def overdue_warnings(debts: Debts, now: str) -> tuple[str, ...]:
    """A sentence for each hotfix that owes something longer than it may."""
    late = {version: sorted(d for d, due in owed.items() if due < now) for version, owed in debts.items()}
    return tuple(
        f"Hotfix {version} owes {', '.join(names)} for longer than it may: shipway hotfix {version}"
        for version, names in sorted(late.items())
        if names
    )
