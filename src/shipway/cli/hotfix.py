"""`shipway hotfix`: repair a released version on the fast track."""

from typing import Any

import click

from shipway.bootstrap.environment import Environment
from shipway.bootstrap.release import Asked, run_release
from shipway.cli.course_options import course_options
from shipway.cli.outcome_text import outcome_text
from shipway.cli.output import output_option, show
from shipway.cli.progress import Progress, watchers_of


@click.command(
    "hotfix",
    short_help="Repair a released version on the fast track.",
    epilog="""
Examples:

\b
  shipway hotfix auto --base v2.4.0                 make hotfix/2.4.1 from the tag, wait for the fix
  shipway hotfix auto --base v2.4.0 --pick 4f2a91c  the same, with a fix of another branch
  shipway hotfix 2.4.1                              go on with it, and work off what it owes
  shipway hotfix auto --base v2.4.0 --dry-run       show the whole plan, and change nothing
""",
)
@click.argument("version")
@click.option("--base", metavar="TAG", default="", help="Release that is repaired; known once it has begun.")
@click.option(
    "--pick",
    multiple=True,
    metavar="SHA[,SHA]",
    help="Commits to take over from other branches; may be repeated.",
)
@click.option("--to", "target", metavar="BRANCH", default="", help="Branch to merge the hotfix into.")
@click.option("--environment", metavar="NAME", default="", help="Last environment to deploy to.")
@click.option("--dry-run", is_flag=True, help="Show the whole plan and change nothing.")
@course_options(
    clone="Clone to work in.",
    reason="Why, for the record; obligatory with --override.",
    dirty="Go on",
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
