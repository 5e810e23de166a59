"""How a run comes to rest: somebody else has to move, it must not go on, or nothing is left to do."""

from dataclasses import dataclass

from shipway.domain.verdict import Verdict
from shipway.errors import ExitCode


@dataclass(frozen=True, slots=True)
class Wait:
    """Somebody or something else has to move first.

    Attributes:
        until: When it is over by itself, ISO 8601 in UTC; empty where that is not known.
    """

    reason_code: str
    summary: str
    who: str
    verdicts: tuple[Verdict, ...] = ()
    until: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """It must not go on like this; says what would lift it."""

    reason_code: str
    message: str
    next_step: str
    exit_code: ExitCode = ExitCode.FAILURE
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left to do."""

    summary: str
