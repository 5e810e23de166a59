"""What a rollback takes away and touches, worked out before it begins. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from shipway.domain.commit.footers import references
from shipway.domain.commit.header import merged_number, split_number
from shipway.domain.globs import matching
from shipway.domain.rollback_policy import RollbackPolicy
from shipway.domain.standing import Standings

SHOWN = 50
"""Commits, tickets and files that are listed; all are counted."""


@dataclass(frozen=True, slots=True)
class GoingCommit:
    """A commit that the environment loses.

    Attributes:
        message: Untrusted text.
        pull_request: That brought it, as GitHub knows; None where it knows none.
    """

    sha: str
    message: str
    pull_request: int | None = None

    @property
    def subject(self) -> str:
        """The first line of the message. Untrusted text."""
        return self.message.partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Impact:
    """What a rollback means.

    Attributes:
        commit_count: Commits that the environment loses.
        commits: The newest of them, as `abcdef0 subject`. Untrusted text, as are tickets and paths.
        migrations: Changed files that a rollback does not take back by itself.
        environments: Others that stand on the version that goes.
        dependants: What the version that comes back is too old for, each as `NAME needs VERSION`.
        unknown: Why some of it could not be worked out; empty when all could.
    """

    commit_count: int = 0
    commits: tuple[str, ...] = ()
    pull_requests: tuple[int, ...] = ()
    tickets: tuple[str, ...] = ()
    migrations: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    dependants: tuple[str, ...] = ()
    unknown: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        lists = {one.name for one in fields(cls) if one.default == ()}
        given: dict[str, Any] = {
            name: tuple(value) if name in lists else value for name, value in row.items()
        }
        return cls(**given)


@dataclass(frozen=True, slots=True)
class Difference:
    """What lies between two versions, as it was read.

    Attributes:
        commits: Those that the environment loses, newest first.
        files: Paths that differ.
        unknown: Why some of it could not be read; empty when all was.
    """

    commits: tuple[GoingCommit, ...] = ()
    files: tuple[str, ...] = ()
    unknown: str = ""


def impact_of(
    difference: Difference,
    policy: RollbackPolicy,
    environments: Iterable[str],
    dependants: Iterable[str] = (),
) -> Impact:
    """Work it out.

    Args:
        difference: Between the version that goes and the one that comes back.
        policy: What counts as a ticket and as a migration.
        environments: Others that stand on the version that goes.
        dependants: What the version that comes back is too old for.
    """
    commits = difference.commits
    pulls = {number for commit in commits if (number := _pull_request(commit)) is not None}
    return Impact(
        commit_count=len(commits),
        commits=tuple(f"{commit.sha[:10]} {commit.subject[:120]}" for commit in commits[:SHOWN]),
        pull_requests=tuple(sorted(pulls)),
        tickets=_tickets(commits, policy.tickets, pulls)[:SHOWN],
        migrations=matching(difference.files, policy.migrations)[:SHOWN],
        environments=tuple(environments),
        dependants=tuple(dependants),
        unknown=difference.unknown,
    )


def _pull_request(commit: GoingCommit) -> int | None:
    """As GitHub knows, else as the message says."""
    if commit.pull_request is not None:
        return commit.pull_request
    merged = merged_number(commit.subject)
    return merged if merged is not None else split_number(commit.subject)[1]


def _tickets(
    commits: Iterable[GoingCommit], patterns: Sequence[str], pulls: Collection[int]
) -> tuple[str, ...]:
    """By the patterns, else what changelogs name besides pull requests; each once."""
    if patterns:
        ours = [re.compile(pattern) for pattern in patterns]
        found = (hit[0] for commit in commits for one in ours for hit in one.finditer(commit.message))
    else:
        found = (
            one for commit in commits for one in references(commit.message.partition("\n")[2], commit.subject)
        )
    known = {f"#{number}" for number in pulls}
    return tuple(dict.fromkeys(ticket for ticket in found if ticket and ticket not in known))


def standing_on(standings: Standings, version: str, besides: str) -> tuple[str, ...]:
    """Other environments whose last verified version is this one."""
    return tuple(
        name
        for name, standing in sorted(standings.items())
        if name != besides and standing.stable and standing.stable.version == version
    )
