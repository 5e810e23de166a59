"""Pull requests over REST."""

from shipway.twin import git_history
from shipway.twin.behaviour import access, comments, merging, pulls, requirements, reviews
from shipway.twin.behaviour.merging import Wish
from shipway.twin.errors import forbidden, not_found
from shipway.twin.rest import git_shapes
from shipway.twin.rest.git_shapes import api
from shipway.twin.rest.issues import association, page_of, thread_shape
from shipway.twin.rest.repositories import repository
from shipway.twin.rest.teams import team_shape
from shipway.twin.rest.users import simple_user
from shipway.twin.routing import Call, Reply, created, route
from shipway.twin.store import Document, Json
from shipway.twin.world import World

REPO = "/repos/{owner}/{repo}"
PULL = REPO + "/pulls/{pull_number}"


def simple_pull(world: World, repo: Document, pull: Document) -> Document:
    """GitHub's `pull-request-simple`, as lists show it."""
    source = world.repository(pull["head_repo"]) or repo
    thread = thread_shape(world, repo, pull)
    return {
        **thread,
        **_urls(world, repo, pull),
        # unlike everywhere else, the description of a label is never null in this list
        "labels": [one | {"description": one["description"] or ""} for one in thread["labels"]],
        "draft": pull["draft"],
        "merged_at": pull["merged_at"],
        "merge_commit_sha": pull["merge_commit_sha"],
        "requested_reviewers": [simple_user(world, login) for login in pull["requested_users"]],
        "requested_teams": requested_teams(world, repo, pull),
        "head": _end(world, source, pull["head_ref"], pull["head_sha"]),
        "base": _end(world, repo, pull["base_ref"], pull["base_sha"]),
        "author_association": association(world, repo, pull["user"]),
        "auto_merge": _auto_merge(world, pull),
    }


def _urls(world: World, repo: Document, pull: Document) -> Document:
    where, page = api(world, repo), page_of(world, repo, pull["number"], "pull")
    url, issue = f"{where}/pulls/{pull['number']}", f"{where}/issues/{pull['number']}"
    links = {
        "self": url,
        "html": page,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{where}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{where}/statuses/{pull['head_sha']}",
    }
    flat = {f"{name}_url": href for name, href in links.items() if name not in {"self", "html"}}
    patches = {"diff_url": f"{page}.diff", "patch_url": f"{page}.patch"}
    return {
        "url": url,
        "html_url": page,
        **flat,
        **patches,
        "_links": {name: {"href": href} for name, href in links.items()},
    }


def _end(world: World, repo: Document, branch: str, sha: str) -> Document:
    return {
        "label": f"{repo['owner']}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": simple_user(world, repo["owner"]),
        "repo": repository(world, repo),
    }


def _auto_merge(world: World, pull: Document) -> Document | None:
    auto = pull["auto_merge"]
    if not auto:
        return None
    words = {name: auto[name] or "" for name in ("commit_title", "commit_message")}
    enabled_by = simple_user(world, auto["enabled_by"])
    return {"enabled_by": enabled_by, "merge_method": auto["merge_method"], **words}


def requested_teams(world: World, repo: Document, pull: Document) -> list[Document]:
    """The teams that were asked for a review."""
    found = [world.store.get("team", repo["owner"].lower(), slug) for slug in pull["requested_teams"]]
    return [team_shape(world, team) for team in found if team]


def full_pull(world: World, repo: Document, pull: Document) -> Document:
    """GitHub's `pull-request`, with what must be worked out."""
    changes = pulls.files(world, repo, pull)
    possible = requirements.mergeable(world, repo, pull)
    merged_by = pull["merged_by"]
    return {
        **simple_pull(world, repo, pull),
        "merged": pull["merged_at"] is not None,
        "mergeable": possible,
        "rebaseable": possible,
        "mergeable_state": requirements.merge_state(world, repo, pull),
        "merged_by": simple_user(world, merged_by) if merged_by else None,
        "comments": len(comments.of_thread(world, repo, pull["number"])),
        "review_comments": len(reviews.line_comments(world, repo, pull=pull["number"])),
        "maintainer_can_modify": pull["maintainer_can_modify"],
        "commits": len(pulls.commits(world, repo, pull)),
        "additions": sum(one.additions for one in changes),
        "deletions": sum(one.deletions for one in changes),
        "changed_files": len(changes),
    }


def minimal_pull(world: World, repo: Document, pull: Document) -> Document:
    """GitHub's `pull-request-minimal`, as check runs and workflow runs carry it."""
    home = {"id": repo["id"], "url": api(world, repo), "name": repo["name"]}
    return {
        "id": pull["id"],
        "number": pull["number"],
        "url": f"{api(world, repo)}/pulls/{pull['number']}",
        "head": {"ref": pull["head_ref"], "sha": pull["head_sha"], "repo": home},
        "base": {"ref": pull["base_ref"], "sha": pull["base_sha"], "repo": home},
    }


def pull_of(call: Call) -> Document:
    """The pull request of the path."""
    return pulls.find(call.world, call.repo, call.number("pull_number"))


def _full(call: Call, pull: Document) -> Document:
    return full_pull(call.world, call.repo, pull)


