"""Webhook payloads against GitHub's descriptions of them."""

from collections.abc import Mapping
from typing import Any

from contract.schemas import github_slice

RULE = "deployment_protection_rule$requested"
"""The event that a second description of GitHub's covers in more detail."""

SAMPLE = "repository-dispatch-sample.collected"
"""The only action of `repository_dispatch` that is described; real ones are chosen by the caller."""


def check(event: str, payload: Mapping[str, Any]) -> list[str]:
    """What is wrong with the payload of an event, as `JSON pointer: message`."""
    name = "-".join(part.replace("_", "-") for part in (event, payload.get("action")) if part)
    if event == "repository_dispatch":
        name, payload = SAMPLE, {**payload, "action": "sample.collected"}
    slice_ = github_slice("webhooks")
    if name not in slice_.document["webhooks"]:
        return [f"GitHub describes no event {name}"]
    problems = slice_.problems(payload, "webhooks", name)
    if f"{event}${payload.get('action')}" == RULE:
        problems += github_slice("protection_rule").problems(payload, "webhooks", RULE)
    return problems
