"""Spans as OpenTelemetry gives them to an exporter."""

import threading

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from shipway.adapters.telemetry import Kept
from shipway.domain.tracing import TracePoint, point_of
from shipway.errors import UsageError

pytestmark = pytest.mark.requirement("LED-3")

TRACE, OTHER, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "0" * 31 + "7", "00f067aa0ba902b7"


def tree(spans: tuple[ReadableSpan, ...]) -> dict[str, str]:
    """Span → the one that it is a part of."""
    names = {span.context.span_id: span.name for span in spans if span.context}
    return {span.name: names.get(span.parent.span_id, "?") if span.parent else "" for span in spans}


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


def test_pieces_of_work_lie_in_each_other(exporter: InMemorySpanExporter) -> None:
    tracer = Kept(TRACE, send=exporter.export)
    with tracer.span("release", dry_run=False) as release:
        with tracer.span("gate", gate="unit") as gate:
            gate.set(ruling="pass", duration=1.5)
        with tracer.span("verify"), tracer.span("gate", gate="smoke"):
            pass
        release.set(environments=("staging", "production"))
    assert exporter.get_finished_spans() == ()
    tracer.close()

    found = exporter.get_finished_spans()
    assert [span.name for span in found] == ["gate", "gate", "verify", "release"]
    unit, smoke, verify, whole = found
    assert (smoke.parent, verify.parent, unit.parent) == (verify.context, whole.context, whole.context)
    assert whole.parent is None
    assert unit.attributes == {"shipway.gate": "unit", "shipway.ruling": "pass", "shipway.duration": 1.5}
    assert whole.attributes == {
        "shipway.dry_run": False,
        "shipway.environments": ("staging", "production"),
    }
    assert {f"{span.context.trace_id:032x}" for span in found if span.context} == {TRACE}
    assert whole.resource.attributes["service.name"] == "shipway"


def test_commands_are_handed_the_innermost_piece(exporter: InMemorySpanExporter) -> None:
    tracer = Kept(TRACE, send=exporter.export)
    with tracer.span("release"), tracer.span("gate"):
        handed = point_of(tracer.here.header)
    tracer.close()

    gate = exporter.get_finished_spans()[0]
    assert gate.context
    assert handed == TracePoint(TRACE, f"{gate.context.span_id:016x}")


def test_a_trace_of_somebody_is_gone_on_with(exporter: InMemorySpanExporter) -> None:
    tracer = Kept(OTHER, TracePoint(TRACE, SPAN), send=exporter.export)
    assert tracer.here == TracePoint(TRACE, SPAN)
    with tracer.span("release"):
        pass
    tracer.close()

    (span,) = exporter.get_finished_spans()
    assert span.context
    assert span.parent
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, SPAN)


def test_what_the_caller_does_not_keep_is_not_sent(exporter: InMemorySpanExporter) -> None:
    tracer = Kept(OTHER, TracePoint(TRACE, SPAN, sampled=False), send=exporter.export)
    with tracer.span("release"):
        assert (tracer.here.trace_id, tracer.here.sampled) == (TRACE, False)
    tracer.close()

    assert exporter.get_finished_spans() == ()


def test_an_error_leaves_its_code_and_no_text(exporter: InMemorySpanExporter) -> None:
    tracer = Kept(TRACE, send=exporter.export)
    problem = UsageError("feat: a stranger's words", reason_code="no-token")
    with pytest.raises(UsageError), tracer.span("release"):
        raise problem
    tracer.close()

    (span,) = exporter.get_finished_spans()
    assert span.attributes == {"error.type": "no-token"}
    assert (span.status.status_code, span.status.description, span.events) == (StatusCode.ERROR, None, ())


@pytest.mark.requirement("FAIL-3")
def test_a_collector_that_never_answers_holds_up_nobody() -> None:
    never = threading.Event()
    tracer = Kept(TRACE, send=lambda _: never.wait(), patience=0)
    with tracer.span("release"):
        pass
    tracer.close()

    assert not never.is_set()
    never.set()


@pytest.mark.requirement("FAIL-3")
def test_a_collector_that_fails_fails_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(spans: object) -> None:
        raise ConnectionError("secret-host")

    tracer = Kept(TRACE, send=refuse)
    with tracer.span("release"):
        pass
    tracer.close()

    assert caplog.messages == ["Traces were not sent: ConnectionError"]


def test_where_nothing_went_on_nothing_is_sent(exporter: InMemorySpanExporter) -> None:
    sent: list[object] = []
    Kept(TRACE, send=sent.append).close()

    assert sent == []
