"""A service whose numbers Prometheus knows: it answers on this machine for any time, by the version that ran then."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

USUAL = {"errors": 0.002, "p95": 0.25, "logged": 3.0}


@dataclass(slots=True)
class Service:
    """What ran when.

    Attributes:
        deployed: When a version took over, and its numbers where they are not the usual ones: for each question
            the next one, and the last from then on.
        asked: Names and times that were asked for.
    """

    url: str = ""
    deployed: list[tuple[datetime, dict[str, list[float]]]] = field(default_factory=list)
    asked: list[tuple[str, int]] = field(default_factory=list)

    def number(self, name: str, time: int) -> float:
        """What was measured at a time; a version shows in what comes after it took over."""
        self.asked.append((name, time))
        ran = [numbers for since, numbers in self.deployed if since.timestamp() < time]
        numbers = (ran[-1] if ran else {}).get(name) or [USUAL[name]]
        return numbers.pop(0) if len(numbers) > 1 else numbers[0]


@contextmanager
def measured_service() -> Iterator[Service]:
    """A service that is served until the end."""
    service = Service()

    class Prometheus(BaseHTTPRequestHandler):
        """Answers instant queries."""

        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            time = int(asked["time"][0])
            value = [time, str(service.number(asked["query"][0], time))]
            result = {"resultType": "vector", "result": [{"metric": {}, "value": value}]}
            body = json.dumps({"status": "success", "data": result}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's own name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Prometheus) as server:
        service.url = f"http://127.0.0.1:{server.server_port}/api/v1/query"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield service
        server.shutdown()
        thread.join()
