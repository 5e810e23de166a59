"""Places in traces: joined where a caller names one, and never taken from what is none."""

import pytest

from shipway.domain.tracing import NOWHERE, TracePoint, Unkept, point_of

pytestmark = pytest.mark.requirement("LED-3")

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("header", "point"),
    [
        (f"00-{TRACE}-{SPAN}-01", TracePoint(TRACE, SPAN)),
        (f" 00-{TRACE}-{SPAN}-00\n", TracePoint(TRACE, SPAN, sampled=False)),
        (f"00-{TRACE}-{SPAN}-03", TracePoint(TRACE, SPAN)),
        (f"cc-{TRACE}-{SPAN}-01-what-comes-later", TracePoint(TRACE, SPAN)),
        (f"ff-{TRACE}-{SPAN}-01", None),
        (f"00-{'0' * 32}-{SPAN}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE.upper()}-{SPAN}-01", None),
        (f"00-{TRACE}-{SPAN}", None),
        ("", None),
    ],
)
def test_what_a_header_names(header: str, point: TracePoint | None) -> None:
    assert point_of(header) == point


@pytest.mark.parametrize("sampled", [True, False])
def test_a_place_is_found_again_by_its_header(sampled: bool) -> None:
    point = TracePoint(TRACE, SPAN, sampled=sampled)

    assert point_of(point.header) == point


def test_nobody_takes_nowhere_for_a_place() -> None:
    assert point_of(NOWHERE.here.header) is None


def test_what_keeps_nothing_stays_where_it_is() -> None:
    tracer = Unkept(TracePoint(TRACE, SPAN))

    with tracer.span("release", dry_run=True) as span:
        span.set(version="1.1.0")
        assert tracer.here == TracePoint(TRACE, SPAN)
    tracer.close()
