"""A twin that runs: uvicorn in a thread on a loopback port."""

import asyncio
import pkgutil
import socket
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

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
        self._thread: threading.Thread | None = None
        self._stop: Callable[[], object] | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        """Serve, and return when the port takes connections."""
        listening = socket.create_server(("127.0.0.1", self._port), backlog=128)
        self._port = listening.getsockname()[1]
        self.world.url = f"http://127.0.0.1:{self._port}"
        ready = threading.Event()
        serving = self._serve(listening, ready)
        self._thread = threading.Thread(target=asyncio.run, args=(serving,), name="twin", daemon=True)
        self._thread.start()
        ready.wait()
        return self

    async def _serve(self, listening: socket.socket, ready: threading.Event) -> None:
        """uvicorn's protocol on a loop of our own: its server takes 0.2 s to stop, and tests start many."""
        loop, stopping, state = asyncio.get_running_loop(), asyncio.Event(), ServerState()
        config = uvicorn.Config(self.app, ws="none", lifespan="off", log_config=None, proxy_headers=False)
        config.load()
        protocol = self._protocol()
        server = await loop.create_server(lambda: protocol(config, state, {}, loop), sock=listening)
        self._stop = lambda: loop.call_soon_threadsafe(stopping.set)
        ready.set()
        await stopping.wait()
        server.close()
        for transport in list(self.app.transports.values()):
            transport.abort()
        for task in list(state.tasks):
            task.cancel()
        await asyncio.gather(*state.tasks, return_exceptions=True)

    def _protocol(self) -> type[H11Protocol]:
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
        if self._stop and self._thread:
            self._stop()
            self._thread.join()
            self._stop = self._thread = None
        self.app.close()
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
