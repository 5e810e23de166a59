"""Steps that only hotfixes take: their branches, what they take over, and the way back to development."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from shipway.domain.facts import Branch, Facts, Oid, PullRequestState


@dataclass(frozen=True, slots=True)
class StartBranch:
    """Create a branch at a commit: that of a hotfix, its line, or its way back to development.

    Attributes:
        here: Whether the commit was made in the clone, so that git has to push it.
    """

    branch: str
    commit: Oid
    here: bool = False

    def __str__(self) -> str:
        return f"create branch {self.branch} at {self.commit[:10]}"

    def foreseen(self, facts: Facts) -> Facts:
        """It is there."""
        made = Branch(self.branch, self.commit)
        if self.branch == facts.source.name:
            return facts.having(source=made, release_branch=made)
        if self.branch == facts.target.name:
            return facts.having(target=made)
        return facts.having(backport=facts.backport and replace(facts.backport, way_head=self.commit))


@dataclass(frozen=True, slots=True)
class PickCommits:
    """Push commits that were picked in the clone to the branch of a hotfix.

    Attributes:
        head: The newest of them.
        commits: What they were picked from.
    """

    branch: str
    head: Oid
    commits: tuple[Oid, ...]

    def __str__(self) -> str:
        return f"pick {', '.join(one[:10] for one in self.commits)} onto {self.branch}"

    def foreseen(self, facts: Facts) -> Facts:
        """The branch goes on from there."""
        made = Branch(self.branch, self.head)
        picked = facts.picked and replace(facts.picked, pushed=True)
        return facts.having(source=made, release_branch=made, picked=picked)


@dataclass(frozen=True, slots=True)
class RetargetPullRequest:
    """Point the pull request at another branch: the one that it was opened for has gone on."""

    number: int
    base: str

    def __str__(self) -> str:
        return f"point pull request #{self.number} at {self.base}"

    def foreseen(self, facts: Facts) -> Facts:
        """It leads into the other branch."""
        return facts.having(pull_request=facts.pull_request and replace(facts.pull_request, base=self.base))


@dataclass(frozen=True, slots=True)
class BringBack:
    """Merge a hotfix into the branch that people develop on, where GitHub lets us."""

    branch: str
    commit: Oid
    message: str

    def __str__(self) -> str:
        return f"merge the hotfix into {self.branch}"

    def foreseen(self, facts: Facts) -> Facts:
        """It has arrived."""
        return facts.having(backport=facts.backport and replace(facts.backport, contained=True))


@dataclass(frozen=True, slots=True)
class OpenBackport:
    """Open the pull request that brings a hotfix to the branch that people develop on.

    Attributes:
        view: What its text is rendered from.
    """

    head: str
    base: str
    title: str
    view: Mapping[str, Any]

    def __str__(self) -> str:
        return f"open pull request {self.head} → {self.base}"

    def foreseen(self, facts: Facts) -> Facts:
        """It is open."""
        state = PullRequestState.OPEN
        return facts.having(backport=facts.backport and replace(facts.backport, state=state))


HotfixStep = StartBranch | PickCommits | RetargetPullRequest | BringBack | OpenBackport
