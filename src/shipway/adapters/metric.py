"""Ask an address for a number."""

from collections.abc import Mapping
from dataclasses import replace

import requests

from shipway.adapters.json_http import TooLong, Unreadable, asked
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
) -> Measured:
    """Ask, and once more for the time before the deployment where that is compared.

    What goes wrong is said and not raised.

    Args:
        policy: Address, the way to the number, and the names of variables whose values are sent as headers.
        environment: Those variables.
        now: Seconds since 1970.
        before: The same of the time to compare with; None where there is none.
    """
    found = _asked(policy, environment, now)
    if before is None or found.value is None or not policy.compares:
        return found
    return replace(found, before=_asked(policy, environment, before))


def _asked(policy: MetricPolicy, environment: Mapping[str, str], when: float) -> Measured:
    missing = [name for name in policy.headers.values() if name not in environment]
    if missing:
        return Measured(problem=f"the metric needs {', '.join(missing)}, which is not set")
    headers = {header: environment[name] for header, name in policy.headers.items()}
    try:
        with asked(address(policy.url, when), policy.timeout, LONGEST, headers=headers) as answer:
            if answer.status != _OK:
                return Measured(problem=f"the metric answered with status {answer.status}")
            return Measured(number_at(answer.document(), policy.path))
    except TooLong:
        return Measured(problem=f"the metric answered with more than {LONGEST:,} bytes")
    except Unreadable:
        return Measured(problem="the metric did not answer with JSON")
    except requests.Timeout:
        return Measured(problem=f"the metric did not answer within {policy.timeout:g} s")
    except (requests.RequestException, ValueError) as problem:
        return Measured(problem=f"the metric cannot be asked for: {type(problem).__name__}")
