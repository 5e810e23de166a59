"""Values of secrets, kept out of everything that is shown."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

HIDDEN = "***"

SHORTEST = 4
"""Characters of a value that is masked; shorter ones keep no secret, and masking them would blank every text."""


class Mask:
    """Replaces values, and each line of those that have several.

    Args:
        values: The secrets.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        parts = {part for value in values for part in (value, *value.splitlines())}
        long_first = sorted((part for part in parts if len(part.strip()) >= SHORTEST), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, long_first))) if long_first else None

    def text(self, text: str) -> str:
        """The text without the values."""
        return self._pattern.sub(HIDDEN, text) if self._pattern else text

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
