"""What became of the commands of a comment, and of the comment as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shipway.domain.commands import typed
from shipway.domain.commands.reading import Mistake
from shipway.domain.commands.table import spec_of
from shipway.domain.events import verdict_rows
from shipway.domain.schema import SCHEMA
from shipway.domain.verdict import Verdict
from shipway.errors import ExitCode, ShipwayError

SEVERITY = ("done", "planned", "waiting", "refused", "failed")
"""Decisions, the worst last."""

REACTIONS = {"done": "THUMBS_UP", "planned": "THUMBS_UP", "waiting": "", "refused": "THUMBS_DOWN"}
"""Decision → reaction at the end; confusion where Shipway itself failed or understood nothing."""

UNCLEAR = "command-unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one command.

    Attributes:
        command: None where a line could not be understood.
        text: The line as it was written.
        row: The versioned result of the command, as the command line gives it.
        page: Markdown that answers a question; empty for a command that does something.
    """

    command: typed.Command | None
    text: str
    decision: str
    reason_code: str
    message: str
    next_step: str = ""
    exit_code: ExitCode = ExitCode.OK
    row: Mapping[str, Any]
    page: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "text": self.text,
            "decision": self.decision,
            "reason_code": self.reason_code,
            "message": self.message,
            "next_step": self.next_step,
            "exit_code": int(self.exit_code),
            "result": dict(self.row),
        }


def outcome_result(command: typed.Command, row: Mapping[str, Any], exit_code: ExitCode) -> Result:
    """Of a command that was run; `row` is its versioned result."""
    return replace(run_result(command.text, row, exit_code), command=command)


def run_result(text: str, row: Mapping[str, Any], exit_code: ExitCode) -> Result:
    """Of a run that no comment has started, such as `shipway deploy`."""
    code = row["reason_code"]
    return Result(
        command=None,
        text=text,
        decision=row["decision"],
        reason_code=code,
        message=row["message"],
        next_step=row["next_step"],
        exit_code=exit_code,
        row=row,
    )


def answer_result(command: typed.Command, row: Mapping[str, Any]) -> Result:
    """Of the question what holds something up: however that stands, it was answered."""
    return replace(outcome_result(command, row, ExitCode.OK), decision="done", next_step=row["next_step"])


def done_result(command: typed.Command, version: str, message: str, next_step: str) -> Result:
    """Of a command that ended something."""
    return Result(
        command=command,
        text=command.text,
        decision="planned" if command.dry_run else "done",
        reason_code="cancelled",
        message=message,
        next_step=next_step,
        row={"version": version},
    )


def page_result(command: typed.Command, page: str) -> Result:
    """Of a question that is answered by a page."""
    return Result(
        command=command,
        text=command.text,
        decision="done",
        reason_code="answered",
        message="",
        row={},
        page=page,
    )


def refused_result(command: typed.Command, verdicts: Sequence[Verdict]) -> Result:
    """Of a command that is not obeyed."""
    wrong = next(one for one in verdicts if not one.passed)
    return Result(
        command=command,
        text=command.text,
        decision="refused",
        reason_code=wrong.reason_code,
        message=f"It is not obeyed: {wrong.summary}.",
        next_step=f"What can change that: {wrong.who}." if wrong.who else "",
        exit_code=ExitCode.NOT_AUTHORISED,
        row={"verdicts": verdict_rows(verdicts)},
    )


def hindered_result(command: typed.Command, before: typed.Command | None = None) -> Result:
    """Of a command that builds upon one that is not done; without one upon what nobody understands."""
    message = (
        f"It was not begun, as it builds upon `{before.text}`, which is not done."
        if before
        else "It was not begun, as a line of the comment is not understood, and it may build upon that."
    )
    return Result(
        command=command,
        text=command.text,
        decision="refused",
        reason_code="not-begun",
        message=message,
        next_step="Give the command again when that is settled.",
        exit_code=ExitCode.FAILURE,
        row={},
    )


def unclear_result(mistake: Mistake, body: str) -> Result:
    """Of a line that could not be understood."""
    meant = f"Did you mean `{mistake.did_you_mean}`?" if mistake.did_you_mean else "All commands: `/help`"
    return Result(
        command=None,
        text=(body.splitlines() or [""])[mistake.line - 1].strip()[:100],
        decision="refused",
        reason_code=UNCLEAR,
        message=mistake.message,
        next_step=meant,
        exit_code=ExitCode.USAGE,
        row={},
    )


def error_result(command: typed.Command | None, error: ShipwayError) -> Result:
    """Of a command that ended with an error."""
    understood = error.exit_code not in {ExitCode.FAILURE, ExitCode.SIGNATURE}
    return Result(
        command=command,
        text=command.text if command else "",
        decision="refused" if understood else "failed",
        reason_code=error.reason_code,
        message=error.message,
        next_step=error.next_step,
        exit_code=error.exit_code,
        row={},
    )


def crash_result(command: typed.Command | None, kind: str) -> Result:
    """Of a command in which Shipway met what nobody foresaw."""
    return Result(
        command=command,
        text=command.text if command else "",
        decision="failed",
        reason_code="unforeseen",
        message=f"Shipway failed in a way that nobody foresaw ({kind}). What was done until then stands.",
        next_step="The log of the run has the details. Giving the command again goes on where it stopped.",
        exit_code=ExitCode.FAILURE,
        row={},
    )


@dataclass(frozen=True, slots=True)
class CommentOutcome:
    """How a comment ended.

    Attributes:
        results: One for each command and each line that was not understood, in their order.
        ignored: Why nothing was done nor answered; empty where something was.
    """

    results: tuple[Result, ...] = ()
    ignored: str = ""

    @property
    def worst(self) -> Result | None:
        """The result that matters most, the first of several."""
        return max(self.results, key=lambda one: SEVERITY.index(one.decision), default=None)

    @property
    def exit_code(self) -> ExitCode:
        """Of the run."""
        return self.worst.exit_code if self.worst else ExitCode.OK

    @property
    def reaction(self) -> str:
        """GitHub's name of the last reaction; empty for none."""
        if any(one.reason_code == UNCLEAR for one in self.results):
            return "CONFUSED"
        return REACTIONS.get(self.worst.decision, "CONFUSED") if self.worst else ""

    def to_json(self) -> dict[str, Any]:
        """The versioned result."""
        worst = self.worst
        row = next((one.row for one in reversed(self.results) if one.row.get("version")), {})
        return {
            "schema": SCHEMA,
            "command": "comment",
            "decision": worst.decision if worst else "done",
            "reason_code": worst.reason_code if worst else "ignored",
            "message": (worst.message or "Answered.") if worst else self.ignored,
            "next_step": worst.next_step if worst else "",
            "version": row.get("version", ""),
            "environment": row.get("environment", ""),
            "tag": row.get("tag", ""),
            "deployment": row.get("deployment"),
            "verdicts": list(worst.row.get("verdicts", ())) if worst else [],
            "steps": [step for one in self.results for step in one.row.get("steps", ())],
            "warnings": [text for one in self.results for text in one.row.get("warnings", ())],
            "commands": [one.to_json() for one in self.results],
            "trace_id": row.get("trace_id", ""),
        }


def changed(result: Result) -> bool:
    """Whether a command that went well may have changed something that others see."""
    command = result.command
    return command is not None and spec_of(command).changes and not command.dry_run
