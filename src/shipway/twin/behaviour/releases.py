"""Releases, their assets, and what becomes of them when a repository makes releases immutable."""

import hashlib
import re
from collections.abc import Mapping

from shipway.twin.behaviour import access, refs
from shipway.twin.behaviour.events import announce
from shipway.twin.errors import Refused, invalid, not_found, unprocessable
from shipway.twin.store import Document, Json
from shipway.twin.world import World

BODY_LIMIT = 125_000
"""Characters of the body of a release."""
_TEXTS = ("tag_name", "target_commitish", "name", "body")
_ODD = re.compile(r"[^A-Za-z0-9@_+.-]+")


def find(world: World, repo: Document, release_id: int) -> Document:
    """A release by its id; 404 when it is missing, or a draft that the actor may not see."""
    release = world.store.get("release", repo["full_name"], release_id)
    if release is None or (release["draft"] and not sees_drafts(world, repo)):
        raise not_found()
    return release


def sees_drafts(world: World, repo: Document) -> bool:
    """Whether the actor may see what is not published: who may push."""
    who = world.actor
    if who.kind != "user":
        return access.permits(who.permissions, "contents", "write")
    return who.login == "github" or access.at_least(access.role_of(world, repo, who.login), "write")


def listed(world: World, repo: Document) -> list[Document]:
    """The releases the actor may see, newest first."""
    found = world.store.all("release", repo["full_name"])[::-1]
    return found if sees_drafts(world, repo) else [one for one in found if not one["draft"]]


def by_tag(world: World, repo: Document, tag: str) -> Document | None:
    """The published release of a tag."""
    found = world.store.find("release", repo["full_name"], tag_name=tag, draft=False)
    return found[0] if found else None


def latest(world: World, repo: Document) -> Document | None:
    """The release that is shown as the latest: published, no prerelease, and last to be made so."""
    found = world.store.find("release", repo["full_name"], draft=False, prerelease=False)
    return max(found, key=lambda one: int(one["rank"]), default=None)


def create(world: World, repo: Document, tag_name: str, **fields: Json) -> Document:
    """Add a draft, or publish at once; `fields` are those of GitHub's request."""
    release: Document = {
        "id": world.next_id(),
        "tag_name": tag_name,
        "target_commitish": fields.get("target_commitish") or repo["default_branch"],
        "name": fields.get("name"),
        "body": fields.get("body"),
        "draft": True,
        "prerelease": bool(fields.get("prerelease")),
        "immutable": False,
        "rank": 0,
        "author": world.actor.login,
        "created_at": world.now(),
        "updated_at": world.now(),
        "published_at": None,
    }
    _check(release)
    if not fields.get("draft"):
        _publish(world, repo, release, fields.get("make_latest"))
    _save(world, repo, release)
    details = {"draft": release["draft"], "prerelease": release["prerelease"]}
    world.record("release.created", repo["full_name"], tag_name, **details)
    announce(world, repo, "release", "created", release=release)
    if not release["draft"]:
        _announce_publication(world, repo, release)
    return release


def _check(release: Document) -> None:
    if not release["tag_name"].strip():
        raise invalid("Release", "tag_name", "missing_field")
    if len(release["body"] or "") > BODY_LIMIT:
        message = f"body is too long (maximum is {BODY_LIMIT} characters)"
        raise invalid("Release", "body", "custom", message)


def _save(world: World, repo: Document, release: Document) -> None:
    release["updated_at"] = world.now()
    world.store.put("release", repo["full_name"], release["id"], release)


def _publish(world: World, repo: Document, release: Document, make_latest: str | None) -> None:
    tag = release["tag_name"]
    other = by_tag(world, repo, tag)
    if other and other["id"] != release["id"]:
        raise invalid("Release", "tag_name", "already_exists")
    if world.store.get("immutable_tag", repo["full_name"], tag) and not release["immutable"]:
        raise invalid("Release", "tag_name", "custom", "tag_name was used by an immutable release")
    _tag(world, repo, release)
    release |= {"draft": False, "published_at": world.now()}
    if make_latest != "false" and not release["prerelease"]:
        release["rank"] = world.store.next_number(f"release rank {repo['full_name']}")
    if immutable(world, repo):
        release["immutable"] = True
        world.store.put("immutable_tag", repo["full_name"], tag, {"tag": tag})


def _tag(world: World, repo: Document, release: Document) -> None:
    """Make the tag on the target when it does not exist."""
    git, ref = world.git_of(repo), f"refs/tags/{release['tag_name']}"
    if ref in git.refs:
        return
    target = git.branch(release["target_commitish"]) or git.resolve(release["target_commitish"])
    if target is None:
        raise invalid("Release", "target_commitish", "invalid")
    refs.create(world, repo, ref, target)


def _announce_publication(world: World, repo: Document, release: Document) -> None:
    world.record("release.published", repo["full_name"], release["tag_name"])
    announce(world, repo, "release", "published", release=release)
    announce(world, repo, "release", "prereleased" if release["prerelease"] else "released", release=release)


def update(world: World, repo: Document, release_id: int, fields: Mapping[str, Json]) -> Document:
    """Change a release; publishing a draft makes its tag. An immutable one keeps its tag and target."""
    release = find(world, repo, release_id)
    before = dict(release)
    locked = ("tag_name", "target_commitish")
    if release["immutable"] and any(fields.get(name, release[name]) != release[name] for name in locked):
        raise invalid("Release", "tag_name", "custom", "tag_name can't be changed on an immutable release")
    if release["immutable"] and fields.get("draft"):
        raise unprocessable("Cannot convert an immutable release to a draft.")
    release |= {name: fields[name] for name in _TEXTS if fields.get(name) is not None}
    release["prerelease"] = bool(fields.get("prerelease", release["prerelease"]))
    _check(release)
    publishing = before["draft"] and fields.get("draft") is False
    _set_state(world, repo, release, fields, publishing=publishing)
    _save(world, repo, release)
    changed = sorted(name for name in _TEXTS if release[name] != before[name])
    world.record("release.edited", repo["full_name"], release["tag_name"], fields=changed)
    texts = {name: {"from": before[name] or ""} for name in ("name", "body") if name in changed}
    announce(world, repo, "release", "edited", release=release, changes=texts)
    if publishing:
        _announce_publication(world, repo, release)
    return release


