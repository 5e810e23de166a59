"""What an address that deploys is told, and what its answers mean; no more of them is believed than stands here.

| Answer | Then |
|---|---|
| 2xx but 202 | done |
| 202 | it goes on there: its `Location` is looked at, or else the same is asked again |
| 408, 409, 425, 429, 5xx, none | unknown: the same is asked again, under the same key |
| anything else, also a redirection | failed |
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from shipway.domain.call_policy import origin_of
from shipway.domain.delivery.steps import Deploy
from shipway.domain.facts import DeployResult
from shipway.domain.resting import Wait
from shipway.domain.safe_text import visible
from shipway.domain.scrubbing import scrubbed

GOES_ON = "deploying"
"""Reason of a wait for a deployer that works elsewhere."""

ACCEPTED = 202
UNKNOWN = frozenset({408, 409, 425, 429, *range(500, 600)})
"""Statuses that do not say whether it was done."""

LONGEST = 120
"""Characters of what a deployer says, as they are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back.

    Attributes:
        status: Of HTTP; 0 where nothing came.
        location: Its header.
        document: The body as JSON; None where it is none.
        problem: Why nothing came.
    """

    status: int = 0
    location: str = ""
    document: Any = None
    problem: str = ""


def key_of(step: Deploy) -> str:
    """Names one step of one deployment, however often it is asked for."""
    return f"{step.variables.get('SHIPWAY_DELIVERY', '')}-{step.deployment}-{step.step}"


def body_of(step: Deploy) -> dict[str, Any]:
    """What the address is told."""
    told = {name.removeprefix("SHIPWAY_").lower(): value for name, value in step.variables.items()}
    names = ("environment", "version", "tag", "sha", "digest", "release", "delivery", "stage")
    known = {name: told.get(name, "") for name in names}
    strategy = {
        "name": told.get("strategy", ""),
        "step": told.get("step", ""),
        "weight": int(told.get("weight", "100")),
        "colour": told.get("colour", ""),
    }
    return {
        "schema": 1,
        **known,
        "deployment": step.deployment,
        "previous_version": told.get("previous_version", ""),
        "strategy": strategy if strategy["name"] else None,
    }


def called(answer: Answer, url: str) -> DeployResult:
    """How a call ended."""
    status = answer.status
    if not status or status in UNKNOWN:
        return _going_on(answer.problem or f"the answer was {status}")
    if status == ACCEPTED:
        return _accepted(answer, url)
    if 200 <= status < 300:
        return DeployResult(succeeded=True, description=f"deployed, the answer was {status}", duration=0)
    more = ", and redirections are not followed" if 300 <= status < 400 else ""
    return _failed(f"failed, the answer was {status}{more}")


def _accepted(answer: Answer, url: str) -> DeployResult:
    if not answer.location:
        return _going_on("it was accepted")
    place = _same_origin(url, answer.location)
    if not place:
        return _failed("failed, the answer names a place of another origin, which is not looked at")
    return _going_on("it was accepted", place)


def _same_origin(url: str, location: str) -> str:
    """The place that a header names; empty where it is elsewhere, or none."""
    try:
        place = urljoin(url, location)
    except ValueError:
        return ""
    return place if origin_of(place) == origin_of(url) else ""


def looked_at(answer: Answer, place: str) -> DeployResult:
    """How it goes, as the place says that the call named; where that says nothing, the same is asked again."""
    row = answer.document if answer.status == 200 and isinstance(answer.document, Mapping) else {}
    said = harmless(row.get("description"))
    match row.get("state"):
        case "success":
            return DeployResult(succeeded=True, description=said or "deployed", duration=0)
        case "failure":
            return _failed(f"failed: {said}" if said else "failed")
        case "in_progress":
            link = _link(row.get("url"))
            return _going_on(" ".join(filter(None, (said or "it goes on", link))), place)
        case _:
            return _going_on(
                answer.problem or f"the answer was {answer.status}, and does not say how it goes"
            )


def _going_on(description: str, location: str = "") -> DeployResult:
    return DeployResult(
        succeeded=False, description=description, duration=0, going_on=True, location=location
    )


def _failed(description: str) -> DeployResult:
    return DeployResult(succeeded=False, description=description, duration=0)


def harmless(text: Any) -> str:
    """Words of a stranger as one short line, without anything that means something to Markdown, a shell or a log."""
    words = scrubbed(visible(text[:1000])) if isinstance(text, str) else ""
    plain = re.sub(r"[^\w .,;:()%+'/-]|_|://|\bwww\.", " ", words, flags=re.IGNORECASE)
    line = re.sub(r":+", ":", " ".join(plain.split())).lstrip(":+- ")
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _link(url: Any) -> str:
    """An address that can be shown as it stands."""
    fine = isinstance(url, str) and re.fullmatch(r"https://[A-Za-z0-9./?=&%_~:-]{1,200}", url)
    return f"({url})" if fine else ""


def going_on(environment: str, version: str, result: DeployResult) -> Wait | None:
    """That a deployer works elsewhere, until somebody looks again; None where it is time to."""
    if not result.going_on or result.due:
        return None
    return Wait(
        GOES_ON, f"{version} is being deployed to {environment}: {result.description}.", "the deployer"
    )
