"""What a commit message says: its changes, with the rules that decided (docs/reference/commits.md)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from shipway.domain.bump import Level
from shipway.domain.commit.footers import references

DEFAULT_LEVELS: Mapping[str, Level] = MappingProxyType(
    {"feat": Level.MINOR, "fix": Level.PATCH, "perf": Level.PATCH, "revert": Level.PATCH}
)
"""What each type asks for unless configuration says otherwise (rule 3); types not named ask for nothing."""

KNOWN_TYPES = frozenset(
    {"feat", "fix", "perf", "revert", "docs", "style", "refactor", "test", "build", "ci", "chore"}
)
"""Types that the body of a message may use for further changes (rule 7)."""


class Reverted(NamedTuple):
    """What a change takes back (rule 11): looked up by commit, then by pull request, then by header."""

    shas: tuple[str, ...] = ()
    pull_requests: tuple[int, ...] = ()
    header: str = ""

    def __bool__(self) -> bool:
        return bool(self.shas or self.pull_requests or self.header)


class Change(NamedTuple):
    """One change of a commit; a tuple, as whole histories hold hundreds of thousands.

    Attributes:
        type: In lower case.
        description: The header's text without a trailing pull request number. Untrusted text, like all below.
        level: What it asks for by itself.
        scope: Empty when there is none.
        breaking: Whether it breaks those who depend on us (rule 4).
        notes: What breaks, one text for each note; with `!` alone, the description (rule 5).
        pull_request: The number in the commit's header, shared by all of its changes.
        rules: Numbers of the rules that made it what it is; the first decided its level.
        sha: The commit that it came in with, where that is known.
        reverts: What it takes back.
        footers: The text that its footers stand in.
    """

    type: str
    description: str
    level: Level
    scope: str = ""
    breaking: bool = False
    notes: tuple[str, ...] = ()
    pull_request: int | None = None
    rules: tuple[int, ...] = (3,)
    sha: str = ""
    reverts: Reverted = Reverted()
    footers: str = ""

    @property
    def references(self) -> tuple[str, ...]:
        """Tickets and pull requests, as written: `#12`, `owner/repo#12`, `JIRA-123`, `gh-12` (rule 6)."""
        own = () if self.pull_request is None else (f"#{self.pull_request}",)
        return references(self.footers, self.description, self.scope, own)


class Message(NamedTuple):
    """A commit message, read.

    Attributes:
        header: Its first line, of the merged pull request for a merge commit.
        changes: None for prose, merges, `fixup!` and the like.
        forced: The version after `Release-As:`, without a `v`; empty when there is none (rule 12).
        rule: The rule that decided the level of the whole message.
        merge: Whether it is the title of a merged pull request, to be dropped when its commits are in range.
        pull_request: The number in its title.
    """

    header: str
    changes: tuple[Change, ...] = ()
    forced: str = ""
    rule: int = 10
    merge: bool = False
    pull_request: int | None = None

    @property
    def level(self) -> Level:
        """The highest level of its changes (rule 7)."""
        return max((change.level for change in self.changes), default=Level.NONE)


class Rules(NamedTuple):
    """What configuration may change about reading messages.

    Attributes:
        levels: Level for each type, in lower case.
        known: Types that count as a change in the body of a message, beside those in `levels`.
    """

    levels: Mapping[str, Level] = DEFAULT_LEVELS
    known: frozenset[str] = KNOWN_TYPES

    def level(self, kind: str) -> Level:
        """What a type asks for."""
        return self.levels.get(kind, Level.NONE)


DEFAULT_RULES = Rules()
