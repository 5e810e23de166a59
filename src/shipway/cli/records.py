"""`shipway report`, `shipway audit`: what happened."""

import html
import json
from collections.abc import Iterable
from pathlib import Path

import click

from shipway.adapters.git_repo import Clone
from shipway.adapters.github import GitHub, records
from shipway.adapters.templates import Templates
from shipway.bootstrap import Environment, connect
from shipway.cli.errors import describe, tell
from shipway.cli.mistakes import Choice, Group
from shipway.cli.output import output_option, show
from shipway.domain.ledger import Flaw, flaws
from shipway.domain.record import entries_path, log_line
from shipway.domain.release_report import report_view
from shipway.errors import ExitCode, InputError, ShipwayError

repo_option = click.option(
    "--repo", type=click.Path(path_type=Path), default=Path(), help="Clone to work in."
)


def _github(repo: Path) -> tuple[GitHub, Clone]:
    clone = Clone(repo)
    return connect(Environment.read(), clone), clone


@click.command(
    "report", epilog="Examples:  shipway report v2.5.0   ·   shipway report 2.5.0 --format html > report.html"
)
@click.argument("version")
@click.option(
    "--format",
    "form",
    type=Choice(["markdown", "html", "json"]),
    default="markdown",
    show_default=True,
    help="Form of the text; json is that of `--output json`.",
)
@repo_option
@output_option
def report_command(version: str, form: str, repo: Path, output: str) -> int:
    """Write the report of a release, also of one that failed or was cancelled."""
    github, clone = _github(repo)
    found = records.release_entries(github, entries_path(version.removeprefix("v")))
    if not found.entries:
        known = ", ".join(found.versions[-5:]) or "none"
        raise InputError(
            f"The ledger has no release {version}.",
            f"It knows: {known}. For example: shipway report {found.versions[-1] if found.versions else '1.0.0'}",
            reason_code="release-unknown",
            exit_code=ExitCode.VERSION_MISSING,
        )
    view = report_view(found.entries, repository_url=found.repository_url)
    if form == "json" or output != "text":
        show("json" if form == "json" else output, "", view)
        return ExitCode.OK
    text = Templates(clone.root).render("release_report.md.j2", **view)
    show("text", _page(text, version) if form == "html" else text, view)
    return ExitCode.OK


def _page(markdown: str, title: str) -> str:
    """The report as one page that needs nothing else; raw HTML in it stays text."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only for HTML

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    head = f"<title>{html.escape(title)}</title>"
    return f'<!doctype html>\n<html lang="en"><meta charset="utf-8">{head}\n{body}</html>\n'


@click.group(
    "audit", cls=Group, epilog="Examples:  shipway audit verify   ·   shipway audit show --output json"
)
def audit_command() -> None:
    """Look at the ledger and check that nobody changed it."""


@audit_command.command("verify", epilog="Example:  shipway audit verify --output json")
@repo_option
@output_option
def verify_command(repo: Path, output: str) -> int:
    """Check every entry, their order, and what releases and deployments quoted of them."""
    ledger = records.whole_ledger(_github(repo)[0])
    found = flaws(ledger.entries, ledger.head, ledger.anchors)
    data = {
        "entries": len(ledger.entries),
        "anchors": len(ledger.anchors),
        "commit": ledger.commit,
        "flaws": [{"sequence": flaw.sequence, "problem": flaw.problem} for flaw in found],
    }
    if found:
        problem = _tampered(found)
        tell(problem)
        show(output, "", data | {"error": describe(problem)})
        return problem.exit_code
    quoted = f"{len(ledger.anchors)} of them quoted outside the ledger"
    show(output, f"{len(ledger.entries)} entries are intact; {quoted}.", data)
    return ExitCode.OK


def _tampered(found: Iterable[Flaw]) -> ShipwayError:
    lines = "\n".join(f"  entry {flaw.sequence}: {flaw.problem}" for flaw in found)
    return ShipwayError(
        f"The ledger was changed behind Shipway's back:\n{lines}",
        "Compare the branch shipway-ledger with a clone that somebody fetched earlier.",
        reason_code="ledger-tampered",
    )


@audit_command.command("show", epilog="Example:  shipway audit show --output json")
@repo_option
@output_option
def show_command(repo: Path, output: str) -> int:
    """List every entry, oldest first."""
    entries = records.whole_ledger(_github(repo)[0]).entries
    data = [json.loads(entry.to_line()) for entry in entries]
    show(output, "\n".join(log_line(entry) for entry in entries), data)
    return ExitCode.OK
