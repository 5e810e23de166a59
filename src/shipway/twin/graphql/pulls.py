"""Pull requests and where they are on their way."""

from collections import defaultdict

from shipway.twin import node_ids
from shipway.twin.behaviour import merging, pulls, requirements
from shipway.twin.graphql import checks, git, people
from shipway.twin.graphql.connections import Connection, connect, in_order
from shipway.twin.graphql.fields import Context, Json, Thing, plain, resolves
from shipway.twin.graphql.lookup import thing, things
from shipway.twin.graphql.people import unresolved
from shipway.twin.graphql.repository import repository, viewer_role
from shipway.twin.graphql.threads import ORDER, has_label
from shipway.twin.store import Document

CHANGES = {"added": "ADDED", "removed": "DELETED", "modified": "MODIFIED", "renamed": "RENAMED"}
NEEDS = "pull_requests:read"


def state(pull: Thing) -> str:
    """OPEN, CLOSED or MERGED."""
    return "MERGED" if pull["merged_at"] else str(pull["state"]).upper()


# -- finding them ----------------------------------------------------------------------------------


@resolves("Repository", "pullRequest", needs=NEEDS)
def find_pull(context: Context, repo: Thing, number: int) -> Thing:
    """A pull request by number."""
    found = context.world.store.get("pull", repo["full_name"], number)
    if found is None:
        raise unresolved("PullRequest", f"number of {number}")
    return thing("pull", repo.data, found)


def _all(context: Context, repo: Document) -> list[Thing]:
    name = repo["full_name"]
    return context.remember(
        ("pulls", name), lambda: things("pull", repo, context.world.store.all("pull", name))
    )


def _chosen(
    found: list[Thing],
    states: list[str] | None = None,
    head_ref_name: str | None = None,
    base_ref_name: str | None = None,
    labels: list[str] | None = None,
    order_by: dict[str, str] | None = None,
    **page: Json,
) -> Connection:
    kept = [
        one
        for one in found
        if (not states or state(one) in states)
        and head_ref_name in {None, one["head_ref"]}
        and base_ref_name in {None, one["base_ref"]}
        and has_label(one, labels)
    ]
    return connect(in_order(kept, order_by, **ORDER), **page)


@resolves("Repository", "pullRequests", needs=NEEDS)
def find_pulls(context: Context, repo: Thing, **arguments: Json) -> Connection:
    """Pull requests by state, branches and labels."""
    return _chosen(_all(context, repo.data), **arguments)


@resolves("Ref", "associatedPullRequests")
def pulls_of_ref(context: Context, ref: Thing, **arguments: Json) -> Connection:
    """Pull requests whose head is the branch."""
    branch = ref["full_name"].removeprefix("refs/heads/")
    found = [
        one
        for one in _all(context, ref.repository)
        if (one["head_repo"], one["head_ref"]) == (ref.repository["full_name"], branch)
    ]
    return _chosen(found, **arguments)


@resolves("Commit", "associatedPullRequests")
def pulls_of_commit(context: Context, commit: Thing, **arguments: Json) -> Connection:
    """Pull requests that brought the commit, or would bring it."""
    repo = commit.repository
    index = context.remember(("pulls of commits", repo["full_name"]), lambda: _by_commit(context, repo))
    return _chosen(index.get(commit["oid"], []), **arguments)


def _by_commit(context: Context, repo: Document) -> dict[str, list[Thing]]:
    index: dict[str, list[Thing]] = defaultdict(list)
    for one in _all(context, repo):
        shas = {one["head_sha"], *pulls.commits(context.world, repo, one.data)}
        if one["merged_at"]:
            shas.add(one["merge_commit_sha"])
        for sha in shas:
            index[sha].append(one)
    return index


@resolves("Repository", "mergeQueue")
def merge_queue(context: Context, repo: Thing, branch: str | None = None) -> Thing | None:
    """The merge queue of a branch that has one."""
    name = branch or repo["default_branch"]
    wanted = requirements.of_branch(context.world, repo.data, name).queue
    return Thing("MergeQueue", {"branch": name}, repo.data) if wanted else None


# -- what they are ---------------------------------------------------------------------------------

