"""Telling somebody something in a pull request, once."""

from typing import Any

from shipway.adapters.github.client import GitHub, document_text
from shipway.adapters.github.mutations import Mutation, together
from shipway.domain.delivery.unlock_notice import Notice


def tell(github: GitHub, notice: Notice) -> int:
    """Write it where it has to stand, unless it stands there; one request to look, one to write.

    Returns:
        Number of the pull request; 0 where there is none, or nobody of that name on GitHub.

    Raises:
        GitHubError: GitHub refused, or kept stumbling; whether it was written may be unknown.
    """
    answer = github.query(
        document_text("notice"),
        optional=("person", "named"),
        login=notice.owner,
        number=notice.number,
        commit=notice.commit or None,
    )
    place, person = _place(answer["repository"], notice), answer["person"]
    if place is None or person is None:
        return 0
    ours = (one["body"] for one in place["comments"]["nodes"] if one["viewerDidAuthor"])
    if not any(body.startswith(notice.mark) for body in ours):
        new = {"subjectId": place["id"], "body": github.mask.text(notice.text(str(person["login"])))}
        together(github, [Mutation("notice", "addComment", "subject { id }", new)])
    return int(place["number"])


def _place(row: dict[str, Any], notice: Notice) -> dict[str, Any] | None:
    """The pull request that it is about, else the one that made what stands there."""
    pulls = ((row["standing"] or {}).get("associatedPullRequests") or {"nodes": ()})["nodes"]
    made = (one for one in pulls if (one["mergeCommit"] or {}).get("oid") == notice.commit)
    place: dict[str, Any] | None = row["named"] or next(made, None)
    return place
