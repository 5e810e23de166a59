"""Ask environments themselves which version they run."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import requests

from shipway.adapters.json_http import Unreadable, asked
from shipway.domain.json_path import value_at
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
        with asked(address.url, seconds, LONGEST) as answer:
            if answer.status != _OK:
                return Health(problem=f"answered with status {answer.status}")
            value = value_at(answer.document(), address.path.split("."))
    except Unreadable:
        return Health(problem="did not answer with JSON")
    except requests.Timeout:
        return Health(problem=f"did not answer within {seconds:g} s")
    except (requests.RequestException, ValueError) as problem:
        return Health(problem=f"cannot be asked: {type(problem).__name__}")
    if not isinstance(value, str | int | float) or isinstance(value, bool) or value == "":
        return Health(problem=f"says nothing at {address.path}")
    return Health(version=str(value)[:100])
