"""How the readers of one format say that a report breaks its rules."""

import re

_WHOLE = re.compile(r"-?[0-9]{1,15}")


class MalformedError(ValueError):
    """A report that is not what it seems to be; becomes an ``InputError`` where its name is known.

    Args:
        why: Ends the sentence that begins with the file's name.
        line: From 1, where it is known.
        fix: What to do about it; the usual cause is a run that was stopped.
    """

    def __init__(self, why: str, line: int | None = None, fix: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.line = line
        self.fix = (
            fix
            or "Write the report again and let its tool finish; a run that was stopped leaves half a file."
        )


def whole_number(text: str, what: str, line: int | None, *, signed: bool = False) -> int:
    """Return a count or a line number from a report; gcov's counts may be below zero.

    Raises:
        MalformedError: The text is something else.
    """
    if not _WHOLE.fullmatch(text) or (text.startswith("-") and not signed):
        raise MalformedError(f"{what} is {text[:40]!r}, not a number", line)
    return int(text)