@route("GET", REPO + "/pulls", needs="pull_requests:read")
def list_pulls(call: Call) -> Json:
    """Pull requests by state, head and base; newest first unless asked otherwise."""
    query = call.query
    found = pulls.listed(
        call.world,
        call.repo,
        state=query.get("state", "open"),
        head=query.get("head") or None,
        base=query.get("base") or None,
    )
    key = "updated_at" if query.get("sort") == "updated" else "number"
    usual = "desc" if query.get("sort", "created") == "created" else "asc"
    found.sort(key=lambda one: (one[key], one["number"]), reverse=query.get("direction", usual) == "desc")
    return call.page(found, lambda one: simple_pull(call.world, call.repo, one))


@route("POST", REPO + "/pulls", needs="pull_requests:write", role="read")
def create_pull(call: Call) -> Json:
    """A new pull request."""
    title, head, base = call.required(title=str, head=str, base=str)
    draft = call.optional("draft", bool) or False
    pull = pulls.create(call.world, call.repo, title, head, base, call.optional("body", str), draft=draft)
    shape = _full(call, pull)
    return created(shape, shape["url"])


@route("GET", PULL, needs="pull_requests:read")
def get_pull(call: Call) -> Json:
    """One pull request, or its difference as text by media type."""
    pull, git = pull_of(call), call.world.git_of(call.repo)
    base = git_history.merge_base(git, pull["base_sha"], pull["head_sha"]) or git_history.EMPTY_TREE
    if call.wants("diff"):
        text = git_history.diff(git, base, pull["head_sha"])
        return Reply(body=text, media_type="application/vnd.github.diff; charset=utf-8")
    return _full(call, pull)


@route("PATCH", PULL, needs="pull_requests:write", role="read")
def update_pull(call: Call) -> Json:
    """Change title, body, state or base; for the author and those who may write."""
    pull = pull_of(call)
    role = access.role_of(call.world, call.repo, call.who.login)
    if call.who.kind == "user" and call.who.login != pull["user"] and not access.at_least(role, "triage"):
        raise forbidden("Must have admin rights to Repository.")
    fields = {name: call.optional(name, str) for name in ("title", "body", "state", "base")}
    return _full(call, pulls.update(call.world, call.repo, pull, **fields))


@route("GET", PULL + "/commits", needs="pull_requests:read")
def list_pull_commits(call: Call) -> Json:
    """The commits it brings, oldest first, at most 250."""
    found = pulls.commits(call.world, call.repo, pull_of(call))[:250]
    return call.page(found, lambda sha: git_shapes.commit(call.world, call.repo, sha))


@route("GET", PULL + "/files", needs="pull_requests:read")
def list_pull_files(call: Call) -> Json:
    """The files it changes, at most 3,000."""
    pull = pull_of(call)
    found = pulls.files(call.world, call.repo, pull)[:3000]
    return call.page(found, lambda one: git_shapes.file_change(call.world, call.repo, pull["head_sha"], one))


@route("GET", PULL + "/merge", needs="pull_requests:read")
def check_merged(call: Call) -> None:
    """204 when it is merged, else 404."""
    if pull_of(call)["merged_at"] is None:
        raise not_found()


@route("PUT", PULL + "/merge", needs="contents:write")
def merge_pull(call: Call) -> Json:
    """Merge it as a merge commit, squashed or rebased."""
    names = {"title": "commit_title", "message": "commit_message"}
    words = {name: call.optional(field, str) for name, field in names.items()}
    wish = Wish(call.optional("merge_method", str) or "merge", **words)
    sha = merging.merge(call.world, call.repo, pull_of(call), wish, head=call.optional("sha", str))
    return {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}


@route("PUT", PULL + "/update-branch", needs="pull_requests:write")
def update_pull_branch(call: Call) -> Json:
    """Merge the base branch into the head branch."""
    pull = pull_of(call)
    merging.update_branch(call.world, call.repo, pull, call.optional("expected_head_sha", str))
    url = page_of(call.world, call.repo, pull["number"], "pull")
    return Reply(202, {"message": "Updating pull request branch.", "url": url})


@route("GET", REPO + "/commits/{commit_sha}/pulls", needs="pull_requests:read")
def list_pulls_of_commit(call: Call) -> Json:
    """The pull requests that a commit belongs to."""
    found = pulls.of_commit(call.world, call.repo, call["commit_sha"])
    return call.page(found, lambda one: simple_pull(call.world, call.repo, one))


# -- reviewers -------------------------------------------------------------------------------------


@route("GET", PULL + "/requested_reviewers", needs="pull_requests:read")
def list_requested_reviewers(call: Call) -> Json:
    """Who was asked and has not answered."""
    pull = pull_of(call)
    users = [simple_user(call.world, login) for login in pull["requested_users"]]
    return {"users": users, "teams": requested_teams(call.world, call.repo, pull)}


@route("POST", PULL + "/requested_reviewers", needs="pull_requests:write", role="triage")
def request_reviewers(call: Call) -> Json:
    """Ask people and teams."""
    pull = pull_of(call)
    reviews.request(call.world, call.repo, pull, *_asked(call))
    return Reply(201, simple_pull(call.world, call.repo, pull))


@route("DELETE", PULL + "/requested_reviewers", needs="pull_requests:write", role="triage")
def unrequest_reviewers(call: Call) -> Json:
    """Take requests back."""
    pull = pull_of(call)
    reviews.unrequest(call.world, call.repo, pull, *_asked(call))
    return simple_pull(call.world, call.repo, pull)


def _asked(call: Call) -> tuple[list[str], list[str]]:
    users: list[str] = call.optional("reviewers", list) or []
    teams: list[str] = call.optional("team_reviewers", list) or []
    return users, teams
