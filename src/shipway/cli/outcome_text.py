"""An outcome as people read it in a terminal."""

from shipway.domain.estimate import estimate_text
from shipway.domain.outcome import Decision, Outcome

MARKS = {"pass": "✓", "fail": "✗", "error": "!", "inconclusive": "…"}


def outcome_text(outcome: Outcome) -> str:
    """What is true now, why, and what comes next."""
    lines = [*_plan(outcome), outcome.message]
    lines += [f"  {row['gate']:<14} {MARKS[row['ruling']]} {row['summary']}" for row in outcome.verdicts]
    facts = {
        "version": outcome.version,
        "state": outcome.state.value,
        "tag": outcome.tag,
        "pull request": outcome.pull_request["url"] if outcome.pull_request else "",
        "release": outcome.release_url,
        "estimate": estimate_text(outcome.estimate),
        "trace": outcome.trace_id,
    }
    lines += [f"{name:>13}: {value}" for name, value in facts.items() if value]
    lines += [f"{row['environment']:>13}: {row['state']}" for row in outcome.deployments]
    lines += [f"{'note':>13}: {warning}" for warning in outcome.warnings]
    if outcome.next_step:
        lines += ["", outcome.next_step]
    if outcome.decision is Decision.PLANNED and outcome.notes:
        lines += ["", "Changelog:", "", outcome.notes]
    return "\n".join(lines)


def _plan(outcome: Outcome) -> list[str]:
    if outcome.decision is not Decision.PLANNED:
        return []
    steps = [f"{number:>3}. {step}" for number, step in enumerate(outcome.steps, start=1)]
    return ["Plan, nothing of it done:", *steps, ""]
