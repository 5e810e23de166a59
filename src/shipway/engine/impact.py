"""Looks at what lies between the version that goes and the one that comes back."""

from dataclasses import replace

from shipway.adapters.git_log import GitLog
from shipway.adapters.git_repo import Clone
from shipway.adapters.github import GitHub, RateLimited, Transient, incidents
from shipway.adapters.github.commits import origins
from shipway.domain.delivery.impact import Difference, GoingCommit
from shipway.errors import ShipwayError


def difference(clone: Clone, github: GitHub, before: str, after: str) -> Difference:
    """From the clone where it has both with their history, else from GitHub.

    A rollback does not fail because this cannot be read: then it says why.

    Args:
        clone: Where git is asked.
        github: Which pull requests brought the commits.
        before: Commit of the version that comes back.
        after: Commit of the version that goes; empty where it is not known.
    """
    if not after:
        return Difference(unknown="what goes is not known: its commit is not recorded")
    try:
        if clone.whole and clone.has(before) and clone.has(after):
            commits = (GoingCommit(one.sha, one.message) for one in GitLog(clone.root, after, before))
            found = Difference(tuple(commits), clone.changed(before, after))
            return _with_pull_requests(found, github)
        return _with_pull_requests(incidents.compared(github, before, after), github)
    except RateLimited:
        raise
    except ShipwayError as problem:
        return Difference(unknown=f"what goes could not be read: {problem.message}")


def _with_pull_requests(found: Difference, github: GitHub) -> Difference:
    """As GitHub knows them; where it does not answer, as the messages say."""
    try:
        known = origins(github, [commit.sha for commit in found.commits])
    except Transient:
        return found
    numbers = {sha: origin.pull_request for sha, origin in known.items()}
    commits = (replace(commit, pull_request=numbers.get(commit.sha)) for commit in found.commits)
    return replace(found, commits=tuple(commits))
