"""Progress of a run on standard error: what is being done now, and what has been done."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status
from rich.text import Text

from shipway.domain.facts import Facts
from shipway.domain.plan import Move
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.verdict import Ruling, Verdict
from shipway.errors import ShipwayError

MARKS = {Ruling.PASS: "✓", Ruling.FAIL: "✗", Ruling.ERROR: "!", Ruling.INCONCLUSIVE: "…"}
STYLES = {Ruling.PASS: "green", Ruling.FAIL: "red", Ruling.ERROR: "red", Ruling.INCONCLUSIVE: "yellow"}


class Progress:
    """Watches a run. Respects `NO_COLOR`; without a terminal it prints plain lines."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(file=sys.stderr, highlight=False, quiet=quiet)
        self._current: str | None = None
        self._status: Status | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._settle("✗" if problem else "✓", "red" if problem else "green")

    def watch(self, move: Move, facts: Facts) -> None:  # noqa: ARG002 - the engine tells both
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

    def verdict(self, verdict: Verdict) -> None:
        """A gate has answered."""
        seconds = f" ({verdict.duration:.1f} s)" if verdict.duration is not None else ""
        self._line(
            f"  {MARKS[verdict.ruling]}",
            STYLES[verdict.ruling],
            f"{verdict.gate}: {verdict.summary}{seconds}",
        )

    def stumble(self, problem: ShipwayError, seconds: float) -> None:
        """GitHub stumbled; the move is decided anew after a pause."""
        self._settle("!", "yellow")
        self._line("…", "yellow", f"{problem.message} Looking again in {seconds:g} s.")

    def output(self, line: str) -> None:
        """A command has written a line: somebody's text, which must not become a workflow command of ours."""
        inert = "".join(c for c in line if c.isprintable()).replace("##[", "##\u200b[")
        self._console.print(Text(f"  │ {inert}", "dim"), soft_wrap=True)

    def _settle(self, mark: str, style: str) -> None:
        if self._status:
            self._status.stop()
            self._status = None
        if self._current:
            self._line(mark, style, self._current)
            self._current = None

    def _line(self, mark: str, style: str, text: str) -> None:
        self._console.print(Text.assemble((mark, style), " ", text), soft_wrap=True)
