"""Mutations of pull requests and reviews."""

from shipway.twin.behaviour import access, issues, merging, pulls, reverting, reviews
from shipway.twin.behaviour.merging import Wish
from shipway.twin.errors import Refused
from shipway.twin.graphql.fields import Context, Thing
from shipway.twin.graphql.lookup import thing, typed, writable
from shipway.twin.graphql.mutations import Input, Payload, mutation
from shipway.twin.graphql.mutations_threads import again, edit_thread, logins_of
from shipway.twin.graphql.reviews import pull_of

WRITE = "pull_requests:write"


def _pull(context: Context, node_id: str, role: str | None = None) -> Thing:
    found = typed(context, node_id, "PullRequest")
    access.require(context.world, context.who, found.repository, WRITE, role)
    return found


def _own_or_writer(context: Context, node_id: str) -> Thing:
    found = typed(context, node_id, "PullRequest")
    role = "read" if found["user"] == context.who.login else "write"
    return _pull(context, node_id, role)


def _done(context: Context, pull: Thing) -> Payload:
    return {"pull_request": again(context, pull)}


@mutation("createPullRequest")
def create_pull(context: Context, given: Input) -> Payload:
    """Open a pull request."""
    repo = typed(context, given["repository_id"], "Repository").data
    access.require(context.world, context.who, repo, WRITE, "read")
    head = given["head_ref_name"]
    if given.get("head_repository_id"):
        owner = typed(context, given["head_repository_id"], "Repository")["owner"]
        head = f"{owner}:{head.rpartition(':')[2]}"
    made = pulls.create(
        context.world,
        repo,
        given["title"],
        head,
        given["base_ref_name"],
        given.get("body"),
        draft=bool(given.get("draft")),
    )
    return {"pull_request": thing("pull", repo, made)}


@mutation("updatePullRequest")
def update_pull(context: Context, given: Input) -> Payload:
    """Change a pull request."""
    pull = _own_or_writer(context, given["pull_request_id"])
    state = given["state"].lower() if given.get("state") else None
    base = given.get("base_ref_name")
    pulls.update(context.world, pull.repository, pull.data, state=state, base=base)
    edit_thread(context, pull, given)
    return _done(context, pull)


@mutation("markPullRequestReadyForReview")
def mark_ready(context: Context, given: Input) -> Payload:
    """Take a pull request out of draft."""
    pull = _own_or_writer(context, given["pull_request_id"])
    pulls.set_draft(context.world, pull.repository, pull.data, draft=False)
    return _done(context, pull)


@mutation("convertPullRequestToDraft")
def convert_to_draft(context: Context, given: Input) -> Payload:
    """Turn a pull request back into a draft."""
    pull = _own_or_writer(context, given["pull_request_id"])
    pulls.set_draft(context.world, pull.repository, pull.data, draft=True)
    return _done(context, pull)


@mutation("closePullRequest")
def close_pull(context: Context, given: Input) -> Payload:
    """Close a pull request without merging it."""
    pull = _own_or_writer(context, given["pull_request_id"])
    if pull["merged_at"]:
        raise Refused(422, "Cannot close a merged pull request.")
    pulls.update(context.world, pull.repository, pull.data, state="closed")
    return _done(context, pull)


@mutation("reopenPullRequest")
def reopen_pull(context: Context, given: Input) -> Payload:
    """Open a pull request again."""
    pull = _own_or_writer(context, given["pull_request_id"])
    pulls.update(context.world, pull.repository, pull.data, state="open")
    return _done(context, pull)


# -- merging ---------------------------------------------------------------------------------------


def _wish(given: Input) -> Wish:
    method = (given.get("merge_method") or "MERGE").lower()
    return Wish(method, given.get("commit_headline"), given.get("commit_body"))


@mutation("mergePullRequest")
def merge_pull(context: Context, given: Input) -> Payload:
    """Merge a pull request now."""
    pull = writable(context, given["pull_request_id"], "contents:write", "PullRequest")
    head = given.get("expected_head_oid")
    merging.merge(context.world, pull.repository, pull.data, _wish(given), head=head)
    return _done(context, pull)


@mutation("enablePullRequestAutoMerge")
def enable_auto_merge(context: Context, given: Input) -> Payload:
    """Merge a pull request as soon as it may be."""
    pull = writable(context, given["pull_request_id"], "contents:write", "PullRequest")
    _check_head(pull, given)
    merging.enable_auto_merge(context.world, pull.repository, pull.data, _wish(given))
    return _done(context, pull)


