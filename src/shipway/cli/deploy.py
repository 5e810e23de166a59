"""`shipway deploy`: bring in, in its job, what a command has started; or try a pull request before it is merged."""

import re
from pathlib import Path
from typing import Any

import click

from shipway.bootstrap.deploying import DeployAsked, run_deploy
from shipway.bootstrap.environment import Environment
from shipway.bootstrap.promoting import PromotionAsked, run_promotion
from shipway.cli.delivery_text import delivery_text
from shipway.cli.output import output_option, show
from shipway.cli.progress import Progress, watchers_of
from shipway.domain.trial import Trial
from shipway.errors import UsageError

TRYING = 'shipway deploy staging --pull-request 12 --sha "$SHA"'
"""An example."""


@click.command(
    "deploy",
    short_help="Bring in what was started, in its job; or try a pull request.",
    epilog=f"""
Examples:

\b
  shipway deploy --delivery "$DELIVERY"     in a job that names the environment
  {TRYING}
""",
)
@click.argument("environment", required=False, default="")
@click.option("--delivery", metavar="ID", default="", help="Id that the workflow was started with.")
@click.option("--pull-request", type=click.IntRange(1), metavar="N", help="What is tried in ENVIRONMENT.")
@click.option("--sha", default="", help="Its newest commit, whole.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and change nothing.")
@click.option("--repo", type=click.Path(path_type=Path), default=Path(), help="Clone to deploy from.")
@click.option(
    "--config", type=click.Path(path_type=Path), help="Configuration in place of the default branch's."
)
@output_option
def deploy_command(
    output: str, environment: str, delivery: str, pull_request: int | None, sha: str, **options: Any
) -> int:
    """Take up the deployment that GitHub made for this job, deploy, verify, and say how it ended.

    Only what passed every policy is under way; lock and version are asked about once more.

    With ENVIRONMENT, bring the newest commit of a pull request in before it is merged, where the environment has
    `unreleased: true`: it is recorded as a trial, and nothing is promoted from it.
    """
    here = Environment.read()
    with Progress() as progress:
        if delivery and not (environment or pull_request or sha):
            outcome = run_deploy(DeployAsked(delivery=delivery, **options), here, watchers_of(progress))
        else:
            version = str(_trial(environment, delivery, pull_request, sha))
            asked = PromotionAsked(version=version, target=environment, **options)
            outcome = run_promotion(asked, here, watchers_of(progress))
    show(output, delivery_text(outcome), outcome.to_json())
    return int(outcome.exit_code)


def _trial(environment: str, delivery: str, pull_request: int | None, sha: str) -> Trial:
    """What is to be tried.

    Raises:
        UsageError: That is not said, or something else besides.
    """
    whole = re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", sha)
    if delivery or not (environment and pull_request and whole):
        raise UsageError(
            "What is to be deployed is either --delivery, or ENVIRONMENT with --pull-request and the whole --sha.",
            f"In the job of a workflow: shipway deploy --delivery ID. To try a pull request: {TRYING}",
        )
    return Trial(pull_request, sha)
