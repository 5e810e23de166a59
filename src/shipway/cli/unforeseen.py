"""What is said of an error that nobody foresaw: what kind it is and where it arose; the whole of it for who asks."""

import os
import traceback
from pathlib import Path

from shipway.cli.output import say
from shipway.errors import ASKED, ShipwayError

_PACKAGE = Path(__file__).parents[1]


def unforeseen(problem: Exception) -> ShipwayError:
    """The same for people; its own words may be a stranger's, or hold a secret, and are shown to who asks only."""
    if os.environ.get("SHIPWAY_TRACEBACK") == "1":
        say("".join(traceback.format_exception(problem)).rstrip())
    words = f": {problem.strerror}" if isinstance(problem, OSError) and problem.strerror else ""
    kind = f"{type(problem).__name__} at {_place(problem)}{words}"
    return ShipwayError(
        f"Shipway failed in a way that nobody foresaw ({kind}). What was done until then stands.",
        f"Read what this shows, in which tokens are hidden, and report it: SHIPWAY_TRACEBACK=1 {ASKED}",
        reason_code="unforeseen",
    )


def _place(problem: Exception) -> str:
    """The innermost line of ours."""
    frames = [(Path(one.filename), one.lineno) for one in traceback.extract_tb(problem.__traceback__)]
    path, line = [one for one in frames if one[0].is_relative_to(_PACKAGE)][-1]
    return f"{path.relative_to(_PACKAGE).as_posix()}:{line}"