def _check_head(pull: Thing, given: Input) -> None:
    if given.get("expected_head_oid") not in {None, pull["head_sha"]}:
        raise Refused(422, "Head branch was modified. Review and try the merge again.")


@mutation("disablePullRequestAutoMerge")
def disable_auto_merge(context: Context, given: Input) -> Payload:
    """Do not merge by itself after all."""
    pull = writable(context, given["pull_request_id"], "contents:write", "PullRequest")
    merging.disable_auto_merge(context.world, pull.repository, pull.data)
    return _done(context, pull)


@mutation("enqueuePullRequest")
def enqueue_pull(context: Context, given: Input) -> Payload:
    """Put a pull request into the merge queue."""
    pull = writable(context, given["pull_request_id"], "contents:write", "PullRequest")
    entry = merging.enqueue(context.world, pull.repository, pull.data, given.get("expected_head_oid"))
    return {"merge_queue_entry": thing("queue_entry", pull.repository, entry)}


@mutation("revertPullRequest")
def revert_pull(context: Context, given: Input) -> Payload:
    """Open a pull request that takes back a merged one."""
    pull = writable(context, given["pull_request_id"], "contents:write", "PullRequest")
    access.require(context.world, context.who, pull.repository, WRITE)
    draft = bool(given.get("draft"))
    made = reverting.revert(
        context.world, pull.repository, pull.data, given.get("title"), given.get("body"), draft=draft
    )
    return {**_done(context, pull), "revert_pull_request": thing("pull", pull.repository, made)}


# -- reviews ---------------------------------------------------------------------------------------


@mutation("requestReviews")
def request_reviews(context: Context, given: Input) -> Payload:
    """Ask people and teams; unless `union`, nobody else."""
    pull = _pull(context, given["pull_request_id"])
    users = logins_of(context, given.get("user_ids") or [])
    teams = [str(typed(context, one, "Team")["slug"]) for one in given.get("team_ids") or []]
    if not given.get("union"):
        gone = [one for one in pull["requested_users"] if one not in users]
        gone_teams = [one for one in pull["requested_teams"] if one not in teams]
        reviews.unrequest(context.world, pull.repository, pull.data, gone, gone_teams)
    reviews.request(context.world, pull.repository, pull.data, users, teams)
    return _done(context, pull)


@mutation("addPullRequestReview")
def add_review(context: Context, given: Input) -> Payload:
    """Review, or begin to."""
    pull = _pull(context, given["pull_request_id"], "read")
    lines = [*(given.get("comments") or ()), *(given.get("threads") or ())]
    made = reviews.create(
        context.world,
        pull.repository,
        pull.data,
        given.get("event"),
        given.get("body"),
        given.get("commit_oid"),
        lines,
    )
    return {"pull_request_review": thing("review", pull.repository, made)}


@mutation("submitPullRequestReview")
def submit_review(context: Context, given: Input) -> Payload:
    """Submit a review that was begun."""
    if not given.get("pull_request_review_id"):
        raise Refused(422, "pullRequestReviewId is needed.")
    review = typed(context, given["pull_request_review_id"], "PullRequestReview")
    pull = pull_of(context, review)
    access.require(context.world, context.who, pull.repository, WRITE, "read")
    made = reviews.submit(
        context.world, pull.repository, pull.data, review["id"], given["event"], given.get("body")
    )
    return {"pull_request_review": thing("review", pull.repository, made)}


def _resolve(context: Context, given: Input, *, resolved: bool) -> Payload:
    one = typed(context, given["thread_id"], "PullRequestReviewThread")
    pull = issues.find(context.world, one.repository, one["pull"])
    role = "read" if pull["user"] == context.who.login else "write"
    access.require(context.world, context.who, one.repository, WRITE, role)
    made = reviews.resolve(context.world, one.repository, one["id"], resolved=resolved)
    return {"thread": thing("review_thread", one.repository, made)}


@mutation("resolveReviewThread")
def resolve_thread(context: Context, given: Input) -> Payload:
    """Mark a conversation as resolved."""
    return _resolve(context, given, resolved=True)


@mutation("unresolveReviewThread")
def unresolve_thread(context: Context, given: Input) -> Payload:
    """Open a conversation again."""
    return _resolve(context, given, resolved=False)
