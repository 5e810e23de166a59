"""`shipway environments plan|apply`: the protection of GitHub's environments, as the configuration has it."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from shipway.adapters.git_repo import Clone
from shipway.adapters.github import GitHub
from shipway.adapters.github.environments import (
    Environments,
    read_environments,
    reviewer_ids,
    write_environment,
)
from shipway.bootstrap.environment import Environment, connect
from shipway.cli.configured import config_option, configured
from shipway.cli.mistakes import Group
from shipway.cli.output import output_option, say, show
from shipway.domain.delivery.order import pipeline_of
from shipway.domain.environments import EnvironmentsPlan, plan_lines, plan_rows, planned
from shipway.errors import ExitCode, UsageError

repo_option = click.option(
    "--repo", type=click.Path(path_type=Path), default=Path(), help="Clone to work in."
)
NOTHING = "GitHub's environments are as configured; nothing to do."


@dataclass(frozen=True, slots=True)
class Compared:
    """GitHub's environments beside the configured ones."""

    github: GitHub
    there: Environments
    plan: EnvironmentsPlan


@click.group(
    "environments",
    cls=Group,
    epilog="Examples:  shipway environments plan   ·   shipway environments apply --yes",
)
def environments_command() -> None:
    """Protect GitHub's environments as the configuration says."""


@environments_command.command("plan", epilog="Example:  shipway environments plan --output json")
@repo_option
@config_option
@output_option
def plan_command(repo: Path, config: Path | None, output: str) -> int:
    """Show what `apply` would change, and change nothing.

    `+` would be made, `~` would change, `=` is so already. What the configuration does not mention stays.
    """
    compared = _compared(repo, config)
    show(output, _text(compared.plan), _data(compared, applied=False))
    return ExitCode.OK


@environments_command.command("apply", epilog="Example:  shipway environments apply --yes")
@repo_option
@config_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_option
def apply_command(repo: Path, config: Path | None, output: str, *, yes: bool) -> int:
    """Show the plan, ask, and carry it out.

    Running it again goes on where it stopped, and does nothing once everything is as configured.
    """
    compared = _compared(repo, config)
    plan = compared.plan
    if not plan.due:
        show(output, _text(plan), _data(compared, applied=False))
        return ExitCode.OK
    say(_text(plan))
    _ask(yes=yes)
    known = _reviewers(compared)
    for one in plan.due:
        write_environment(compared.github, one, known)
        say(f"✓ {one.name}")
    names = ", ".join(one.name for one in plan.due)
    show(output, f"Done: {names}.", _data(compared, applied=True))
    return ExitCode.OK


def _compared(repo: Path, config: Path | None) -> Compared:
    github = connect(Environment.read(), Clone(repo))
    policy = configured(github, config)
    wanted = {name: one.protection for name, one in policy.environments.items()}
    there = read_environments(github, wanted)
    order = [name for name in pipeline_of(policy).names if name in wanted]
    return Compared(github, there, planned(wanted, there.found, order))


def _reviewers(compared: Compared) -> Mapping[str, Mapping[str, Any]]:
    known = compared.there.reviewers
    named = {name for one in compared.plan.due for name in one.wanted.reviewers}
    return {**known, **reviewer_ids(compared.github, named - known.keys())}


def _ask(*, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            "Nobody can be asked here whether to do this.",
            "Pass --yes: shipway environments apply --yes",
            reason_code="not-confirmed",
        )
    if not click.confirm("Do this on GitHub?", err=True):
        raise UsageError("Nothing was changed.", "", reason_code="not-confirmed")


def _text(plan: EnvironmentsPlan) -> str:
    return "\n".join([*plan_lines(plan), *(() if plan.due else (NOTHING,))])


def _data(compared: Compared, *, applied: bool) -> dict[str, Any]:
    return {
        "repository": f"{compared.github.owner}/{compared.github.name}",
        "decision": "done" if applied or not compared.plan.due else "planned",
        "environments": plan_rows(compared.plan),
    }