def _set_state(
    world: World, repo: Document, release: Document, fields: Mapping[str, Json], *, publishing: bool
) -> None:
    make_latest = fields.get("make_latest")
    if publishing:
        _publish(world, repo, release, make_latest)
    elif fields.get("draft"):
        release |= {"draft": True, "published_at": None, "rank": 0}
    elif make_latest == "true" and not release["draft"] and not release["prerelease"]:
        release["rank"] = world.store.next_number(f"release rank {repo['full_name']}")


def delete(world: World, repo: Document, release_id: int) -> None:
    """Remove a release and its assets; the tag stays."""
    release = find(world, repo, release_id)
    for asset in assets(world, repo, release_id):
        world.store.delete("asset", repo["full_name"], asset["id"])
    world.store.delete("release", repo["full_name"], release_id)
    world.record("release.deleted", repo["full_name"], release["tag_name"])
    announce(world, repo, "release", "deleted", release=release)


# -- immutable releases ----------------------------------------------------------------------------


def immutable(world: World, repo: Document) -> bool:
    """Whether releases published from now on cannot be changed."""
    return world.store.get("immutable_releases", repo["full_name"], "") is not None


def set_immutable(world: World, repo: Document, *, enabled: bool) -> None:
    """Switch immutable releases on or off."""
    if enabled:
        world.store.put("immutable_releases", repo["full_name"], "", {"since": world.now()})
    else:
        world.store.delete("immutable_releases", repo["full_name"], "")
    world.record("immutable_releases.set", repo["full_name"], "", enabled=enabled)


# -- assets ----------------------------------------------------------------------------------------


def assets(world: World, repo: Document, release_id: int) -> list[Document]:
    """The assets of a release, in the order of their upload."""
    return world.store.find("asset", repo["full_name"], release=release_id)


def find_asset(world: World, repo: Document, asset_id: int) -> Document:
    """An asset by its id; 404 when it or its release cannot be seen."""
    asset = world.store.get("asset", repo["full_name"], asset_id)
    if asset is None:
        raise not_found()
    find(world, repo, asset["release"])
    return asset


def content(world: World, repo: Document, asset: Document) -> bytes:
    """The bytes of an asset; counts as a download."""
    asset["download_count"] += 1
    world.store.put("asset", repo["full_name"], asset["id"], asset)
    return world.git_of(repo).read("blob", asset["blob"])


def upload(
    world: World,
    repo: Document,
    release: Document,
    name: str,
    data: bytes | None,
    content_type: str,
    label: str | None = None,
) -> Document:
    """Attach a file; GitHub replaces odd characters of its name by dots.

    An upload that broke off, which has no `data`, leaves an empty asset in the state `starter`, which keeps its
    name taken until it is deleted: https://docs.github.com/rest/releases/assets#upload-a-release-asset
    """
    if release["immutable"]:
        raise unprocessable("Cannot upload assets to an immutable release.")
    if data == b"":
        raise Refused(400, "Bad Content-Length: 0")
    name = _ODD.sub(".", name)
    if not name:
        raise invalid("ReleaseAsset", "name", "missing_field")
    if any(one["name"] == name for one in assets(world, repo, release["id"])):
        raise invalid("ReleaseAsset", "name", "already_exists")
    asset: Document = {
        "id": world.next_id(),
        "release": release["id"],
        "name": name,
        "label": label or "",
        "state": "uploaded" if data else "starter",
        "content_type": content_type,
        "size": len(data or b""),
        "digest": f"sha256:{hashlib.sha256(data).hexdigest()}" if data else None,
        "blob": world.git_of(repo).write("blob", data or b""),
        "download_count": 0,
        "uploader": world.actor.login,
        "created_at": world.now(),
        "updated_at": world.now(),
    }
    world.store.put("asset", repo["full_name"], asset["id"], asset)
    happened = "asset.uploaded" if data else "asset.broken"
    world.record(happened, repo["full_name"], f"{release['tag_name']}/{name}", digest=asset["digest"])
    return asset


def update_asset(
    world: World, repo: Document, asset_id: int, name: str | None, label: str | None
) -> Document:
    """Rename or relabel an asset."""
    asset = find_asset(world, repo, asset_id)
    _refuse_locked(world, repo, asset, "Cannot update assets of an immutable release.")
    asset |= {"name": name or asset["name"], "label": asset["label"] if label is None else label}
    asset["updated_at"] = world.now()
    world.store.put("asset", repo["full_name"], asset_id, asset)
    world.record("asset.edited", repo["full_name"], asset["name"])
    return asset


def delete_asset(world: World, repo: Document, asset_id: int) -> None:
    """Remove an asset."""
    asset = find_asset(world, repo, asset_id)
    _refuse_locked(world, repo, asset, "Cannot delete asset from an immutable release.")
    world.store.delete("asset", repo["full_name"], asset_id)
    world.record("asset.deleted", repo["full_name"], asset["name"])


def _refuse_locked(world: World, repo: Document, asset: Document, message: str) -> None:
    if find(world, repo, asset["release"])["immutable"]:
        raise unprocessable(message)
