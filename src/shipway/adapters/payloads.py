"""What GitHub's events say, in our words: the only reader of the payload of a workflow run's event.

Shapes: GitHub's "Webhook events and payloads". What a payload says is compared with GitHub before anything is done.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shipway.domain.commenting.heard import Heard
from shipway.errors import InputError

EVENTS = ("issue_comment", "pull_request_review")
"""Names of the events in which people command."""


def heard_in(name: str, path: Path) -> Heard | None:
    """The comment or review that an event is about; None where it is in no pull request, or says nothing.

    Raises:
        InputError: It is no such event, or cannot be read.
    """
    if name not in EVENTS:
        raise _unreadable(f"The event {name or '(none)'} is no comment")
    try:
        payload = json.loads(path.read_text("utf-8"))
        return _comment(payload) if name == "issue_comment" else _review(payload)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as problem:
        raise _unreadable(f"The payload of {name} cannot be read: {_lacking(problem)}") from problem


def _lacking(problem: Exception) -> str:
    """What is wrong with a payload, in words."""
    match problem:
        case OSError():
            return problem.strerror or "it is no file"
        case KeyError(args=[name]):
            return f"it has no `{name}`"
        case ValueError():
            return "it is no JSON"
        case _:
            return "it is not what GitHub sends"


def _comment(payload: Mapping[str, Any]) -> Heard | None:
    issue = payload["issue"]
    return _heard(payload, "comment", issue["number"]) if issue.get("pull_request") else None


def _review(payload: Mapping[str, Any]) -> Heard | None:
    return _heard(payload, "review", payload["pull_request"]["number"]) if payload["review"]["body"] else None


def _heard(payload: Mapping[str, Any], kind: Any, number: int) -> Heard:
    row = payload[kind]
    before = payload.get("changes", {}).get("body", {}).get("from", "")
    heard = Heard(
        kind=kind,
        action=payload["action"],
        node_id=row["node_id"],
        body=row["body"],
        before=before,
        author=(row["user"] or {}).get("login", ""),
        number=number,
        commit=row.get("commit_id") or "",
    )
    texts = (heard.action, heard.node_id, heard.body, heard.before, heard.author, heard.commit)
    if not all(isinstance(one, str) for one in texts) or type(number) is not int:
        raise TypeError
    return heard


def _unreadable(message: str) -> InputError:
    return InputError(
        f"{message}.",
        "Run it by `on: issue_comment` or `on: pull_request_review`, as workflows/comments.yml does.",
        reason_code="event-unreadable",
    )
