"""What nobody should overlook: that a version is about to reach people, said before anything is done."""

from collections.abc import Iterator

from shipway.domain.delivery.steps import Record
from shipway.domain.ledger import Event

SAID = ("id", "commit", "digest", "run", "reason")
"""Parts of the record that are said, besides who and the verdicts."""


def announcement(move: object) -> str:
    """The warning that belongs before a move, with the record of the decision that it writes; mostly none."""
    events = move.events if isinstance(move, Record) else ()
    return "\n".join(line for event in events if _reaches_people(event) for line in _lines(event))


def _reaches_people(event: Event) -> bool:
    return event.kind in {"promotion-started", "rollback-started"} and bool(event.detail.get("production"))


def _lines(event: Event) -> Iterator[str]:
    detail = event.detail
    yield f"PRODUCTION DEPLOYMENT: {_what(event)}"
    said = {"by": event.actor, **{name: detail.get(name) for name in SAID}}
    yield from (f"  {name}: {_one_line(value)}" for name, value in said.items() if value)
    for row in detail.get("verdicts", ()):
        yield f"  {row['gate']}: {row['ruling']}, {_one_line(row['summary'])}"


def _what(event: Event) -> str:
    environment = event.detail["environment"]
    if event.kind == "rollback-started":
        return f"rolling {environment} back from {event.version} to {event.detail['to']}"
    origin = f" from {event.detail['from']}" if event.detail.get("from") else ""
    return f"promoting {event.version}{origin} to {environment}"


def _one_line(text: object) -> str:
    """Reasons and summaries are other people's text."""
    return " ".join(str(text).split())
