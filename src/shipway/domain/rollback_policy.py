"""What a repository wants of rollbacks, as frozen values; part of the declaration in `shipway.domain.policy`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from shipway.domain.strict import STRICT

MIGRATIONS = ("**/migrations/**", "**/migrate/**", "**/alembic/versions/**", "**/*.sql")
"""Files that change what a database looks like, as common frameworks name them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackPolicy:
    """How environments go back.

    Attributes:
        tickets: Patterns (regular expressions) of tickets in commit messages; none for those that changelogs name.
        migrations: Globs of files whose changes a rollback does not take back, such as migrations of a database.
        revert: Whether a pull request is opened that reverts the release; `auto` does it for production.
        labels: Labels of the issue that is opened when a rollback fails.
    """

    tickets: tuple[str, ...] = ()
    migrations: tuple[str, ...] = MIGRATIONS
    revert: Literal["auto", "pull-request", "none"] = "auto"
    labels: tuple[str, ...] = ("incident", "P0")

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    def reverts(self, *, production: bool) -> bool:
        """Whether the release is to be reverted."""
        return self.revert == "pull-request" or (self.revert == "auto" and production)


def rollback_problems(policy: RollbackPolicy) -> Iterator[tuple[tuple[str, int], str]]:
    """Place of a value → what is wrong with it."""
    for number, pattern in enumerate(policy.tickets):
        try:
            re.compile(pattern)
        except re.error as problem:
            yield ("tickets", number), f"is no regular expression: {problem}"
