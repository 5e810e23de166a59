"""Secrets, kept out of everything that is shown or written: named ones by value, others by their shape."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from shipway.domain.scrubbing import HIDDEN, KeyLines, scrubbed, without_emails, without_keys

SHORTEST = 4
"""Characters of a value that is masked; shorter ones keep no secret, and masking them would blank every text."""


class Mask:
    """Replaces values, each line of those that have several, and what has the shape of a secret.

    Args:
        values: The secrets that are known by name.
        emails: Whether e-mail addresses are hidden too.
    """

    def __init__(self, values: Iterable[str] = (), *, emails: bool = False) -> None:
        parts = {part for value in values for part in (value, *value.splitlines())}
        long_first = sorted((part for part in parts if len(part.strip()) >= SHORTEST), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, long_first))) if long_first else None
        self._emails = emails

    def text(self, text: str) -> str:
        """The text without the secrets."""
        text = scrubbed(self._pattern.sub(HIDDEN, text) if self._pattern else text)
        return without_emails(text) if self._emails else text

    def lines(self, lines: Sequence[str]) -> tuple[str, ...]:
        """Lines that belong together, of which the first may be cut off."""
        return without_keys(tuple(lines), self.text)

    def stream(self) -> Callable[[str], str]:
        """Takes the lines of one output as they come and gives each without the secrets."""
        return KeyLines(self.text).line

    def value(self, value: Any) -> Any:
        """Plain JSON values with every text in them masked."""
        match value:
            case str():
                return self.text(value)
            case Mapping():
                return {key: self.value(each) for key, each in value.items()}
            case list() | tuple():
                return [self.value(each) for each in value]
            case _:
                return value
