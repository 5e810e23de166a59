"""Repositories: settings, rights, and the way to everything inside."""

from datetime import UTC, datetime

from shipway.twin import node_ids
from shipway.twin.behaviour import access
from shipway.twin.errors import Refused
from shipway.twin.graphql import people
from shipway.twin.graphql.connections import Connection, connect, in_order
from shipway.twin.graphql.fields import Context, Json, Thing, plain, resolves
from shipway.twin.store import Document

MERGES = {
    "mergeCommitAllowed": "allow_merge_commit",
    "squashMergeAllowed": "allow_squash_merge",
    "rebaseMergeAllowed": "allow_rebase_merge",
    "autoMergeAllowed": "allow_auto_merge",
}
NO = (
    "isDisabled",
    "isFork",
    "isLocked",
    "isMirror",
    "isTemplate",
    "isSecurityPolicyEnabled",
    "isUserConfigurationRepository",
    "usesCustomOpenGraphImage",
    "viewerHasStarred",
    "hasProjectsEnabled",
    "hasDiscussionsEnabled",
    "hasWikiEnabled",
    "forkingAllowed",
    "allowUpdateBranch",
    "webCommitSignoffRequired",
)
NOTHING = (
    "codeOfConduct",
    "homepageUrl",
    "licenseInfo",
    "mirrorUrl",
    "parent",
    "primaryLanguage",
    "securityPolicyUrl",
    "templateRepository",
    "viewerSubscription",
    "archivedAt",
)
NONE_OF = ("watchers", "languages", "repositoryTopics")

plain("Repository", **MERGES, nameWithOwner="full_name", isPrivate="private", databaseId="id")
resolves("Repository", *NO)(lambda *_: False)
resolves("Repository", *NOTHING)(lambda *_: None)
resolves("Repository", "hasIssuesEnabled", "isBlankIssuesEnabled")(lambda *_: True)
resolves("Repository", "forkCount", "stargazerCount")(lambda *_: 0)
resolves("Repository", "pullRequestTemplates")(lambda *_: [])
resolves("Repository", *NONE_OF)(lambda _context, _thing, **_page: connect([], total_size=0))
resolves("Repository", "description")(lambda _, repo: repo.data.get("description"))
resolves("Repository", "isArchived")(lambda _, repo: repo.data.get("archived", False))
resolves("Repository", "visibility")(lambda _, repo: "PRIVATE" if repo["private"] else "PUBLIC")
resolves("Repository", "owner")(lambda context, repo: people.actor(context, repo["owner"]))
resolves("Repository", "url")(lambda context, repo: f"{context.world.url}/{repo['full_name']}")
resolves("Repository", "openGraphImageUrl")(
    lambda context, repo: f"{context.world.url}/{repo['full_name']}.png"
)
resolves("Repository", "resourcePath")(lambda _, repo: f"/{repo['full_name']}")
resolves("Repository", "sshUrl")(lambda _, repo: f"git@localhost:{repo['full_name']}.git")
resolves("Repository", "viewerDefaultMergeMethod")(lambda *_: "MERGE")


def repository(document: Document) -> Thing:
    """A repository's document as a thing."""
    return Thing("Repository", document)


def node_id(repo: Document) -> str:
    """The node id of a repository."""
    return node_ids.encode("R", repo["id"])


def visible(context: Context, full_name: str) -> Document:
    """A repository the caller may see, or GitHub's words that there is none."""
    try:
        return access.visible_repository(context.world, context.who, full_name)
    except Refused as refused:
        if refused.status != 404:
            raise
        raise people.unresolved("Repository", f"name '{full_name}'") from None


@resolves("Query", "repository")
def find_repository(context: Context, _: None, owner: str, name: str, **__: Json) -> Thing:
    """A repository by owner and name."""
    return repository(visible(context, f"{owner}/{name}"))


@resolves("User", "repository")
@resolves("Organization", "repository")
def repository_of(context: Context, owner: Thing, name: str, **_: Json) -> Thing | None:
    """A repository of an owner by name."""
    found = context.world.repository(f"{owner['login']}/{name}")
    return repository(found) if found and access.can_see(context.world, context.who, found) else None


