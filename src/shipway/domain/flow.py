"""Branching models: recognised from the branches, and what each means for a release."""

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches

from shipway.domain.line import Line
from shipway.domain.policy import Flow, ReleasePolicy
from shipway.errors import UsageError

DEVELOPMENT = ("develop", "development", "dev")
"""Names that git-flow's development branch goes by."""

PRODUCTION = ("main", "master", "production")
"""Names that git-flow's production branch goes by."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a release comes from and goes to.

    Attributes:
        follow: Whether the release branch takes in what reaches the source later. Git-flow freezes it.
    """

    flow: Flow
    source: str
    target: str
    follow: bool


def recognised(branches: Collection[str], default: str) -> Flow:
    """Git-flow has a development branch beside a production branch; trunk-based keeps release branches beside
    the trunk for good (`release/2.4`, `releases/2.4.x`); everything else is GitHub Flow.
    """
    development = any(name in branches for name in DEVELOPMENT)
    if development and any(name in branches and name != default for name in (*PRODUCTION, *DEVELOPMENT)):
        return "git-flow"
    kept = [name for name in branches if name.startswith(("release/", "releases/"))]
    if any(name.rpartition("/")[2].count(".") < 2 or name.endswith(".x") for name in kept):
        return "trunk"
    return "github-flow"


def route(
    policy: ReleasePolicy, branches: Collection[str], default: str, checked_out: str, asked: tuple[str, str]
) -> Route:
    """Work out source and target: what was asked, else configuration, else the flow.

    A maintenance branch (`1.x`) that is checked out is released from and to itself.

    Args:
        policy: The configuration.
        branches: Branches of the repository.
        default: Its default branch.
        checked_out: The branch of the clone; empty when detached.
        asked: `--from` and `--to`; empty when not given.

    Raises:
        UsageError: A branch does not exist; names the nearest.
    """
    flow = policy.flow if policy.flow != "auto" else recognised(branches, default)
    development = next((name for name in DEVELOPMENT if name in branches), default)
    production = next((name for name in PRODUCTION if name in branches), default)
    source, target = (development, production) if flow == "git-flow" else (default, default)
    if not Line.of_branch(checked_out).is_main and checked_out in branches:
        source = target = checked_out
    source = asked[0] or policy.source or source
    target = asked[1] or policy.target or (target if not asked[0] or flow == "git-flow" else source)
    for role, name in (("source", source), ("target", target)):
        _check_exists(role, name, branches)
    return Route(flow, source, target, follow=source == target)


def _check_exists(role: str, name: str, branches: Collection[str]) -> None:
    if name in branches:
        return
    near = get_close_matches(name, branches, n=3, cutoff=0.5)
    option = "--from" if role == "source" else "--to"
    raise UsageError(
        f"There is no {role} branch {name!r}.",
        f"The nearest names are {', '.join(near)}; for example: {option} {near[0]}"
        if near
        else f"Push it first, or name one that exists: {option} {next(iter(branches), 'main')}",
        reason_code={"source": "source-branch-missing", "target": "target-branch-missing"}[role],
    )
