"""Ask an address of people's own for JSON, once: bounded in time and size, with no credentials but those given."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests


class Unreadable(ValueError):
    """The answer holds no JSON."""


class TooLong(Unreadable):
    """The answer holds more than is read."""


class Asked:
    """What came back; its body is read when it is asked for."""

    def __init__(self, answer: requests.Response, deadline: float, longest: int) -> None:
        self._answer, self._deadline, self._longest = answer, deadline, longest
        self.status: int = answer.status_code
        self.location: str = answer.headers.get("Location", "")
        self.kind: str = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def document(self) -> Any:
        """The body.

        Raises:
            Unreadable: It is no JSON, or too long.
            requests.RequestException: It broke off, or takes longer than it may.
        """
        try:
            return json.loads(self._content())
        except TooLong:
            raise
        except (ValueError, RecursionError) as problem:
            raise Unreadable from problem

    def _content(self) -> bytes:
        """What trickles in is not waited for, which a timeout for each piece would."""
        content = b""
        for chunk in self._answer.iter_content(16_384):
            content += chunk
            if time.monotonic() > self._deadline:
                raise requests.Timeout
            if len(content) > self._longest:
                raise TooLong
        return content


@contextmanager
def asked(
    url: str,
    seconds: float,
    longest: int,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
) -> Iterator[Asked]:
    """Ask; the address is not followed elsewhere, and nothing of `.netrc` is sent.

    Args:
        url: Where.
        seconds: For all of it.
        longest: Bytes of the answer.
        method: Of HTTP.
        headers: With the secrets that belong there.
        body: Sent as JSON; None sends nothing.

    Raises:
        requests.RequestException: There is no answer, or not in time.
        ValueError: It is no address.
    """
    deadline = time.monotonic() + seconds
    with requests.request(
        method,
        url,
        headers=headers,
        json=body,
        timeout=seconds,
        stream=True,
        allow_redirects=False,
        auth=lambda request: request,
    ) as answer:
        yield Asked(answer, deadline, longest)
