"""How errors are shown: a sentence and the next step for people, one object for programs."""

import re
from collections.abc import Callable
from contextlib import suppress

from shipway.cli.output import say, show
from shipway.errors import ASKED, ExitCode, ShipwayError

GO_ON = f"What was done stands. The same command again goes on from there: {ASKED}"


def guarded(call: Callable[[], object], arguments: list[str]) -> int:
    """Call something, show what goes wrong, and return the exit code: what it returns if that is a number."""
    try:
        result = call()
    except ShipwayError as error:
        return show_error(error, arguments)
    except KeyboardInterrupt:
        return show_error(ShipwayError("Stopped.", GO_ON, reason_code="stopped", retryable=True), arguments)
    except BrokenPipeError:
        return ExitCode.OK
    except Exception as problem:  # noqa: BLE001 - nobody is left with a bare trace
        from shipway.cli.unforeseen import unforeseen  # noqa: PLC0415 - almost never wanted

        with suppress(OSError):  # of a standard output that takes nothing more
            show_error(unforeseen(problem), arguments)
        return ExitCode.FAILURE
    return result if isinstance(result, int) else ExitCode.OK


def show_error(error: ShipwayError, arguments: list[str]) -> int:
    """Show an error and return the exit code of the process.

    People read it on standard error. With `--output json` or `yaml` standard output carries the same as an
    object, so that a program never has to read the sentence.
    """
    error.next_step = with_command(error.next_step, arguments)
    tell(error)
    if form := form_asked(arguments):
        show(form, "", {"error": describe(error)})
    return int(error.exit_code)


def with_command(step: str, arguments: list[str]) -> str:
    """A next step with the command that was given, but for its `--repo`, in which the error may lie."""
    if ASKED not in step:
        return step
    import shlex  # noqa: PLC0415 - only some refusals need it

    given, kept = iter(arguments), list[str]()
    for word in given:
        if word == "--repo":
            next(given, None)
        elif not word.startswith("--repo="):
            kept.append(word)
    return step.replace(ASKED, f"shipway {shlex.join(kept)}")


def tell(error: ShipwayError) -> None:
    """Tell people what went wrong and what to do."""
    say(f"error[{error.reason_code}]: {error.message}")
    say(f"  {error.next_step}" if error.next_step else "")
    say(f"  trace: {error.trace_id}" if error.trace_id else "")


def describe(error: ShipwayError) -> dict[str, str | int | bool]:
    """The versioned, machine-readable form of an error; with the trace where a run had one."""
    return {
        "reason_code": error.reason_code,
        "message": error.message,
        "next_step": error.next_step,
        "exit_code": int(error.exit_code),
        "retryable": error.retryable,
        **({"trace_id": error.trace_id} if error.trace_id else {}),
    }


def form_asked(arguments: list[str]) -> str:
    """Which form for programs the command line asked for, even if nothing else of it was understood; or none."""
    words = " ".join(arguments)
    asked = re.findall(r"(?:^| )(?:--output|--format|-o)[ =]?(json|yaml)(?= |$)", words)
    return asked[-1] if asked else ""
