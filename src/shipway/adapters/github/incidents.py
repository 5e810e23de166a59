"""What GitHub is asked when an environment goes back: what lies between, a pull request that reverts, an issue.

Both are found again by a mark in their text, so that nothing is opened twice.
"""

from collections.abc import Sequence

from shipway.adapters.github.client import GitHub, document_text
from shipway.domain.delivery.impact import Difference, GoingCommit
from shipway.domain.made import Made

MOST_FILES = 300
"""Changed files that GitHub lists of a comparison."""


def compared(github: GitHub, before: str, after: str) -> Difference:
    """What lies between two commits, as far as GitHub lists it in one answer."""
    row = github.get(f"/compare/{before}...{after}", per_page=100)
    commits = [GoingCommit(one["sha"], one["commit"]["message"]) for one in reversed(row["commits"])]
    files = [one["filename"] for one in row.get("files") or ()]
    partly = len(commits) < row["total_commits"] or len(files) >= MOST_FILES
    unknown = (
        f"GitHub lists {len(commits)} of {row['total_commits']} commits and {len(files)} files"
        if partly
        else ""
    )
    return Difference(tuple(commits), tuple(files), unknown)


def reverted(github: GitHub, number: int, title: str, body: str, mark: str) -> Made:
    """The pull request with this mark; one that reverts another is opened where there is none.

    Raises:
        GitHubError: It cannot be reverted by itself, for one because of conflicts.
    """
    row = github.query(document_text("reverting"), number=number)["repository"]
    found = next((one for one in row["pullRequests"]["nodes"] if mark in (one["body"] or "")), None)
    if found is None:
        given = {"pullRequestId": row["pullRequest"]["id"], "title": title, "body": body}
        answer = github.mutate(document_text("revert"), input=given)
        found = answer["revertPullRequest"]["revertPullRequest"]
    return Made(found["number"], found["url"])


def issue_opened(github: GitHub, title: str, body: str, labels: Sequence[str], mark: str) -> Made:
    """The open issue with this mark, of the newest 100; it is opened where there is none.

    It is not looked for by label: who may not triage sets none.

    Raises:
        GitHubError: Issues are turned off, or the token may not open one.
    """
    rows = github.get("/issues", state="open", per_page=100)
    found = next((row for row in rows if mark in (row["body"] or "")), None)
    if found is None:
        found = github.send("POST", "/issues", {"title": title, "body": body, "labels": list(labels)})
    return Made(found["number"], found["html_url"])
