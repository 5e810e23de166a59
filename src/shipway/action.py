"""The GitHub Action: reads the inputs, calls the engine, and writes outputs, summary and annotations."""

import json
import os
import secrets
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TextIO

from shipway.bootstrap.commenting import CommentAsked, run_comment
from shipway.bootstrap.deploying import DeployAsked, run_deploy
from shipway.bootstrap.environment import Environment, Watchers
from shipway.bootstrap.locking import LockAsked, run_lock
from shipway.bootstrap.promoting import PromotionAsked, run_promotion
from shipway.bootstrap.release import Asked, run_release
from shipway.bootstrap.rollback import RollbackAsked, run_rollback
from shipway.bootstrap.sweeping import SweepAsked, run_sweep
from shipway.domain.commenting.results import CommentOutcome
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.facts import DeliveryFacts
from shipway.domain.job_summary import deployments_of, job_summary
from shipway.domain.masking import Mask
from shipway.domain.outcome import Outcome
from shipway.domain.plan import Move, Step
from shipway.domain.schema import SCHEMA
from shipway.errors import ExitCode, ShipwayError, UsageError

Request = Asked | PromotionAsked | RollbackAsked | LockAsked | DeployAsked | SweepAsked | CommentAsked
TAKES: Mapping[str, tuple[str, ...]] = {
    "release": (
        *("version", "from", "to", "environment", "reason", "override", "expires"),
        *("dry-run", "config", "reports"),
    ),
    "hotfix": (
        *("version", "base", "pick", "to", "environment", "reason", "override", "expires"),
        *("dry-run", "config", "reports"),
    ),
    "promote": (
        *("version", "from", "to", "component", "reason", "override", "expires", "lift-hold"),
        *("dry-run", "config"),
    ),
    "rollback": ("version", "environment", "reason", "dry-run", "config"),
    "lock": ("version", "environment", "all", "reason", "for", "scope", "pr", "dry-run", "config"),
    "unlock": ("environment", "all", "reason", "force", "dry-run", "config"),
    "deploy": ("delivery", "dry-run", "config"),
    "sweep": ("dry-run", "config"),
    "comment": ("config",),
}
"""Command → inputs that mean something to it."""
COMMANDS = tuple(TAKES)
PLAIN = ("", "false", "auto")
"""Values of inputs that nobody has to have given."""
ANNOTATIONS = 10
"""GitHub keeps ten annotations of a kind for a step."""
IN_MESSAGE, IN_PROPERTY = "%\r\n", "%\r\n:,"
"""Characters that would end a part of a workflow command."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the workflow gave, as text; empty where it gave nothing. One field for each input of action.yml.

    `runtime` is missing: scripts/action-run has followed it before this program starts.
    """

    command: str
    version: str
    from_: str
    to: str
    base: str
    pick: str
    component: str
    environment: str
    all: str
    reason: str
    override: str
    expires: str
    for_: str
    scope: str
    pr: str
    force: str
    lift_hold: str
    delivery: str
    dry_run: str
    config: str
    reports: str
    token: str

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """Take the inputs from the variables that action.yml sets."""
        names = (name.rstrip("_").upper() for name in cls.__slots__)
        return cls(*(environ.get(f"INPUT_{name}", "").strip() for name in names))

    def asked(self) -> Request:
        """The same request as that of the command line.

        Raises:
            UsageError: If an input has none of the values that it can have, or means nothing to the command.
        """
        _check("command", self.command, COMMANDS)
        for name in ("dry_run", "all", "force", "lift_hold"):
            _check(name.replace("_", "-"), getattr(self, name) or "false", ("true", "false"))
        self._refuse_idle()
        match self.command:
            case "promote":
                return self._promotion()
            case "rollback":
                return self._rollback()
            case "lock" | "unlock":
                return self._lock()
            case "deploy":
                return DeployAsked(
                    delivery=self.delivery, dry_run=self.dry_run == "true", config=self._config
                )
            case "sweep":
                return SweepAsked(dry_run=self.dry_run == "true", config=self._config)
            case "comment":
                return CommentAsked(config=self._config)
            case _:
                return self._release()

    def _refuse_idle(self) -> None:
        """An input without a meaning is a misunderstanding, and the next step would build on it."""
        taken = {*TAKES[self.command], "command", "token"}
        names = {name: name.rstrip("_").replace("_", "-") for name in self.__slots__}
        idle = next(
            (n for name, n in names.items() if n not in taken and getattr(self, name) not in PLAIN), ""
        )
        if idle:
            message = f"Input {idle} means nothing to {self.command}."
            raise UsageError(message, f"Leave it out; it takes {', '.join(TAKES[self.command])}.")

    @property
    def _config(self) -> Path | None:
        return Path(self.config) if self.config else None

    @property
    def _named_version(self) -> str:
        """The version, where the command wants one by name: `auto` stands for none."""
        return "" if self.version == "auto" else self.version

    @property
    def _override(self) -> tuple[str, ...]:
        """Gates by name; a button has one line for them."""
        return _listed(self.override.replace(",", "\n").splitlines())

    @property
    def _pr(self) -> int:
        if self.pr and not (self.pr.isdecimal() and int(self.pr)):
            raise UsageError(f"Input pr is {self.pr!r}; it is the number of a pull request.", "Write: pr: 7")
        return int(self.pr or 0)

    def _release(self) -> Asked:
        return Asked(
            version=self.version,
            source=self.from_,
            target=self.to,
            dry_run=self.dry_run == "true",
            config=self._config,
            environment=self.environment,
            reports=_listed(self.reports.splitlines()),
            override=self._override,
            reason=self.reason,
            expires=self.expires,
            stage="hotfix" if self.command == "hotfix" else "release",
            base=self.base,
            pick=(self.pick,) if self.pick else (),
            moves_clone=self.command == "hotfix",
        )

    def _promotion(self) -> PromotionAsked:
        return PromotionAsked(
            version=self._named_version,
            source=self.from_,
            target=self.to,
            component=self.component,
            reason=self.reason,
            lift_hold=self.lift_hold == "true",
            override=self._override,
            expires=self.expires,
            dry_run=self.dry_run == "true",
            config=self._config,
        )

    def _rollback(self) -> RollbackAsked:
        return RollbackAsked(
            environment=self.environment,
            reason=self.reason,
            to=self._named_version,
            dry_run=self.dry_run == "true",
            config=self._config,
        )

    def _lock(self) -> LockAsked:
        return LockAsked(
            environment=self.environment,
            every=self.all == "true",
            unlock=self.command == "unlock",
            reason=self.reason,
            lasting=self.for_,
            scope=self.scope,
            release=self._named_version,
            pr=self._pr,
            force=self.force == "true",
            dry_run=self.dry_run == "true",
            config=self._config,
        )


