"""`shipway promote`: bring a version from one environment into the next."""

from pathlib import Path
from typing import Any

import click

from shipway.bootstrap.environment import Environment
from shipway.bootstrap.promoting import PromotionAsked, run_promotion
from shipway.cli.delivery_text import delivery_text
from shipway.cli.output import output_option, show
from shipway.cli.progress import Progress, watchers_of


@click.command(
    "promote",
    short_help="Bring a version into the next environment.",
    epilog="""
Examples:

\b
  shipway promote 2.5.0 --to dev                           into the first environment
  shipway promote 2.5.0 --from staging --to production     into the next one
  shipway promote 2.5.0 --from staging --to production --dry-run
""",
)
@click.argument("version")
@click.option("--from", "source", metavar="ENV", default="", help="Environment that holds the version.")
@click.option("--to", "target", metavar="ENV", required=True, help="Environment that gets it.")
@click.option("--component", metavar="NAME", default="", help="What the version is of, for the record.")
@click.option("--reason", default="", help="Why; obligatory with --lift-hold and --override.")
@click.option("--override", multiple=True, metavar="GATE", help="Gate to let past; may be repeated.")
@click.option("--expires", metavar="TIME", default="", help="How long it is let past, such as 4h.")
@click.option("--lift-hold", is_flag=True, help="Let a version back in that was rolled back.")
@click.option("--dry-run", is_flag=True, help="Show verdicts and steps, and change nothing.")
@click.option("--wait", is_flag=True, help="Stay until soak time is over and checks have reported.")
@click.option("--repo", type=click.Path(path_type=Path), default=Path(), help="Clone to deploy from.")
@click.option(
    "--config", type=click.Path(path_type=Path), help="Configuration in place of the default branch's."
)
@output_option
def promote_command(output: str, **options: Any) -> int:
    """Bring VERSION into an environment: the same bytes that were verified in the one before.

    Running the same command again goes on where the promotion stands.
    """
    with Progress() as progress:
        outcome = run_promotion(PromotionAsked(**options), Environment.read(), watchers_of(progress))
    show(output, delivery_text(outcome), outcome.to_json())
    return int(outcome.exit_code)