@resolves("User", "repositories")
@resolves("Organization", "repositories")
def repositories_of(
    context: Context,
    owner: Thing,
    order_by: dict[str, str] | None = None,
    first: int | None = None,
    last: int | None = None,
    after: str | None = None,
    before: str | None = None,
    **_: Json,
) -> Connection:
    """The repositories of an owner that the caller may see."""
    found = [
        one
        for one in context.world.store.find("repository", "", owner=owner["login"])
        if access.can_see(context.world, context.who, one)
    ]
    ordered = in_order(
        found, order_by, name=lambda one: one["name"], created_at=lambda one: one["created_at"]
    )
    return connect(ordered, node=repository, first=first, last=last, after=after, before=before)


@resolves("Repository", "id")
def repository_id(_: Context, repo: Thing) -> str:
    """The node id."""
    return node_id(repo.data)


@resolves("Repository", "isInOrganization")
def in_organization(context: Context, repo: Thing) -> bool:
    """Whether an organisation owns it."""
    owner = context.world.user(repo["owner"])
    return owner is not None and owner["type"] == "Organization"


@resolves("Repository", "isEmpty")
def is_empty(context: Context, repo: Thing) -> bool:
    """Whether it has no commit."""
    return not context.world.git_of(repo.data).refs


def viewer_role(context: Context, repo: Document) -> str:
    """What the caller may do, in the words of roles, whatever kind of token it is."""
    who = context.who
    if who.kind == "user":
        return access.role_of(context.world, repo, who.login)
    if access.permits(who.permissions, "administration", "write"):
        return "admin"
    return "write" if access.permits(who.permissions, "contents", "write") else "read"


@resolves("Repository", "viewerPermission")
def viewer_permission(context: Context, repo: Thing) -> str | None:
    """The caller's role."""
    role = viewer_role(context, repo.data)
    return None if role == "none" else role.upper()


@resolves("Repository", "viewerCanAdminister")
def viewer_can_administer(context: Context, repo: Thing) -> bool:
    """Whether the caller is an admin."""
    return viewer_role(context, repo.data) == "admin"


@resolves("Repository", "viewerDefaultCommitEmail")
def commit_email(context: Context, _: Thing) -> str:
    """The address for commits that the caller makes through the API."""
    return f"{context.who.login}@users.noreply.github.com"


@resolves("Repository", "viewerPossibleCommitEmails")
def commit_emails(context: Context, repo: Thing) -> list[str]:
    """Every address the caller may choose."""
    return [commit_email(context, repo)]


def _logins(context: Context, repo: Document) -> list[str]:
    store = context.world.store
    owner = context.world.user(repo["owner"]) or {"type": "User", "login": repo["owner"]}
    logins = [owner["login"]] if owner["type"] == "User" else []
    logins += [one["login"] for one in store.all("member", repo["owner"].lower())]
    logins += [one["login"] for one in store.all("collaborator", repo["full_name"])]
    for grant in store.all("team_repository", repo["full_name"]):
        scope = f"{repo['owner'].lower()}/{grant['team']}"
        logins += [one["login"] for one in store.all("team_member", scope)]
    return list(dict.fromkeys(logins))


@resolves("Repository", "collaborators")
def collaborators(
    context: Context,
    repo: Thing,
    affiliation: str | None = None,
    login: str | None = None,
    query: str | None = None,
    **page: Json,
) -> Connection:
    """Who has a role here, with the role; only for those who may write."""
    access.require(context.world, context.who, repo.data, "metadata:read", "write")
    del affiliation
    wanted = [
        one
        for one in _logins(context, repo.data)
        if login in {None, one} and (query or "").lower() in one.lower()
    ]
    return connect(
        wanted,
        node=lambda one: people.user(context, one),
        edge=lambda one: {"permission": access.role_of(context.world, repo.data, one).upper()},
        **page,
    )


@resolves("Repository", "assignableUsers")
def assignable_users(context: Context, repo: Thing, query: str | None = None, **page: Json) -> Connection:
    """Who an issue can be given to."""
    logins = [one for one in _logins(context, repo.data) if (query or "").lower() in one.lower()]
    return connect(logins, node=lambda one: people.user(context, one), **page)


@resolves("Query", "rateLimit")
def rate_limit(context: Context, _: None, **__: Json) -> Json:
    """The caller's budget."""
    status = context.world.limits.status(context.who, "graphql", context.world.clock.now())
    reset = datetime.fromtimestamp(status["reset"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    names = ("limit", "remaining", "used")
    return {name: status[name] for name in names} | {"cost": 1, "node_count": 0, "reset_at": reset}
