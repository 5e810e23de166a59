"""`shipway demo`: any repository released, promoted, locked and rolled back on an embedded twin."""

from pathlib import Path

import click

from shipway.cli.extras import needing_twin
from shipway.cli.output import output_option


@click.command(
    "demo",
    short_help="Release any repository on an embedded twin.",
    epilog="""
Examples:

\b
  shipway demo                          release the repository of this directory
  shipway demo --repo ../project        release another one
  shipway demo --rehearse               show what a rehearsal shows
  shipway demo --keep                   leave the twin up afterwards, to look around
""",
)
@click.option(
    "--repo", type=click.Path(path_type=Path), default=Path(), help="Repository to release; only read."
)
@click.option("--rehearse", is_flag=True, help="Rehearse the release instead of making it.")
@click.option("--keep", is_flag=True, help="Keep the twin up until Ctrl-C.")
@output_option
def demo_command(output: str, *, repo: Path, rehearse: bool, keep: bool) -> int:
    """Carry the next version of a repository to production, and the one after it there and back, on a twin.

    The twin is in a temporary folder, and needs no account and no network. The repository is only read; deployments
    print a line. A configuration of its own says which environments there are, and in which order.
    """
    stage = needing_twin("shipway.cli.demo_run")
    return int(stage.demonstrated(repo, output, rehearse=rehearse, keep=keep))
