"""Progress of a run on standard error: what is being done now, and what has been done."""

import sys
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.status import Status
from rich.text import Text

from shipway.bootstrap.environment import Watchers
from shipway.cli.gate_board import MARKS, STYLES, GateBoard, time_of
from shipway.cli.output import inert
from shipway.domain.facts import DeliveryFacts
from shipway.domain.plan import Move
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.verdict import Verdict
from shipway.errors import ShipwayError


class Progress:
    """Watches a run. Respects `NO_COLOR`; without a terminal it prints plain lines."""

    def __init__(self, *, quiet: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = Console(file=sys.stderr, highlight=False, quiet=quiet)
        self._current: str | None = None
        self._status: Status | None = None
        self._clock = clock
        self._board: GateBoard | None = None
        self._live: Live | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._settle("✗" if problem else "✓", "red" if problem else "green")

    def watch(self, move: Move, facts: DeliveryFacts) -> None:  # noqa: ARG002 - the engine tells both
        """A move is about to be made; the one before it has succeeded."""
        self._settle("✓", "green")
        match move:
            case Done() | Refusal():
                return
            case Wait(_, summary):
                self._line("…", "yellow", summary)
            case _:
                self._current = str(move)
                if self._console.is_terminal:
                    self._status = self._console.status(Text(self._current))
                    self._status.start()

    def gates(self, budgets: Mapping[str, float | None]) -> None:
        """Gates are about to run; a terminal shows a table of them until all have answered."""
        if not self._console.is_terminal:
            return
        self._pause()
        self._board = GateBoard(budgets, self._clock)
        self._live = Live(console=self._console, get_renderable=self._board.table)
        self._live.start()

    def gate(self, name: str) -> None:
        """A gate begins."""
        if self._board:
            self._board.start(name)
        else:
            self._line("  →", "dim", name)

    def verdict(self, verdict: Verdict) -> None:
        """A gate has answered."""
        if self._board:
            self._board.answer(verdict)
            if self._board.complete:
                self._pause()
            return
        taken = time_of(verdict.duration, verdict.budget)
        seconds = f" ({taken})" if taken else ""
        self._line(
            f"  {MARKS[verdict.ruling]}",
            STYLES[verdict.ruling],
            f"{verdict.gate}: {verdict.summary}{seconds}",
        )

    def stumble(self, problem: ShipwayError, seconds: float) -> None:
        """GitHub stumbled; the move is decided anew after a pause."""
        self._settle("!", "yellow")
        self._line("…", "yellow", f"{problem.message} Looking again in {seconds:g} s.")

    def announce(self, text: str) -> None:
        """Something that nobody should overlook is about to be done."""
        self._settle("✓", "green")
        first, *more = text.split("\n")
        self._line("!", "bold yellow", first)
        for line in more:
            self._line(" ", "", line)

    def output(self, line: str) -> None:
        """A command has written a line: somebody's text, which must not become a workflow command of ours."""
        inert = "".join(c for c in line if c.isprintable()).replace("##[", "##\u200b[")
        self._console.print(Text(f"  │ {inert}", "dim"), soft_wrap=True)

    def _pause(self) -> None:
        """End what moves on a terminal; the table of gates stays as it is."""
        if self._status:
            self._status.stop()
        if self._live:
            self._live.stop()
        self._status = self._live = self._board = None

    def _settle(self, mark: str, style: str) -> None:
        self._pause()
        if self._current:
            self._line(mark, style, self._current)
            self._current = None

    def _line(self, mark: str, style: str, text: str) -> None:
        self._console.print(Text.assemble((mark, style), " ", inert(text)), soft_wrap=True)


def watchers_of(progress: Progress) -> Watchers:
    """What tells the terminal how far a run is."""
    return Watchers(
        progress.watch,
        progress.verdict,
        progress.output,
        progress.stumble,
        progress.gates,
        progress.gate,
        progress.announce,
    )