plain(
    "PullRequest",
    headRefName="head_ref",
    headRefOid="head_sha",
    baseRefName="base_ref",
    baseRefOid="base_sha",
    isDraft="draft",
)
resolves("PullRequest", "state")(lambda _, pull: state(pull))
resolves("PullRequest", "merged")(lambda _, pull: pull["merged_at"] is not None)
resolves("PullRequest", "mergedBy")(lambda context, pull: people.actor(context, pull["merged_by"]))
resolves("PullRequest", "baseRepository")(lambda _, pull: repository(pull.repository))
resolves("PullRequest", "baseRef")(
    lambda context, pull: git.branch(context, pull.repository, pull["base_ref"])
)
resolves("PullRequest", "isCrossRepository")(
    lambda _, pull: pull["head_repo"] != pull.repository["full_name"]
)
resolves("PullRequest", "potentialMergeCommit")(lambda *_: None)
resolves("PullRequest", "statusCheckRollup")(
    lambda context, pull: checks.rollup(context, pull.repository, pull["head_sha"])
)


@resolves("PullRequest", "mergeCommit")
def merge_commit(_: Context, pull: Thing) -> Thing | None:
    """The commit it was merged as."""
    return git.commit(pull.repository, pull["merge_commit_sha"]) if pull["merged_at"] else None


@resolves("PullRequest", "headRepository")
def head_repository(context: Context, pull: Thing) -> Thing | None:
    """Where the head lives; None when that is gone."""
    found = context.world.repository(pull["head_repo"])
    return repository(found) if found else None


@resolves("PullRequest", "headRepositoryOwner")
def head_owner(context: Context, pull: Thing) -> Thing | None:
    """Who owns the head."""
    return people.actor(context, pull["head_repo"].partition("/")[0])


@resolves("PullRequest", "headRef")
def head_ref(context: Context, pull: Thing) -> Thing | None:
    """The head branch; None when it was deleted."""
    found = context.world.repository(pull["head_repo"])
    return git.branch(context, found, pull["head_ref"]) if found else None


@resolves("PullRequest", "viewerCanUpdate")
def viewer_can_update(context: Context, pull: Thing) -> bool:
    """Whether the caller may change title and body."""
    writer = viewer_role(context, pull.repository) in {"write", "maintain", "admin"}
    return writer or pull["user"] == context.who.login


@resolves("PullRequest", "canBeRebased")
def can_be_rebased(context: Context, pull: Thing) -> bool:
    """Whether it has no conflicts."""
    return mergeable(context, pull) == "MERGEABLE"


@resolves("PullRequest", "mergeable")
def mergeable(context: Context, pull: Thing) -> str:
    """Whether it merges without conflicts."""
    possible = requirements.mergeable(context.world, pull.repository, pull.data)
    return "UNKNOWN" if possible is None else "MERGEABLE" if possible else "CONFLICTING"


@resolves("PullRequest", "mergeStateStatus")
def merge_state(context: Context, pull: Thing) -> str:
    """What holds it back."""
    return requirements.merge_state(context.world, pull.repository, pull.data).upper()


@resolves("PullRequest", "reviewDecision")
def review_decision(context: Context, pull: Thing) -> str | None:
    """What the reviews come to."""
    return requirements.review_decision(context.world, pull.repository, pull.data)


@resolves("PullRequest", "viewerMergeHeadlineText")
def headline_text(_: Context, pull: Thing, merge_type: str | None = None) -> str:
    """The headline that a merge would get."""
    if merge_type == "SQUASH":
        return f"{pull['title']} (#{pull['number']})"
    owner = pull["head_repo"].partition("/")[0]
    return f"Merge pull request #{pull['number']} from {owner}/{pull['head_ref']}"


@resolves("PullRequest", "viewerMergeBodyText")
def body_text(_: Context, pull: Thing, merge_type: str | None = None) -> str:
    """The body that a merge would get."""
    return str(pull["body"] or "") if merge_type == "SQUASH" else str(pull["title"])


# -- what they bring -------------------------------------------------------------------------------


@resolves("PullRequest", "commits")
def commits(context: Context, pull: Thing, **page: Json) -> Connection:
    """Its commits, oldest first."""
    shas = pulls.commits(context.world, pull.repository, pull.data)
    return connect(
        shas,
        node=lambda sha: Thing("PullRequestCommit", {"oid": sha, "pull": pull}, pull.repository),
        **page,
    )


