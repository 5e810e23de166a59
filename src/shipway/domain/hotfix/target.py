"""The branch that a hotfix is merged into: one that holds nothing besides what was released.

What a merge brings into a release is all that the branch holds. A branch that has gone on since the release would
therefore bring what nobody released yet; a maintenance branch is made from the tag instead.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shipway.domain.flow import DEVELOPMENT, PRODUCTION
from shipway.domain.hotfix.base import Base
from shipway.domain.line import Line
from shipway.domain.policy import Flow
from shipway.domain.resting import Refusal
from shipway.errors import UsageError

Surplus = Callable[[str], int]
"""Commit → how many commits it has that the base does not have."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Where a hotfix of a repository can go.

    Attributes:
        heads: Branch → commit.
        default: The default branch.
    """

    flow: Flow
    heads: Mapping[str, str]
    default: str

    @property
    def production(self) -> str:
        """The branch that releases are merged into."""
        found = (name for name in PRODUCTION if name in self.heads)
        return next(found, self.default) if self.flow == "git-flow" else self.default

    @property
    def development(self) -> str:
        """The branch that people develop on, which gets every repair."""
        found = (name for name in DEVELOPMENT if name in self.heads)
        return next(found, self.default) if self.flow == "git-flow" else self.default

    def maintenance(self, base: Base) -> str:
        """The branch of a minor version: the one that is there, else what it would be called."""
        minor = f"{base.version.major}.{base.version.minor}"
        own = [name for name in self.heads if Line.of_branch(name) == base.line]
        usual = [name for name in (f"release/{minor}", f"releases/{minor}") if name in self.heads]
        made = f"release/{minor}" if self.flow == "trunk" else f"{minor}.x"
        return next(iter((*own, *usual)), made)


def target_of(asked: str, base: Base, lines: Lines, surplus: Surplus) -> str:
    """The branch that the hotfix is merged into; where there is none of that name, it is made from the tag.

    Raises:
        UsageError: `line-ahead`.
    """
    if not asked and not surplus(lines.heads[lines.production]):
        return lines.production
    name = asked or lines.maintenance(base)
    count = surplus(lines.heads[name]) if name in lines.heads else 0
    if count:
        raise line_ahead(name, base, f"{count} commit{'s' if count > 1 else ''}")
    return name


def moved_on(name: str, base: str, again: str) -> Refusal:
    """The branch has gone on while the hotfix was on its way."""
    return Refusal(
        "line-ahead",
        f"Branch {name} has gone on since this run began, and holds what {base} does not have.",
        f"Run again, and the hotfix takes another branch: {again}",
    )


def line_ahead(name: str, base: Base, what: str) -> UsageError:
    """A branch holds what was not released."""
    return UsageError(
        f"Branch {name} holds {what} that {base.tag} does not have; the hotfix would release that too.",
        f"Name a branch that does not exist yet, which is made from {base.tag}: --to maintenance/{base.version}",
        reason_code="line-ahead",
    )
