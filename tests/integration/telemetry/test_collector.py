"""Spans on their way to a collector of this machine, and the trace in all that a run leaves behind."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Self

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from integration.release.conftest import _quiet_git
from integration.release.world import FILES, NAME, NOON, World, clone_of, make_source, settle_people
from shipway.twin.server import Twin
from shipway.twin.world import Clock

__all__ = ["_quiet_git"]

pytestmark = pytest.mark.requirement("LED-3")

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SECRET = "hunter2-of-the-cluster"
CONFIGURATION = """
gates:
  policy: {command: ["true"], stages: ["promotion:dev"]}
  smoke: {command: ["sh", "-c", "echo $TRACEPARENT > smoke.txt"]}
environments:
  dev: {deploy: {command: ["sh", "-c", "echo $TRACEPARENT > deploy.txt"], env: [CLUSTER]}}
"""


class Collector:
    """Takes what is sent to it by OTLP over HTTP."""

    def __init__(self) -> None:
        found: list[bytes] = []
        self.requests = found

        class Taking(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                found.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
                """Quiet."""

        self._server = HTTPServer(("127.0.0.1", 0), Taking)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def spans(self) -> list[Any]:
        """Spans so far."""
        parsed = [ExportTraceServiceRequest.FromString(body) for body in self.requests]
        return [
            span
            for one in parsed
            for each in one.resource_spans
            for scope in each.scope_spans
            for span in scope.spans
        ]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """One environment, a gate before it, and one that verifies."""
    source = make_source(tmp_path / "source", FILES | {".github/shipway.yml": CONFIGURATION})
    with Twin(clock=Clock(NOON)) as twin:
        token = settle_people(twin, source)
        yield World(twin, clone_of(twin, token, tmp_path / "clone"), token)


def promote(world: World, **variables: str) -> tuple[dict[str, Any], str]:
    """Run the command; gives its result and what it said."""
    done = subprocess.run(
        [Path(sys.executable).with_name("shipway"), "promote", "1.0.0", "--to", "dev", "--output", "json"],
        cwd=world.clone,
        env={
            **os.environ,
            **world.twin.environment(world.token),
            "GITHUB_REPOSITORY": NAME,
            "CLUSTER": SECRET,
            **variables,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result, done.stderr


def test_a_promotion_as_a_collector_sees_it(world: World) -> None:
    with Collector() as collector:
        result, _ = promote(
            world, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, TRACEPARENT=f"00-{TRACE}-{CALLER}-01"
        )

    spans = {(span.name, _attributes(span).get("shipway.gate", "")): span for span in collector.spans}
    whole, deploy, verify = spans["promote", ""], spans["deploy", ""], spans["verify", ""]
    policy, smoke = spans["gate", "policy"], spans["gate", "smoke"]
    assert len(collector.requests) == 1
    assert len(spans) == len(collector.spans) == 5
    assert whole.parent_span_id.hex() == CALLER
    assert {one.parent_span_id for one in (policy, deploy, verify)} == {whole.span_id}
    assert smoke.parent_span_id == verify.span_id
    assert {span.trace_id.hex() for span in spans.values()} == {TRACE} == {result["trace_id"]}
    assert _attributes(whole) == {
        "shipway.dry_run": "false",
        "shipway.version": "1.0.0",
        "shipway.decision": "done",
        "shipway.reason_code": "done",
        "shipway.environments": "dev",
        "shipway.id": result["id"],
        "shipway.deployments": str(result["deployment"]["id"]),
    }
    assert _attributes(smoke) | {"shipway.duration": ""} == {
        "shipway.gate": "smoke",
        "shipway.stage": "verification",
        "shipway.environment": "dev",
        "shipway.ruling": "pass",
        "shipway.reason_code": "command-succeeded",
        "shipway.duration": "",
    }
    assert _attributes(verify)["shipway.deployment"] == str(result["deployment"]["id"])
    handed = {name: (world.clone / f"{name}.txt").read_text().strip() for name in ("deploy", "smoke")}
    assert handed == {
        "deploy": f"00-{TRACE}-{deploy.span_id.hex()}-01",
        "smoke": f"00-{TRACE}-{smoke.span_id.hex()}-01",
    }
    for secret in (SECRET, world.token):
        assert secret.encode() not in collector.requests[0]


def test_the_trace_is_found_in_what_stays(world: World) -> None:
    result, _ = promote(world)
    world.git("fetch", "--quiet", "origin", "shipway-ledger")
    entries = [json.loads(line) for line in world.git("show", "FETCH_HEAD:releases/1.0.0.jsonl").splitlines()]

    started = next(one for one in entries if one["kind"] == "promotion-started")
    assert started["detail"]["trace"] == result["trace_id"]
    payload = world.request("GET", "/deployments")[0]["payload"]
    found = json.loads(payload) if isinstance(payload, str) else payload
    assert found["trace"] == result["trace_id"]
    assert f"00-{result['trace_id']}-" in (world.clone / "deploy.txt").read_text()


@pytest.mark.requirement("FAIL-3")
def test_without_a_collector_the_promotion_is_the_same(world: World) -> None:
    with Collector() as gone:
        address = gone.url
    result, said = promote(world, OTEL_EXPORTER_OTLP_ENDPOINT=address)

    assert (result["reason_code"], result["warnings"]) == ("done", [])
    assert "✓ record promotion-started in the ledger" in said.splitlines()


def _attributes(span: Any) -> dict[str, str]:
    return {one.key: _text(one.value) for one in span.attributes}


def _text(value: Any) -> str:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return ",".join(each.string_value for each in value.array_value.values)
    found = getattr(value, kind)
    return str(found).lower() if kind == "bool_value" else str(found)
