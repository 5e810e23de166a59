"""GitHub Apps: registered, installed, and the short-lived tokens of their installations."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from shipway.twin import admin
from shipway.twin.behaviour import access
from shipway.twin.errors import Refused, not_found, unprocessable
from shipway.twin.identity import Identity
from shipway.twin.store import Document
from shipway.twin.world import World

TOKEN_LIFE = timedelta(hours=1)
LONGEST_JWT = timedelta(minutes=10)
CLOCK_DRIFT = timedelta(seconds=60)
ACTIONS: Document = {
    "id": 15368,
    "slug": "github-actions",
    "name": "GitHub Actions",
    "owner": "github",
    "client_id": "Iv1.twin-actions",
    "permissions": {"actions": "write", "checks": "write", "contents": "write", "metadata": "read"},
    "events": [],
    "webhook_url": None,
    "webhook_secret": None,
    "created_at": "2018-07-30T09:30:17Z",
    "updated_at": "2018-07-30T09:30:17Z",
}
"""The app behind a workflow's own token."""
_UNDECODABLE = "A JSON web token could not be decoded"


def create(
    world: World,
    slug: str,
    owner: str,
    permissions: Mapping[str, str],
    *,
    events: Sequence[str] = (),
    webhook_url: str | None = None,
    webhook_secret: str | None = None,
) -> tuple[Document, str]:
    """Register an app; gives it and its private key (PEM), which is kept nowhere."""
    admin.create_user(world, owner)
    admin.create_user(world, f"{slug}[bot]", kind="Bot")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    spki, pem = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.Encoding.PEM
    app_id = world.next_id()
    app: Document = {
        "id": app_id,
        "slug": slug,
        "name": slug,
        "owner": owner,
        "client_id": f"Iv1.{app_id:016x}",
        "public_key": key.public_key().public_bytes(pem, spki).decode(),
        "permissions": {**permissions, "metadata": "read"},
        "events": list(events),
        "webhook_url": webhook_url,
        "webhook_secret": webhook_secret,
        "created_at": world.now(),
        "updated_at": world.now(),
    }
    world.store.put("app", "", app_id, app)
    form, no_password = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return app, key.private_bytes(pem, form, no_password).decode()


def install(world: World, app: Document, account: str, repositories: Sequence[str] | None = None) -> Document:
    """Install an app on an account: in some repositories (full names) or, by default, in all."""
    installation: Document = {
        "id": world.next_id(),
        "app": app["id"],
        "account": account,
        "repositories": None if repositories is None else list(repositories),
        "permissions": app["permissions"],
        "events": app["events"],
        "suspended_at": None,
        "created_at": world.now(),
        "updated_at": world.now(),
    }
    return world.store.put("installation", "", installation["id"], installation)


def find(world: World, app_id: int) -> Document:
    """An app by its id; 404 when there is none."""
    app = world.store.get("app", "", app_id)
    if app is None:
        raise not_found("Integration not found")
    return app


def of_check(world: World, app_id: int) -> Document:
    """The app of a check; 0 stands for GitHub Actions."""
    return find(world, app_id) if app_id else ACTIONS


def by_id(world: World, app_id: int) -> Document:
    """The app with an id; the one of GitHub Actions, which nobody registered, for its own."""
    return ACTIONS if app_id == ACTIONS["id"] else find(world, app_id)


def installations(world: World, app_id: int) -> list[Document]:
    """Where an app is installed."""
    return world.store.find("installation", "", app=app_id)


def installation_of(world: World, app_id: int, installation_id: int) -> Document:
    """One installation of an app; 404 when it is not its own."""
    found = world.store.get("installation", "", installation_id)
    if found is None or found["app"] != app_id:
        raise not_found()
    return found


def repositories_of(world: World, installation: Document) -> list[Document]:
    """The repositories an installation reaches."""
    chosen = installation["repositories"]
    found = world.store.find("repository", "", owner=installation["account"])
    return [one for one in found if chosen is None or one["full_name"] in chosen]


