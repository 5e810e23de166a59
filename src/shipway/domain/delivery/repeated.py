"""Asking again for what was refused, with nothing changed in between, leaves no second record of the refusal."""

from shipway.domain.ledger import Event, Ledger
from shipway.domain.standings import environments_of


def said_already(ledger: Ledger, event: Event) -> bool:
    """Whether the newest entry of the book about these environments says the same, but for its key, id and time.

    Another workflow run is another attempt, as each names itself.
    """
    about = environments_of(event)
    last = next((e.event for e in reversed(ledger.entries) if {*about} & {*environments_of(e.event)}), None)
    return last is not None and _said(last) == _said(event)


def _said(event: Event) -> tuple[object, ...]:
    detail = {name: value for name, value in event.detail.items() if name != "id"}
    return event.kind, event.version, event.actor, detail
