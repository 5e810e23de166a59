"""`shipway status`: what runs where, how environments stand, and what is under way."""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from shipway.adapters.git_repo import Clone
from shipway.bootstrap.environment import Environment, connect
from shipway.bootstrap.status import Seen, history_of, look, status_of
from shipway.cli.output import inert, output_option, say, show
from shipway.domain.status_view import environment_table, history_table, notes
from shipway.errors import ExitCode

STYLES = {
    "verified": "green",
    "tried": "yellow",
    "failed": "red",
    "deploying": "yellow",
    "drift": "red",
    "by": "yellow",
    "against": "yellow",
    "success": "green",
    "failure": "red",
    "error": "red",
}
"""First word of a cell about a state → how it is shown."""

PLAIN = {"environment", "version", "sha", "when", "by", "deployment", "made by"}
"""Columns that are not about a state."""

MOST = 100
"""Deployments that GitHub gives at once."""


@click.command(
    "status",
    short_help="Show what runs where, locks, and what is under way.",
    epilog="Examples:  shipway status --output json   ·   shipway status --env production --history 10",
)
@click.option("--env", "environment", metavar="NAME", default="", help="Only this environment.")
@click.option(
    "--history",
    type=click.IntRange(1, MOST),
    metavar="N",
    help="The newest N deployments of each environment.",
)
@click.option("--repo", type=click.Path(path_type=Path), default=Path(), help="Clone to work in.")
@output_option
def status_command(environment: str, history: int | None, repo: Path, output: str) -> int:
    """Show what runs where, who brought it there, locks, and which releases are under way.

    An environment whose own `version-url` says another version than was deployed is shown as drift.
    """
    github = connect(Environment.read(), Clone(repo))
    seen = look(github, environment, datetime.now(UTC), lambda warning: say(f"warning: {warning}"))
    if history:
        _show_history(seen, history, output)
    else:
        _show_status(seen, output)
    return ExitCode.OK


def _show_status(seen: Seen, output: str) -> None:
    data = status_of(seen)
    rows = data["environments"]
    if output != "text":
        show(output, "", data)
        return
    _print([f"{data['repository']}, latest release {data['latest_release'] or 'none'}", ""])
    show_environments(_console(), rows, seen.at)
    _print(_under_way(data))


def show_environments(console: Console, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Print how environments stand: a table, and what stands behind it."""
    given = [dict(row) for row in rows]
    _print_table(console, environment_table(given, now) if given else [["No environments yet."]])
    _print([f"  {note}" for note in notes(given, now)], console)


def _under_way(data: Mapping[str, Any]) -> list[str]:
    lines = [*_debts(data["debts"])]
    for release in data["open_releases"]:
        version = release["version"]
        if any(debt["version"] == version for debt in data["debts"]):
            continue
        lines += ["", f"Release {version} is under way; go on with: shipway release {version}"]
    pulls = data["pull_requests"]
    return lines + [f"Pull request #{pull['number']}: {pull['title']} {pull['url']}" for pull in pulls]


def _debts(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What hotfixes owe, a line for each of them."""
    lines = []
    for version in dict.fromkeys(row["version"] for row in rows):
        owed = [row for row in rows if row["version"] == version]
        named = ", ".join(
            f"{row['debt']} ({'overdue since' if row['overdue'] else 'by'} {row['due']})" for row in owed
        )
        lines += ["", f"Hotfix {version} owes {named}; go on with: shipway hotfix {version}"]
    return lines


def _show_history(seen: Seen, count: int, output: str) -> None:
    rows = history_of(seen, count)
    data = {"repository": seen.now.repository, "deployments": rows}
    if output != "text":
        show(output, "", data)
        return
    _print_table(_console(), history_table(rows, seen.at) if rows else [["No deployments yet."]])


def _print_table(console: Console, cells: Sequence[Sequence[str]]) -> None:
    """Columns aligned by what a terminal shows, where some characters are two wide."""
    clean = [[inert(cell).replace("\n", " ") for cell in row] for row in cells]
    widths = [max(cell_len(row[place]) for row in clean) for place in range(len(clean[0]))]
    heads = clean[0]
    for number, row in enumerate(clean):
        line = Text()
        for place, cell in enumerate(row):
            line.append(cell, style="bold" if number == 0 else _style(heads[place], cell))
            if place < len(row) - 1:
                line.append(" " * (widths[place] - cell_len(cell) + 2))
        console.print(line, soft_wrap=True)


def _style(column: str, cell: str) -> str:
    return "" if column in PLAIN else STYLES.get(cell.partition(" ")[0].rstrip(":,"), "")


def _print(lines: Sequence[str], console: Console | None = None) -> None:
    for line in lines:
        (console or _console()).print(Text(inert(line)), soft_wrap=True)


def _console() -> Console:
    """Standard output without wrapping; colours only on a terminal, and none with NO_COLOR."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=True)
