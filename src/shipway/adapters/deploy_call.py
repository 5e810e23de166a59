"""Call an address that deploys, once, and look at the place where it says how that goes."""

from collections.abc import Mapping
from typing import Any

import requests

from shipway.adapters.json_http import Asked, Unreadable, asked
from shipway.domain.delivery.calling import Answer

LONGEST = 64 * 1024
"""Bytes of an answer that are read; a longer one says nothing."""


def call(
    method: str, url: str, headers: Mapping[str, str], body: Mapping[str, Any] | None, timeout: float
) -> Answer:
    """Ask once; what goes wrong is said and not raised.

    Args:
        method: Of HTTP.
        url: Where.
        headers: With the secrets that belong there.
        body: Sent as JSON; None sends nothing.
        timeout: Seconds for all of it.
    """
    named = {"Accept": "application/json", "User-Agent": "shipway", **headers}
    try:
        with asked(url, timeout, LONGEST, method=method, headers=named, body=body) as answer:
            return Answer(status=answer.status, location=answer.location, document=_document(answer))
    except requests.Timeout:
        return Answer(problem=f"there was no answer within {timeout:g} s")
    except (requests.RequestException, ValueError) as problem:
        return Answer(problem=f"there was no answer ({type(problem).__name__})")


def _document(answer: Asked) -> Any:
    if answer.kind != "application/json" and not answer.kind.endswith("+json"):
        return None
    try:
        return answer.document()
    except (requests.Timeout, Unreadable):
        return None
