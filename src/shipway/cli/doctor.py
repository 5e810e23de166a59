"""`shipway doctor`: what is missing or in the way, and what to do about it."""

from collections.abc import Iterable
from pathlib import Path

import click

from shipway.adapters.git_repo import Clone
from shipway.bootstrap.doctor import checked
from shipway.bootstrap.environment import Chance, Environment, connect
from shipway.cli.output import output_option, show
from shipway.domain.doctor.finding import Finding, Level
from shipway.errors import ExitCode

SCHEMA = 1
"""Of the JSON: raised when a field changes its meaning or goes; fields may be added without."""

EXIT_CODES = {"token": ExitCode.NOT_AUTHORISED, "configuration": ExitCode.USAGE}
"""Area → what a problem there ends with, the same as every other command would end with."""

MARKS = {Level.OK: "✓", Level.ADVICE: "!", Level.PROBLEM: "✗"}


@click.command("doctor", epilog="Examples:  shipway doctor   ·   shipway doctor --output json")
@click.option("--repo", type=click.Path(path_type=Path), default=Path(), help="Clone to work in.")
@output_option
def doctor_command(repo: Path, output: str) -> int:
    """Say what is missing or in the way, and how to mend it.

    Only looks. Ends with 0 when there is no problem, advice or not; else with the exit code of the first one: 12
    for the token, 2 for the configuration, 1 for all others.
    """
    environment, clone = Environment.read(), Clone(repo)
    github = connect(environment, clone)
    repository, found = checked(github, clone, environment.token, Chance().now())
    bad = [one for one in found if one.level is Level.PROBLEM]
    data = {
        "schema": SCHEMA,
        "repository": repository,
        "decision": "unwell" if bad else "well",
        "findings": [_row(one) for one in found],
    }
    show(output, "\n".join(_lines(found)), data)
    return EXIT_CODES.get(bad[0].area, ExitCode.FAILURE) if bad else ExitCode.OK


def _row(one: Finding) -> dict[str, str]:
    return {
        "level": one.level.value,
        "area": one.area,
        "reason_code": one.code,
        "what": one.what,
        "fix": one.fix,
    }


def _lines(found: Iterable[Finding]) -> list[str]:
    several = [*found]
    width = max(len(one.area) for one in several)
    lines: list[str] = []
    for one in several:
        what = one.what.replace("\n", f"\n{' ' * (width + 4)}")
        code = f" [{one.code}]" if one.code else ""
        lines.append(f"{MARKS[one.level]} {one.area.ljust(width)}  {what}{code}")
        lines += [f"{' ' * (width + 4)}→ {one.fix}"] if one.fix else []
    problems, advice = (sum(one.level is level for one in several) for level in (Level.PROBLEM, Level.ADVICE))
    return [*lines, f"Problems: {problems}. Advice: {advice}."]
