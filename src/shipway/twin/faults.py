"""Faults on demand: which request goes wrong, and how."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from shipway.twin.store import Json

KINDS = (
    "error-before",
    "error-after",
    "reset-before",
    "reset-during",
    "reset-after",
    "timeout",
    "rate-limit",
    "secondary-rate-limit",
    "stale-read",
    "kill-before",
    "kill-after",
)


@dataclass(frozen=True, slots=True)
class Match:
    """Which requests count: all that are set must fit. `nth` (from 1) is the first one that goes wrong.

    `path` is a regular expression searched in the path without `/api/v3`; `operation` a regular
    expression searched in the GraphQL operation names and top level fields.
    """

    method: str | None = None
    path: str | None = None
    operation: str | None = None
    nth: int = 1

    def fits(self, method: str, path: str, operations: str) -> bool:
        """Whether a request is one of those."""
        return (
            (self.method is None or self.method.upper() == method)
            and (self.path is None or re.search(self.path, path) is not None)
            and (self.operation is None or re.search(self.operation, operations) is not None)
        )


@dataclass(slots=True)
class Fault:
    """One armed fault. `retry_after` is in seconds, `times` how many requests in a row it hits.

    Of `reset-during` only half of the body arrives: an upload leaves an asset behind that is none.
    """

    kind: str
    match: Match = field(default_factory=Match)
    status: int = 502
    pid: int | None = None
    retry_after: int = 1
    times: int = 1
    seen: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; known are {', '.join(KINDS)}")
        if self.kind.startswith("kill") and (self.pid is None or self.pid < 2):
            raise ValueError(f"a {self.kind} fault needs the pid of one process, not {self.pid}")

    def hits(self, method: str, path: str, operations: str) -> bool:
        """Count a request and say whether it is one that goes wrong."""
        if not self.match.fits(method, path, operations):
            return False
        self.seen += 1
        return self.match.nth <= self.seen < self.match.nth + self.times

    @property
    def spent(self) -> bool:
        """Whether it has hit all it was armed for."""
        return self.seen >= self.match.nth + self.times - 1


class Faults:
    """The armed faults of one twin; the oldest that fits wins."""

    def __init__(self) -> None:
        self.armed: list[Fault] = []

    def add(self, kind: str, match: Mapping[str, Json] | None = None, **options: Json) -> Fault:
        """Arm a fault; `match` and `options` are the fields of `Match` and `Fault`."""
        fault = Fault(kind, Match(**(match or {})), **options)
        self.armed.append(fault)
        return fault

    def clear(self) -> None:
        """Disarm all."""
        self.armed.clear()

    def take(self, method: str, path: str, operations: str = "") -> Fault | None:
        """The fault that hits this request, if one does."""
        hit = [fault for fault in self.armed if fault.hits(method, path, operations)]
        self.armed = [fault for fault in self.armed if not fault.spent]
        return hit[0] if hit else None

    @property
    def stale_reads(self) -> bool:
        """Whether a copy of the past must be kept for a stale read."""
        return any(fault.kind == "stale-read" for fault in self.armed)
