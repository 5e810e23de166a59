"""Lets a hotfix go on in its own workflow where a comment cannot: comments check nothing out."""

from collections.abc import Callable
from dataclasses import replace

from shipway.adapters.github import GitHub, runs
from shipway.domain.hotfix.ladder import ELSEWHERE
from shipway.domain.hotfix.workflow import hotfix_workflow
from shipway.domain.outcome import Outcome
from shipway.engine.source import Source

FOLDER = ".github/workflows/"

WITHOUT = (
    "Bring a workflow that carries hotfixes on to the default branch, such as Shipway's workflows/hotfix-button.yml, "
    "and give the command again; or go on at the command line, in a clone."
)
"""What to do where there is no workflow for it."""


def gone_on_elsewhere(
    outcome: Outcome, github: GitHub, source: Source, target: str, look: Callable[[], None]
) -> Outcome:
    """Start the workflow on the default branch, if that is what the hotfix waits for.

    Args:
        target: Branch that it is merged into, where that was asked for.
        look: Looks once more whether the command is still meant.

    Raises:
        ShipwayError: It could not be started.
    """
    if outcome.reason_code != ELSEWHERE:
        return outcome
    workflow = hotfix_workflow(_workflows(source))
    if not workflow:
        message = (
            f"Hotfix {outcome.version} stops here: comments check nothing out, and gates have to see the fix."
        )
        return replace(outcome, message=message, next_step=WITHOUT)
    look()
    inputs = {"version": outcome.version, **({"to": target} if target else {})}
    run = runs.dispatch(github, workflow, source.remote.default, inputs)
    where = f": {run.url}" if run else ""
    return replace(
        outcome,
        reason_code="hotfix-dispatched",
        message=f"Hotfix {outcome.version} goes on in the workflow {workflow}{where}.",
        next_step="",
    )


def _workflows(source: Source) -> dict[str, str]:
    """Those of the default branch, which the run has here."""
    commit = source.remote.heads[source.remote.default]
    paths = [path for path in source.clone.files(commit) if path.startswith(FOLDER)]
    return {path.removeprefix(FOLDER): source.clone.read(commit, path) for path in paths}
