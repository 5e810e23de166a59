"""How an address is called that deploys, as frozen values; part of the declaration in `shipway.domain.policy`."""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from shipway.domain.strict import STRICT

OURS = frozenset({"idempotency-key", "content-type", "content-length", "accept", "host", "transfer-encoding"})
"""Headers that Shipway or HTTP itself sets."""

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPolicy:
    """An address that deploys when it is called.

    Attributes:
        url: Where; `https://`, and `http://` on this machine alone. Redirections are not followed.
        method: How it is called.
        headers: Header → name of the variable that holds its value, such as a token; masked in all that is shown.
        timeout: Seconds for an answer, or a length of time such as `10s`.
    """

    url: str
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 30

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    @property
    def shown(self) -> str:
        """What is done, for people."""
        return f"{self.method} {self.url}"


def call_problems(call: CallPolicy) -> Iterator[tuple[tuple[str, ...], str]]:
    """Place of a value → what is wrong with it."""
    if complaint := _unfit(call.url):
        yield ("url",), complaint
    if call.timeout <= 0:
        yield ("timeout",), "must be more than 0 seconds"
    for name in call.headers:
        if name.lower() in OURS:
            yield ("headers", name), "is set by Shipway"
        elif not _HEADER.fullmatch(name):
            yield ("headers", name), "is no name of a header"


def _unfit(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if not host or not re.fullmatch(r"[!-~]+", url):
        return f"must be an address such as https://deploy.example/web, not {url!r}"
    if parts.username is not None or parts.password is not None:
        return "must not hold a name or password: name a variable under `headers`"
    if parts.scheme != "https" and not (parts.scheme == "http" and _on_this_machine(host)):
        return "must begin with https://; http:// is for this machine alone"
    return ""


def _on_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def origin_of(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of an address; nothing where it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", "", None
    return parts.scheme, parts.hostname or "", port or {"https": 443, "http": 80}.get(parts.scheme)
