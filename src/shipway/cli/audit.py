"""`shipway audit`: what happened, and whether somebody changed what is written of it."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.cells import cell_len, chop_cells, set_cell_size

from shipway.adapters.git_repo import Clone
from shipway.bootstrap.acknowledging import AcknowledgeAsked, run_acknowledge
from shipway.bootstrap.audit import Audit, audit, opened_ledger
from shipway.bootstrap.environment import Environment
from shipway.cli.delivery_text import delivery_text
from shipway.cli.errors import describe, tell
from shipway.cli.mistakes import Group, unknown
from shipway.cli.output import inert, output_option, show
from shipway.cli.progress import Progress, watchers_of
from shipway.domain.audit_view import COLUMNS, KINDS, Wanted, audit_row, told_of
from shipway.domain.delivery.order import called
from shipway.domain.ledger import Entry
from shipway.domain.standings import environments_of
from shipway.engine.ledger_cuts import Cuts
from shipway.errors import ExitCode, ShipwayError, UsageError

WIDTH, GAP, INDENT = 80, "  ", " " * 6
"""Cells of a line in the list of entries, between its columns, and in front of what is folded."""

MAY_BE_CUT = tuple(COLUMNS.index(name) for name in ("version", "environment", "by"))
"""Columns of which a part has to do; all of it is in the JSON."""

_repo_option = click.option(
    "--repo", type=click.Path(path_type=Path), default=Path(), help="Clone to work in."
)


@click.group(
    "audit", cls=Group, epilog="Examples:  shipway audit verify   ·   shipway audit show --output json"
)
def audit_command() -> None:
    """Look at the ledger and check that nobody changed it."""


@audit_command.command(
    "verify",
    short_help="Check that nobody changed the ledger.",
    epilog="Example:  shipway audit verify --output json",
)
@_repo_option
@output_option
def verify_command(repo: Path, output: str) -> int:
    """Check every entry, file and commit, and what releases and deployments quoted of them."""
    found = audit(Environment.read(), Clone(repo))
    data = {
        "entries": len(found.ledger.entries),
        "anchors": len({one.sequence for one in found.quoted}),
        "revision": found.ledger.revision,
        "flaws": [
            {"sequence": flaw.sequence, "path": flaw.path, "problem": flaw.problem} for flaw in found.flaws
        ],
        "acknowledged": [
            {"cut": cut.id, **json.loads(answer.entry.to_line())} for cut, answer in found.cuts.answered
        ],
    }
    answers = [answer.told(cut) for cut, answer in found.cuts.answered]
    if found.flaws:
        problem = _tampered(found)
        tell(problem)
        show(output, "", data | {"error": describe(problem)})
        return problem.exit_code
    show(output, "\n".join([f"{found.summary}.", *(f"  ! {one}" for one in answers)]), data)
    return ExitCode.OK


def _tampered(found: Audit) -> ShipwayError:
    lines = "\n".join(f"  {flaw}" for flaw in found.flaws)
    return ShipwayError(
        f"The ledger was changed behind Shipway's back:\n{lines}",
        f"Compare the branch shipway-ledger with a clone that somebody fetched earlier.{_answering(found.cuts)}",
        reason_code="ledger-tampered",
    )


def _answering(cuts: Cuts) -> str:
    """How to go on once somebody has looked at what was lost; empty where nothing was cut."""
    if not cuts.unanswered:
        return ""
    return f" If a cut was right: shipway audit acknowledge {cuts.unanswered[0].id} --reason '…'"


@audit_command.command(
    "acknowledge",
    short_help="Answer for a cut of the ledger's branch.",
    epilog="Examples:  shipway audit acknowledge 17 --reason 'set back after a push by hand' --dry-run",
)
@click.argument("number", metavar="CUT", type=click.IntRange(1))
@click.option("--reason", default="", help="Why; obligatory, up to 1,000 characters, put in quotes.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and change nothing.")
@_repo_option
@output_option
def acknowledge_command(output: str, **options: Any) -> int:
    """Answer for one cut: CUT is its number, as `shipway audit verify` names it.

    It is recorded with your name and with each entry that was lost. Later cuts are not covered.
    """
    with Progress() as progress:
        outcome = run_acknowledge(AcknowledgeAsked(**options), Environment.read(), watchers_of(progress))
    show(output, delivery_text(outcome), outcome.to_json())
    return int(outcome.exit_code)


@audit_command.command(
    "show",
    epilog="Examples:  shipway audit show --env production --since 2026-11-01   ·   shipway audit show --output json",
)
@click.option("--version", "version", default="", help="Only what happened to this version.")
@click.option(
    "--env", "environment", metavar="NAME", default="", help="Only what happened in this environment."
)
@click.option("--kind", default="", help="Only this kind, such as deployed or locked.")
@click.option("--actor", metavar="LOGIN", default="", help="Only what this person did.")
@click.option("--since", metavar="DATE", default="", help="Only from this day or moment on (UTC).")
@_repo_option
@output_option
def show_command(repo: Path, output: str, version: str, since: str, environment: str, **given: str) -> int:
    """List entries, oldest first."""
    moment = _moment(since)
    every = opened_ledger(Environment.read(), Clone(repo)).whole().entries
    _known_kind(given["kind"], every)
    names = {name for entry in every for name in environments_of(entry.event)}
    meant = called(names, environment) or environment
    wanted = Wanted(version=version.removeprefix("v"), since=moment, environment=meant, **given)
    entries = [entry for entry in every if wanted.takes(entry)]
    data = {"entries": [json.loads(entry.to_line()) for entry in entries]}
    show(output, "\n".join(_listed(entries)) or _none_such(environment, names), data)
    return ExitCode.OK


def _none_such(environment: str, names: set[str]) -> str:
    """A name that no entry has may be mistyped, or of an environment that nothing happened to."""
    there = f" Environments of the ledger: {', '.join(sorted(names))}." if environment and names else ""
    return f"No such entries.{there}"


def _known_kind(kind: str, entries: Iterable[Entry]) -> None:
    """Refuse a kind that there is not; one that only another version of Shipway writes is there if it was written."""
    known = dict.fromkeys([*KINDS, *(entry.event.kind for entry in entries)])
    if kind and kind not in known:
        raise unknown(f"--kind cannot be {kind!r}.", kind, known, click.get_current_context())


def _moment(text: str) -> str:
    """A day or moment as the ledger writes moments."""
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError as problem:
        raise UsageError(
            f"--since cannot be {text!r}: that is no date.",
            "Write a day or a moment: shipway audit show --since 2026-11-21T12:00:00Z",
        ) from problem
    if moment is None:
        return ""
    utc = moment.astimezone(UTC) if moment.tzinfo else moment
    return utc.strftime("%Y-%m-%dT%H:%M:%SZ")


def _listed(entries: Sequence[Entry]) -> list[str]:
    """A row for each entry, and below it, folded, what it tells; in `WIDTH` cells of a terminal."""
    if not entries:
        return []
    rows = _aligned([COLUMNS, *(audit_row(entry) for entry in entries)])
    details = [[], *(_folded(told_of(entry.event.detail)) for entry in entries)]
    return [line for row, below in zip(rows, details, strict=True) for line in (row, *below)]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as what a terminal shows in them, the widest of some cut where all are too wide."""
    clean = [[_one_line(cell) for cell in row] for row in rows]
    widths = [max(cell_len(row[place]) for row in clean) for place in range(len(clean[0]))]
    while sum(widths) + len(GAP) * (len(widths) - 1) > WIDTH:
        widths[max(MAY_BE_CUT, key=widths.__getitem__)] -= 1
    return [
        GAP.join(_cut(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in clean
    ]


def _cut(cell: str, width: int) -> str:
    return set_cell_size(cell if cell_len(cell) <= width else f"{set_cell_size(cell, width - 1)}…", width)


def _folded(parts: Iterable[str]) -> list[str]:
    """Parts side by side, each whole where it fits into a line."""
    lines: list[str] = []
    room = WIDTH - len(INDENT)
    for part in (piece for one in parts for piece in chop_cells(_one_line(one), room)):
        beside = f"{lines[-1]}{GAP}{part}" if lines else ""
        if beside and cell_len(beside) <= room:
            lines[-1] = beside
        else:
            lines.append(part)
    return [f"{INDENT}{line}" for line in lines]


def _one_line(text: str) -> str:
    return inert(text).replace("\n", " ")
