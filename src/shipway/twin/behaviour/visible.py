"""The part of the state that people make together: threads, reviews, checks, releases, deployments."""

from collections.abc import Callable

from shipway.twin.behaviour import checks, comments, deployments, releases, reviews
from shipway.twin.git_store import GitRepository
from shipway.twin.state import describe, part_of_state
from shipway.twin.store import Document, Json
from shipway.twin.world import World

_VARYING = {
    "id",
    "created_at",
    "updated_at",
    "closed_at",
    "merged_at",
    "submitted_at",
    "published_at",
    "due_on",
}


def _steady(document: Document, *without: str) -> Document:
    """A document without ids and times."""
    hidden = _VARYING | set(without)
    return {name: value for name, value in sorted(document.items()) if name not in hidden}


def _commit(git: GitRepository, sha: str | None) -> str | None:
    """What a commit is; one that no branch or tag leads to any more is only told to be one."""
    if sha is None:
        return None
    try:
        return describe(git, sha)
    except KeyError:
        return git.commit(sha).message.partition("\n")[0]


def _listed(kind: str, *without: str) -> Callable[[World, Document], Json]:
    def part(world: World, repo: Document) -> Json:
        return [_steady(one, *without) for one in world.store.all(kind, repo["full_name"])]

    return part


part_of_state("labels")(_listed("label"))
part_of_state("milestones")(_listed("milestone"))
part_of_state("environments")(_listed("environment"))
part_of_state("hooks")(_listed("hook"))


@part_of_state("issues")
def _issues(world: World, repo: Document) -> Json:
    return [_thread(world, repo, one) for one in world.store.all("issue", repo["full_name"])]


def _thread(world: World, repo: Document, thread: Document) -> Document:
    said = comments.of_thread(world, repo, thread["number"])
    reactions = comments.reactions_to(world, repo, f"issue/{thread['number']}")
    return _steady(thread, "repo") | {
        "comments": [{"user": one["user"], "body": one["body"]} for one in said],
        "reactions": sorted([one["user"], one["content"]] for one in reactions),
    }


@part_of_state("pulls")
def _pulls(world: World, repo: Document) -> Json:
    git = world.git_of(repo)
    return [
        _thread(world, repo, pull)
        | {name: _commit(git, pull[name]) for name in ("head_sha", "base_sha", "merge_commit_sha")}
        | {"auto_merge": bool(pull["auto_merge"]), "reviews": _reviews(world, repo, pull)}
        for pull in world.store.all("pull", repo["full_name"])
    ]


def _reviews(world: World, repo: Document, pull: Document) -> Json:
    found = world.store.find("review", repo["full_name"], pull=pull["number"])
    lines = reviews.line_comments(world, repo, pull=pull["number"])
    threads = reviews.threads(world, repo, pull["number"])
    return {
        "opinions": [{name: one[name] for name in ("user", "state", "body")} for one in found],
        "lines": [{name: one[name] for name in ("user", "path", "line", "body")} for one in lines],
        "resolved": [one["resolved"] for one in threads],
    }


@part_of_state("checks")
def _checks(world: World, repo: Document) -> Json:
    git, found = world.git_of(repo), {}
    named = [one["head_sha"] for one in world.store.all("check_run", repo["full_name"])]
    named += [one["sha"] for one in world.store.all("status", repo["full_name"])]
    for sha in dict.fromkeys(named):
        runs = checks.runs_of(world, repo, sha)
        statuses = checks.statuses_of(world, repo, sha, latest=True)
        found[_commit(git, sha) or ""] = {
            "runs": [_steady(one, "head_sha", "suite", "started_at", "completed_at", "app") for one in runs],
            "statuses": [_steady(one, "sha") for one in statuses],
        }
    return found


@part_of_state("releases")
def _releases(world: World, repo: Document) -> Json:
    newest = releases.latest(world, repo)
    return [
        _steady(one, "rank")
        | {"latest": newest is not None and newest["id"] == one["id"]}
        | {"assets": [_steady(asset, "release", "blob") for asset in releases.assets(world, repo, one["id"])]}
        for one in world.store.all("release", repo["full_name"])
    ]


@part_of_state("deployments")
def _deployments(world: World, repo: Document) -> Json:
    git = world.git_of(repo)
    return [
        _steady(one, "run")
        | {"sha": _commit(git, one["sha"])}
        | {
            "statuses": [
                _steady(status, "deployment") for status in deployments.statuses(world, repo, one["id"])
            ]
        }
        for one in world.store.all("deployment", repo["full_name"])
    ]


@part_of_state("runs")
def _runs(world: World, repo: Document) -> Json:
    names = ("path", "event", "status", "conclusion", "head_branch", "inputs", "run_attempt")
    return [{name: one[name] for name in names} for one in world.store.all("run", repo["full_name"])]
