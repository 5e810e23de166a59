"""Issues and pull requests that are made along the way."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Made:
    """An issue or pull request that was made along the way.

    Attributes:
        number: 0 where it could not be made, and should not be tried again.
    """

    number: int = 0
    url: str = ""
