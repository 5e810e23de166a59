"""Commands run as real processes; only the clock is ours, and it moves when the command says that it is ready."""

import os
import select
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from shipway.adapters.command_runner import TAIL, in_shell, run_command, scrubbed
from shipway.domain.gate import CommandResult
from shipway.errors import InputError

ENV = {"PATH": os.environ["PATH"]}


def python(script: str) -> list[str]:
    return [sys.executable, "-c", script]


def clock_of(*milestones: Path) -> Callable[[], float]:
    """Ten seconds pass as soon as each of these files is there."""
    return lambda: 10.0 * sum(path.exists() for path in milestones)


def run(command: list[str], cwd: Path) -> CommandResult:
    return run_command(command, cwd=cwd, env=ENV, timeout=60)


@pytest.mark.requirement("GATE-2")
def test_a_command_gets_its_arguments_as_they_are(tmp_path: Path) -> None:
    result = run([*python("import sys; print(sys.argv[1:])"), "$HOME; echo *", "a b"], tmp_path)

    assert (result.exit_code, result.timed_out, result.tail) == (0, False, "['$HOME; echo *', 'a b']\n")


def test_a_shell_is_used_only_when_asked_for(tmp_path: Path) -> None:
    result = run(in_shell("echo $((1+2)) >&2; printf '%s' \"$1\"; exit 7", "a; b"), tmp_path)

    assert (result.exit_code, result.tail) == (7, "3\na; b")


def test_output_and_errors_come_as_lines_while_the_end_is_kept(tmp_path: Path) -> None:
    lines: list[str] = []
    script = "import sys; print('out', flush=True); sys.stderr.write('err\\r\\n'); print('last', end='')"

    result = run_command(python(script), cwd=tmp_path, env=ENV, timeout=60, echo=lines.append)

    assert lines == ["out", "err", "last"]
    assert result.tail == "out\nerr\r\nlast"


def test_endless_output_is_bounded(tmp_path: Path) -> None:
    lines: list[str] = []
    script = f"import sys; sys.stdout.buffer.write(b'x' * {10 * TAIL} + bytes([255]) + b'end')"

    result = run_command(python(script), cwd=tmp_path, env=ENV, timeout=60, echo=lines.append)

    assert len(result.tail) == TAIL
    assert result.tail.endswith("x\N{REPLACEMENT CHARACTER}end")
    assert max(map(len, lines)) == 8 * 1024


STUBBORN = """
import pathlib, signal, time
signal.signal(signal.SIGTERM, lambda *_: {on_term})
pathlib.Path("{ready}").touch()
while True:
    time.sleep(0.01)
"""


@pytest.mark.requirement("GATE-2")
def test_a_command_out_of_time_is_asked_to_stop_and_its_duration_recorded(tmp_path: Path) -> None:
    script = STUBBORN.format(ready="ready", on_term="(print('stopping'), exit(3))")

    result = run_command(
        python(script), cwd=tmp_path, env=ENV, timeout=10, clock=clock_of(tmp_path / "ready")
    )

    assert result == CommandResult(exit_code=3, timed_out=True, duration=10.0, tail="stopping\n")


@pytest.mark.requirement("GATE-2")
def test_a_command_that_does_not_stop_is_killed_with_everything_it_started(tmp_path: Path) -> None:
    child = STUBBORN.format(ready="started", on_term="None")
    parent = STUBBORN.format(ready="ready", on_term="pathlib.Path('asked').touch()")
    start = (
        f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {child!r}]).pid, flush=True)"
    )
    clock = clock_of(tmp_path / "ready", tmp_path / "started", tmp_path / "asked")

    result = run_command(python(start + parent), cwd=tmp_path, env=ENV, timeout=20, grace=10, clock=clock)

    assert (result.exit_code, result.timed_out, result.duration) == (128 + signal.SIGKILL, True, 30.0)
    assert dies(int(result.tail))


def test_an_interrupt_stops_the_command_too(tmp_path: Path) -> None:
    pids: list[str] = []

    def interrupted_once() -> float:
        if pids and "interrupted" not in pids:
            pids.append("interrupted")
            raise KeyboardInterrupt
        return 0.0

    script = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    with pytest.raises(KeyboardInterrupt):
        run_command(
            python(script), cwd=tmp_path, env=ENV, timeout=60, echo=pids.append, clock=interrupted_once
        )

    assert dies(int(pids[0]))


def test_a_closed_log_does_not_stop_the_command(tmp_path: Path) -> None:
    def closed(line: str) -> None:
        raise BrokenPipeError

    result = run_command(
        python(f"print('x\\n' * {TAIL}, end='')"), cwd=tmp_path, env=ENV, timeout=60, echo=closed
    )

    assert (result.exit_code, len(result.tail)) == (0, TAIL)


def test_what_a_command_leaves_behind_is_stopped_and_does_not_hold_the_gate(tmp_path: Path) -> None:
    result = run(in_shell("sleep 600 & echo $!"), tmp_path)

    assert result.exit_code == 0
    assert dies(int(result.tail))


def test_what_flees_its_process_group_does_not_hold_the_gate(tmp_path: Path) -> None:
    start = "import subprocess; print(subprocess.Popen(['sleep', '600'], start_new_session=True).pid)"

    result = run(python(start), tmp_path)

    os.kill(int(result.tail), signal.SIGKILL)
    assert result.exit_code == 0


def dies(pid: int) -> bool:
    """Whether a process is dead, or dies of the signal that it was sent."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with os.fdopen(process) as waiting:
        return bool(select.select([waiting], [], [], 60)[0])


@pytest.mark.requirement("SEC-3")
def test_a_command_sees_only_what_it_is_allowed_to(tmp_path: Path) -> None:
    full = {**ENV, "GITHUB_TOKEN": "secret", "GITHUB_OUTPUT": "/out", "API_URL": "here", "OTHER": "x"}

    result = run_command(
        python("import os; print(sorted(set(os.environ) - {'LC_CTYPE'}))"),
        cwd=tmp_path,
        env=scrubbed(full, ["API_URL"]),
        timeout=60,
    )

    assert result.tail == "['API_URL', 'PATH']\n"


def test_a_command_reads_nothing(tmp_path: Path) -> None:
    assert run(python("import sys; print(repr(sys.stdin.read()))"), tmp_path).tail == "''\n"


@pytest.mark.parametrize("name", ["no-such-program", "./no-such-program"])
def test_a_missing_program_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError) as refused:
        run([name, "x"], tmp_path)

    assert str(refused.value) == (
        f"The command `{name}` could not be started: No such file or directory. Install it before the release "
        "runs, or correct its name; arguments are separate items, such as [make, test]."
    )


def test_a_missing_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        run(["true"], tmp_path / "gone")

    assert str(refused.value) == (
        f"The directory {tmp_path}/gone for the command `true` is not there. Correct the directory."
    )
