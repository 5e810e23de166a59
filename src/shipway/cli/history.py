"""The command lines of `shipway next` and `shipway changelog`."""

from pathlib import Path

import click

from shipway.cli.output import output_option
from shipway.cli.reading import show_changelog, show_next

repo_option = click.option(
    "--repo",
    type=click.Path(path_type=Path, exists=True),
    default=".",
    show_default=True,
    help="A folder in the clone.",
)


@click.command(
    "next",
    short_help="Print the version that the commits ask for.",
    epilog="Examples:  shipway next   ·   shipway next --repo ../api --output json",
)
@repo_option
@output_option
def next_command(repo: Path, output: str) -> None:
    """Print the version that the commits since the last release ask for.

    Prints nothing when they ask for none.
    """
    show_next(repo, output)


@click.command(
    "changelog",
    short_help="Print what changed, since the last release or in every one.",
    epilog="Examples:  shipway changelog   ·   shipway changelog --all   ·   shipway changelog --from v1.0.0",
)
@repo_option
@click.option(
    "--from", "first", default="", metavar="TAG", help="Begin after this tag, not the last release."
)
@click.option(
    "--to", "last", default="", metavar="REF", help="End with this tag, branch or commit, not HEAD."
)
@click.option("--all", "everything", is_flag=True, help="Every release, newest first.")
@output_option
def changelog_command(repo: Path, first: str, last: str, output: str, *, everything: bool) -> None:
    """Print what changed since the last release, or in every release, as Markdown.

    Templates in .github/shipway/templates/ take the place of ours.
    """
    show_changelog(repo, output, first=first, last=last, everything=everything)
