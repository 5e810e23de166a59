"""Something outside that deploys when it is called: a real server on this machine, which can answer badly."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Reply = tuple[int, Mapping[str, str], bytes]
LOST: Reply = (0, {}, b"")
"""The connection ends without an answer."""

JSON = {"Content-Type": "application/json"}


def state(name: str, **more: Any) -> Reply:
    """How it goes."""
    return 200, JSON, json.dumps({"state": name, **more}).encode()


def accepted(place: str = "/jobs/1") -> Reply:
    """It goes on, and is looked at there."""
    return 202, {"Location": place} if place else {}, b""


@dataclass(slots=True)
class Asked:
    """One request."""

    verb: str
    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass(slots=True)
class Deployer:
    """What was asked, and what is answered next; 204 where nothing is said.

    Attributes:
        done: Keys of the steps that it has taken, in order; one that was asked for again is not taken again.
    """

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def answer(self, asked: Asked) -> Reply:
        """What is answered; what was asked for is done before, whether or not the answer arrives."""
        self.asked.append(asked)
        key = asked.headers.get("Idempotency-Key", "")
        if key and key not in self.done:
            self.done.append(key)
        return self.replies.pop(0) if self.replies else (204, {}, b"")

    @property
    def verbs(self) -> list[str]:
        """Verb and path of each request."""
        return [f"{one.verb} {one.path}" for one in self.asked]

    @property
    def bodies(self) -> list[Any]:
        """What it was told."""
        return [one.body for one in self.asked if one.body is not None]


@contextmanager
def deployer() -> Iterator[Deployer]:
    """One that listens."""
    made = Deployer()

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, headers, content = made.answer(Asked(self.command, self.path, dict(self.headers), body))
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _any  # noqa: N815 - as http.server looks for them

        def log_message(self, *_: object) -> None:
            """Nothing is said."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        made.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
