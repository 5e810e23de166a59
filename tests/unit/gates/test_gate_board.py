"""Gates on a terminal."""

import io

import pytest
from rich.console import Console

from shipway.cli.gate_board import GateBoard
from shipway.cli.progress import Progress
from shipway.domain.verdict import Ruling, Verdict

PASSED = Verdict("lint", Ruling.PASS, "ok", "the command succeeded", duration=3.1, budget=600)
FAILED = Verdict("unit", Ruling.FAIL, "no", "2 of 3 tests failed", duration=90.0, budget=120)


@pytest.mark.requirement("GATE-10")
def test_the_table_shows_state_time_and_budget() -> None:
    times = iter([10.0, 20.0, 62.0])
    board = GateBoard({"lint": 600, "unit": 120, "scan": None, "smoke": 180}, lambda: next(times))
    board.start("lint")
    board.answer(PASSED)
    board.start("unit")
    out = io.StringIO()

    Console(file=out, width=80).print(board.table())

    assert [" ".join(line.split()) for line in out.getvalue().splitlines()] == [
        "lint ✓ the command succeeded 3.1 s of 10 min 00 s",
        "unit running 42.0 s of 2 min 00 s",
        "scan queued",
        "smoke queued at most 3 min 00 s",
    ]
    assert not board.complete


@pytest.mark.requirement("GATE-10")
def test_without_a_terminal_each_beginning_and_answer_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress() as progress:
        progress.gates({"unit": 120})
        progress.gate("unit")
        progress.verdict(FAILED)

    assert capsys.readouterr().err == ("  → unit\n  ✗ unit: 2 of 3 tests failed (1 min 30 s of 2 min 00 s)\n")


@pytest.mark.requirement("GATE-10")
def test_a_terminal_keeps_the_last_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm", "COLUMNS": "100"}.items():
        monkeypatch.setenv(name, value)
    with Progress(clock=lambda: 0.0) as progress:
        progress.gates({"unit": 120})
        progress.gate("unit")
        progress.output("noise")
        progress.verdict(FAILED)

    said = capsys.readouterr().err
    assert said.rindex("✗ 2 of 3 tests failed") > said.index("│ noise")
    assert "1 min 30 s of 2 min 00 s" in said
