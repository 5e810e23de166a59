"""`shipway status`: what runs where, how environments stand, and what is under way."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from shipway.adapters.git_repo import Clone
from shipway.adapters.github import GitHub
from shipway.adapters.github.status import Now, newest_deployments, read_now, unseen
from shipway.adapters.health import Address, versions
from shipway.bootstrap import Environment, connect
from shipway.cli.output import inert, output_option, say, show
from shipway.config import PATH, read_policy
from shipway.domain.delivery.order import Pipeline, pipeline_of
from shipway.domain.ledger import GENESIS
from shipway.domain.ledger_store import LedgerUnavailable, WholeLedger
from shipway.domain.policy import Policy
from shipway.domain.record import entries_path
from shipway.domain.status_view import (
    Situation,
    environment_rows,
    environment_table,
    history_rows,
    history_table,
    notes,
)
from shipway.engine.ledgers import open_ledger
from shipway.errors import ExitCode, UsageError

STYLES = {
    "verified": "green",
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


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read, and which environments are asked for."""

    github: GitHub
    now: Now
    policy: Policy
    names: tuple[str, ...]
    at: datetime


@click.command(
    "status",
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
    seen = _look(connect(Environment.read(), Clone(repo)), environment)
    if history:
        _show_history(seen, history, output)
    else:
        _show_status(seen, output)
    return ExitCode.OK


def _look(github: GitHub, environment: str) -> Seen:
    now = read_now(github, PATH)
    policy = _policy(now.config)
    now = _with_ledger(now, policy, github)
    pipeline = pipeline_of(policy, now.environments)
    deployed_to = [one.environment for one in reversed(now.deployments)]
    known = pipeline.names if policy.environments or now.environments else ()
    names = tuple(dict.fromkeys([*known, *now.environments, *deployed_to]))
    if environment:
        names = (Pipeline(dict.fromkeys(names or pipeline.names, ())).find(environment),)
    return Seen(github, now, policy, names, datetime.now(UTC))


def _policy(text: str) -> Policy:
    """The configuration; status is what one looks at when it is broken, so it only warns."""
    try:
        return read_policy(text)
    except UsageError as problem:
        say(f"warning: {problem.message}")
        return Policy()


def _with_ledger(now: Now, policy: Policy, github: GitHub) -> Now:
    """With what the ledger says where it is not kept on a branch, which was read already."""
    if policy.ledger.backend == "git":
        return now
    store = open_ledger(policy.ledger, github, lambda: WholeLedger("", (), GENESIS))
    try:
        ledger = store.read(entries_path(""))
    except LedgerUnavailable as problem:
        say(f"warning: locks, holds and verified versions are not known: {problem.message}")
        return now
    return replace(now, standings=ledger.standings, open_releases=ledger.open_releases)


def _show_status(seen: Seen, output: str) -> None:
    now = seen.now
    missing = unseen(now, seen.names)
    more = newest_deployments(seen.github, missing) if missing else {}
    deployments = [one for one in now.deployments if one.environment not in more]
    deployments += [one for several in more.values() for one in several]
    situation = Situation(deployments, now.standings, versions(_addresses(seen)))
    rows = environment_rows(seen.names, situation, seen.at)
    data = {
        "repository": now.repository,
        "latest_release": now.latest_release,
        "environments": rows,
        "open_releases": [{"version": v, "release_id": i} for v, i in sorted(now.open_releases.items())],
        "pull_requests": [
            dict(pull) for pull in now.pull_requests if pull["headRefName"].endswith(tuple(now.open_releases))
        ],
    }
    if output != "text":
        show(output, "", data)
        return
    _print([f"{now.repository}, latest release {now.latest_release or 'none'}", ""])
    _print_table(environment_table(rows, seen.at) if rows else [["No environments yet."]])
    _print([f"  {note}" for note in notes(rows, seen.at)])
    _print(_under_way(data))


def _addresses(seen: Seen) -> dict[str, Address]:
    policies = {name: seen.policy.environments.get(name) for name in seen.names}
    return {
        name: Address(one.version_url, one.version_path)
        for name, one in policies.items()
        if one and one.version_url
    }


def _under_way(data: Mapping[str, Any]) -> list[str]:
    lines = []
    for release in data["open_releases"]:
        version = release["version"]
        lines += ["", f"Release {version} is under way; go on with: shipway release {version}"]
    pulls = data["pull_requests"]
    return lines + [f"Pull request #{pull['number']}: {pull['title']} {pull['url']}" for pull in pulls]


def _show_history(seen: Seen, count: int, output: str) -> None:
    found = newest_deployments(seen.github, seen.names, count) if seen.names else {}
    rows = [row for name in seen.names for row in history_rows(found[name])]
    data = {"repository": seen.now.repository, "deployments": rows}
    if output != "text":
        show(output, "", data)
        return
    _print_table(history_table(rows, seen.at) if rows else [["No deployments yet."]])


def _print_table(cells: Sequence[Sequence[str]]) -> None:
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
        _console().print(line)


def _style(column: str, cell: str) -> str:
    return "" if column in PLAIN else STYLES.get(cell.partition(" ")[0].rstrip(":,"), "")


def _print(lines: Sequence[str]) -> None:
    for line in lines:
        _console().print(Text(inert(line)))


def _console() -> Console:
    """Standard output without wrapping; colours only on a terminal, and none with NO_COLOR."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=True)
