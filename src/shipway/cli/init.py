"""`shipway init`: looks at the repository, proposes configuration and workflows, shows the difference, writes."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from shipway.adapters.git_repo import Clone
from shipway.bootstrap.environment import Environment
from shipway.bootstrap.setup import UNKNOWN_OWNER, Setup, setup_of
from shipway.cli.output import inert, output_option, say, show, write
from shipway.domain.setup.findings import Findings, found_lines
from shipway.domain.setup.proposed_files import ProposedFile, State, difference
from shipway.errors import ExitCode, UsageError

SCHEMA = 1
"""Of the JSON: raised when a field changes its meaning or goes; fields may be added without."""

ACTIONS = {State.NEW: "create", State.UPDATE: "update", State.EDITED: "keep", State.SAME: "nothing"}
STYLES = {"+": "green", "-": "red", "@": "cyan"}
NEXT = "Next: commit them, push, and run `shipway doctor` and `shipway release auto --dry-run`."


@click.command("init", epilog="Examples:  shipway init   ·   shipway init --yes   ·   shipway init --dry-run")
@click.option(
    "--repo", type=click.Path(path_type=Path), default=Path(), help="Clone to look at and to write in."
)
@click.option(
    "--owner", default="", help="Whose copy of Shipway the workflows call; the repository's owner without."
)
@click.option("--yes", is_flag=True, help="Ask nothing; files that people have changed stay.")
@click.option("--force", is_flag=True, help="Write also over files that people have changed.")
@click.option("--dry-run", is_flag=True, help="Show the difference and write nothing.")
@output_option
def init_command(repo: Path, owner: str, output: str, *, yes: bool, force: bool, dry_run: bool) -> int:
    """Write configuration and workflows for a repository.

    Works without a token; with one GitHub is asked for its environments. The difference is shown first. It may be run
    again: it then updates what it wrote, and leaves alone what people have changed.
    """
    if owner and not _is_login(owner):
        raise UsageError(
            f"{owner!r} is no owner of a repository.",
            "Name whose copy of Shipway the workflows call: shipway init --owner octo-org",
            reason_code="owner-unknown",
        )
    setup = setup_of(Environment.read(), Clone(repo), owner, say)
    asking = not (yes or dry_run)
    files = setup.files(gate=_asked_for_gate(setup) if asking else setup.gate)
    due = [one for one in files if one.state in _due(force=force)]
    if asking and any(one.state is not State.SAME for one in files):
        due = _agreed(setup.found, files, force=force)
    for one in () if dry_run else due:
        setup.write(one)
    _show(setup, files, due, output, _decision(due, dry_run=dry_run), shown=asking)
    return ExitCode.OK


def _is_login(owner: str) -> bool:
    return owner.replace("-", "").isalnum() and owner.isascii()


def _due(*, force: bool) -> set[State]:
    return {State.NEW, State.UPDATE, *([State.EDITED] if force else [])}


def _decision(due: list[ProposedFile], *, dry_run: bool) -> str:
    return "nothing" if not due else "planned" if dry_run else "written"


def _asked_for_gate(setup: Setup) -> bool:
    tests = setup.found.tests
    if setup.configured or tests is None or not sys.stdin.isatty():
        return setup.gate
    command = inert(" ".join(tests.command))
    return click.confirm(f"Run `{command}` before each release?", default=setup.gate, err=True)


def _agreed(found: Findings, files: Iterable[ProposedFile], *, force: bool) -> list[ProposedFile]:
    """The files that somebody at the terminal wants to have written.

    Raises:
        UsageError: Nobody is there to ask, or they do not want to.
    """
    several = [*files]
    if not sys.stdin.isatty():
        raise UsageError(
            "There is nobody here to ask whether to write the files.",
            "Pass --yes, or look first: shipway init --dry-run",
            reason_code="not-confirmed",
        )
    say("\n".join(found_lines(found)))
    plain = [one for one in several if one.state in _due(force=force)]
    _coloured(difference(plain), sys.stderr)
    if plain and not click.confirm(f"Write {_names(plain)}?", err=True):
        raise UsageError("Nothing was written.", "", reason_code="not-confirmed")
    edited = [one for one in several if one.state is State.EDITED and not force]
    return [*plain, *(one for one in edited if _replaced(one))]


def _replaced(one: ProposedFile) -> bool:
    _coloured(difference([one]), sys.stderr)
    return click.confirm(f"People have changed {inert(one.path)}. Replace it?", default=False, err=True)


def _names(files: Iterable[ProposedFile]) -> str:
    return ", ".join(one.path for one in files)


def _show(
    setup: Setup,
    files: tuple[ProposedFile, ...],
    due: list[ProposedFile],
    output: str,
    decision: str,
    *,
    shown: bool,
) -> None:
    if output != "text":
        show(output, "", _data(setup, files, due, decision))
        return
    if not shown:
        write(inert("\n".join([*found_lines(setup.found), "", ""])))
        _coloured(difference(due), sys.stdout)
    write(inert("\n".join(_ending(setup, files, due, decision))))


def _coloured(lines: Iterable[str], stream: Any) -> None:
    from rich.console import Console  # noqa: PLC0415 - data for programs does without
    from rich.text import Text  # noqa: PLC0415 - likewise

    console = Console(file=stream, highlight=False, soft_wrap=True)
    for line in lines:
        console.print(Text(inert(line), STYLES.get(line[:1], "")))


def _ending(
    setup: Setup, files: tuple[ProposedFile, ...], due: list[ProposedFile], decision: str
) -> list[str]:
    kept = [one for one in files if one.state is State.EDITED and one not in due]
    said = {
        "nothing": "Nothing to change.",
        "planned": f"Would be written: {_names(due)}.",
        "written": f"Written: {_names(due)}.",
    }
    lines = [said[decision], *(f"Changed by people and left alone: {one.path}." for one in kept)]
    return lines + _owner_lines(setup, files) + ([NEXT] if decision == "written" else [])


def _owner_lines(setup: Setup, files: Iterable[ProposedFile]) -> list[str]:
    if setup.owner == UNKNOWN_OWNER:
        return ["! Nothing says whose copy of Shipway the workflows call: shipway init --owner octo-org"]
    if all(one.state is State.SAME for one in files):
        return []
    return [f"The workflows call {setup.owner}/shipway; another owner: shipway init --owner octo-org"]


def _data(
    setup: Setup, files: tuple[ProposedFile, ...], due: list[ProposedFile], decision: str
) -> dict[str, Any]:
    found = setup.found
    return {
        "schema": SCHEMA,
        "repository": found.repository.name,
        "decision": decision,
        "owner": setup.owner,
        "found": _found(found),
        "files": [
            {"path": one.path, "action": "update" if one in due and one.before else ACTIONS[one.state]}
            for one in files
        ],
    }


def _found(found: Findings) -> dict[str, Any]:
    way, tests = found.route, found.tests
    return {
        "flow": way.flow,
        "source": way.source,
        "target": way.target,
        "packages": dict(found.packages),
        "version_files": [file.path for file in found.version_files],
        "tag": found.tag,
        "tests": {"command": list(tests.command), "reports": list(tests.reports)} if tests else None,
        "environments": list(found.environments),
        "tools": [
            {"name": one.tool, "where": one.where, "todo": one.todo, "notes": list(one.notes)}
            for one in found.tools
        ],
    }