resolves("PullRequestCommit", "commit")(lambda _, one: git.commit(one.repository, one["oid"]))
resolves("PullRequestCommit", "pullRequest")(lambda _, one: one["pull"])
resolves("PullRequestCommit", "id")(
    lambda _, one: node_ids.encode("PURC", one.repository["id"], one["pull"]["number"], one["oid"])
)
resolves("PullRequestCommit", "url", "resourcePath")(
    lambda context, one: f"{context.world.url}/{one.repository['full_name']}/commit/{one['oid']}"
)


def _files(context: Context, pull: Thing) -> list[Json]:
    return context.remember(
        ("files", pull.repository["full_name"], pull["number"]),
        lambda: pulls.files(context.world, pull.repository, pull.data),
    )


resolves("PullRequest", "additions")(
    lambda context, pull: sum(one.additions for one in _files(context, pull))
)
resolves("PullRequest", "deletions")(
    lambda context, pull: sum(one.deletions for one in _files(context, pull))
)
resolves("PullRequest", "changedFiles")(lambda context, pull: len(_files(context, pull)))


@resolves("PullRequest", "files")
def files(context: Context, pull: Thing, **page: Json) -> Connection:
    """The files it changes."""
    found = [
        {
            "path": one.path,
            "additions": one.additions,
            "deletions": one.deletions,
            "change_type": CHANGES.get(one.status, "CHANGED"),
        }
        for one in _files(context, pull)
    ]
    return connect(found, **page)


# -- merging later ---------------------------------------------------------------------------------


@resolves("PullRequest", "autoMergeRequest")
def auto_merge(_: Context, pull: Thing) -> Thing | None:
    """The wish to merge as soon as it may be."""
    wish = pull["auto_merge"]
    return Thing("AutoMergeRequest", {**wish, "pull": pull}, pull.repository) if wish else None


plain("AutoMergeRequest", commitBody="commit_message", commitHeadline="commit_title", pullRequest="pull")
resolves("AutoMergeRequest", "authorEmail")(lambda *_: None)
resolves("AutoMergeRequest", "mergeMethod")(lambda _, wish: wish["merge_method"].upper())
resolves("AutoMergeRequest", "enabledBy")(lambda context, wish: people.actor(context, wish["enabled_by"]))


def queue_entry(context: Context, pull: Thing) -> Thing | None:
    """The place in the merge queue."""
    found = merging.entry_of(context.world, pull.repository, pull["number"])
    return thing("queue_entry", pull.repository, found) if found else None


resolves("PullRequest", "mergeQueueEntry")(queue_entry)
resolves("PullRequest", "isInMergeQueue")(lambda context, pull: queue_entry(context, pull) is not None)
resolves("PullRequest", "isMergeQueueEnabled")(
    lambda context, pull: requirements.of_branch(context.world, pull.repository, pull["base_ref"]).queue
)
resolves("MergeQueue", "id")(lambda _, queue: node_ids.encode("MQ", queue.repository["id"], queue["branch"]))
resolves("MergeQueue", "url")(
    lambda context, queue: f"{context.world.url}/{queue.repository['full_name']}/queue/{queue['branch']}"
)


@resolves("MergeQueue", "entries")
def entries(context: Context, queue: Thing, **page: Json) -> Connection:
    """Who waits, first come first."""
    found = merging.queue(context.world, queue.repository, queue["branch"])
    return connect(things("queue_entry", queue.repository, found), **page)


resolves("MergeQueueEntry", "enqueuer")(lambda context, one: people.actor(context, one["enqueuer"]))
resolves("MergeQueueEntry", "headCommit")(lambda _, one: git.commit(one.repository, one["head_sha"]))
resolves("MergeQueueEntry", "baseCommit")(
    lambda context, one: git.commit(one.repository, context.world.git_of(one.repository).branch(one["base"]))
)
resolves("MergeQueueEntry", "pullRequest")(
    lambda context, one: thing("pull", one.repository, pulls.find(context.world, one.repository, one["pull"]))
)


@resolves("MergeQueueEntry", "position")
def position(context: Context, one: Thing) -> int:
    """1 for the first."""
    waiting = merging.queue(context.world, one.repository, one["base"])
    return 1 + [entry["id"] for entry in waiting].index(one["id"])
