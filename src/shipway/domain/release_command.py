"""What was asked of a release, and what a decision about it is made on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shipway.domain.facts import Facts, PullRequest
from shipway.domain.override import Override
from shipway.domain.plan import Move
from shipway.domain.policy import Policy

Stage = Literal["release", "hotfix"]
"""By which column of the table in `shipway.domain.stages` a version is let through."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What a hotfix repairs, and where the repair has to go.

    Attributes:
        base: Tag of the release that is repaired.
        commit: What that leads to.
        line_head: Where the branch stood that it is merged into; empty for one that has to be made.
        development: The branch that people develop on.
        left_out: Gates of a release that the fast track leaves out.
        reason: Why there is one, in one line; may be empty.
    """

    base: str
    commit: str
    line_head: str
    development: str
    left_out: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseCommand:
    """What somebody asked for, with everything that chance would otherwise decide.

    Attributes:
        version: SemVer text, already validated and resolved.
        actor: Login of who asked.
        release_id: The id that a release which begins now will carry (UUID).
        attempt: Of this run (UUID): a promotion that begins now is called after it.
        holder: Names this run, so that others can find out whether it still goes on.
        stage: Whose gates it has to pass: those of a release, or the fewer of a hotfix.
        configuration: Commit of the default branch that the policy was read at, or the file that was named.
        asked_in: Pull request in a comment of which it is asked for; 0 outside of comments.
        run_url: Where the run can be watched; may be empty.
        follow: Whether the release branch takes in what reaches the source later.
        assets: Names of the files to attach.
        supersedes: Lower versions, not finished, that this one takes the place of.
        overrides: Gates that are to be let past.
        repair: What a hotfix is about; None for any other release.
    """

    version: str
    tag: str
    branch: str
    actor: str
    release_id: str
    attempt: str = ""
    holder: str = ""
    asked_in: int = 0
    configuration: str = ""
    stage: Stage = "release"
    run_url: str = ""
    follow: bool = True
    assets: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    repair: Repair | None = None

    @property
    def again(self) -> str:
        """What to type to go on with it."""
        return f"shipway {self.stage} {self.version}"


@dataclass(frozen=True, slots=True)
class Situation:
    """The arguments of a decision under one name."""

    facts: Facts
    command: ReleaseCommand
    policy: Policy
    now: datetime


Rung = Callable[[Situation], Move | None]


def open_pull(situation: Situation) -> PullRequest:
    """The pull request of the release, which is there."""
    assert situation.facts.pull_request  # noqa: S101 - asked only after `_pull_request_open`
    return situation.facts.pull_request
