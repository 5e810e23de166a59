"""Markdown of what people are answered: values for our templates, and pages for questions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from shipway.domain.commands import typed
from shipway.domain.commenting.results import CommentOutcome, Result, changed
from shipway.domain.delivery.approvals import MISSING
from shipway.domain.safe_text import safe_cell, safe_line
from shipway.domain.status_view import environment_table, notes
from shipway.domain.trial import Trial, in_sentences, in_words, trial_of

LONGEST = 60_000
"""Characters of a page; GitHub takes 65,536 of a comment."""

MARKS = {"done": "✅", "planned": "📋", "waiting": "⏳", "refused": "⛔", "failed": "💥"}
"""Decision → what stands before it."""

RULINGS = {"pass": "✅ pass", "fail": "❌ fail", "error": "⚠️ error", "inconclusive": "❔ open"}

_COMMAND = re.compile(r"\bshipway (?=(?:release|promote|rollback|lock|unlock|report|hotfix)\b)")
_STATUS = re.compile(r"\bshipway status(?: --env)?")
_MARK = re.compile(r"[^\w.+-]")


def reply_mark(comment: str) -> str:
    """Begins our reply to a comment, so that a second run edits it."""
    return f"<!-- shipway:reply {_MARK.sub('', comment)} -->"


def status_mark(version: str) -> str:
    """Begins the status comment of a release, or of what is tried of a pull request."""
    trial = trial_of(version)
    return f"<!-- shipway:status {_MARK.sub('', f'pr-{trial.pull}' if trial else version)} -->"


def in_comment(text: str) -> str:
    """A next step as it is written in a comment: the commands of the command line without their program."""
    return _STATUS.sub("/status", _COMMAND.sub("/", text))


def reply_view(outcome: CommentOutcome, run_url: str) -> dict[str, Any]:
    """Values of `comment_reply.md.j2`."""
    return {"results": [_result_view(one) for one in outcome.results], "run_url": run_url}


def _result_view(result: Result) -> dict[str, Any]:
    verdicts = [_verdict_view(row) for row in result.row.get("verdicts", ())]
    return {
        "mark": "🔎" if isinstance(result.command, typed.Why) else MARKS[result.decision],
        "command": result.text.replace("`", "'"),
        "message": in_comment(" ".join(result.message.split())),
        "next_step": _next_step(result),
        "reason_code": result.reason_code,
        "plan": result.row.get("steps", []) if result.decision == "planned" else [],
        "open": [row for row in verdicts if not row["passed"]],
        "passed": [row for row in verdicts if row["passed"]],
        "warnings": result.row.get("warnings", []),
        "page": result.page,
        "failed": result.decision in {"refused", "failed"},
    }


def _next_step(result: Result) -> str:
    if result.reason_code == MISSING:
        open_one = next(row for row in result.row["verdicts"] if row["reason_code"] == MISSING)
        return f"Waiting for {open_one['who']}: `{open_one['details'][0]}`"
    return in_comment(result.next_step)


def _verdict_view(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "gate": row["gate"],
        "ruling": RULINGS[row["ruling"]],
        "summary": row["summary"],
        "who": row["who"],
        "passed": row["ruling"] == "pass",
    }


def status_views(outcome: CommentOutcome, now: datetime, run_url: str) -> dict[str, dict[str, Any]]:
    """Version → values of `comment_status.md.j2`, for each release that the comment moved or tried to."""
    found: dict[str, dict[str, Any]] = {}
    for one in outcome.results:
        if changed(one):
            found |= views_of(one, now, run_url)
    return found


def views_of(result: Result, now: datetime, run_url: str) -> dict[str, dict[str, Any]]:
    """The same of one result; none where it does not tell how the environments stand."""
    row = result.row
    if not (row.get("pipeline") or row.get("state")):
        return {}
    versions = filter(None, _concerned(row))
    return {version: _status_view(result, version, now, run_url) for version in versions}


def _concerned(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The versions that something moved: of a rollback also the one that went."""
    gone = row["from"] if row["command"] == "rollback" else ""
    return row["version"], gone


def _status_view(result: Result, version: str, now: datetime, run_url: str) -> dict[str, Any]:
    row = result.row
    return {
        "version": version,
        "title": in_sentences(version),
        "tag": row.get("tag", ""),
        "state": row.get("state", ""),
        "pipeline": [_holding(one, version) for one in row.get("pipeline", [])],
        "deployments": row.get("deployments", []),
        "mark": MARKS[result.decision],
        "last": result.text.replace("`", "'"),
        "message": in_comment(result.message),
        "next_step": _next_step(result),
        "open": [_verdict_view(one) for one in row.get("verdicts", ()) if one["ruling"] != "pass"],
        "at": now.strftime("%Y-%m-%d %H:%M UTC"),
        "run_url": run_url,
    }


def _holding(row: Mapping[str, Any], version: str) -> dict[str, Any]:
    """What an environment holds: the version that was verified last, or what is tried in its place."""
    tried = row.get("trial")
    held = str(Trial(tried["pull_request"], tried["sha"])) if tried else row["version"]
    return {**row, "held": in_words(held), "this": held == version}


def status_page(data: Mapping[str, Any], warnings: Iterable[str], now: datetime) -> str:
    """What `/status` answers."""
    rows = data["environments"]
    latest = f"`{data['latest_release']}`" if data["latest_release"] else "none"
    lines = [f"Latest release: {latest}", "", *_table(environment_table(rows, now) if rows else [])]
    told = [*notes(rows, now), *(f"{one['version']} is being released" for one in data["open_releases"])]
    told += [*warnings]
    return "\n".join([*lines, *(["", *(f"- {safe_line(one)}" for one in told)] if told else [])])


def _table(cells: Sequence[Sequence[str]]) -> list[str]:
    if not cells:
        return ["There are no environments yet."]
    head, *rows = ("| " + " | ".join(map(safe_cell, row)) + " |" for row in cells)
    return [head, f"|{' --- |' * len(cells[0])}", *rows]


def folded(title: str, text: str) -> str:
    """A long page that people open."""
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}\n\n… and more, on the ledger's branch."
    return f"<details><summary>{title}</summary>\n\n{shown.strip()}\n\n</details>"
