"""Call an address that deploys, once, and look at the place where it says how that goes."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import requests

from shipway.domain.delivery.calling import Answer

LONGEST = 64 * 1024
"""Bytes of an answer that are read; a longer one says nothing."""


def call(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: Mapping[str, Any] | None,
    timeout: float,
    clock: Callable[[], float] = time.monotonic,
) -> Answer:
    """Ask once; what goes wrong is said and not raised, and the address is not followed elsewhere.

    Args:
        method: Of HTTP.
        url: Where.
        headers: With the secrets that belong there; nothing of `.netrc` is added.
        body: Sent as JSON; None sends nothing.
        timeout: Seconds for all of it.
        clock: Seconds that only go up.
    """
    deadline = clock() + timeout
    try:
        with requests.request(
            method,
            url,
            headers={"Accept": "application/json", "User-Agent": "shipway", **headers},
            json=body,
            timeout=timeout,
            stream=True,
            allow_redirects=False,
            auth=lambda request: request,
        ) as answer:
            content = _read(answer, lambda: clock() > deadline)
            location = answer.headers.get("Location", "")
            return Answer(status=answer.status_code, location=location, document=_document(answer, content))
    except requests.Timeout:
        return Answer(problem=f"there was no answer within {timeout:g} s")
    except (requests.RequestException, ValueError) as problem:
        return Answer(problem=f"there was no answer ({type(problem).__name__})")


def _read(answer: requests.Response, late: Callable[[], bool]) -> bytes:
    """No more than is of use, and no longer than it may take."""
    content = b""
    for chunk in answer.iter_content(16_384):
        content += chunk
        if late() or len(content) > LONGEST:
            return b""
    return content


def _document(answer: requests.Response, content: bytes) -> Any:
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
