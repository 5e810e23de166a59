"""What a repository wants of rollbacks, as frozen values; part of the declaration in `shipway.domain.policy`."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from shipway.domain.strict import STRICT
from shipway.domain.version import parse_version
from shipway.errors import UsageError

MIGRATIONS = ("**/migrations/**", "**/migrate/**", "**/alembic/versions/**", "**/*.sql")
"""Files that change what a database looks like, as common frameworks name them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DependantPolicy:
    """What does not work with every version of this repository: a service, a client, another component.

    Attributes:
        needs: The lowest version that it works with.
        environments: Where it depends on what runs there; everywhere when none is named.
    """

    needs: str
    environments: tuple[str, ...] = ()

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    def loses(self, environment: str, version: str) -> bool:
        """Whether a version in an environment is too old for it."""
        if self.environments and environment not in self.environments:
            return False
        try:
            return parse_version(version) < parse_version(self.needs)
        except UsageError:  # a tag that is no version has no order
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackPolicy:
    """How environments go back.

    Attributes:
        tickets: Patterns (regular expressions) of tickets in commit messages; none for those that changelogs name.
        migrations: Globs of files whose changes a rollback does not take back, such as migrations of a database.
        dependants: Name → what depends on the versions of this repository, and from which one on.
        revert: Whether a pull request is opened that reverts the release; `auto` does it for production.
        labels: Labels of the issue that is opened when a rollback fails.
        automatic: Gates whose failure after a deployment takes the version out by itself, and `deploy` for a deploy
            command that fails; a strategy always goes back by itself.
        first: Whether a person is asked before a version is taken out by itself for the first time.
    """

    tickets: tuple[str, ...] = ()
    migrations: tuple[str, ...] = MIGRATIONS
    dependants: Mapping[str, DependantPolicy] = field(default_factory=dict)
    revert: Literal["auto", "pull-request", "none"] = "auto"
    labels: tuple[str, ...] = ("incident", "P0")
    automatic: tuple[str, ...] = ()
    first: Literal["go", "ask"] = "go"

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    def dependants_lost(self, environment: str, version: str) -> tuple[str, ...]:
        """What depends on a higher version than the one that comes back, each as `NAME needs VERSION`."""
        return tuple(
            f"{name} needs {one.needs}"
            for name, one in self.dependants.items()
            if one.loses(environment, version)
        )

    def reverts(self, *, production: bool) -> bool:
        """Whether the release is to be reverted."""
        return self.revert == "pull-request" or (self.revert == "auto" and production)


COMMAND = "deploy"
"""What stands for a deploy command, or for a run that deploys, among the gates in `automatic`."""


def rollback_problems(
    policy: RollbackPolicy, environments: Iterable[str], gates: Iterable[str] = ()
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Place of a value → what is wrong with it.

    Args:
        policy: The settings.
        environments: Names of those that are configured; none where GitHub's count, which are not known here.
        gates: Names of those that are configured.
    """
    known = tuple(environments)
    for number, pattern in enumerate(policy.tickets):
        try:
            re.compile(pattern)
        except re.error as problem:
            yield ("tickets", number), f"is no regular expression: {problem}"
    triggers = (*gates, COMMAND)
    for number, trigger in enumerate(policy.automatic):
        if trigger not in triggers:
            yield ("automatic", number), f"has no gate `{trigger}`; there are {', '.join(triggers)}"
    for name, dependant in policy.dependants.items():
        try:
            parse_version(dependant.needs)
        except UsageError:
            yield (
                ("dependants", name, "needs"),
                f"has no version in `needs` of `{name}`, such as 2.4.0: {dependant.needs}",
            )
        for number, one in enumerate(dependant.environments):
            if known and one not in known:
                there = ", ".join(known)
                yield (
                    ("dependants", name, "environments", number),
                    f"has no environment `{one}` for `{name}`; there are {there}",
                )
