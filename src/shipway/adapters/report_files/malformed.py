"""How the readers of one format say that a report breaks its rules."""


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


def whole_number(text: str, what: str, line: int | None) -> int:
    """Return a count or a line number from a report.

    Raises:
        MalformedError: The text is something else.
    """
    if len(text) > 18 or not text.strip().lstrip("-").isdecimal():
        raise MalformedError(f"{what} is {text[:40]!r}, not a number", line)
    return int(text)
