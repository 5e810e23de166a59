"""Releases and their assets."""

from shipway.twin.behaviour import releases
from shipway.twin.graphql import git, people
from shipway.twin.graphql.connections import Connection, connect, in_order
from shipway.twin.graphql.fields import Context, Json, Thing, plain, resolves
from shipway.twin.graphql.lookup import thing, things

plain("Release", isDraft="draft", isPrerelease="prerelease", description="body")


@resolves("Repository", "release", needs="contents:read")
def find_release(context: Context, repo: Thing, tag_name: str) -> Thing | None:
    """The release of a tag; of drafts the one that is to get it."""
    found = [one for one in releases.listed(context.world, repo.data) if one["tag_name"] == tag_name]
    return thing("release", repo.data, found[0]) if found else None


@resolves("Repository", "latestRelease", needs="contents:read")
def latest(context: Context, repo: Thing) -> Thing | None:
    """The release that GitHub shows first."""
    found = releases.latest(context.world, repo.data)
    return thing("release", repo.data, found) if found else None


@resolves("Repository", "releases", needs="contents:read")
def find_releases(
    context: Context, repo: Thing, order_by: dict[str, str] | None = None, **page: Json
) -> Connection:
    """The releases, newest first unless asked otherwise."""
    order = order_by or {"field": "CREATED_AT", "direction": "DESC"}
    found = in_order(
        releases.listed(context.world, repo.data),
        order,
        created_at=lambda one: (one["created_at"], one["id"]),
        name=lambda one: one["name"] or "",
    )
    return connect(things("release", repo.data, found), **page)


def url(context: Context, release: Thing) -> str:
    """Where people read it; drafts have no tag in it yet."""
    name = f"untagged-{release['id']:x}" if release["draft"] else release["tag_name"]
    return f"{context.world.url}/{release.repository['full_name']}/releases/tag/{name}"


resolves("Release", "url")(url)
resolves("Release", "resourcePath")(
    lambda context, release: url(context, release).removeprefix(context.world.url)
)
resolves("Release", "author")(lambda context, release: people.user(context, release["author"]))
resolves("Release", "tag")(
    lambda context, release: git.ref(context, release.repository, f"refs/tags/{release['tag_name']}")
)
resolves("Release", "reactionGroups")(lambda *_: [])


@resolves("Release", "tagCommit")
def tag_commit(context: Context, release: Thing) -> Thing | None:
    """The commit behind the tag, once there is one."""
    repository = git.git_of(context, release)
    sha = repository.refs.get(f"refs/tags/{release['tag_name']}")
    return git.commit(release.repository, repository.peel(sha)) if sha else None


@resolves("Release", "isLatest")
def is_latest(context: Context, release: Thing) -> bool:
    """Whether GitHub shows it first."""
    found = releases.latest(context.world, release.repository)
    return found is not None and found["id"] == release["id"]


@resolves("Release", "releaseAssets")
def assets(context: Context, release: Thing, name: str | None = None, **page: Json) -> Connection:
    """The files, of one name if asked."""
    found = releases.assets(context.world, release.repository, release["id"])
    kept = [one for one in found if name in {None, one["name"]}]
    return connect(things("asset", release.repository, kept), **page)


resolves("ReleaseAsset", "url")(
    lambda context, asset: (
        f"{context.world.api_url}/repos/{asset.repository['full_name']}/releases/assets/{asset['id']}"
    )
)


@resolves("ReleaseAsset", "downloadUrl")
def download_url(context: Context, asset: Thing) -> str:
    """Where anybody gets the file."""
    release = releases.find(context.world, asset.repository, asset["release"])
    place = f"{asset.repository['full_name']}/releases/download/{release['tag_name']}"
    return f"{context.world.url}/{place}/{asset['name']}"
