"""Traces: which run did what, under one id that every output names (W3C Trace Context).

An id is there always. Spans go somewhere only when somebody asked for it; `shipway.adapters.telemetry` sends them.
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

Value = str | int | float | bool | tuple[str, ...]
"""What an attribute of a span can be; never a secret, nor text of strangers that has no bounds."""

_HEADER = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TracePoint:
    """A place in a trace, as it is handed from one program to the next.

    Attributes:
        trace_id: 16 bytes in lower-case hex.
        span_id: 8 bytes in lower-case hex.
        sampled: Whether spans of it are kept.
    """

    trace_id: str
    span_id: str
    sampled: bool = True

    @property
    def header(self) -> str:
        """The value of `TRACEPARENT`."""
        return f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"


def point_of(header: str) -> TracePoint | None:
    """The place that a `TRACEPARENT` names; None where it names none, which is ignored as the standard says."""
    found = _HEADER.fullmatch(header.strip())
    if not found or not (found[1].strip("0") and found[2].strip("0")):
        return None
    return TracePoint(found[1], found[2], sampled=bool(int(found[3], 16) & 1))


class Span(Protocol):
    """A piece of work while it goes on."""

    def set(self, **attributes: Value) -> None:
        """Say more about it; names get the prefix `shipway.`."""


class Tracer(Protocol):
    """Takes note of what goes on, and for how long.

    Attributes:
        notes: What people should know about it, a sentence each.
    """

    notes: tuple[str, ...]

    @property
    def here(self) -> TracePoint:
        """The innermost piece of work that goes on now: what a command is handed as `TRACEPARENT`."""

    def span(self, name: str, **attributes: Value) -> AbstractContextManager[Span]:
        """A piece of work, as part of the one that goes on."""

    def close(self) -> None:
        """Send what was noted. Takes a few seconds at most, and never fails."""


class Unkept:
    """A tracer that gives the trace its id and keeps nothing.

    Args:
        here: Where the trace stands; commands are handed it.
        notes: What people should know about it.
    """

    def __init__(self, here: TracePoint, notes: tuple[str, ...] = ()) -> None:
        self.here = here
        self.notes = notes

    @contextmanager
    def span(self, name: str, **attributes: Value) -> Iterator[Span]:  # noqa: ARG002 - the protocol's
        """A piece of work that nobody asks about."""
        yield self

    def set(self, **attributes: Value) -> None:
        """Nobody asks."""

    def close(self) -> None:
        """There is nothing to send."""


NOWHERE = Unkept(TracePoint("0" * 32, "0" * 16))
"""No trace: whoever is handed its place ignores it, as the standard says."""