def _listed(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(item.strip() for item in items if item.strip())


def _check(name: str, value: str, possible: tuple[str, ...]) -> None:
    if value not in possible:
        message = f"Input {name} is {value!r}; it can be {' or '.join(possible)}."
        raise UsageError(message, f"Write: {name}: {possible[0]}")


def main(environ: Mapping[str, str], out: TextIO) -> int:
    """Run the action and return its exit code; a release that waits for people is no failure."""
    inputs = Inputs.read(environ)
    if inputs.token:
        out.write(f"::add-mask::{_escaped(inputs.token)}\n")
    with _commands_off(out):
        result, exit_code = run(inputs, environ, out)
    publish(result, environ, out)
    return int(ExitCode.OK if exit_code is ExitCode.WAITING else exit_code)


@contextmanager
def _commands_off(out: TextIO) -> Iterator[None]:
    """Let the runner take everything printed meanwhile as text: gates print what commits and tests say.

    After an error that nobody foresaw they stay off, since its trace may show such text too.
    """
    password = secrets.token_hex(16)
    out.write(f"::stop-commands::{password}\n")
    out.flush()
    yield
    out.write(f"::{password}::\n")


def run(inputs: Inputs, environ: Mapping[str, str], out: TextIO) -> tuple[dict[str, Any], ExitCode]:
    """Carry out the command as the command line would; an error becomes a result like any other.

    Log and result are free of what has the shape of a secret, and so is all that is made of the result.
    """
    mask = Mask((inputs.token,))
    try:
        asked = inputs.asked()
        environment = Environment.read({**environ, "GITHUB_TOKEN": inputs.token})
        announced: list[str] = []
        outcome = _carried_out(asked, environment, _watchers(out, mask, announced))
    except ShipwayError as error:
        return mask.value(failure(inputs, error)), error.exit_code
    result = outcome.to_json()
    return mask.value(result | {"warnings": [*announced, *result["warnings"]]}), outcome.exit_code


def _carried_out(
    asked: Request, environment: Environment, watchers: Watchers
) -> Outcome | DeliveryOutcome | CommentOutcome:
    match asked:
        case PromotionAsked():
            return run_promotion(asked, environment, watchers)
        case RollbackAsked():
            return run_rollback(asked, environment, watchers)
        case LockAsked():
            return run_lock(asked, environment, watchers)
        case DeployAsked():
            return run_deploy(asked, environment, watchers)
        case SweepAsked():
            return run_sweep(asked, environment, watchers)
        case CommentAsked():
            return run_comment(asked, environment, watchers)
        case _:
            return run_release(asked, environment, watchers)


def _watchers(out: TextIO, mask: Mask, announced: list[str]) -> Watchers:
    """Who is told; what nobody should overlook also becomes an annotation at the end."""
    hide = mask.stream()

    def say(line: str) -> None:
        out.write(f"{hide(line)}\n")
        out.flush()

    def move(step: Move, _: DeliveryFacts) -> None:
        if isinstance(step, Step):
            say(f"→ {step}")

    def announce(text: str) -> None:
        say(text)
        announced.append(text)

    return Watchers(
        move,
        lambda verdict: say(f"{verdict.gate}: {verdict.ruling}, {verdict.summary}"),
        say,
        gate=lambda name: say(f"{name}: running"),
        announce=announce,
    )


def failure(inputs: Inputs, error: ShipwayError) -> dict[str, Any]:
    """The versioned result of a run that could not find out where the release stands."""
    return {
        "schema": SCHEMA,
        "command": inputs.command,
        "state": "",
        "decision": "failed",
        "reason_code": error.reason_code,
        "message": error.message,
        "next_step": error.next_step,
        "version": "",
        "tag": "",
        "pull_request": None,
        "deployments": [],
        "verdicts": [],
        "steps": [],
        "trace_id": error.trace_id,
    }


def publish(result: Mapping[str, Any], environ: Mapping[str, str], out: TextIO) -> None:
    """Write outputs and summary to the files that the runner named, and annotations to the log."""
    _append(environ.get("GITHUB_OUTPUT"), "".join(_output_lines(outputs(result))))
    _append(environ.get("GITHUB_STEP_SUMMARY"), job_summary(result))
    out.writelines(annotations(result))


def outputs(result: Mapping[str, Any]) -> dict[str, str]:
    """The outputs of action.yml by name: what is true now, not what this run did."""
    pull, deployments = result.get("pull_request"), deployments_of(result)
    return {
        "state": result.get("state", ""),
        "decision": result["decision"],
        "reason-code": result["reason_code"],
        "version": result["version"],
        "tag": result.get("tag", ""),
        "pull-request": str(pull["number"]) if pull else "",
        "deployment": str(deployments[-1]["id"]) if deployments else "",
        "result": json.dumps(result, ensure_ascii=False, separators=(",", ":")),
    }


def _output_lines(values: Mapping[str, str]) -> Iterator[str]:
    for name, value in values.items():
        end = f"end-{secrets.token_hex(16)}"
        yield f"{name}<<{end}\n{value}\n{end}\n"


def _append(path: str | None, text: str) -> None:
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)


