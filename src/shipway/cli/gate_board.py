"""The gates of a run as a table: state, time, budget."""

from collections.abc import Callable, Mapping

from rich.table import Table
from rich.text import Text

from shipway.domain.report_view import duration_text
from shipway.domain.verdict import Ruling, Verdict

MARKS = {Ruling.PASS: "✓", Ruling.FAIL: "✗", Ruling.ERROR: "!", Ruling.INCONCLUSIVE: "…"}
STYLES = {Ruling.PASS: "green", Ruling.FAIL: "red", Ruling.ERROR: "red", Ruling.INCONCLUSIVE: "yellow"}


class GateBoard:
    """Follows gates and draws how far they are.

    Args:
        budgets: Gate → seconds that its command may take; None without a command.
        clock: Seconds that only go up.
    """

    def __init__(self, budgets: Mapping[str, float | None], clock: Callable[[], float]) -> None:
        self._budgets = dict(budgets)
        self._clock = clock
        self._began: dict[str, float] = {}
        self._verdicts: dict[str, Verdict] = {}

    def start(self, gate: str) -> None:
        """A gate begins."""
        self._began[gate] = self._clock()

    def answer(self, verdict: Verdict) -> None:
        """A gate has answered."""
        self._verdicts[verdict.gate] = verdict

    @property
    def complete(self) -> bool:
        """Whether every gate has answered."""
        return self._verdicts.keys() >= self._budgets.keys()

    def table(self) -> Table:
        """How far they are now."""
        table = Table.grid(padding=(0, 2, 0, 0))
        for gate, budget in self._budgets.items():
            state, style = self._state(gate)
            table.add_row("", Text(gate), Text(state, style), Text(self._time(gate, budget), "dim"))
        return table

    def _state(self, gate: str) -> tuple[str, str]:
        verdict = self._verdicts.get(gate)
        if verdict:
            return f"{MARKS[verdict.ruling]} {verdict.summary}", STYLES[verdict.ruling]
        return ("running", "bold") if gate in self._began else ("queued", "dim")

    def _time(self, gate: str, budget: float | None) -> str:
        if gate in self._verdicts:
            return time_of(self._verdicts[gate].duration, budget)
        return time_of(self._clock() - self._began[gate] if gate in self._began else None, budget)


def time_of(seconds: float | None, budget: float | None) -> str:
    """Time taken and time given, as people say them."""
    if seconds is None:
        return f"at most {duration_text(budget)}" if budget else ""
    shown = duration_text(seconds)
    return f"{shown} of {duration_text(budget)}" if budget else shown
