"""In which pull request a comment asked for something, as the ledger keeps it with what that began."""

from shipway.domain.delivery.command import Bringing
from shipway.domain.ledger import Ledger

BEGINNINGS = frozenset({"promotion-started", "rollback-started"})


def asked_in(ledger: Ledger, delivery: str) -> int:
    """Number of the pull request; 0 where no comment asked for it. A claim that is taken over keeps it."""
    begun = (entry.event for entry in reversed(ledger.entries) if entry.event.kind in BEGINNINGS)
    numbers = (one.detail.get("asked_in", 0) for one in begun if one.detail["id"] == delivery)
    return next(filter(None, numbers), 0)


def places_asked_in(ledger: Ledger) -> tuple[int, ...]:
    """Numbers of all pull requests in which comments asked for a release, or for what brings it in."""
    begun = (entry.event for entry in ledger.entries if entry.event.kind in BEGINNINGS | {"initiated"})
    return tuple(sorted({one.detail["asked_in"] for one in begun if one.detail.get("asked_in")}))


def asked_in_detail(command: Bringing, ledger: Ledger) -> dict[str, int]:
    """For the ledger, nothing where there is none. What goes back by itself was asked for with what it takes out."""
    number = command.asked_in
    if command.automatic and command.replaces:
        number = _of_what_goes(ledger, command.target)
    return {"asked_in": number} if number else {}


def _of_what_goes(ledger: Ledger, environment: str) -> int:
    events = (entry.event for entry in reversed(ledger.entries))
    came = (one for one in events if one.kind == "promotion-started")
    newest = next((one for one in came if one.detail["environment"] == environment), None)
    return asked_in(ledger, newest.detail["id"]) if newest else 0
