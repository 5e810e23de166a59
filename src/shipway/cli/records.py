"""`shipway report`: what happened to a release."""

import html
from pathlib import Path

import click

from shipway.adapters.git_repo import Clone
from shipway.adapters.github import GitHub, records
from shipway.adapters.templates import Templates
from shipway.bootstrap.audit import opened_ledger
from shipway.bootstrap.environment import Environment, connect
from shipway.cli.mistakes import Choice
from shipway.cli.output import output_option, show
from shipway.domain.record import entries_path
from shipway.domain.release_report import report_view
from shipway.errors import ExitCode, InputError

repo_option = click.option(
    "--repo", type=click.Path(path_type=Path), default=Path(), help="Clone to work in."
)


def _github(repo: Path) -> tuple[GitHub, Clone]:
    clone = Clone(repo)
    return connect(Environment.read(), clone), clone


@click.command(
    "report",
    short_help="Write the report of a release.",
    epilog="Examples:  shipway report v2.5.0   ·   shipway report 2.5.0 --format html > report.html",
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
    book = entries_path(version.removeprefix("v"))
    found = records.release_entries(github, book)
    entries = found.entries or opened_ledger(Environment.read(), clone).read(book).entries
    if not entries:
        known = ", ".join(found.versions[-5:]) or "none"
        raise InputError(
            f"The ledger has no release {version}.",
            f"It knows: {known}. For example: shipway report {found.versions[-1] if found.versions else '1.0.0'}",
            reason_code="release-unknown",
            exit_code=ExitCode.VERSION_MISSING,
        )
    view = report_view(entries, repository_url=found.repository_url)
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
