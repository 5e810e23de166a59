"""The files that one record writes to the ledger branch, all in one commit."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shipway.domain.debts import Debts, debts_after
from shipway.domain.ledger import Entry, Event, Ledger
from shipway.domain.standing import Standings
from shipway.domain.standings import FORMAT, environments_of, standings_after

ENDINGS = frozenset({"completed", "cancelled"})
"""Kinds of event after which a release is not open any more."""


def entries_path(version: str) -> str:
    """Where the entries of a release are kept."""
    return f"releases/{version}.jsonl"


def environments_path(at: str) -> str:
    """Where the entries about environments alone are kept, such as locks: one file for each month of `at`."""
    return f"environments/{at[:7]}.jsonl"


def book_of(event: Event) -> str:
    """Where an event is kept: with its release, or with what happened to environments alone."""
    return entries_path(event.version) if event.version else environments_path(event.at)


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
    completed = ledger.newest("completed") is not None
    full = len(ledger.log) > LOG_LIMIT
    lines = "".join(f"{log_line(entry)}\n" for entry in chained)
    return Ledger(
        commit=ledger.commit,
        sequence=chained[-1].sequence,
        head=chained[-1].hash,
        book=ledger.book,
        entries=(*ledger.entries, *chained),
        standings=standings_after(ledger.standings, events),
        open_releases=open_after(ledger.open_releases, events, completed=completed),
        debts=debts_after(ledger.debts, events),
        log=lines if full else ledger.log + lines,
        full_log=ledger.log if full else "",
    )


def open_after(still_open: Mapping[str, str], events: Iterable[Event], *, completed: bool) -> dict[str, str]:
    """Version → release id of what is open once these events have happened.

    Args:
        completed: Whether the release at hand was completed before them.
    """
    found = dict(still_open)
    for event in events:
        if environments_of(event) or not event.version:
            continue
        if event.kind in ENDINGS:
            found.pop(event.version, None)
        elif not completed:
            found[event.version] = event.release
        for version in event.detail.get("supersedes", ()):
            found.pop(version, None)
    return found


def head_text(
    sequence: int, head: str, still_open: Mapping[str, str], standings: Standings, debts: Debts
) -> str:
    """What `head.json` says."""
    rows = {name: standing.to_json() for name, standing in standings.items()}
    data = {
        "format": FORMAT,
        "sequence": sequence,
        "hash": head,
        "open": still_open,
        **({"environments": rows} if rows else {}),
        **({"debts": debts} if debts else {}),
    }
    return json.dumps(data, indent=2, sort_keys=True) + "\n"


def unnumbered(head: str) -> str:
    """A `head.json` of format 1 as it was written before it had a format."""
    return head.replace('  "format": 1,\n', "")


def ledger_files(ledger: Ledger) -> dict[str, str]:
    """Path → text of the entries, the head and the log."""
    full = ledger.full_log
    put_away = {f"docs/audit/releases-to-{_last_number(full)}.log": full} if full else {}
    return {
        ledger.book: "".join(f"{entry.to_line()}\n" for entry in ledger.entries),
        HEAD_PATH: head_text(
            ledger.sequence, ledger.head, ledger.open_releases, ledger.standings, ledger.debts
        ),
        LOG_PATH: ledger.log,
        **put_away,
    }


def _last_number(log: str) -> str:
    """Number of the last entry in a log, by which it is named when it is put away."""
    return log.splitlines()[-1].split()[1].removeprefix("#")


def log_line(entry: Entry) -> str:
    """One event for people who grep: time, version, kind, actor, and what is worth a word.

    The audit computes the lines of old entries again, so a line keeps its form.
    """
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
    plain = {k: v for k, v in detail.items() if isinstance(v, str | int | float) and v != "" and k != "notes"}
    words = [f"{name}={_inert(str(value))}" for name, value in sorted(plain.items())]
    verdicts = detail.get("verdicts")
    if isinstance(verdicts, list):
        words += [f"{_inert(row['gate'])}={row['ruling']}" for row in verdicts]
    return words


def _inert(text: str) -> str:
    return "".join(c if c.isprintable() and c != " " else "_" for c in text)
