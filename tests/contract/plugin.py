"""pytest plugin: what every twin answers and sends, and what clients send it, is held against GitHub's contract.

A test that breaks the contract fails when it ends, with method, route and JSON pointer. A test that
breaks it on purpose takes the `contract` fixture and empties `contract.problems`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from contract import graphql, rest
from contract import webhooks as described_webhooks
from shipway.twin import app
from shipway.twin.app import Incoming
from shipway.twin.behaviour import webhooks
from shipway.twin.routing import Reply

OUR_AGENT = "shipway"
SHOWN = 20


@dataclass(slots=True)
class Contract:
    """The breaches seen during one test."""

    problems: list[str] = field(default_factory=list)

    def observe(self, incoming: Incoming, template: str, reply: Reply) -> None:
        """Check one exchange."""
        ours = incoming.headers.get("user-agent", "").startswith(OUR_AGENT)
        if incoming.kind == "graphql":
            found = graphql.check(incoming) if ours else []
        elif incoming.kind == "rest":
            found = rest.check(incoming, template, reply, ours=ours)
        else:
            found = []
        self.problems += [f"{incoming.method} {template}: {one}" for one in found]

    def observe_webhook(self, event: str, payload: dict[str, Any]) -> None:
        """Check one delivery."""
        self.problems += [f"webhook {event}: {one}" for one in described_webhooks.check(event, payload)]


@pytest.fixture(autouse=True)
def contract() -> Iterator[Contract]:
    """The contract check of this test."""
    checked = Contract()
    app.OBSERVERS.append(checked.observe)
    webhooks.OBSERVERS.append(checked.observe_webhook)
    yield checked
    app.OBSERVERS.remove(checked.observe)
    webhooks.OBSERVERS.remove(checked.observe_webhook)
    if checked.problems:
        lines = list(dict.fromkeys(checked.problems))
        more = f"\n… and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
        pytest.fail("breaks GitHub's contract:\n" + "\n".join(lines[:SHOWN]) + more, pytrace=False)
