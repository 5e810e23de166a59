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
    if outcome.steps:
        _told(outcome, [outcome.asked_in], at.github, at.templates, run, command)


def tell_later(outcome: DeliveryOutcome, at: Setting, run: Run, command: str, ended: str) -> bool:
    """The same of what another run has ended, and may have told; gives whether there was something to rewrite.

    Args:
        outcome: How it ended.
        at: The repository.
        run: The run that tells.
        command: Its command.
        ended: When it ended, ISO 8601 in UTC.
    """
    return _told(outcome, [outcome.asked_in], at.github, at.templates, run, command, ended)


def tell_of_release(outcome: Outcome, github: GitHub, templates: Templates, run: Run) -> None:
    """The same of a release or hotfix."""
    if outcome.steps:
        _told(outcome, outcome.asked_in, github, templates, run, outcome.command)


def _told(
    outcome: Outcome | DeliveryOutcome,
    numbers: Iterable[int],
    github: GitHub,
    templates: Templates,
    run: Run,
    command: str,
    ended: str = "",
) -> bool:
    """The run of the comment itself has more to say there, and says it at its end."""
    if run.dry_run:
        return False
    result = run_result(f"shipway {command}", outcome.to_json(), outcome.exit_code)
    views = views_of(result, run.chance.now(), run.environment.run_url)
    rewritten = False
    for number in {*numbers} - {0, run.environment.asked_in}:
        try:
            rewritten |= comments.rewrite(github, number, status_texts(views, templates), ended=ended)
        except ShipwayError as problem:
            run.warnings.append(
                f"The comment in #{number} does not show where {outcome.version} stands now: {problem.message}"
            )
    return rewritten
