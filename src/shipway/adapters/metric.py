"""Ask an address for a number."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import requests

from shipway.domain.gate_policy import MetricPolicy
from shipway.domain.metric import Measured, address, number_at

LONGEST = 1_000_000
"""Bytes of an answer."""

_OK = 200


def measured(
    policy: MetricPolicy,
    environment: Mapping[str, str],
    now: float,
    before: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Measured:
    """Ask, and once more for the time before the deployment where that is compared.

    What goes wrong is said and not raised, and the address is not followed elsewhere.

    Args:
        policy: Address, the way to the number, and the names of variables whose values are sent as headers.
        environment: Those variables.
        now: Seconds since 1970.
        before: The same of the time to compare with; None where there is none.
        clock: Seconds that only go up.
    """
    found = _asked(policy, environment, now, clock)
    if before is None or found.value is None or not policy.compares:
        return found
    return replace(found, before=_asked(policy, environment, before, clock))


def _asked(
    policy: MetricPolicy, environment: Mapping[str, str], when: float, clock: Callable[[], float]
) -> Measured:
    missing = [name for name in policy.headers.values() if name not in environment]
    if missing:
        return Measured(problem=f"the metric needs {', '.join(missing)}, which is not set")
    headers = {header: environment[name] for header, name in policy.headers.items()}
    deadline = clock() + policy.timeout
    try:
        with requests.get(
            address(policy.url, when),
            headers=headers,
            timeout=policy.timeout,
            stream=True,
            allow_redirects=False,
        ) as answer:
            if answer.status_code != _OK:
                return Measured(problem=f"the metric answered with status {answer.status_code}")
            return _number(_read(answer, lambda: clock() > deadline), policy.path)
    except requests.Timeout:
        return Measured(problem=f"the metric did not answer within {policy.timeout:g} s")
    except (requests.RequestException, ValueError) as problem:
        return Measured(problem=f"the metric cannot be asked for: {type(problem).__name__}")


def _read(answer: requests.Response, late: Callable[[], bool]) -> bytes:
    """At most one chunk more than may be, and no longer than it may take."""
    content = b""
    for chunk in answer.iter_content(65_536):
        content += chunk
        if late():
            raise requests.Timeout
        if len(content) > LONGEST:
            break
    return content


def _number(content: bytes, path: str) -> Measured:
    if len(content) > LONGEST:
        return Measured(problem=f"the metric answered with more than {LONGEST:,} bytes")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return Measured(problem="the metric did not answer with JSON")
    return Measured(number_at(document, path))
