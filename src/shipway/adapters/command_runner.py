"""Run the commands that a repository configures: gates and deployments.

The command gets its own process group, so that stopping it stops what it started, and only those environment
variables that it was given.
"""

import codecs
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import IO

from shipway.domain.gate import CommandResult
from shipway.errors import InputError

GRACE = 5.0
"""Seconds between SIGTERM and SIGKILL."""

TAIL = 64 * 1024
"""Characters kept of what a command writes."""

HARMLESS_VARIABLES = frozenset(
    {"CI", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER"}
    | {"GITHUB_ACTIONS", "GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_SERVER_URL", "GITHUB_WORKSPACE"}
    | {"RUNNER_ARCH", "RUNNER_OS", "RUNNER_TEMP", "RUNNER_TOOL_CACHE", "JAVA_HOME", "VIRTUAL_ENV"}
)
"""What commands may see without being asked; none of them is a secret or a file that GitHub reads commands from."""

_POLL = 0.05
_LONGEST_LINE = 8 * 1024


def scrubbed(environment: Mapping[str, str], allowed: Iterable[str] = ()) -> dict[str, str]:
    """Return the part of an environment that a command may see: the harmless variables and those allowed."""
    kept = HARMLESS_VARIABLES | frozenset(allowed)
    return {name: value for name, value in environment.items() if name in kept}


def in_shell(script: str, *arguments: str) -> list[str]:
    """Return the command that has ``/bin/sh`` read a script, with arguments as ``$1`` and so on."""
    return ["/bin/sh", "-c", script, "sh", *arguments]


def run_command(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    echo: Callable[[str], None] | None = None,
    grace: float = GRACE,
    clock: Callable[[], float] = time.monotonic,
) -> CommandResult:
    """Run a command to its end, or to its time.

    Args:
        command: Argument list; see ``in_shell`` for scripts.
        cwd: Where it runs.
        env: Its whole environment; see ``scrubbed``.
        timeout: Seconds until it and everything in its process group is sent SIGTERM.
        echo: Is given each line as it comes, without its end. The lines are untrusted: make workflow commands
            in them inert before they reach a log.
        grace: Seconds from SIGTERM to SIGKILL.
        clock: Seconds that only go up.

    Returns:
        How it ended. Output and errors are one stream, as a terminal would show them.

    Raises:
        InputError: There is no such program or directory.
    """
    started = clock()
    process = _start(command, cwd, env)
    output = _Output(echo)
    reader = Thread(target=output.read, args=(process.stdout,), daemon=True)
    reader.start()
    try:
        timed_out = not _ended(process, started + timeout, clock)
    finally:
        _stop(process, grace, clock)  # Also when we are interrupted: its own group hears nothing of that.
    duration = clock() - started
    reader.join(_POLL * 20)  # What fled its process group may hold the output open for ever.
    code = process.returncode
    return CommandResult(128 - code if code < 0 else code, timed_out, duration, output.tail())


def _start(argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    if not cwd.is_dir():
        raise InputError(
            f"The directory {cwd} for the command `{argv[0]}` is not there.",
            "Correct the directory.",
            reason_code="command-not-started",
        )
    program = shutil.which(argv[0], path=env.get("PATH")) if "/" not in argv[0] else argv[0]
    try:
        return subprocess.Popen(
            [program or argv[0], *argv[1:]],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(
            f"The command `{argv[0]}` could not be started: {reason}.",
            "Install it before the release runs, or correct its name; arguments are separate items, "
            "such as [make, test].",
            reason_code="command-not-started",
        ) from error


def _ended(process: subprocess.Popen[bytes], deadline: float, clock: Callable[[], float]) -> bool:
    """Wait until the command ends or the deadline has passed; return whether it ended."""
    while clock() < deadline:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_POLL)
            return True
    return process.poll() is not None


def _stop(process: subprocess.Popen[bytes], grace: float, clock: Callable[[], float]) -> None:
    """End the command if it still runs, and whatever it started: that would outlive the gate otherwise."""
    if process.poll() is None:
        deadline = clock() + grace
        _signal(process, signal.SIGTERM)
        _ended(process, deadline, clock)
    _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


class _Output:
    """Reads what a command writes, in bounded memory, and hands it on line by line."""

    def __init__(self, echo: Callable[[str], None] | None) -> None:
        self._echo = echo
        self._kept = ""
        self._line = ""

    def read(self, stream: IO[bytes]) -> None:
        decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        with stream:
            while chunk := os.read(stream.fileno(), 1 << 16):
                self._take(decode(chunk))
        self._take(decode(b"", final=True))
        if self._line:
            self._say(self._line)

    def tail(self) -> str:
        return self._kept[-TAIL:]

    def _take(self, text: str) -> None:
        self._kept = (self._kept + text)[-2 * TAIL :]
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self._say(line)
        while len(self._line) > _LONGEST_LINE:
            self._say(self._line[:_LONGEST_LINE])
            self._line = self._line[_LONGEST_LINE:]

    def _say(self, line: str) -> None:
        try:
            if self._echo:
                self._echo(line.removesuffix("\r"))
        except (OSError, ValueError):
            self._echo = (
                None  # A closed log must not stop the command, which waits for its output to be read.
            )
