"""Entries of the ledger as rows that people read, and which of them are asked for."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shipway.domain.ledger import Entry
from shipway.domain.standings import environments_of

COLUMNS = ("#", "at", "version", "environment", "kind", "by")

KINDS = (
    *("initiated", "branch-cut", "gates", "pull-request", "cancelled", "merged", "tagged", "published"),
    *("merged-back", "completed", "deployed", "deployment-failed"),
    *("promotion-started", "verified", "tried", "promotion-refused", "promotion-stopped"),
    *("rollback-started", "rolled-back", "rollback-failed", "rollback-refused"),
    *("advanced", "halted", "reverting"),
    *("dispatched", "adopted", "asked", "locked", "unlocked", "lock-refused", "unlock-refused", "overridden"),
    *("approval-asked", "approved", "rejected", "approval-lapsed"),
    *("debt-owed", "debt-paid", "cut-acknowledged"),
)
"""What Shipway writes entries about; docs/ledger.md says what stands in each."""

FIRST = ("reason_code", "reason")
"""What says the most about an entry."""

FOR_PROGRAMS = frozenset(
    {"configuration", "digest", "duration", "environment", "holder", "id", "run", "trace"}
)
"""What people do not read in a row; all of it is in the JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries are asked for; empty asks for all.

    Attributes:
        since: ISO 8601 in UTC, or its beginning, such as a date.
    """

    version: str = ""
    environment: str = ""
    kind: str = ""
    actor: str = ""
    since: str = ""

    def takes(self, entry: Entry) -> bool:
        """Whether this is one of them."""
        event = entry.event
        return (
            self.version in {"", event.version}
            and (not self.environment or self.environment in environments_of(event))
            and self.kind in {"", event.kind}
            and self.actor.lower() in {"", event.actor.lower()}
            and event.at >= self.since
        )


def audit_row(entry: Entry) -> tuple[str, ...]:
    """An entry in the order of `COLUMNS`; its time to the minute."""
    event = entry.event
    return (
        str(entry.sequence),
        f"{event.at[:16]}Z",
        event.version or "—",
        ", ".join(environments_of(event)) or "—",
        event.kind,
        event.actor,
    )


def told_of(detail: Mapping[str, Any]) -> list[str]:
    """What is worth a word: verdicts in a few words, and plain values."""
    plain = (
        f"{name}={_short(value)}"
        for name, value in sorted(detail.items(), key=lambda item: (item[0] not in FIRST, item[0]))
        if isinstance(value, str | int | float) and value != "" and name not in FOR_PROGRAMS
    )
    verdicts = detail.get("verdicts")
    return [*([_folded(verdicts)] if isinstance(verdicts, list) and verdicts else []), *plain]


def _folded(verdicts: Iterable[Mapping[str, Any]]) -> str:
    """How many of each ruling, and which ones did not pass."""
    rows = [(str(row.get("ruling", "?")), str(row.get("gate", row.get("policy", "?")))) for row in verdicts]
    counts = Counter(ruling for ruling, _ in rows)
    bad = [name for ruling, name in rows if ruling != "pass"]
    counted = ", ".join(f"{number} {ruling}" for ruling, number in counts.items())
    return f"{counted}: {', '.join(bad)}" if bad else counted


def _short(value: object, longest: int = 40) -> str:
    text = " ".join(str(value).split())
    if len(text) == 40 and all(c in "0123456789abcdef" for c in text):
        return text[:10]
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
