"""`shipway deploy`: bring in, in the job of a workflow, what a promotion or rollback has started."""

from pathlib import Path

import click

from shipway.bootstrap.deploying import DeployAsked, run_deploy
from shipway.bootstrap.environment import Environment
from shipway.cli.delivery_text import delivery_text
from shipway.cli.output import output_option, show
from shipway.cli.progress import Progress, watchers_of


@click.command(
    "deploy",
    short_help="Bring in what a promotion or rollback has started, in its job.",
    epilog="""
Examples:

\b
  shipway deploy --delivery "$DELIVERY"     in a job that names the environment
""",
)
@click.option("--delivery", metavar="ID", required=True, help="Id that the workflow was started with.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and change nothing.")
@click.option("--repo", type=click.Path(path_type=Path), default=Path(), help="Clone to deploy from.")
@click.option(
    "--config", type=click.Path(path_type=Path), help="Configuration in place of the default branch's."
)
@output_option
def deploy_command(output: str, delivery: str, repo: Path, config: Path | None, *, dry_run: bool) -> int:
    """Take up the deployment that GitHub made for this job, deploy, verify, and say how it ended.

    Only what passed every policy is under way; lock and version are asked about once more.
    """
    asked = DeployAsked(delivery=delivery, dry_run=dry_run, repo=repo, config=config)
    with Progress() as progress:
        outcome = run_deploy(asked, Environment.read(), watchers_of(progress))
    show(output, delivery_text(outcome), outcome.to_json())
    return int(outcome.exit_code)
