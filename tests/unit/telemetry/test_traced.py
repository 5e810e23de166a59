"""A command under a trace: every way to end names it."""

from collections.abc import Mapping
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shipway.adapters.telemetry import Kept
from shipway.bootstrap.environment import Chance, Environment, tracer_of
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.outcome import Decision, nothing_to_release
from shipway.domain.tracing import TracePoint, Unkept
from shipway.engine.tracing import traced
from shipway.errors import ExitCode, ShipwayError

pytestmark = pytest.mark.requirement("LED-3")

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CHANCE = Chance(new_id=lambda: "00000000-0000-4000-8000-000000000001")
OWN = "00000000000040008000000000000001"


def environment(**variables: str) -> Environment:
    return Environment.read(variables)


def delivered(deployment: Mapping[str, Any] | None) -> DeliveryOutcome:
    return DeliveryOutcome(
        command="promote",
        decision=Decision.DONE,
        reason_code="done",
        message="1.1.0 is in staging.",
        next_step="",
        exit_code=ExitCode.OK,
        environment="staging",
        version="1.1.0",
        id="p1",
        facts={},
        deployment=deployment,
    )


@pytest.mark.parametrize(
    ("header", "here"),
    [
        ("", TracePoint(OWN, OWN[16:])),
        ("nonsense", TracePoint(OWN, OWN[16:])),
        (f"00-{TRACE}-{SPAN}-01", TracePoint(TRACE, SPAN)),
    ],
)
def test_a_trace_is_there_always(header: str, here: TracePoint) -> None:
    tracer = tracer_of(environment(TRACEPARENT=header), CHANCE)

    assert isinstance(tracer, Unkept)
    assert (tracer.here, tracer.notes) == (here, ())


@pytest.mark.parametrize("name", ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"])
def test_it_is_kept_where_the_environment_names_a_collector(name: str) -> None:
    tracer = tracer_of(environment(**{name: "http://127.0.0.1:9"}), CHANCE)

    assert isinstance(tracer, Kept)
    with tracer.span("release"):
        assert tracer.here.trace_id == OWN


@pytest.mark.requirement("FAIL-3")
def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "shipway.adapters.telemetry", None)
    tracer = tracer_of(environment(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9"), CHANCE)

    outcome = traced(tracer, "promote", lambda: delivered(None))

    assert outcome.warnings == ("Traces are not sent: in a clone of Shipway: pip install '.[otel]'.",)
    assert outcome.trace_id == OWN


@pytest.mark.requirement("FAIL-3")
def test_a_setting_of_the_exporter_that_is_none_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "many")
    tracer = tracer_of(environment(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9"), CHANCE)

    assert isinstance(tracer, Unkept)
    assert tracer.notes[0].startswith("Traces are not sent: ")


def test_the_span_of_a_promotion_says_what_it_came_to() -> None:
    exporter = InMemorySpanExporter()
    tracer = Kept(TRACE, send=exporter.export)
    outcome = traced(tracer, "promote", lambda: delivered({"id": 7}), dry_run=False)

    assert outcome.to_json()["trace_id"] == TRACE
    (span,) = exporter.get_finished_spans()
    assert span.name == "promote"
    assert span.attributes == {
        "shipway.dry_run": False,
        "shipway.version": "1.1.0",
        "shipway.decision": "done",
        "shipway.reason_code": "done",
        "shipway.environments": ("staging",),
        "shipway.id": "p1",
        "shipway.deployments": ("7",),
    }


def test_the_outcome_of_a_release_names_it() -> None:
    outcome = traced(Unkept(TracePoint(TRACE, SPAN)), "release", lambda: nothing_to_release("v1.0.0", ()))

    assert outcome.to_json()["trace_id"] == TRACE


def test_an_error_names_it() -> None:
    def refused() -> DeliveryOutcome:
        raise ShipwayError("No.")

    with pytest.raises(ShipwayError) as problem:
        traced(Unkept(TracePoint(TRACE, SPAN)), "promote", refused)

    assert problem.value.trace_id == TRACE
