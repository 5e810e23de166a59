"""The reason that people give, as one line that can be shown anywhere."""

import re
import unicodedata

from shipway.errors import UsageError

LONGEST = 1000
"""Characters of a reason."""

_SPACES = re.compile(r"\s+")


def reason_of(text: str, example: str) -> str:
    """The reason as one line: spaces and line ends become one space, what cannot be seen goes, the rest stays.

    It is never looked into, but for whether it is only a place for one (`…`, `...`, `???`), as in the commands that
    refusals offer: words that look like options are words.

    Args:
        text: What people wrote.
        example: A command with a reason.

    Raises:
        UsageError: `reason-unclear`: there is nothing left, or it is too long. `reason-placeholder`: it was copied
            from an example and not filled in.
    """
    line = "".join(c for c in _SPACES.sub(" ", text) if c.isprintable() or _joins(c)).strip()
    if not line:
        raise UsageError("A reason is needed.", f"Say it: {example}", reason_code="reason-unclear")
    if len(line) > LONGEST:
        raise UsageError(
            f"The reason has {len(line):,} characters; it can have {LONGEST:,}.",
            f"Say it in short, with a link to the rest: {example}",
            reason_code="reason-unclear",
        )
    if all(unicodedata.category(c).startswith(("P", "Z")) for c in line):
        raise UsageError(
            f"The reason {line[:20]!r} is only a place for one.",
            f"Put into words why, as others will read it: {example}",
            reason_code="reason-placeholder",
        )
    return line


def _joins(character: str) -> bool:
    """Whether it makes one sign of those around it, as in many emoji."""
    return character == "\u200d" or unicodedata.category(character) == "Mn"
