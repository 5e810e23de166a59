"""Releases and their assets over REST, uploads and downloads included."""

from urllib.parse import quote

from shipway.twin.behaviour import releases
from shipway.twin.behaviour.nodes import node_id
from shipway.twin.errors import invalid, not_found
from shipway.twin.rest.git_shapes import api, html
from shipway.twin.rest.users import simple_user
from shipway.twin.routing import Call, Reply, created, route
from shipway.twin.store import Document, Json
from shipway.twin.world import World

REPO = "/repos/{owner}/{repo}"
RELEASE = REPO + "/releases/{release_id}"
ASSET = REPO + "/releases/assets/{asset_id}"
IMMUTABLE = REPO + "/immutable-releases"
_SAME = ("id", "tag_name", "target_commitish", "name", "body", "draft", "prerelease", "immutable")
_TIMES = ("created_at", "updated_at", "published_at")
_STRINGS = ("target_commitish", "name", "body", "make_latest")
_SWITCHES = ("draft", "prerelease")


def release_shape(world: World, repo: Document, release: Document) -> Document:
    """GitHub's `release`."""
    url, tag = f"{api(world, repo)}/releases/{release['id']}", quote(release["tag_name"])
    uploads = url.replace("/api/v3/", "/api/uploads/")
    # A draft has no page by its tag: https://docs.github.com/rest/releases
    page = tag if not release["draft"] else f"untagged-{release['id']:020x}"
    balls = {f"{kind}ball_url": f"{api(world, repo)}/{kind}ball/{tag}" for kind in ("tar", "zip")}
    return {
        **{name: release[name] for name in _SAME + _TIMES},
        "node_id": node_id("release", repo, release),
        "url": url,
        "assets_url": f"{url}/assets",
        "upload_url": f"{uploads}/assets{{?name,label}}",
        "html_url": f"{html(world, repo)}/releases/tag/{page}",
        **(dict.fromkeys(balls) if release["draft"] else balls),
        "author": simple_user(world, release["author"]),
        "assets": [asset_shape(world, repo, one) for one in releases.assets(world, repo, release["id"])],
    }


def asset_shape(world: World, repo: Document, asset: Document) -> Document:
    """GitHub's `release-asset`."""
    release = world.store.get("release", repo["full_name"], asset["release"]) or {}
    names = ("id", "name", "label", "state", "content_type", "size", "digest", "download_count")
    page = f"{html(world, repo)}/releases/download/{quote(release['tag_name'])}/{quote(asset['name'])}"
    return {
        **{name: asset[name] for name in (*names, "created_at", "updated_at")},
        "node_id": node_id("asset", repo, asset),
        "url": f"{api(world, repo)}/releases/assets/{asset['id']}",
        "browser_download_url": page,
        "uploader": simple_user(world, asset["uploader"]),
    }


def _shown(call: Call, release: Document) -> Document:
    return release_shape(call.world, call.repo, release)


@route("GET", REPO + "/releases", needs="contents:read")
def list_releases(call: Call) -> Json:
    """Releases, newest first."""
    return call.page(releases.listed(call.world, call.repo), lambda one: _shown(call, one))


@route("POST", REPO + "/releases", needs="contents:write")
def create_release(call: Call) -> Json:
    """A new release."""
    (tag,) = call.required(tag_name=str)
    release = releases.create(call.world, call.repo, tag, **_fields(call))
    shape = _shown(call, release)
    return created(shape, shape["url"])


def _fields(call: Call) -> dict[str, Json]:
    """What the body says; GitHub takes switches as text too."""
    found: dict[str, Json] = {name: call.optional(name, str) for name in _STRINGS if name in call.json}
    for name in _SWITCHES:
        if call.json.get(name) is not None:
            found[name] = call.json[name] in {True, "true"}
    return found


@route("GET", REPO + "/releases/latest", needs="contents:read")
def get_latest_release(call: Call) -> Json:
    """The latest release."""
    release = releases.latest(call.world, call.repo)
    if release is None:
        raise not_found()
    return _shown(call, release)


@route("GET", REPO + "/releases/tags/{tag:path}", needs="contents:read")
def get_release_by_tag(call: Call) -> Json:
    """The published release of a tag."""
    release = releases.by_tag(call.world, call.repo, call["tag"])
    if release is None:
        raise not_found()
    return _shown(call, release)


