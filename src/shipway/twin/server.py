"""A twin that runs: uvicorn in a thread on a loopback port."""

import asyncio
import pkgutil
import socket
import threading
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from shipway.twin import admin, behaviour, rest
from shipway.twin.app import App
from shipway.twin.faults import Faults
from shipway.twin.journal import Journal
from shipway.twin.world import Clock, World


def _import_all(package: ModuleType) -> None:
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        import_module(module.name)


_import_all(behaviour)
_import_all(rest)


class Twin:
    """A running twin: `with Twin() as twin: …` or `start()` and `stop()`.

    `data_dir` keeps everything for the next time; without it the twin forgets when it stops. `port` 0
    takes a free one. `world` may be read and changed directly, inside `world.locked()`, by whoever does not
    wait for an answer of the twin meanwhile.
    """

    def __init__(self, data_dir: Path | None = None, *, port: int = 0, clock: Clock | None = None) -> None:
        self.world = World.open(data_dir, clock)
        self.app = App(self.world)
        self.faults: Faults = self.world.faults
        self.journal: Journal = self.world.journal
        self._port = port
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        """Serve, and return when the port takes connections."""
        listening = socket.create_server(("127.0.0.1", self._port), backlog=128)
        self._port = listening.getsockname()[1]
        self.world.url = f"http://127.0.0.1:{self._port}"
        config = uvicorn.Config(
            self.app,
            http=self._protocol(),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([listening],), name="twin", daemon=True
        )
        self._thread.start()
        return self

    def _protocol(self) -> type[asyncio.Protocol]:
        """A protocol that keeps its connection where a fault can find it by the client's address."""
        transports = self.app.transports

        class Protocol(H11Protocol):
            def connection_made(self, transport: Any) -> None:
                super().connection_made(transport)
                connection = transport.get_extra_info("socket")
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                transports[transport.get_extra_info("peername")] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                transports.pop(self.transport.get_extra_info("peername"), None)
                super().connection_lost(exc)

        return Protocol

    def stop(self) -> None:
        """End the server and release everything; a `data_dir` stays."""
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join()
            self._server = self._thread = None
        self.world.close()

    def settle(self) -> None:
        """Wait for webhooks and other things that happen after an answer."""
        self.world.settle()

    def copy_to(self, data_dir: Path) -> Path:
        """Copy everything into a new directory, from which `Twin(data_dir)` opens an independent twin."""
        with self.world.store.lock:
            admin.copy_world(self.world, data_dir)
        return data_dir

    @property
    def url(self) -> str:
        """Where people and git find it, such as `http://127.0.0.1:8080`."""
        return self.world.url

    @property
    def api_url(self) -> str:
        """The root of the REST API."""
        return self.world.api_url

    @property
    def graphql_url(self) -> str:
        """The GraphQL endpoint."""
        return f"{self.url}/api/graphql"

    def environment(self, token: str) -> dict[str, str]:
        """The variables that point GitHub's clients at this twin."""
        return {
            "GITHUB_API_URL": self.api_url,
            "GITHUB_GRAPHQL_URL": self.graphql_url,
            "GITHUB_SERVER_URL": self.url,
            "GITHUB_TOKEN": token,
        }
