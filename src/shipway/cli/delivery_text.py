"""What a promotion, rollback or lock ended with, as people read it in a terminal."""

from collections.abc import Mapping
from typing import Any

from shipway.cli.outcome_text import MARKS
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.estimate import estimate_text
from shipway.domain.outcome import Decision

SHOWN = {"tag": "tag", "from": "from", "commit": "sha", "digest": "digest"}
"""Facts that people are told, in this order: by which word, and which one."""

MOST_DETAILS = 5
"""Of one verdict; all of them are in the JSON."""


def delivery_text(outcome: DeliveryOutcome) -> str:
    """What is true now, why, and what comes next."""
    lines = [*_plan(outcome), outcome.message]
    width = max((len(row["gate"]) for row in outcome.verdicts), default=0)
    for row in outcome.verdicts:
        mark = "!" if row["warning"] else MARKS[row["ruling"]]
        lines += [f"  {mark} {row['gate']:<{width}}  {row['summary']}", *_details(row, width + 6)]
    facts = {
        "version": outcome.version,
        "environment": outcome.environment,
        **{word: str(outcome.facts.get(name) or "") for word, name in SHOWN.items()},
        "deployment": f"{outcome.deployment['id']} {outcome.deployment['state']}"
        if outcome.deployment
        else "",
        "estimate": estimate_text(outcome.facts.get("estimate")),
        "trace": outcome.trace_id,
    }
    lines += [f"{name:>13}: {value}" for name, value in facts.items() if value]
    lines += [f"{'note':>13}: {warning}" for warning in outcome.warnings]
    if outcome.next_step:
        lines += ["", outcome.next_step]
    return "\n".join(lines)


def _details(row: Mapping[str, Any], indent: int) -> list[str]:
    """What stands behind a verdict that people have to look at."""
    if row["ruling"] == "pass" and not row["warning"]:
        return []
    details = [one for one in row["details"] if one not in row["summary"]]
    more = len(details) - MOST_DETAILS
    shown = details[:MOST_DETAILS] + ([f"and {more} more, in --output json"] if more > 0 else [])
    return [f"{'':{indent}}{one}" for one in shown]


def _plan(outcome: DeliveryOutcome) -> list[str]:
    if outcome.decision is not Decision.PLANNED or not outcome.steps:
        return []
    steps = [f"{number:>3}. {step}" for number, step in enumerate(outcome.steps, start=1)]
    return ["Plan, nothing of it done:", *steps, ""]
