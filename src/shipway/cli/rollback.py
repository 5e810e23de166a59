"""`shipway rollback`: bring an environment back to a version that was good there."""

from pathlib import Path
from typing import Any

import click

from shipway.bootstrap.environment import Environment
from shipway.bootstrap.rollback import RollbackAsked, run_rollback
from shipway.cli.output import output_option, show
from shipway.cli.progress import Progress, watchers_of
from shipway.cli.rollback_text import rollback_text


@click.command(
    "rollback",
    short_help="Bring an environment back to a version that was good there.",
    epilog="""
Examples:

\b
  shipway rollback production --reason 'errors at checkout' --dry-run    what it would mean
  shipway rollback production --reason 'errors at checkout'              to the last verified version
  shipway rollback production --to 2.4.0 --reason 'errors at checkout'   to a certain one
""",
)
@click.argument("environment")
@click.option(
    "--to", metavar="VERSION", default="", help="Version that comes back.  [default: the last verified]"
)
@click.option("--reason", required=True, help="Why, for the record and the incident report.")
@click.option("--dry-run", is_flag=True, help="Show impact, verdicts and steps, and change nothing.")
@click.option("--wait", is_flag=True, help="Wait for another run that is bringing a version in.")
@click.option("--repo", type=click.Path(path_type=Path), default=Path(), help="Clone to deploy from.")
@click.option(
    "--config", type=click.Path(path_type=Path), help="Configuration in place of the default branch's."
)
@output_option
def rollback_command(output: str, **options: Any) -> int:
    """Take the version that stands in ENVIRONMENT out, and bring back one that was verified there.

    The version that goes does not come back unless somebody lifts the hold. Nothing is asked; running the same
    command again goes on where the rollback stands.
    """
    with Progress() as progress:
        outcome = run_rollback(RollbackAsked(**options), Environment.read(), watchers_of(progress))
    show(output, rollback_text(outcome), outcome.to_json())
    return int(outcome.exit_code)
