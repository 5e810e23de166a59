"""Numbers that an address answers with: read over HTTP on this machine, and judged."""

import json
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.adapters.metric import measured
from shipway.domain.gate import Evidence, judge
from shipway.domain.gate_policy import GatePolicy, MetricPolicy
from shipway.domain.metric import Measured, number_at, per_cent
from shipway.domain.metric import address as address_at
from shipway.domain.verdict import Ruling

SAMPLE = {"resultType": "vector", "result": [{"metric": {}, "value": [1763726400.0, "0.25"]}]}
PROMETHEUS = {"status": "success", "data": SAMPLE}


class Answers(BaseHTTPRequestHandler):
    """Answers by path."""

    held = Event()

    def do_GET(self) -> None:
        name = self.path.partition("?")[0].strip("/")
        status = int(name) if name.isdecimal() else 200
        body = {
            "prometheus": json.dumps(PROMETHEUS),
            "long": "[" + "1," * 600_000 + "1]",
            "text": "not JSON",
            "header": json.dumps({"given": self.headers.get("X-Key", "")}),
            "credentials": json.dumps({"sent": int("Authorization" in self.headers)}),
            "time": json.dumps([int(one) for one in self.path.partition("?")[2].split(",") if one]),
        }.get(name, "{}")
        if name == "slow":
            self.held.wait(5)
        self.send_response(status)
        self.send_header("Location", "/prometheus")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's own name
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """One whose callers may hang up."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = Server(("127.0.0.1", 0), Answers)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    Answers.held.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.requirement("GATE-2")
@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("prometheus", Measured(0.25)),
        ("empty", Measured()),
        ("503", Measured(problem="the metric answered with status 503")),
        ("302", Measured(problem="the metric answered with status 302")),
        ("text", Measured(problem="the metric did not answer with JSON")),
        ("long", Measured(problem="the metric answered with more than 1,000,000 bytes")),
    ],
)
def test_an_address_is_asked(address: str, name: str, found: Measured) -> None:
    assert measured(MetricPolicy(url=f"{address}/{name}"), {}, 0) == found


@pytest.mark.requirement("GATE-2")
def test_an_address_that_does_not_answer_is_given_up(address: str) -> None:
    found = measured(MetricPolicy(url=f"{address}/slow", timeout=0.2), {}, 0)

    assert found == Measured(problem="the metric did not answer within 0.2 s")


def test_nobody_is_there() -> None:
    found = measured(MetricPolicy(url="http://127.0.0.1:1/"), {}, 0)

    assert found == Measured(problem="the metric cannot be asked for: ConnectionError")


def test_headers_come_from_variables(address: str) -> None:
    policy = MetricPolicy(url=f"{address}/header", path="given", headers={"X-Key": "METRIC_KEY"})

    assert measured(policy, {"METRIC_KEY": "42"}, 0) == Measured(42)
    assert measured(policy, {}, 0) == Measured(problem="the metric needs METRIC_KEY, which is not set")


def test_no_credentials_are_sent_that_the_configuration_does_not_name(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login alice password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    assert measured(MetricPolicy(url=f"{address}/credentials", path="sent"), {}, 0) == Measured(0)


@pytest.mark.parametrize(
    ("document", "path", "number"),
    [
        ({"a": {"b": [1, 2.5]}}, "a.b.1", 2.5),
        ({"a": {"b": [1, 2.5]}}, "a.b.-1", 2.5),
        ({"a": {"b": [1]}}, "a.b.7", None),
        ({"a": "7"}, "a", 7),
        ({"a": True}, "a", None),
        ({"a": "NaN"}, "a", None),
        ({"a": "+Inf"}, "a", None),
        ({"a": None}, "a", None),
        ({"data": {"resultType": "scalar", "result": [1.0, "3"]}}, "", 3),
        ({"data": {"resultType": "vector", "result": []}}, "", None),
        ({"data": {"resultType": "vector", "result": [{"value": [1, "1"]}, {"value": [1, "2"]}]}}, "", None),
    ],
)
def test_the_number_is_found_at_its_path(document: Any, path: str, number: float | None) -> None:
    assert number_at(document, path) == number


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(JSON, st.text(max_size=12))
def test_no_answer_and_no_path_breaks_it(document: Any, path: str) -> None:
    number = number_at(document, path)

    assert number is None or abs(number) < float("inf")


@pytest.mark.requirement("GATE-2")
@pytest.mark.parametrize(
    ("value", "bound", "no_data"),
    [*product([None, 0.0, 1.0, 2.0], ["at_most", "at_least"], ["inconclusive", "pass", "fail"])],
)
def test_the_number_is_judged_by_its_bounds(value: float | None, bound: str, no_data: Any) -> None:
    unbound = MetricPolicy(url="https://example.org")
    metric = replace(unbound, at_most=1.0) if bound == "at_most" else replace(unbound, at_least=1.0)

    verdict = judge("errors", GatePolicy(metric=metric, on_no_data=no_data), Evidence(metric=Measured(value)))

    if value is None:
        assert (verdict.ruling.value, verdict.reason_code) == (no_data, "metric-absent")
    else:
        within = value <= 1 if bound == "at_most" else value >= 1
        bad = "metric-above" if bound == "at_most" else "metric-below"
        wanted = (Ruling.PASS, "metric-within") if within else (Ruling.FAIL, bad)
        assert (verdict.ruling, verdict.reason_code) == wanted


@pytest.mark.parametrize("no_data", ["inconclusive", "pass", "fail"])
def test_a_metric_that_cannot_be_asked_for_is_an_error_whatever_no_data_means(no_data: Any) -> None:
    policy = GatePolicy(metric=MetricPolicy(url="https://example.org", at_most=1), on_no_data=no_data)

    verdict = judge("errors", policy, Evidence(metric=Measured(problem="status 503")))

    assert (verdict.ruling, verdict.reason_code) == (Ruling.ERROR, "metric-unreachable")


@pytest.mark.requirement("PRO-9")
def test_the_time_before_is_asked_about_by_the_same_address(address: str) -> None:
    policy = MetricPolicy(url=f"{address}/time?{{time}},{{time-5m}}", path="0", may_rise="20%")
    earlier = replace(policy, path="1")

    assert measured(policy, {}, 1000.4, 700) == Measured(1000, before=Measured(700))
    assert measured(earlier, {}, 1000.4, 700) == Measured(700, before=Measured(400))
    assert measured(policy, {}, 1000) == Measured(1000)
    assert measured(replace(policy, may_rise="", at_most=1), {}, 1000, 700) == Measured(1000)


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://x", "https://x"),
        ("https://x?t={time}", "https://x?t=90000"),
        ("https://x?from={time-1d}&to={time}", "https://x?from=3600&to=90000"),
        ('https://x?query=up{job="timed"}', 'https://x?query=up{job="timed"}'),
    ],
)
def test_an_address_tells_of_a_time(url: str, asked: str) -> None:
    assert address_at(url, 90_000) == asked


@pytest.mark.parametrize(
    ("text", "number"), [("20%", 20), ("0.5%", 0.5), ("0%", 0), ("20", None), ("-5%", None), ("1e3%", None)]
)
def test_per_cent_is_written_as_such(text: str, number: float | None) -> None:
    assert per_cent(text) == number


BEFORE: dict[str, Measured | None] = {
    "some": Measured(0.25),
    "negative": Measured(-0.25),
    "zero": Measured(0.0),
    "tiny": Measured(5e-324),
    "NaN": Measured(),
    "nothing asked": None,
}
SHARES = {"better": -0.5, "equal": 0.0, "15 % worse": 0.15, "as much as may be": 0.2, "25 % worse": 0.25}


@pytest.mark.requirement("PRO-9", "RBK-3")
@pytest.mark.parametrize(
    ("before", "share", "bound", "no_data"),
    [*product(BEFORE, SHARES, ["may_rise", "may_fall"], ["inconclusive", "pass", "fail"])],
)
def test_the_number_is_compared_with_that_of_before(
    before: str, share: str, bound: str, no_data: Any
) -> None:
    unbound = MetricPolicy(url="https://example.org?{time}")
    rises = bound == "may_rise"
    metric = replace(unbound, may_rise="20%") if rises else replace(unbound, may_fall="20%")
    was = BEFORE[before]
    base = was.value if was and was.value else 0.0
    worse = SHARES[share] * (1 if rises else -1)
    value = base + worse * (abs(base) if abs(base) > 1e-300 else 1)

    verdict = judge(
        "p95", GatePolicy(metric=metric, on_no_data=no_data), Evidence(metric=Measured(value, before=was))
    )

    if before in {"NaN", "nothing asked"}:
        assert (verdict.ruling.value, verdict.reason_code) == (no_data, "metric-baseline-absent")
    elif before in {"zero", "tiny"} and SHARES[share] > 0:
        assert (verdict.ruling.value, verdict.reason_code) == (no_data, "metric-baseline-zero")
    elif share == "25 % worse":
        reason = "metric-risen" if rises else "metric-fallen"
        assert (verdict.ruling, verdict.reason_code) == (Ruling.FAIL, reason)
    else:
        assert (verdict.ruling, verdict.reason_code, verdict.warning) == (Ruling.PASS, "metric-within", False)


@pytest.mark.requirement("PRO-9")
@pytest.mark.parametrize(
    ("value", "before", "summary"),
    [
        (0.3125, Measured(0.25), "0.3125 is 25 % more than 0.25 before the deployment, and 20 % may be"),
        (0.2875, Measured(0.25), "0.2875 is 15 % more than 0.25 before the deployment"),
        (0.1, Measured(0.25), "0.1 is 60 % less than 0.25 before the deployment, and 50 % may be"),
        (0.25, Measured(0.25), "0.25 is what it was before the deployment"),
        (0.0, Measured(0.0), "0 is what it was before the deployment"),
        (0.25, Measured(0.0), "0.25 cannot be compared in per cent with 0 before the deployment"),
        (0.25, None, "0.25 has no number from before the deployment to be compared with"),
        (
            0.25,
            Measured(problem="the metric answered with status 503"),
            "the metric answered with status 503, for the time before the deployment",
        ),
        (1.5, Measured(problem="the metric answered with status 503"), "1.5 is more than 1"),
    ],
)
def test_a_comparison_says_both_numbers_and_the_per_cent(
    value: float, before: Measured | None, summary: str
) -> None:
    metric = MetricPolicy(url="https://example.org?{time}", at_most=1, may_rise="20%", may_fall="50%")

    verdict = judge("p95", GatePolicy(metric=metric), Evidence(metric=Measured(value, before=before)))

    assert verdict.summary == summary
