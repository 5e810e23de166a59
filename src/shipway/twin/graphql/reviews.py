"""Reviews, who was asked for one, threads on lines, and the issues a pull request closes."""

import re

from shipway.twin import node_ids
from shipway.twin.behaviour import codeowners, pulls, requirements, reviews
from shipway.twin.graphql import git, people
from shipway.twin.graphql.connections import Connection, connect
from shipway.twin.graphql.fields import Context, Json, Thing, resolves
from shipway.twin.graphql.lookup import thing, things
from shipway.twin.graphql.threads import comments_of, is_writer, thread_url
from shipway.twin.store import Document

_CLOSES = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d+)", re.IGNORECASE)


def _of_pull(context: Context, pull: Thing) -> list[Document]:
    return reviews.of_pull(context.world, pull.repository, pull["number"])


@resolves("PullRequest", "reviews")
def all_reviews(
    context: Context,
    pull: Thing,
    states: list[str] | None = None,
    author: str | None = None,
    **page: Json,
) -> Connection:
    """Every review, oldest first."""
    found = [
        one
        for one in _of_pull(context, pull)
        if (not states or one["state"] in states) and author in {None, one["user"]}
    ]
    return connect(things("review", pull.repository, found), **page)


@resolves("PullRequest", "latestReviews")
def latest_reviews(context: Context, pull: Thing, **page: Json) -> Connection:
    """The last review of everybody who is not asked again."""
    last = {one["user"]: one for one in _of_pull(context, pull) if one["state"] != "PENDING"}
    found = [one for login, one in last.items() if login not in pull["requested_users"]]
    return connect(things("review", pull.repository, found), **page)


@resolves("PullRequest", "latestOpinionatedReviews")
def latest_opinions(context: Context, pull: Thing, **arguments: Json) -> Connection:
    """The last approval or request for changes of everybody, or of those who may write."""
    writers_only = arguments.pop("writers_only", False)
    found = [
        one
        for one in reviews.latest_opinions(context.world, pull.repository, pull["number"])
        if not writers_only or is_writer(context, pull.repository, one["user"])
    ]
    return connect(things("review", pull.repository, found), **arguments)


def pull_of(context: Context, one: Thing) -> Thing:
    """The pull request that a review, thread or comment belongs to."""
    found = pulls.find(context.world, one.repository, one["pull"])
    return thing("pull", one.repository, found)


def _registered() -> None:
    for kind in ("PullRequestReview", "PullRequestReviewComment", "PullRequestReviewThread"):
        resolves(kind, "pullRequest")(pull_of)


_registered()
resolves("PullRequestReview", "commit")(lambda _, one: git.commit(one.repository, one["commit_id"]))
resolves("PullRequestReview", "updatedAt")(lambda _, one: one["submitted_at"] or one["created_at"])
resolves("PullRequestReview", "includesCreatedEdit")(lambda *_: False)


def _page_of(context: Context, one: Thing) -> str:
    return thread_url(context, one.repository, pull_of(context, one).data)


resolves("PullRequestReview", "url")(
    lambda context, one: f"{_page_of(context, one)}#pullrequestreview-{one['id']}"
)
resolves("PullRequestReviewComment", "url")(
    lambda context, one: f"{_page_of(context, one)}#discussion_r{one['id']}"
)


@resolves("PullRequestReview", "comments")
def comments_of_review(context: Context, review: Thing, **page: Json) -> Connection:
    """The comments on lines that came with a review."""
    found = reviews.line_comments(context.world, review.repository, review=review["id"])
    return connect(things("review_comment", review.repository, found), **page)


# -- who is asked ----------------------------------------------------------------------------------


@resolves("PullRequest", "reviewRequests")
def review_requests(_: Context, pull: Thing, **page: Json) -> Connection:
    """People, then teams, that were asked and have not answered."""
    asked = [("user", login) for login in pull["requested_users"]]
    asked += [("team", slug) for slug in pull["requested_teams"]]
    found = [
        Thing("ReviewRequest", {"kind": kind, "name": name, "pull": pull}, pull.repository)
        for kind, name in asked
    ]
    return connect(found, **page)


resolves("ReviewRequest", "pullRequest")(lambda _, one: one["pull"])
resolves("ReviewRequest", "databaseId")(lambda *_: None)
resolves("ReviewRequest", "id")(
    lambda _, one: node_ids.encode("RRQ", one.repository["id"], one["pull"]["number"], one["name"])
)


@resolves("ReviewRequest", "requestedReviewer")
def requested_reviewer(context: Context, one: Thing) -> Thing | None:
    """Who was asked."""
    if one["kind"] == "user":
        return people.user(context, one["name"])
    team = context.world.store.get("team", one.repository["owner"].lower(), one["name"])
    return people.team(team) if team else None


@resolves("ReviewRequest", "asCodeOwner")
def as_code_owner(context: Context, one: Thing) -> bool:
    """Whether CODEOWNERS names them for a changed file."""
    repo, pull = one.repository, one["pull"]
    name = one["name"] if one["kind"] == "user" else f"{repo['owner']}/{one['name']}"
    paths = requirements.changed_paths(context.world, repo, pull.data)
    return any(
        name in owners for owners in codeowners.owner_sets(context.world, repo, pull["base_ref"], paths)
    )


# -- threads ---------------------------------------------------------------------------------------


@resolves("PullRequest", "reviewThreads")
def review_threads(context: Context, pull: Thing, **page: Json) -> Connection:
    """The conversations on lines, oldest first."""
    found = reviews.threads(context.world, pull.repository, pull["number"])
    return connect(things("review_thread", pull.repository, found), **page)


resolves("PullRequestReviewThread", "isResolved")(lambda _, one: one["resolved"])
resolves("PullRequestReviewThread", "resolvedBy")(
    lambda context, one: people.user(context, one["resolved_by"])
)
resolves("PullRequestReviewThread", "isOutdated")(
    lambda context, one: one["head_sha"] != pull_of(context, one)["head_sha"]
)


@resolves("PullRequestReviewThread", "comments")
def comments_of_thread(context: Context, one: Thing, skip: int | None = None, **page: Json) -> Connection:
    """What was said."""
    found = reviews.line_comments(context.world, one.repository, thread=one["id"])
    return connect(things("review_comment", one.repository, found[skip or 0 :]), **page)


# -- conversation and issues -----------------------------------------------------------------------


@resolves("PullRequest", "totalCommentsCount")
def total_comments(context: Context, pull: Thing) -> int:
    """Comments in the conversation and on lines."""
    lines = reviews.line_comments(context.world, pull.repository, pull=pull["number"])
    return len(comments_of(context, pull).items) + len(lines)


@resolves("PullRequest", "closingIssuesReferences")
def closing_issues(context: Context, pull: Thing, **page: Json) -> Connection:
    """The issues that a merge closes, by the words in the body."""
    for name in ("order_by", "user_linked_only"):
        page.pop(name, None)
    store, repo = context.world.store, pull.repository
    numbers = dict.fromkeys(_CLOSES.findall(pull["body"] or ""))
    found = [store.get("issue", repo["full_name"], number) for number in numbers]
    return connect(things("issue", repo, [one for one in found if one]), **page)
