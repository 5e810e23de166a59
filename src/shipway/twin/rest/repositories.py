"""Repositories in the words of GitHub's REST API."""

from shipway.twin import node_ids
from shipway.twin.behaviour import repositories
from shipway.twin.errors import Refused, not_found
from shipway.twin.rest.git_shapes import api, html
from shipway.twin.rest.users import simple_user
from shipway.twin.routing import Call, created, route
from shipway.twin.store import Document, Json
from shipway.twin.world import World

_LINKS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}
_ZEROES = (
    "forks",
    "forks_count",
    "open_issues",
    "open_issues_count",
    "size",
    "stargazers_count",
    "watchers",
    "watchers_count",
)


def repository(world: World, repo: Document) -> Document:
    """GitHub's `repository`, as webhooks and pull requests carry it too."""
    where, people = api(world, repo), html(world, repo)
    return {
        "id": repo["id"],
        "node_id": node_ids.encode("R", repo["id"]),
        "name": repo["name"],
        "full_name": repo["full_name"],
        "owner": simple_user(world, repo["owner"]),
        "private": repo["private"],
        "visibility": "private" if repo["private"] else "public",
        "html_url": people,
        "description": repo["description"],
        "url": where,
        **{name: where + tail for name, tail in _LINKS.items()},
        **dict.fromkeys(_ZEROES, 0),
        **_switches(repo),
        "clone_url": f"{people}.git",
        "git_url": f"{people}.git".replace("http://", "git://"),
        "ssh_url": f"git@127.0.0.1:{repo['full_name']}.git",
        "svn_url": people,
        "mirror_url": None,
        "homepage": repo.get("homepage"),
        "language": None,
        "license": None,
        "topics": [],
        "default_branch": repo["default_branch"],
        **{name: repo[name] for name in ("created_at", "updated_at", "pushed_at")},
    }


def _switches(repo: Document) -> dict[str, bool]:
    off = ("fork", "disabled", "has_pages", "has_discussions", "is_template", "web_commit_signoff_required")
    on = ("has_issues", "has_projects", "has_downloads", "has_wiki", "allow_forking")
    return {**dict.fromkeys(off, False), **dict.fromkeys(on, True), "archived": bool(repo.get("archived"))}


def full_repository(world: World, repo: Document, login: str) -> Document:
    """GitHub's `full-repository`, with what the caller may do."""
    owner = world.user(repo["owner"])
    shape = repository(world, repo) | {
        "network_count": 0,
        "subscribers_count": 0,
        "permissions": repositories.permissions_of(world, repo, login),
        **{name: repo[name] for name in repositories.MERGING},
    }
    if owner and owner["type"] == "Organization":
        shape["organization"] = simple_user(world, repo["owner"])
    return shape


def _full(call: Call, repo: Document) -> Document:
    return full_repository(call.world, repo, call.who.login)


@route("GET", "/repos/{owner}/{repo}")
def get_repository(call: Call) -> Json:
    """One repository."""
    return _full(call, call.repo)


@route("GET", "/repositories/{repository_id}", needs=None)
def get_repository_by_id(call: Call) -> Json:
    """One repository by its number."""
    found = [one for one in repositories.visible(call.world) if one["id"] == call.number("repository_id")]
    if not found:
        raise not_found()
    return _full(call, found[0])


@route("PATCH", "/repos/{owner}/{repo}", needs="administration:write")
def update_repository(call: Call) -> Json:
    """Change settings."""
    return _full(call, repositories.update(call.world, call.repo, call.json))


@route("DELETE", "/repos/{owner}/{repo}", needs="administration:write")
def delete_repository(call: Call) -> None:
    """Remove a repository."""
    repositories.delete(call.world, call.repo)


@route("GET", "/user/repos", needs=None)
def list_own_repositories(call: Call) -> Json:
    """Every repository the caller has a role in."""
    _signed_in(call)
    found = repositories.visible(call.world)
    mine = [one for one in found if repositories.permissions_of(call.world, one, call.who.login)["push"]]
    return call.page(mine, lambda one: _full(call, one))


@route("GET", "/users/{owner}/repos", needs=None)
@route("GET", "/orgs/{owner}/repos", needs=None)
def list_repositories(call: Call) -> Json:
    """The repositories of an account that the caller can see."""
    if call.world.user(call["owner"]) is None:
        raise not_found()
    return call.page(repositories.visible(call.world, call["owner"]), lambda one: _full(call, one))


@route("POST", "/user/repos", needs=None)
def create_own_repository(call: Call) -> Json:
    """A new repository of the caller."""
    _signed_in(call)
    return _create(call, call.who.login)


@route("POST", "/orgs/{org}/repos", needs=None)
def create_org_repository(call: Call) -> Json:
    """A new repository of an organisation."""
    _signed_in(call)
    return _create(call, call["org"])


def _create(call: Call, owner: str) -> Json:
    (name,) = call.required(name=str)
    repo = repositories.create(call.world, owner, name, call.json)
    return created(_full(call, repo), api(call.world, repo))


def _signed_in(call: Call) -> None:
    if call.who.kind == "anonymous":
        raise Refused(401, "Requires authentication")
