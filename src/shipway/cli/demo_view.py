"""The end of a demonstration, as people read it in a terminal."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shipway.cli.difference import deployments_table, heading, pull_part
from shipway.domain.outcome import Outcome

SCHEMA = 1
CHANGELOG_LINES = 12
"""Lines of the new changelog section that are shown."""

KEPT = "These show more, in another terminal:"
GONE = "The twin is gone with its folder. With --keep it stays up, and these show more:"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a demonstration ends with.

    Attributes:
        requests: Kind (graphql, rest, git) → requests that the release took.
        ledger: What checking the ledger said.
        look_further: Commands that show more.
        kept: Whether the twin stays up afterwards.
    """

    outcome: Outcome
    changes: Mapping[str, Any]
    requests: Mapping[str, int]
    ledger: str
    seconds: float
    look_further: list[str]
    kept: bool

    def to_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "schema": SCHEMA,
            "command": "demo",
            "outcome": self.outcome.to_json(),
            "difference": dict(self.changes),
            "requests": dict(self.requests),
            "ledger": self.ledger,
            "seconds": round(self.seconds, 1),
        }


def show_demonstration(console: Console, shown: Shown) -> None:
    """Print everything, the pull request first."""
    for pull in shown.changes["pull_requests"]:
        heading(console, "Pull request, as its reviewers read it")
        for part in pull_part(pull):
            console.print(part)
    _show_changelog(console, shown.changes)
    if shown.changes["deployments"]:
        heading(console, "Deployments")
        console.print(deployments_table(shown.changes["deployments"]))
    heading(console, "Result")
    console.print(_result(shown))
    heading(console, "Look further")
    console.print(Text(KEPT if shown.kept else GONE))
    for command in shown.look_further:
        console.print(Text(f"  {command}", "cyan"), soft_wrap=True)


def _show_changelog(console: Console, changes: Mapping[str, Any]) -> None:
    found = [one for one in changes["files"] if one["path"].upper().endswith((".MD", ".RST", "CHANGELOG"))]
    added = [line[1:] for one in found for line in one["diff"].splitlines() if re.match(r"\+(?!\+\+ )", line)]
    if not added:
        return
    heading(console, f"{found[0]['path']}: {len(added)} new lines")
    for line in added[:CHANGELOG_LINES]:
        console.print(Text(line, "bold" if line.startswith("#") else ""), no_wrap=True, overflow="ellipsis")
    if len(added) > CHANGELOG_LINES:
        console.print(Text(f"… and {len(added) - CHANGELOG_LINES} more lines", "dim"))


def _result(shown: Shown) -> Table:
    outcome = shown.outcome
    graphql, rest, git = (shown.requests.get(kind, 0) for kind in ("graphql", "rest", "git"))
    rows = {
        "version": f"{outcome.version}, {'after ' + outcome.previous_tag if outcome.previous_tag else 'the first'}",
        "state": outcome.message,
        "tag": outcome.tag,
        "release": "published" if outcome.release_url else "none",
        "ledger": shown.ledger,
        "requests": f"{graphql + rest} to GitHub's API ({graphql} GraphQL, {rest} REST), and {git} of git",
        "time": f"{shown.seconds:.1f} s, the repository's import included",
        **{f"note {number}": note for number, note in enumerate(outcome.warnings, start=1)},
    }
    table = Table.grid(padding=(0, 3))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(name, Text(value))
    return table
