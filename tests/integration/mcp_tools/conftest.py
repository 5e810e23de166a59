"""A pipeline of four environments on a twin, and the real client of the protocol's SDK, by both of its ways."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import CallToolResult

from integration.release.conftest import _quiet_git
from integration.release.world import FILES, NAME, NOON, World, clone_of, make_source, settle_people
from shipway.bootstrap.environment import Watchers
from shipway.bootstrap.promoting import PromotionAsked, run_promotion
from shipway.twin.server import Twin
from shipway.twin.world import Clock

__all__ = ["_quiet_git"]

CONFIGURATION = """
environments:
  dev: {deploy: {command: ["true"]}}
  staging: {deploy: {command: ["true"]}}
  uat: {deploy: {command: UAT}}
  production: {deploy: {command: ["true"]}}
"""
SERVER = str(Path(sys.executable).with_name("shipway"))


@dataclass
class Agent:
    """A client, and what it and the log were told."""

    client: Client
    errors: Path
    progress: list[str] = field(default_factory=list)

    async def call(self, name: str, **arguments: Any) -> CallToolResult:
        """Call a tool."""

        async def told(progress: float, total: float | None, message: str | None) -> None:
            self.progress.append(message or "")

        return await self.client.call_tool(name, arguments, progress_callback=told)

    @property
    def log(self) -> str:
        """What the server wrote to standard error."""
        return self.errors.read_text()


def variables(world: World) -> dict[str, str]:
    """The environment of a server."""
    return {**os.environ, **world.twin.environment(world.token), "GITHUB_REPOSITORY": NAME}


@asynccontextmanager
async def over_stdio(world: World, *options: str) -> AsyncIterator[Agent]:
    """A server as a client starts it."""
    errors = world.clone.parent / "errors.txt"
    arguments = ["mcp", "--repo", str(world.clone), *options]
    with errors.open("w") as log:
        how = StdioServerParameters(command=SERVER, args=arguments, env=variables(world))
        async with Client(stdio_client(how, errlog=log)) as client:
            yield Agent(client, errors)


@asynccontextmanager
async def over_http(world: World, *options: str) -> AsyncIterator[Agent]:
    """A server that somebody started, on a port that was free."""
    command = [SERVER, "mcp", "--repo", str(world.clone), "--http", "127.0.0.1:0", *options]
    errors = world.clone.parent / "errors.txt"
    with subprocess.Popen(command, env=variables(world), stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        try:
            address = server.stderr.readline().split()[-1]
            async with Client(address) as client:
                yield Agent(client, errors)
        finally:
            server.terminate()
            errors.write_text(server.stderr.read())


WAYS = {"stdio": over_stdio, "http": over_http}


def said(result: CallToolResult) -> str:
    """The first text of an answer."""
    text: str = result.content[0].text  # type: ignore[union-attr]  # tools answer nothing else
    return text


def repository(folder: Path, *uat: str) -> Iterator[World]:
    """Version 1.0.0 on a twin; `uat` is the command that deploys there."""
    files = FILES | {".github/shipway.yml": CONFIGURATION.replace("UAT", json.dumps(uat or ("true",)))}
    source = make_source(folder / "source", files)
    with Twin(clock=Clock(NOON)) as twin:
        token = settle_people(twin, source)
        yield World(twin, clone_of(twin, token, folder / "clone"), token)


def promoted(world: World, *way: str, version: str = "1.0.0") -> None:
    """Bring a version along the environments, in this process."""
    for source, target in zip(("", *way), way, strict=False):
        asked = PromotionAsked(version=version, source=source, target=target, repo=world.clone)
        assert run_promotion(asked, world.environment(), Watchers()).reason_code == "done"
