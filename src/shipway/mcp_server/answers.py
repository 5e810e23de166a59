"""What tools answer: the result as an object, and the same as text for clients that read nothing else."""

import json
from collections.abc import Mapping
from typing import Any

from mcp.types import CallToolResult, TextContent

from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.outcome import Decision, Outcome
from shipway.domain.safe_text import visible
from shipway.errors import ShipwayError


def answered(data: Mapping[str, Any]) -> CallToolResult:
    """A result."""
    shown = _visible(data)
    text = json.dumps(shown, ensure_ascii=False, indent=1)
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=shown)


def refused(problem: ShipwayError) -> CallToolResult:
    """An error, with what the command line would say and its exit code."""
    return failed(
        problem.message,
        {
            "reason_code": problem.reason_code,
            "next_step": problem.next_step,
            "exit_code": int(problem.exit_code),
            "retryable": problem.retryable,
            "trace_id": problem.trace_id,
        },
    )


def failed(message: str, data: Mapping[str, Any]) -> CallToolResult:
    """An error: its sentence first, then what to do, and all that is known of it as an object."""
    shown = _visible({"status": "error", "message": message, **data})
    text = [message, *filter(None, (str(shown.get("next_step") or ""),))]
    return CallToolResult(
        content=[TextContent(type="text", text=visible(line)) for line in text],
        structured_content=shown,
        is_error=True,
    )


def ended(outcome: Outcome | DeliveryOutcome) -> CallToolResult:
    """How a command ended; a wait is no error, and says so."""
    data = {**outcome.to_json(), "status": status_of(outcome), "exit_code": int(outcome.exit_code)}
    if outcome.decision is Decision.REFUSED:
        return failed(outcome.message, data)
    return answered(data)


def status_of(outcome: Outcome | DeliveryOutcome) -> str:
    """`success`, `waiting`, `planned` or `error`."""
    words = {Decision.DONE: "success", Decision.REFUSED: "error"}
    return words.get(outcome.decision, outcome.decision.value)


def _visible(value: Any) -> Any:
    """Plain JSON without characters that nobody sees: text of strangers hides words for programs in them."""
    match value:
        case str():
            return visible(value)
        case Mapping():
            return {str(key): _visible(each) for key, each in value.items()}
        case list() | tuple():
            return [_visible(each) for each in value]
        case _:
            return value
