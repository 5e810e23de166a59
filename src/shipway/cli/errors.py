"""How errors are shown: a sentence and the next step for people, one object for programs."""

import sys
from collections.abc import Callable

from shipway.cli.output import inert
from shipway.errors import ExitCode, ShipwayError


def guarded(call: Callable[[], object], arguments: list[str]) -> int:
    """Call something, show what goes wrong, and return the exit code: what it returns if that is a number."""
    try:
        result = call()
    except ShipwayError as error:
        return show_error(error, arguments)
    except KeyboardInterrupt:
        return show_error(ShipwayError("Stopped.", reason_code="stopped"), arguments)
    except BrokenPipeError:
        return ExitCode.OK
    return result if isinstance(result, int) else ExitCode.OK


def show_error(error: ShipwayError, arguments: list[str]) -> int:
    """Show an error and return the exit code of the process.

    People read it on standard error. With `--output json` (or `yaml`, of which JSON is a part) standard
    output carries the same as an object, so that a program never has to read the sentence.
    """
    sys.stderr.write(inert(f"error[{error.reason_code}]: {error.message}\n"))
    if error.next_step:
        sys.stderr.write(inert(f"  {error.next_step}\n"))
    if wants_object(arguments):
        import json  # noqa: PLC0415 - people read sentences

        sys.stdout.write(json.dumps({"error": describe(error)}, ensure_ascii=False) + "\n")
    return int(error.exit_code)


def describe(error: ShipwayError) -> dict[str, str | int | bool]:
    """The versioned, machine-readable form of an error."""
    return {
        "reason_code": error.reason_code,
        "message": error.message,
        "next_step": error.next_step,
        "exit_code": int(error.exit_code),
        "retryable": error.retryable,
    }


def wants_object(arguments: list[str]) -> bool:
    """Whether the command line asked for JSON or YAML, even if nothing else of it was understood."""
    pairs = [*arguments, ""]
    return any(
        one in {"--output=json", "--output=yaml", "-ojson", "-oyaml"}
        or (one in {"--output", "-o"} and pairs[index + 1] in {"json", "yaml"})
        for index, one in enumerate(arguments)
    )
