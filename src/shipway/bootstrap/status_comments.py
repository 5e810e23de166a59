"""Puts together what a pull request shows of what was asked for in it, also once another run has ended that."""

from collections.abc import Iterable, Mapping
from typing import Any

from shipway.adapters.github import GitHub, comments
from shipway.adapters.templates import Templates
from shipway.bootstrap.delivery import Setting
from shipway.bootstrap.running import Run
from shipway.domain.commenting.pages import status_mark, views_of
from shipway.domain.commenting.results import run_result
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.outcome import Outcome
from shipway.errors import ShipwayError


def status_texts(views: Mapping[str, Mapping[str, Any]], templates: Templates) -> dict[str, str]:
    """Mark → text of each status comment, by the version that it is about.

    Raises:
        InputError: A template of the repository cannot be used.
    """
    return {
        status_mark(version): templates.render("comment_status.md.j2", **view)
        for version, view in views.items()
    }


def tell(outcome: DeliveryOutcome, at: Setting, run: Run, command: str) -> None:
    """Rewrite the status comments of what a comment asked for and this run has carried on; at most it warns."""
    _told(outcome, [outcome.asked_in], at.github, at.templates, run, command)


def tell_of_release(outcome: Outcome, github: GitHub, templates: Templates, run: Run) -> None:
    """The same of a release or hotfix."""
    _told(outcome, outcome.asked_in, github, templates, run, outcome.command)


def _told(
    outcome: Outcome | DeliveryOutcome,
    numbers: Iterable[int],
    github: GitHub,
    templates: Templates,
    run: Run,
    command: str,
) -> None:
    """The run of the comment itself has more to say there, and says it at its end."""
    if run.dry_run or not outcome.steps:
        return
    result = run_result(f"shipway {command}", outcome.to_json(), outcome.exit_code)
    views = views_of(result, run.chance.now(), run.environment.run_url)
    for number in {*numbers} - {0, run.environment.asked_in}:
        try:
            comments.rewrite(github, number, status_texts(views, templates))
        except ShipwayError as problem:
            run.warnings.append(
                f"The comment in #{number} does not show where {outcome.version} stands now: {problem.message}"
            )
