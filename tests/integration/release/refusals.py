"""What a release that does not go through says: one value to compare as a whole."""

from collections.abc import Callable
from typing import NamedTuple

from shipway.domain.outcome import Outcome
from shipway.errors import ShipwayError


class Said(NamedTuple):
    """Reason code, exit code, what was wrong, and what to do."""

    code: str
    exit_code: int
    message: str
    next_step: str


def said(release: Callable[[], Outcome]) -> Said:
    """What a run says, whether it raises a refusal or ends with one."""
    try:
        outcome = release()
    except ShipwayError as problem:
        return Said(problem.reason_code, int(problem.exit_code), problem.message, problem.next_step)
    return Said(outcome.reason_code, int(outcome.exit_code), outcome.message, outcome.next_step)
