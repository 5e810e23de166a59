"""`shipway comment`: obey the comment that started a workflow run."""

from pathlib import Path

import click

from shipway.bootstrap.commenting import CommentAsked, run_comment
from shipway.bootstrap.environment import Environment
from shipway.cli.output import output_option, show
from shipway.cli.progress import Progress, watchers_of
from shipway.domain.commenting.results import CommentOutcome


@click.command(
    "comment",
    short_help="Obey the comment that started this workflow run.",
    epilog="""
Examples:

\b
  shipway comment     in a job of a workflow that runs on comments
""",
)
@click.option("--repo", type=click.Path(path_type=Path), default=Path(), help="Clone to work in.")
@click.option(
    "--config", type=click.Path(path_type=Path), help="Configuration in place of the default branch's."
)
@output_option
def comment_command(output: str, repo: Path, config: Path | None) -> int:
    """Carry out the commands of a comment or review, and answer it in its pull request.

    The event is that of GITHUB_EVENT_NAME, what is known of it stands in the file GITHUB_EVENT_PATH.
    """
    with Progress() as progress:
        asked = CommentAsked(repo=repo, config=config)
        outcome = run_comment(asked, Environment.read(), watchers_of(progress))
    show(output, _text(outcome), outcome.to_json())
    return int(outcome.exit_code)


def _text(outcome: CommentOutcome) -> str:
    lines = [f"{one.text}: {one.message or one.decision} {one.next_step}".rstrip() for one in outcome.results]
    return "\n".join(lines) or outcome.ignored
