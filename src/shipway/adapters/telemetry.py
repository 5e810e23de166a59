"""Spans to a collector, by OpenTelemetry. The only file that imports it; loaded only when somebody asked for it."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Thread

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    StatusCode,
    TraceFlags,
    format_span_id,
    set_span_in_context,
)

from shipway import __version__
from shipway.domain.tracing import TracePoint, Value

PATIENCE = 3.0
"""Seconds at the end of a run for sending; what is not sent by then is given up."""

Send = Callable[[Sequence[ReadableSpan]], object]


class Kept:
    """A tracer whose spans are sent, all at once, when it is closed.

    The collector, its certificates, headers and the sampler come from the variables `OTEL_…`, as the SDK reads them.

    Args:
        trace_id: Of a trace that begins here.
        joined: The place in somebody's trace that this one goes on from.
        send: Takes the spans; None for the collector that the environment names.
        patience: Seconds that sending may take.
    """

    notes: tuple[str, ...] = ()

    def __init__(
        self,
        trace_id: str,
        joined: TracePoint | None = None,
        *,
        send: Send | None = None,
        patience: float = PATIENCE,
    ) -> None:
        resource = Resource.create({"service.name": "shipway", "service.version": __version__})
        provider = TracerProvider(
            resource=resource, id_generator=_Ids(int(trace_id, 16)), shutdown_on_exit=False
        )
        self._ended = _Ended()
        provider.add_span_processor(self._ended)
        self._tracer = provider.get_tracer("shipway", __version__)
        self._open: list[Span] = [_remote(joined)] if joined else []
        self._trace_id = joined.trace_id if joined else trace_id
        self._send = send or _to_collector
        self._patience = patience

    @property
    def here(self) -> TracePoint:
        """The innermost open span."""
        context = self._open[-1].get_span_context()
        return TracePoint(
            self._trace_id, format_span_id(context.span_id), sampled=bool(context.trace_flags.sampled)
        )

    @contextmanager
    def span(self, name: str, **attributes: Value) -> Iterator["_Attributes"]:
        """Open a span below the innermost open one; an error leaves its reason code on it, and no text."""
        parent = set_span_in_context(self._open[-1], Context()) if self._open else Context()
        span = self._tracer.start_span(name, parent, record_exception=False, set_status_on_exception=False)
        self._open.append(span)
        told = _Attributes(span)
        told.set(**attributes)
        try:
            yield told
        except BaseException as problem:
            span.set_attribute("error.type", getattr(problem, "reason_code", type(problem).__name__))
            span.set_status(StatusCode.ERROR)
            raise
        finally:
            self._open.pop()
            span.end()

    def close(self) -> None:
        """Send in a thread that is not waited for longer than a moment: a dead collector holds up no release."""
        spans = tuple(self._ended.spans)
        if spans:
            sender = Thread(target=_quietly, args=(self._send, spans), daemon=True)
            sender.start()
            sender.join(self._patience)


class _Attributes:
    def __init__(self, span: Span) -> None:
        self._span = span

    def set(self, **attributes: Value) -> None:
        self._span.set_attributes({f"shipway.{name}": value for name, value in attributes.items()})


class _Ids(RandomIdGenerator):
    """Gives the trace the id that all outputs name."""

    def __init__(self, trace_id: int) -> None:
        self._trace_id = trace_id

    def generate_trace_id(self) -> int:
        return self._trace_id


class _Ended(SpanProcessor):
    """Keeps what has ended until it is sent."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        if span.context and span.context.trace_flags.sampled:
            self.spans.append(span)


def _remote(point: TracePoint) -> Span:
    flags = TraceFlags(TraceFlags.SAMPLED if point.sampled else TraceFlags.DEFAULT)
    return NonRecordingSpan(
        SpanContext(int(point.trace_id, 16), int(point.span_id, 16), is_remote=True, trace_flags=flags)
    )


def _to_collector(spans: Sequence[ReadableSpan]) -> None:
    exporter = OTLPSpanExporter(timeout=PATIENCE)
    exporter.export(spans)
    exporter.shutdown()  # type: ignore[no-untyped-call]  # the SDK leaves it without types


def _quietly(send: Send, spans: Sequence[ReadableSpan]) -> None:
    """Traces are optional: whatever goes wrong is a line on standard error and nothing else."""
    try:
        send(spans)
    except Exception as problem:  # noqa: BLE001 - a collector, or a setting of it, must not fail a release
        logging.getLogger(__name__).warning("Traces were not sent: %s", type(problem).__name__)
