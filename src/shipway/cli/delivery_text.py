"""What a promotion, rollback or lock ended with, as people read it in a terminal."""

from collections.abc import Iterable, Mapping

from shipway.cli.result_text import ResultText
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.estimate import estimate_text
from shipway.domain.outcome import Decision

SHOWN = {"tag": "tag", "from": "from", "commit": "sha", "digest": "digest"}
"""Facts that people are told, in this order: by which word, and which one."""


def delivery_text(
    outcome: DeliveryOutcome, made: Mapping[str, str] | None = None, impact: Iterable[str] = ()
) -> str:
    """What is true now, why, and what comes next; of a dry run, the plan first.

    Args:
        outcome: How it ended.
        made: Word → what there is now, or would be, that was not there before.
        impact: What goes with a version.
    """
    facts = {
        "version": outcome.version,
        "environment": outcome.environment,
        **{word: str(outcome.facts.get(name) or "") for word, name in SHOWN.items()},
        "deployment": _deployment(outcome),
        **(made or {}),
        "estimate": estimate_text(outcome.facts.get("estimate")),
        "trace": outcome.trace_id,
    }
    text = ResultText(
        decision=outcome.decision,
        steps=outcome.steps,
        impact=impact,
        message=outcome.message,
        verdicts=outcome.verdicts,
        facts=facts,
        notes=outcome.warnings,
        next_step=outcome.next_step,
    )
    return str(text)


def _deployment(outcome: DeliveryOutcome) -> str:
    """The one at hand; a plan with steps would make another."""
    one = outcome.deployment
    if one is None or (outcome.decision is Decision.PLANNED and outcome.steps):
        return ""
    return f"{one['id']} {one['state']}"
