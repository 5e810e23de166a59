"""The two ways to speak to the tools: standard streams, or HTTP on this machine."""

import logging
import sys
from pathlib import Path

import uvicorn

from shipway.errors import UsageError
from shipway.mcp_server.runs import LOG, Runs
from shipway.mcp_server.server import server_of

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def serve(repo: Path, http: str, limit: float) -> None:
    """Speak to a client until it goes.

    Args:
        repo: The clone to work in.
        http: `HOST:PORT` of this machine; empty for standard input and output.
        limit: Seconds that a tool waits for what it began.

    Raises:
        UsageError: The address is none, or one that others reach: who speaks to it acts with our token.
    """
    address = address_of(http) if http else None
    _log_plainly()
    server = server_of(Runs(repo, limit))
    if address is None:
        server.run("stdio")
        return
    host, port = address
    config = uvicorn.Config(server.streamable_http_app(host=host), host=host, port=port, log_config=None)
    socket = config.bind_socket()
    socket.listen()
    LOG.warning("Serving tools on http://%s:%s/mcp", host, socket.getsockname()[1])
    uvicorn.Server(config).run(sockets=[socket])


def _log_plainly() -> None:
    """Standard error, unwrapped: standard output is the protocol's."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    LOG.addHandler(handler)
    LOG.propagate = False


def address_of(text: str) -> tuple[str, int]:
    """Host and port.

    Raises:
        UsageError: It is no address of this machine alone.
    """
    host, colon, port = text.rpartition(":")
    if not (colon and port.isdecimal() and int(port) < 65536 and host.strip("[]") in LOOPBACK):
        raise UsageError(
            f"{text!r} is no address that only this machine reaches.",
            "Whoever speaks to it acts with your token. Name one, for example: shipway mcp --http 127.0.0.1:8000",
            reason_code="address-open",
        )
    return host.strip("[]"), int(port)
