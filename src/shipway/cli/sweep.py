"""`shipway sweep`: carry on and end what runs have left open."""

from pathlib import Path

import click

from shipway.bootstrap.environment import Environment
from shipway.bootstrap.sweeping import SweepAsked, run_sweep
from shipway.cli.output import output_option, show
from shipway.cli.progress import Progress, watchers_of
from shipway.domain.delivery.outcome import DeliveryOutcome


@click.command(
    "sweep",
    short_help="Carry on and end what runs have left open.",
    epilog="Examples:  shipway sweep   ·   shipway sweep --output json",
)
@click.option("--dry-run", is_flag=True, help="Show what would be done, and change nothing.")
@click.option("--repo", type=click.Path(path_type=Path), default=Path(), help="Clone to verify in.")
@click.option(
    "--config", type=click.Path(path_type=Path), help="Configuration in place of the default branch's."
)
@output_option
def sweep_command(output: str, repo: Path, config: Path | None, *, dry_run: bool) -> int:
    """Look at every promotion and rollback that is under way, and say what became of it.

    Where the run that deploys has succeeded, the version is verified; where it has failed or is lost, its
    deployment is ended and the environment is free. What may stay half-way is carried on: runs that were lost while
    Shipway deployed in them, once, and every rollback. Nothing else is started anew.
    """
    asked = SweepAsked(dry_run=dry_run, repo=repo, config=config)
    with Progress() as progress:
        outcome = run_sweep(asked, Environment.read(), watchers_of(progress))
    show(output, sweep_text(outcome), outcome.to_json())
    return int(outcome.exit_code)


def sweep_text(outcome: DeliveryOutcome) -> str:
    """One line for each delivery."""
    lines = [
        f"  {row['became']:<9} {row['environment']}  {row['version']}  {row['message']}"
        + (f"\n{'':12}{row['next_step']}" if row["became"] == "failed" else "")
        for row in outcome.facts["deliveries"]
    ]
    return "\n".join([outcome.message, *lines, *([outcome.next_step] if outcome.next_step else [])])
