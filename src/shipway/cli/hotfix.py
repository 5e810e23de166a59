"""`shipway hotfix`: repair a released version on the fast track."""

from pathlib import Path
from typing import Any

import click

from shipway.bootstrap.environment import Environment
from shipway.bootstrap.release import Asked, run_release
from shipway.cli.outcome_text import outcome_text
from shipway.cli.output import output_option, show
from shipway.cli.progress import Progress, watchers_of


@click.command(
    "hotfix",
    short_help="Repair a released version on the fast track.",
    epilog="""
Examples:

\b
  shipway hotfix auto --base v2.4.0            make hotfix/2.4.1 from the tag, and wait for the fix
  shipway hotfix 2.4.1                         go on with it, and work off what it owes
  shipway hotfix auto --base v2.4.0 --dry-run  show the whole plan, and change nothing
""",
)
@click.argument("version")
@click.option("--base", metavar="TAG", default="", help="Release that is repaired; known once it has begun.")
@click.option("--to", "target", metavar="BRANCH", default="", help="Branch to merge the hotfix into.")
@click.option("--environment", metavar="NAME", default="", help="Last environment to deploy to.")
@click.option("--dry-run", is_flag=True, help="Show the whole plan and change nothing.")
@click.option("--wait", is_flag=True, help="Stay while reviewers or checks have to move.")
@click.option("--repo", type=click.Path(path_type=Path), default=Path(), help="Clone to work in.")
@click.option(
    "--notes", "notes_file", type=click.Path(path_type=Path), help="Hand-written changelog section to use."
)
@click.option(
    "--config", type=click.Path(path_type=Path), help="Configuration in place of the default branch's."
)
@click.option("--override", multiple=True, metavar="GATE", help="Gate to let past; may be repeated.")
@click.option("--reason", default="", help="Why, for the record; obligatory with --override.")
@click.option("--expires", metavar="TIME", default="", help="How long they are, such as 4h; likewise.")
@click.option("--report", "reports", multiple=True, metavar="GLOB", help="Report files; may be repeated.")
@click.option(
    "--allow-dirty", is_flag=True, help="Go on although the clone has changes that are not committed."
)
@output_option
def hotfix_command(output: str, **options: Any) -> int:
    """Repair a released version: VERSION is the patch to release, or auto for the next one.

    The first run makes the branch hotfix/VERSION from the tag. Push the fix there and run the same command again,
    in a clone that stands on it; it goes on where the hotfix stands, to the last debt.
    """
    with Progress() as progress:
        outcome = run_release(Asked(stage="hotfix", **options), Environment.read(), watchers_of(progress))
    show(output, outcome_text(outcome), outcome.to_json())
    return int(outcome.exit_code)
