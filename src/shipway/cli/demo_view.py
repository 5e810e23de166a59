"""The end of a demonstration, as people read it in a terminal."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shipway.cli.demo_story import Act, Played
from shipway.cli.difference import deployments_table, heading, pull_part
from shipway.cli.output import inert
from shipway.cli.rollback_text import impact_lines
from shipway.cli.status import show_environments
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.outcome import Decision, Outcome
from shipway.errors import ExitCode

CHANGELOG_LINES = 12
"""Lines of the new changelog section that are shown."""

KEPT = "These show more, in another terminal:"
GONE = "The twin is gone with its folder. With --keep it stays up, and these show more:"
STYLES = {Decision.DONE: ("✓", "green"), Decision.WAITING: ("…", "yellow")}
RULINGS = {
    "pass": ("✓", "green"),
    "fail": ("✗", "red"),
    "error": ("!", "red"),
    "inconclusive": ("…", "yellow"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a demonstration ends with.

    Attributes:
        outcome: Of the first release.
        environments: How they stand at the end, as `shipway status` has it.
        requests: Kind (graphql, rest, git) → requests that the first release took.
        ledger: What checking the ledger said.
        look_further: Commands that show more.
        kept: Whether the twin stays up afterwards.
    """

    outcome: Outcome
    story: tuple[Played, ...]
    changes: Mapping[str, Any]
    environments: list[dict[str, Any]]
    requests: Mapping[str, int]
    ledger: str
    seconds: float
    look_further: list[str]
    kept: bool

    @property
    def exit_code(self) -> int:
        """That of the release, or of what did not end as it has to."""
        surprise = next((one.outcome for one in self.story if not one.as_foreseen), None)
        return int(surprise.exit_code or ExitCode.FAILURE) if surprise else int(self.outcome.exit_code)

    def to_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "command": "demo",
            "outcome": self.outcome.to_json(),
            "story": [{"line": one.line, "outcome": one.outcome.to_json()} for one in self.story],
            "difference": dict(self.changes),
            "environments": self.environments,
            "requests": dict(self.requests),
            "ledger": self.ledger,
            "seconds": round(self.seconds, 1),
        }


class Screen:
    """Shows a demonstration while it goes on, on a console that may be a quiet one."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._acts = 0

    def release(self, changes: Mapping[str, Any]) -> None:
        """What the first release has made."""
        for pull in changes["pull_requests"]:
            heading(self._console, "Pull request, as its reviewers read it")
            for part in pull_part(pull):
                self._console.print(part)
        _show_changelog(self._console, changes)

    def act(self, act: Act, line: str) -> None:
        """An act begins."""
        self.note(act.title, line)

    def note(self, title: str, line: str) -> None:
        """Something begins that a person would type."""
        self._acts += 1
        heading(self._console, f"{self._acts}. {title}")
        self._console.print(Text.assemble(("$ ", "dim"), (line, "cyan")), soft_wrap=True)

    def played(self, played: Played) -> None:
        """An act has ended."""
        outcome = played.outcome
        impact = outcome.facts.get("impact")
        for line in impact_lines(outcome.facts["from"], impact) if impact else ():
            self._console.print(Text(inert(line)), soft_wrap=True)
        mark, style = STYLES.get(outcome.decision, ("✗", "red"))
        self._console.print(_grid([(Text(mark, style), Text(inert(outcome.message), "bold"))]))
        if outcome.decision is not Decision.DONE:
            self._console.print(_verdicts(outcome.verdicts))
        words = {**_made(outcome), "next": outcome.next_step, "cost": _cost(played)}
        rows = ((Text(f"  {name}", "dim"), Text(inert(text))) for name, text in words.items() if text)
        self._console.print(_grid(rows))

    def end(self, shown: Shown, now: datetime) -> None:
        """What there is in the end."""
        if shown.changes["deployments"]:
            heading(self._console, "Deployments")
            self._console.print(deployments_table(shown.changes["deployments"]))
        heading(self._console, "Status, as shipway status shows it")
        show_environments(self._console, shown.environments, now)
        heading(self._console, "Result")
        self._console.print(_result(shown))
        heading(self._console, "Look further")
        self._console.print(Text(KEPT if shown.kept else GONE))
        for command in shown.look_further:
            self._console.print(Text(f"  {command}", "cyan"), soft_wrap=True)


def _grid(rows: Iterable[tuple[Text, ...]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*row)
    return table


def _verdicts(rows: Iterable[Mapping[str, Any]]) -> Table:
    marks = ((*RULINGS[row["ruling"]], row) for row in rows)
    return _grid(
        (
            Text(f"  {mark}", style),
            Text(row["gate"], "" if row["ruling"] == "pass" else style),
            Text(inert(row["summary"])),
        )
        for mark, style, row in marks
    )


def _cost(played: Played) -> str:
    requests = f"{played.requests} request{'' if played.requests == 1 else 's'}"
    return f"exit code {int(played.outcome.exit_code)}, {requests}, {played.seconds:.1f} s"


def _made(outcome: DeliveryOutcome) -> dict[str, str]:
    """What there is now that was not there before."""
    facts = outcome.facts
    made = {
        "tag": str(facts.get("rollback_tag") or ""),
        "incident": str(facts.get("incident") or ""),
        "pull request": (facts.get("pull_request") or {}).get("url", ""),
    }
    warnings = {f"note {number}": text for number, text in enumerate(outcome.warnings, start=1)}
    return {name: value for name, value in (made | warnings).items() if value}


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
        "requests": f"{graphql + rest} by the release ({graphql} GraphQL, {rest} REST), and {git} of git",
        "time": f"{shown.seconds:.1f} s, the repository's import included",
        **{f"note {number}": note for number, note in enumerate(outcome.warnings, start=1)},
    }
    table = Table.grid(padding=(0, 3))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(name, Text(value))
    return table