def annotations(result: Mapping[str, Any]) -> Iterator[str]:
    """Workflow commands that put the ending and each failing test where people look."""
    level = {"refused": "error", "failed": "error", "waiting": "notice"}.get(result["decision"])
    if level:
        message = f"{result['message']} {result['next_step']}".rstrip()
        yield _command(level, {"title": f"Shipway: {result['reason_code']}"}, message)
    for warning in result.get("warnings", ()):
        yield _command("warning", {"title": "Shipway"}, warning)
    for test in result.get("report", {}).get("failing", ())[:ANNOTATIONS]:
        place = {"file": test["file"], "line": str(test["line"] or 1)} if test.get("file") else {}
        yield _command("error", {**place, "title": test["name"]}, test["message"] or "failed")


def _command(level: str, properties: Mapping[str, str], message: str) -> str:
    given = ",".join(f"{name}={_escaped(value, IN_PROPERTY)}" for name, value in properties.items())
    return f"::{level} {given}::{_escaped(message)}\n"


def _escaped(text: str, special: str = IN_MESSAGE) -> str:
    return "".join(f"%{ord(c):02X}" if c in special else c for c in text)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a cancelled job ends the commands that run
    given = dict(os.environ)
    for secret in ("INPUT_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
        os.environ.pop(secret, None)  # gates and deployments run without it
    sys.exit(main(given, sys.stdout))
