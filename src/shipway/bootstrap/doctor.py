"""Puts together `shipway doctor`: asks GitHub and git, and has the answers judged."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from shipway import __version__
from shipway.adapters.git_repo import Clone
from shipway.adapters.github import GitHub
from shipway.adapters.github.doctor import Checkup, may_open_pulls, read_checkup, run_status
from shipway.adapters.github.environments import read_environments
from shipway.adapters.holders import has_ended
from shipway.bootstrap.environment import configuration_here
from shipway.bootstrap.setup import UNRELEASED
from shipway.config import PATH, read_policy
from shipway.domain.doctor.examine import examine
from shipway.domain.doctor.finding import Finding
from shipway.domain.doctor.picture import LocalClone, Picture, TokenKind
from shipway.domain.environments import Protection
from shipway.domain.flow import route
from shipway.domain.policy import Policy, ProtectionPolicy
from shipway.errors import GitHubError, UsageError


def checked(github: GitHub, clone: Clone, token: str, now: datetime) -> tuple[str, tuple[Finding, ...]]:
    """Look at a repository, and say what is wrong with it.

    Returns:
        `owner/name`, and what was found.

    Raises:
        GitHubError: GitHub does not show the repository, or does not answer.
    """
    checkup = read_checkup(github, PATH)
    policy, complaint = _policy(checkup.configuration)
    picture = Picture(
        token=_kind(token, checkup.viewer),
        viewer=checkup.viewer,
        permission=checkup.permission,
        private=checkup.private,
        default_branch=checkup.default_branch,
        target=_target(policy, checkup),
        configuration=checkup.configuration,
        complaint=complaint,
        policy=policy,
        branches=checkup.branches,
        tags_stay=checkup.tags_stay,
        tags_closed=checkup.tags_closed,
        on_github=_environments(github, policy),
        may_open_pulls=may_open_pulls(github),
        workflows=checkup.workflows,
        standings=checkup.standings,
        deployments=checkup.deployments,
        ended=_ended(github, checkup),
        clone=LocalClone(clone.whole, clone.signs_tags, clone.has_identity, configuration_here(clone)),
        foreign_locks=checkup.foreign_locks,
        version="" if __version__ == UNRELEASED else __version__,
    )
    return checkup.repository, examine(picture, now)


def _policy(text: str) -> tuple[Policy, str]:
    try:
        return read_policy(text), ""
    except UsageError as problem:
        return Policy(), problem.message


def _kind(token: str, viewer: str) -> TokenKind:
    if token.startswith("ghs_"):
        return TokenKind.WORKFLOW if viewer == "github-actions[bot]" else TokenKind.APP
    kinds = {"ghp_": TokenKind.CLASSIC, "github_pat_": TokenKind.FINE_GRAINED}
    return next((kind for start, kind in kinds.items() if token.startswith(start)), TokenKind.OTHER)


def _target(policy: Policy, checkup: Checkup) -> str:
    try:
        return route(policy.release, checkup.branches, checkup.default_branch, "", ("", "")).target
    except UsageError:  # a branch is configured that there is not: a release says so
        return policy.release.target or checkup.default_branch


def _environments(github: GitHub, policy: Policy) -> Mapping[str, Protection] | None:
    """With the patterns of those that are configured: which branches they admit is asked one by one."""
    wanted = {name: ProtectionPolicy(branches=()) for name in policy.environments}
    try:
        return read_environments(github, wanted).found
    except GitHubError as problem:
        if problem.reason_code != "permission-missing":
            raise
        return None


def _ended(github: GitHub, checkup: Checkup) -> frozenset[str]:
    """Claims whose runs are over, each asked for by itself."""
    holders = {one.claim.holder for one in checkup.standings.values() if one.claim}
    return frozenset(one for one in holders if has_ended(one, partial(run_status, github)))