@route("POST", REPO + "/releases/generate-notes", needs="contents:write")
def generate_notes(call: Call) -> Json:
    """Name and body as GitHub would write them, here only with the comparison."""
    (tag,) = call.required(tag_name=str)
    before = call.optional("previous_tag_name", str)
    span = f"compare/{before}...{tag}" if before else f"commits/{tag}"
    return {"name": tag, "body": f"**Full Changelog**: {html(call.world, call.repo)}/{span}"}


def _release(call: Call) -> Document:
    return releases.find(call.world, call.repo, call.number("release_id"))


@route("GET", RELEASE, needs="contents:read")
def get_release(call: Call) -> Json:
    """One release."""
    return _shown(call, _release(call))


@route("PATCH", RELEASE, needs="contents:write")
def update_release(call: Call) -> Json:
    """Change, publish or take back a release."""
    tag = call.optional("tag_name", str)
    fields = _fields(call) | ({"tag_name": tag} if tag else {})
    return _shown(call, releases.update(call.world, call.repo, call.number("release_id"), fields))


@route("DELETE", RELEASE, needs="contents:write")
def delete_release(call: Call) -> None:
    """Remove a release."""
    releases.delete(call.world, call.repo, call.number("release_id"))


@route("GET", IMMUTABLE, needs="administration:read", role="admin")
def get_immutable(call: Call) -> Json:
    """Whether immutable releases are switched on; 404 when they are not."""
    if not releases.immutable(call.world, call.repo):
        raise not_found()
    return {"enabled": True, "enforced_by_owner": False}


@route("PUT", IMMUTABLE, needs="administration:write")
def enable_immutable(call: Call) -> None:
    """Make releases immutable from now on."""
    releases.set_immutable(call.world, call.repo, enabled=True)


@route("DELETE", IMMUTABLE, needs="administration:write")
def disable_immutable(call: Call) -> None:
    """Let new releases be changed again."""
    releases.set_immutable(call.world, call.repo, enabled=False)


# -- assets ----------------------------------------------------------------------------------------


@route("GET", RELEASE + "/assets", needs="contents:read")
def list_assets(call: Call) -> Json:
    """The assets of a release."""
    found = releases.assets(call.world, call.repo, _release(call)["id"])
    return call.page(found, lambda one: asset_shape(call.world, call.repo, one))


@route("POST", RELEASE + "/assets", needs="contents:write")
def upload_asset(call: Call) -> Json:
    """Attach the body as a file."""
    name = call.query.get("name")
    if not name:
        raise invalid("ReleaseAsset", "name", "missing_field")
    kind = call.headers.get("content-type", "application/octet-stream")
    label = call.query.get("label")
    data = call.body if len(call.body) == int(call.headers.get("content-length", len(call.body))) else None
    asset = releases.upload(call.world, call.repo, _release(call), name, data, kind, label)
    shape = asset_shape(call.world, call.repo, asset)
    return created(shape, shape["url"])


def _asset(call: Call) -> Document:
    return releases.find_asset(call.world, call.repo, call.number("asset_id"))


@route("GET", ASSET, needs="contents:read")
def get_asset(call: Call) -> Json:
    """One asset, or by media type its content."""
    asset = _asset(call)
    if "application/octet-stream" in call.headers.get("accept", ""):
        return _download(call, asset)
    return asset_shape(call.world, call.repo, asset)


def _download(call: Call, asset: Document) -> Reply:
    data = releases.content(call.world, call.repo, asset)
    headers = {"content-disposition": f"attachment; filename={asset['name']}"}
    return Reply(200, data, headers, media_type=asset["content_type"])


@route("PATCH", ASSET, needs="contents:write")
def update_asset(call: Call) -> Json:
    """Rename or relabel an asset."""
    words = (call.optional("name", str), call.optional("label", str))
    asset = releases.update_asset(call.world, call.repo, call.number("asset_id"), *words)
    return asset_shape(call.world, call.repo, asset)


@route("DELETE", ASSET, needs="contents:write")
def delete_asset(call: Call) -> None:
    """Remove an asset."""
    releases.delete_asset(call.world, call.repo, call.number("asset_id"))


@route("GET", "/_web/{owner}/{repo}/releases/download/{tag}/{name}", needs="contents:read")
def download_asset(call: Call) -> Json:
    """The content of an asset by its page's address."""
    release = releases.by_tag(call.world, call.repo, call["tag"])
    found = releases.assets(call.world, call.repo, release["id"]) if release else []
    for asset in found:
        if asset["name"] == call["name"]:
            return _download(call, asset)
    raise not_found()
