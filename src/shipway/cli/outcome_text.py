"""What a release ended with, as people read it in a terminal."""

from shipway.cli.result_text import ResultText
from shipway.domain.estimate import estimate_text
from shipway.domain.outcome import Decision, Outcome


def outcome_text(outcome: Outcome) -> str:
    """What is true now, why, and what comes next; of a dry run, the plan first and the changelog last."""
    planned = outcome.decision is Decision.PLANNED
    facts = {
        "version": outcome.version,
        "state": "" if planned else outcome.state.value,
        "tag": outcome.tag,
        "pull request": outcome.pull_request["url"] if outcome.pull_request else "",
        "release": outcome.release_url,
        **{row["environment"]: row["state"] for row in outcome.deployments},
        "estimate": estimate_text(outcome.estimate),
        "trace": outcome.trace_id,
    }
    text = ResultText(
        decision=outcome.decision,
        steps=outcome.steps,
        message=outcome.message,
        verdicts=outcome.verdicts,
        facts=facts,
        notes=outcome.warnings,
        next_step=outcome.next_step,
        more=("Changelog:", "", outcome.notes) if planned and outcome.notes else (),
    )
    return str(text)