def create_token(
    world: World,
    installation: Document,
    permissions: Mapping[str, str] | None = None,
    names: Sequence[str] | None = None,
    ids: Sequence[int] | None = None,
) -> tuple[str, Document]:
    """A token for one hour with some or all rights in some or all repositories, and what it may do."""
    if installation["suspended_at"]:
        raise Refused(403, "This installation has been suspended")
    granted: Mapping[str, str] = installation["permissions"]
    wanted = dict(permissions) if permissions else dict(granted)
    if not all(access.permits(granted, name, level) for name, level in wanted.items()):
        raise unprocessable("The permissions requested are not granted to this installation.")
    reachable = repositories_of(world, installation)
    chosen = [one for one in reachable if _chosen(one, names, ids)]
    if len(chosen) < len(names or ()) + len(ids or ()):
        which = "There is at least one repository that does not exist or is not accessible"
        raise unprocessable(f"{which} to the parent installation.")
    expires = world.clock.now() + TOKEN_LIFE
    app = find(world, installation["app"])
    token = access.issue_token(
        world,
        f"{app['slug']}[bot]",
        wanted | {"metadata": "read"},
        kind="installation",
        repositories=tuple(one["full_name"] for one in chosen),
        expires_at=expires,
        app_id=app["id"],
        installation_id=installation["id"],
    )
    details = {"permissions": wanted | {"metadata": "read"}, "repositories": chosen}
    return token, details | {"expires_at": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _chosen(repo: Document, names: Sequence[str] | None, ids: Sequence[int] | None) -> bool:
    if names is None and ids is None:
        return True
    return repo["name"] in (names or ()) or repo["id"] in (ids or ())


@access.authenticator
def by_jwt(world: World, token: str) -> Identity | None:
    """The app that signed a JSON web token with its private key (RS256)."""
    if token.count(".") != 2:
        return None
    try:
        unverified = jwt.decode(token, options={"verify_signature": False})
        app = _issuer(world, str(unverified.get("iss")))
        claims = _verified(token, app)
    except jwt.InvalidTokenError:
        raise Refused(401, _UNDECODABLE) from None
    _check_times(world, claims)
    return Identity(app["slug"], "app", {}, (), token, app_id=app["id"])


def _issuer(world: World, issuer: str) -> Document:
    for app in world.store.all("app", ""):
        if issuer in {str(app["id"]), app["client_id"]}:
            return app
    raise Refused(401, "Integration not found")


def _verified(token: str, app: Document) -> dict[str, Any]:
    # The times are checked against the clock of the twin, which may stand still.
    options: Any = dict.fromkeys(("verify_exp", "verify_iat", "verify_nbf", "verify_iss"), False)
    return jwt.decode(token, app["public_key"], algorithms=["RS256"], options=options)


def _check_times(world: World, claims: Mapping[str, Any]) -> None:
    now = world.clock.now().timestamp()
    expires, issued = claims.get("exp"), claims.get("iat")
    if not isinstance(expires, int | float) or expires <= now:
        text = "must be a numeric value representing the future time at which the assertion expires"
        raise Refused(401, f"'Expiration time' claim ('exp') {text}")
    if expires > now + (LONGEST_JWT + CLOCK_DRIFT).total_seconds():
        raise Refused(401, "'Expiration time' claim ('exp') is too far in the future")
    if not isinstance(issued, int | float) or issued > now + CLOCK_DRIFT.total_seconds():
        text = "must be an Integer representing the time that the assertion was issued"
        raise Refused(401, f"'Issued at' claim ('iat') {text}")


def require_app(who: Identity) -> int:
    """The id of the calling app; 401 for everybody who is none."""
    if who.kind != "app" or who.app_id is None:
        raise Refused(401, _UNDECODABLE)
    return who.app_id
