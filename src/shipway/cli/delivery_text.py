"""What a promotion, rollback or lock ended with, as people read it in a terminal."""

from shipway.cli.outcome_text import MARKS
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.outcome import Decision

SHOWN = ("tag", "from", "commit", "digest")
"""Facts that people are told, in this order."""


def delivery_text(outcome: DeliveryOutcome) -> str:
    """What is true now, why, and what comes next."""
    lines = [*_plan(outcome), outcome.message]
    width = max((len(row["gate"]) for row in outcome.verdicts), default=0)
    lines += [
        f"  {'!' if row['warning'] else MARKS[row['ruling']]} {row['gate']:<{width}}  {row['summary']}"
        for row in outcome.verdicts
    ]
    facts = {
        "version": outcome.version,
        "environment": outcome.environment,
        **{name: str(outcome.facts.get(name) or "") for name in SHOWN},
        "deployment": f"{outcome.deployment['id']} {outcome.deployment['state']}"
        if outcome.deployment
        else "",
        "trace": outcome.trace_id,
    }
    lines += [f"{name:>13}: {value}" for name, value in facts.items() if value]
    lines += [f"{'note':>13}: {warning}" for warning in outcome.warnings]
    if outcome.next_step:
        lines += ["", outcome.next_step]
    return "\n".join(lines)


def _plan(outcome: DeliveryOutcome) -> list[str]:
    if outcome.decision is not Decision.PLANNED or not outcome.steps:
        return []
    steps = [f"{number:>3}. {step}" for number, step in enumerate(outcome.steps, start=1)]
    return ["Plan, nothing of it done:", *steps, ""]
