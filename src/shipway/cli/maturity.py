"""`shipway maturity`: bring a component to its next stage, once it meets what that takes."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from shipway.adapters.git_repo import Clone
from shipway.bootstrap.environment import Environment, connect
from shipway.cli.configured import config_option, configured
from shipway.cli.errors import describe, tell
from shipway.cli.mistakes import Choice
from shipway.cli.output import output_option, say, show
from shipway.domain.maturity import MaturityCommand, MaturityFacts, judged
from shipway.domain.maturity_policy import STAGES
from shipway.domain.maturity_view import report_of, text_of
from shipway.domain.resting import Done, Refusal
from shipway.domain.schema import SCHEMA
from shipway.engine.gates import Gates, GateWatch, Pace
from shipway.engine.maturity import Promotion
from shipway.errors import ExitCode, ShipwayError, UsageError


@click.command(
    "maturity",
    short_help="Promote a component that meets the criteria of a stage.",
    epilog="Examples:  shipway maturity orders --to staging   ·   shipway maturity orders --to staging --dry-run",
)
@click.argument("component")
@click.option("--to", "target", type=Choice(STAGES), required=True, help="Stage to reach.")
@click.option("--from", "source", type=Choice(STAGES), default=None, help="Refuse if it is not there now.")
@click.option("--dry-run", is_flag=True, help="Judge, show what would be done, and change nothing.")
@click.option(
    "--report", type=click.Path(path_type=Path), help="Write the report, as JSON, to this file too."
)
@click.option("--repo", type=click.Path(path_type=Path), default=Path(), help="Clone to judge.")
@config_option
@output_option
def maturity_command(component: str, output: str, *, dry_run: bool, **options: Any) -> int:
    """Judge COMPONENT by the criteria of a stage, and promote it when all are met.

    One issue tracks the promotion: what facts decide is ticked by Shipway, the rest by people in the issue. Run it
    again after each change; boxes that people ticked stay.
    """
    command = MaturityCommand(component, options["target"], options["source"] or "")
    _check_folder(options["report"])
    promotion = _promotion(command, options["repo"], options["config"])
    facts, ending = promotion.foresee() if dry_run else promotion.run()
    data = _data(promotion, facts, ending, dry_run=dry_run)
    if options["report"]:
        _write(options["report"], data)
    return _show(promotion, facts, ending, (output, data))


def _promotion(command: MaturityCommand, repo: Path, config: Path | None) -> Promotion:
    clone = Clone(repo)
    github = connect(Environment.read(), clone)
    policy = configured(github, config)
    pace = Pace(time.monotonic, time.sleep, lambda: datetime.now(UTC))
    gates = Gates(clone, policy, watch=GateWatch(), echo=say, pace=pace)
    github.mask = gates.mask
    return Promotion(github, clone, policy, command, gates, datetime.now(UTC), time.sleep)


def _data(
    promotion: Promotion, facts: MaturityFacts, ending: Refusal | Done, *, dry_run: bool
) -> dict[str, Any]:
    command, policy = promotion.command, promotion.policy.maturity
    refused = isinstance(ending, Refusal)
    return {
        **report_of(facts, command, policy, f"{promotion.now:%Y-%m-%d}"),
        "decision": "refused" if refused else "planned" if dry_run else "done",
        "reason_code": ending.reason_code if isinstance(ending, Refusal) else "done",
        "steps": promotion.steps,
        "warnings": promotion.warnings,
    }


def _check_folder(report: Path | None) -> None:
    """What can be known before anything is done: afterwards it would stand in nobody's report."""
    if report and not report.absolute().parent.is_dir():
        raise _unwritable(report, "its folder is not there")


def _unwritable(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} cannot be written: {why}.",
        "Name a file in a folder that exists: --report maturity.json",
        reason_code="report-unwritable",
    )


def _write(path: Path, data: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps({"schema": SCHEMA, **data}, ensure_ascii=False, indent=2) + "\n", "utf-8")
    except OSError as problem:
        raise _unwritable(path, problem.strerror or "it is no file") from problem


def _show(
    promotion: Promotion, facts: MaturityFacts, ending: Refusal | Done, result: tuple[str, dict[str, Any]]
) -> int:
    output, data = result
    for warning in promotion.warnings:
        say(f"warning: {warning}")
    lines = text_of(judged(promotion.policy.maturity, promotion.command.target, facts))
    lines += ["", *(f"  {step}" for step in promotion.steps)] if promotion.steps else []
    lines += [f"Tracked in {facts.issue.url}"] if facts.issue and facts.issue.url else []
    if isinstance(ending, Done):
        show(output, "\n".join([*lines, ending.summary]), data)
        return ExitCode.OK
    show(output, "\n".join(lines), data | {"error": describe(_error(ending))})
    tell(_error(ending))
    return ending.exit_code


def _error(refusal: Refusal) -> ShipwayError:
    return ShipwayError(
        refusal.message, refusal.next_step, reason_code=refusal.reason_code, exit_code=refusal.exit_code
    )
