"""Whether the run that holds a claim is still there: a workflow run of GitHub's, or a process of this machine."""

import os
import socket
from collections.abc import Callable

_RUN, _PROCESS = "run", "process"


def holder_of(run_id: str) -> str:
    """Names this run so that others can find out whether it still goes on."""
    return f"{_RUN}:{run_id}" if run_id else f"{_PROCESS}:{socket.gethostname()}:{os.getpid()}"


def has_ended(holder: str, run_status: Callable[[str], str]) -> bool:
    """Whether the run is known to have ended; one of another machine never is.

    Args:
        holder: As `holder_of` named it.
        run_status: Asks GitHub for the status of a workflow run by its number.
    """
    kind, _, rest = holder.partition(":")
    if kind == _RUN and rest.isdecimal():
        return run_status(rest) == "completed"
    host, _, process = rest.rpartition(":")
    if kind == _PROCESS and host == socket.gethostname() and process.isdecimal():
        return not _alive(int(process))
    return False


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
