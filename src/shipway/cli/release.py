"""`shipway release`: carry a version from commits to production."""

from typing import Any

import click

from shipway.bootstrap.environment import Environment
from shipway.bootstrap.release import Asked, run_release
from shipway.cli.course_options import course_options
from shipway.cli.extras import needing_twin
from shipway.cli.mistakes import unknown
from shipway.cli.outcome_text import outcome_text
from shipway.cli.output import output_option, show
from shipway.cli.progress import Progress, watchers_of
from shipway.domain.bump import REQUESTS


def _wanted(context: click.Context, _parameter: click.Parameter, version: str) -> str:
    """Refuse a misspelt word at once; whether a version is one, the engine says."""
    if version.isalpha() and version not in REQUESTS:
        raise unknown(f"VERSION cannot be {version!r}.", version, REQUESTS, context)
    return version


@click.command(
    "release",
    short_help="Carry a version from commits to production.",
    epilog="""
Examples:

\b
  shipway release auto --dry-run     show what would be released, and change nothing
  shipway release minor              release the next minor version
  shipway release 2.5.0              release exactly this version, or go on with it
  shipway release 2.5.0-rc.1         release a prerelease
  shipway release auto --rehearse    run the whole release on a private twin
""",
)
@click.argument("version", callback=_wanted)
@click.option("--from", "source", metavar="BRANCH", default="", help="Branch to release from.")
@click.option("--to", "target", metavar="BRANCH", default="", help="Branch to merge the release into.")
@click.option("--environment", metavar="NAME", default="", help="Last environment to deploy to.")
@click.option("--dry-run", is_flag=True, help="Show the whole plan and change nothing.")
@click.option("--rehearse", is_flag=True, help="Run it for real on a private twin of the repository.")
@course_options(
    clone="Clone to release from.",
    reason="Why gates are overridden; obligatory with --override.",
    dirty="Release",
)
@output_option
def release_command(output: str, *, rehearse: bool, **options: Any) -> int:
    """Carry VERSION from commits to production.

    VERSION is a SemVer version, or one of auto, major, minor, patch and prerelease. Running the same command
    again goes on where the release stands.
    """
    asked = Asked(**options)
    if rehearse:
        return int(needing_twin("shipway.cli.rehearsal").rehearsed(asked, output))
    with Progress() as progress:
        outcome = run_release(asked, Environment.read(), watchers_of(progress))
    show(output, outcome_text(outcome), outcome.to_json())
    return int(outcome.exit_code)
