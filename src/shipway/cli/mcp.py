"""`shipway mcp`: the same operations as tools of agents."""

from pathlib import Path

import click

from shipway.cli.extras import needing_mcp
from shipway.errors import ExitCode


@click.command(
    "mcp",
    short_help="Serve the operations as tools of agents.",
    epilog="Examples:  shipway mcp --repo ~/hello   ·   shipway mcp --http 127.0.0.1:8000",
)
@click.option("--http", metavar="HOST:PORT", default="", help="Serve HTTP on this machine instead of stdio.")
@click.option("--repo", type=click.Path(path_type=Path), default=Path(), help="Clone to work in.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a tool waits for what it began, which goes on.",
)
def mcp_command(http: str, repo: Path, timeout: float) -> int:
    """Serve tools by the Model Context Protocol, by standard input and output unless --http is given.

    The tools go by the same policy and refuse the same as the commands. They act with the token of the environment.
    """
    needing_mcp("shipway.mcp_server.serving").serve(repo, http, timeout)
    return ExitCode.OK
