"""The files that one record writes to the ledger branch, all in one commit."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from shipway.domain.ledger import Entry, Event, Ledger
from shipway.domain.standings import environments_of, standings_after

ENDINGS = frozenset({"completed", "cancelled"})
"""Kinds of event after which a release is not open any more."""


def entries_path(version: str) -> str:
    """Where the entries of a release are kept."""
    return f"releases/{version}.jsonl"


def environments_path(at: str) -> str:
    """Where the entries about environments alone are kept, such as locks: one file for each month of `at`."""
    return f"environments/{at[:7]}.jsonl"


def report_path(tag: str) -> str:
    """Where the report of a release is kept."""
    return f"docs/releases/{tag}.md"


LOG_PATH = "docs/audit/releases.log"
HEAD_PATH = "head.json"
LOG_LIMIT = 200_000
"""Characters after which a new audit log is begun; GitHub shows and gives longer texts only in part."""


def after(ledger: Ledger, events: Sequence[Event]) -> Ledger:
    """The ledger with the events at its end, not yet committed.

    A cancelled release that goes on is open again; one that was completed stays so, whatever is deployed later.
    """
    chained = ledger.append(events)
    still_open = dict(ledger.open_releases)
    completed = ledger.newest("completed") is not None
    for event in events:
        if environments_of(event):
            continue
        if event.kind in ENDINGS:
            still_open.pop(event.version, None)
        elif not completed:
            still_open[event.version] = event.release
        for version in event.detail.get("supersedes", ()):
            still_open.pop(version, None)
    full = len(ledger.log) > LOG_LIMIT
    lines = "".join(f"{log_line(entry)}\n" for entry in chained)
    return Ledger(
        commit=ledger.commit,
        sequence=chained[-1].sequence,
        head=chained[-1].hash,
        book=ledger.book,
        entries=(*ledger.entries, *chained),
        standings=standings_after(ledger.standings, events),
        open_releases=still_open,
        log=lines if full else ledger.log + lines,
        full_log=ledger.log if full else "",
    )


def ledger_files(ledger: Ledger) -> dict[str, str]:
    """Path → text of the entries, the head and the log."""
    full = ledger.full_log
    put_away = {f"docs/audit/releases-to-{_last_number(full)}.log": full} if full else {}
    standings = {name: standing.to_json() for name, standing in ledger.standings.items()}
    head = {"sequence": ledger.sequence, "hash": ledger.head, "open": ledger.open_releases}
    head |= {"environments": standings} if standings else {}
    return {
        ledger.book: "".join(f"{entry.to_line()}\n" for entry in ledger.entries),
        HEAD_PATH: json.dumps(head, indent=2, sort_keys=True) + "\n",
        LOG_PATH: ledger.log,
        **put_away,
    }


def _last_number(log: str) -> str:
    """Number of the last entry in a log, by which it is named when it is put away."""
    return log.splitlines()[-1].split()[1].removeprefix("#")


def log_line(entry: Entry) -> str:
    """One event for people who grep: time, version, kind, actor, and what is worth a word."""
    event = entry.event
    return " ".join(
        [
            event.at,
            f"#{entry.sequence}",
            event.version,
            event.kind,
            f"by {_inert(event.actor)}",
            *_words(event.detail),
        ]
    )


def _words(detail: Mapping[str, Any]) -> list[str]:
    plain = {k: v for k, v in detail.items() if isinstance(v, str | int | float) and v != ""}
    words = [f"{name}={_inert(str(value))}" for name, value in plain.items()]
    verdicts = detail.get("verdicts")
    if isinstance(verdicts, list):
        words += [f"{_inert(row['gate'])}={row['ruling']}" for row in verdicts]
    return words


def _inert(text: str) -> str:
    return "".join(c if c.isprintable() and c != " " else "_" for c in text)
