"""What every reason code stands for, as `make reference` finds it in the code and writes it into the package."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shipway.errors import UsageError

SHIPPED = Path(__file__).parent.parent / "reason_codes.json"


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason code.

    Attributes:
        sentence: What is said with it, with … for what is filled in.
        module: Where it comes from, as a path in the package.
        lifted: What to do about it, or who can do something; empty where that depends, or nothing has to be done.
    """

    code: str
    sentence: str
    module: str
    lifted: str


@cache
def reasons() -> dict[str, Reason]:
    """Code → what it stands for."""
    rows = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return {code: Reason(code, **row) for code, row in rows.items()}


def near(word: str) -> list[str]:
    """Codes that somebody may have meant, the likeliest first."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a refusal needs it

    return get_close_matches(word, reasons(), n=3, cutoff=0.7)


def reason_of(code: str) -> Reason:
    """What a code stands for.

    Raises:
        UsageError: `reason-code-unknown`, with what was probably meant.
    """
    found = reasons().get(code)
    if found:
        return found
    meant = " or ".join(near(code))
    raise UsageError(
        f"{code!r} is no reason code.",
        f"Did you mean {meant}?" if meant else "Take it from `reason_code` of a result: shipway next -o json",
        reason_code="reason-code-unknown",
    )
