"""Carries a command out beside the protocol: in a thread, with progress, one that writes at a time."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from mcp.server.mcpserver import Context

from shipway.bootstrap.environment import Environment, Watchers
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.safe_text import visible
from shipway.errors import ShipwayError

T = TypeVar("T")

LOG = logging.getLogger("shipway.mcp_server")

LIMIT = 300.0
"""Seconds that a tool waits for what it began."""


class TimedOut(ShipwayError):
    """The time is over; what was begun goes on."""

    reason_code = "timed-out"
    retryable = True

    def __init__(self, what: str, seconds: float) -> None:
        super().__init__(
            f"{what} operation timed out after {seconds:g} seconds. "
            "The deployment may still be in progress. Check deployment status manually.",
            "See what runs there with the tool status; calling the same again goes on where it stands.",
        )


@dataclass(slots=True)
class Runs:
    """Where commands run, and how long tools wait for them.

    Attributes:
        repo: The clone.
        limit: Seconds.
        clock: Seconds that only go up.
        read_environment: The variables that the server was started with.
    """

    repo: Path
    limit: float = LIMIT
    clock: Callable[[], float] = time.monotonic
    read_environment: Callable[[], Environment] = Environment.read
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def environment(self, context: Context[Any, Any]) -> Environment:
        """As whom and where; the trace of the caller is gone on with where it names one."""
        meta = context.request_context.meta or {}
        header = meta.get("traceparent")
        environment = self.read_environment()
        return replace(environment, traceparent=header) if isinstance(header, str) else environment

    async def run_alone(
        self, what: str, command: Callable[[Watchers], T], context: Context[Any, Any]
    ) -> tuple[T, list[str]]:
        """The same of what changes something: two of one server would take each other for themselves.

        Raises:
            ShipwayError: `busy` where another one goes on, or what `run` raises.
        """

        def alone(watchers: Watchers) -> T:
            if not self._turn.acquire(blocking=False):
                raise ShipwayError(
                    "Another operation of this server still goes on.",
                    "Wait until it has ended, and call the tool again.",
                    reason_code="busy",
                    retryable=True,
                )
            try:
                return command(watchers)
            finally:
                self._turn.release()

        return await self.run(what, alone, context)

    async def run(
        self, what: str, command: Callable[[Watchers], T], context: Context[Any, Any]
    ) -> tuple[T, list[str]]:
        """The command's result, and what was said meanwhile.

        Raises:
            TimedOut: It takes longer than the limit; it goes on.
            ShipwayError: What the command raised.
        """
        told = _Told(context)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(told.hand_on)
            try:
                with anyio.fail_after(self.limit):
                    result = await anyio.to_thread.run_sync(command, told.watchers, abandon_on_cancel=True)
            except TimeoutError:
                raised: ShipwayError | None = TimedOut(what, self.limit)
            except ShipwayError as problem:
                raised = problem
            else:
                raised = None
            told.close()
        if raised:
            raise raised
        return result, told.lines


class _Told:
    """What a run says, on its way from its thread to the client."""

    def __init__(self, context: Context[Any, Any]) -> None:
        self.lines: list[str] = []
        self._context = context
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[str | None] = asyncio.Queue()

    @property
    def watchers(self) -> Watchers:
        """Tells of steps and gates; what commands print stays out, and warnings are logged as such."""
        return Watchers(
            move=lambda move, _: None if isinstance(move, Wait | Refusal | Done) else self._say(str(move)),
            verdict=lambda verdict: self._say(f"{verdict.gate}: {verdict.ruling}, {verdict.summary}"),
            stumble=lambda problem, seconds: self._say(f"{problem.message} Looking again in {seconds:g} s."),
            gate=lambda name: self._say(f"{name}: running"),
            announce=self._announce,
        )

    def _announce(self, text: str) -> None:
        LOG.warning("%s", visible(text))
        self._say(text)

    def _say(self, text: str) -> None:
        with suppress(RuntimeError):  # the server has gone; the run ends by itself
            self._loop.call_soon_threadsafe(self._waiting.put_nowait, text)

    def close(self) -> None:
        """Nothing is handed on after this."""
        self._waiting.put_nowait(None)

    async def hand_on(self) -> None:
        """Progress, a message each, until it is closed."""
        while (line := await self._waiting.get()) is not None:
            self.lines.append(visible(line))
            await self._context.report_progress(len(self.lines), message=self.lines[-1])
