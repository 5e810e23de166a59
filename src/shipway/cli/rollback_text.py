"""What a rollback means and ended with, as people read it in a terminal at night."""

from collections.abc import Iterator, Mapping
from typing import Any

from shipway.cli.delivery_text import delivery_text
from shipway.domain.delivery.outcome import DeliveryOutcome

LISTED = 5
"""Entries of a list that are shown."""


def rollback_text(outcome: DeliveryOutcome) -> str:
    """Impact first, then what is true now, why, and what comes next; of a dry run, the plan before that."""
    facts = outcome.facts
    made = {
        "rollback tag": facts["rollback_tag"],
        "incident": facts["incident"],
        "pull request": (facts["pull_request"] or {}).get("url", ""),
        "issue": (facts["issue"] or {}).get("url", ""),
        "own part": f"{facts['own_seconds']:.1f} s" if "own_seconds" in facts else "",
    }
    return delivery_text(outcome, made, impact_lines(facts["from"], facts["impact"]))


def impact_lines(gone: str, impact: Mapping[str, Any]) -> Iterator[str]:
    """What goes with a version, and an empty line; nothing where nothing is known to."""
    rows = {
        "commits": str(impact["commit_count"]) if impact["commit_count"] else "",
        "pull requests": _listed([f"#{number}" for number in impact["pull_requests"]]),
        "tickets": _listed(impact["tickets"]),
        "migrations": _listed(impact["migrations"]),
        "also runs": _listed(impact["environments"]),
        "breaks": _listed(impact["dependants"]),
        "not known": impact["unknown"],
    }
    shown = [f"{name:>13}: {value}" for name, value in rows.items() if value]
    if shown:
        yield from (f"What goes with {gone}:", *shown, "")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more
