"""A command under a trace: its span, and the trace's id in whatever it ends with."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.outcome import Outcome
from shipway.domain.tracing import Span, Tracer, Value
from shipway.errors import ShipwayError

Ending = TypeVar("Ending", Outcome, DeliveryOutcome)


def traced(tracer: Tracer, name: str, command: Callable[[], Ending], **attributes: Value) -> Ending:
    """Run a command in a span of its name.

    Args:
        tracer: Takes note; it is closed at the end.
        name: `release`, `promote`, `rollback` …
        command: Does it.
        attributes: What is known of it before.

    Raises:
        ShipwayError: What the command raised, with the trace's id.
    """
    try:
        return _in_span(tracer, name, command, attributes)
    finally:
        tracer.close()


def _in_span(
    tracer: Tracer, name: str, command: Callable[[], Ending], attributes: Mapping[str, Value]
) -> Ending:
    with tracer.span(name, **attributes) as span:
        trace_id = tracer.here.trace_id
        try:
            outcome: Ending = command()
        except ShipwayError as problem:
            problem.trace_id = trace_id
            raise
        _tell(span, outcome)
        return replace(outcome, trace_id=trace_id, warnings=(*outcome.warnings, *tracer.notes))


def _tell(span: Span, outcome: Outcome | DeliveryOutcome) -> None:
    """What it came to: names and codes that are ours or were checked."""
    span.set(version=outcome.version, decision=outcome.decision.value, reason_code=outcome.reason_code)
    if isinstance(outcome, Outcome):
        span.set(environments=tuple(row["environment"] for row in outcome.deployments))
        span.set(deployments=tuple(str(row["id"]) for row in outcome.deployments))
    else:
        span.set(environments=(outcome.environment,), id=outcome.id)
        if outcome.deployment:
            span.set(deployments=(str(outcome.deployment["id"]),))
