"""Ask environments themselves which version they run."""

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import requests

from shipway.domain.status_view import Health

SECONDS = 5.0
"""For the answer of one environment."""

LONGEST = 100_000
"""Bytes of an answer."""

AT_ONCE = 16
"""Environments that are asked at the same time."""

_OK = 200


@dataclass(frozen=True, slots=True)
class Address:
    """Where an environment says its version.

    Attributes:
        path: Keys and places on the way to it in the JSON, each after a dot.
    """

    url: str
    path: str


def versions(addresses: Mapping[str, Address], seconds: float = SECONDS) -> dict[str, Health]:
    """Ask all environments at the same time; what goes wrong is said and not raised."""
    if not addresses:
        return {}
    with ThreadPoolExecutor(min(AT_ONCE, len(addresses))) as pool:
        found = pool.map(lambda address: _version(address, seconds), addresses.values())
        return dict(zip(addresses, found, strict=True))


def _version(address: Address, seconds: float) -> Health:
    try:
        with requests.get(address.url, timeout=seconds, stream=True, allow_redirects=False) as answer:
            if answer.status_code != _OK:
                return Health(problem=f"answered with status {answer.status_code}")
            return _said(_read(answer, time.monotonic() + seconds), address.path)
    except requests.Timeout:
        return Health(problem=f"did not answer within {seconds:g} s")
    except (requests.RequestException, ValueError) as problem:
        return Health(problem=f"cannot be asked: {type(problem).__name__}")


def _read(answer: requests.Response, deadline: float) -> bytes:
    """The beginning; what trickles in is not waited for, which a timeout for each piece would."""
    content = b""
    for chunk in answer.iter_content(4096):
        content += chunk
        if time.monotonic() > deadline:
            raise requests.Timeout
        if len(content) > LONGEST:
            break
    return content


def _said(content: bytes, path: str) -> Health:
    try:
        value = _at(json.loads(content), path)
    except (ValueError, RecursionError):
        return Health(problem="did not answer with JSON")
    if not isinstance(value, str | int | float) or isinstance(value, bool) or value == "":
        return Health(problem=f"says nothing at {path}")
    return Health(version=str(value)[:100])


def _at(document: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document
