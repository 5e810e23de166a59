"""`shipway lock` and `shipway unlock`: close environments, and open them again."""

from pathlib import Path
from typing import Any

import click

from shipway.bootstrap.environment import Environment
from shipway.bootstrap.locking import LockAsked, run_lock
from shipway.cli.delivery_text import delivery_text
from shipway.cli.mistakes import Choice
from shipway.cli.output import output_option, show
from shipway.cli.progress import Progress, watchers_of


@click.command(
    "lock",
    short_help="Let nobody bring anything into an environment.",
    epilog="""
Examples:

\b
  shipway lock production --reason 'database is moving' --for 2h
  shipway lock --all --reason 'incident 42'
  shipway lock staging --reason 'trying 2.5.0' --release 2.5.0    2.5.0 still comes in
  shipway lock staging --reason 'mine today' --scope user         I still come in
""",
)
@click.argument("environment", metavar="[ENV]", default="")
@click.option("--all", "every", is_flag=True, help="Every environment, at once.")
@click.option("--reason", default="", help="Why; obligatory, up to 1,000 characters, put in quotes.")
@click.option(
    "--for", "lasting", metavar="SPAN", default="", help="How long, such as 2h; else until unlocked."
)
@click.option("--scope", type=Choice(["user", "release", "pr"]), help="Whom it lets through.")
@click.option("--release", metavar="VERSION", default="", help="The version that it lets through.")
@click.option(
    "--pr",
    type=click.IntRange(1),
    default=None,
    metavar="N",
    help="The pull request whose release it lets through.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be done, and change nothing.")
@click.option("--repo", type=click.Path(path_type=Path), default=Path(), help="Clone to work in.")
@click.option(
    "--config", type=click.Path(path_type=Path), help="Configuration in place of the default branch's."
)
@output_option
def lock_command(output: str, scope: str | None, pr: int | None, **options: Any) -> int:
    """Lock ENV: every way into it refuses, and names who locked it and why.

    Locking again changes the reason and the end of your own lock.
    """
    return _run(LockAsked(scope=scope or "", pr=pr or 0, **options), output)


@click.command(
    "unlock",
    short_help="Open an environment again.",
    epilog="""
Examples:

\b
  shipway unlock production --reason 'database has moved'
  shipway unlock production --reason 'alice is away' --force      somebody else's lock
""",
)
@click.argument("environment", metavar="[ENV]", default="")
@click.option("--all", "every", is_flag=True, help="Every environment that is locked, at once.")
@click.option("--reason", default="", help="Why; obligatory, up to 1,000 characters, put in quotes.")
@click.option(
    "--force", is_flag=True, help="Take somebody else's lock away, which is recorded and announced."
)
@click.option("--dry-run", is_flag=True, help="Show what would be done, and change nothing.")
@click.option("--repo", type=click.Path(path_type=Path), default=Path(), help="Clone to work in.")
@click.option(
    "--config", type=click.Path(path_type=Path), help="Configuration in place of the default branch's."
)
@output_option
def unlock_command(output: str, **options: Any) -> int:
    """Unlock ENV; what is not locked stays open, and that is no failure."""
    return _run(LockAsked(unlock=True, **options), output)


def _run(asked: LockAsked, output: str) -> int:
    with Progress() as progress:
        outcome = run_lock(asked, Environment.read(), watchers_of(progress))
    show(output, delivery_text(outcome), outcome.to_json())
    return int(outcome.exit_code)
