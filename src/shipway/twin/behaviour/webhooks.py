"""Webhooks: who listens, what was delivered, and sending it signed."""

import hashlib
import hmac
import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from shipway.twin.behaviour import apps
from shipway.twin.errors import invalid, not_found
from shipway.twin.store import Document, Json
from shipway.twin.world import World

PATIENCE = 10.0
"""Seconds that a receiver has to answer, as GitHub gives them."""

OBSERVERS: list[Callable[[str, Document], None]] = []
"""Told of every event that is delivered and of its payload, by every twin of this process."""


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody who listens. `scope` is where the deliveries are kept: `hook/ID` or `app/ID`."""

    scope: str
    url: str
    secret: str | None
    content_type: str = "json"
    installation: int | None = None


def create(
    world: World, repo: Document, config: Mapping[str, Json], events: Sequence[str], **more: Json
) -> Document:
    """Add a webhook to a repository; `more` may say that it is not `active`."""
    if not config.get("url"):
        raise invalid("Hook", "config", "missing_field")
    same = [
        one for one in world.store.all("hook", repo["full_name"]) if one["config"]["url"] == config["url"]
    ]
    if same:
        raise invalid("Hook", "base", "custom", "Hook already exists on this repository")
    hook: Document = {
        "id": world.next_id(),
        "active": more.get("active") is not False,
        "events": list(events) or ["push"],
        "config": {"content_type": "form", "insecure_ssl": "0", **config},
        "created_at": world.now(),
        "updated_at": world.now(),
    }
    world.store.put("hook", repo["full_name"], hook["id"], hook)
    world.record("hook.created", repo["full_name"], hook["config"]["url"], events=hook["events"])
    return hook


def find(world: World, repo: Document, hook_id: int) -> Document:
    """A webhook by its id; 404 when there is none."""
    hook = world.store.get("hook", repo["full_name"], hook_id)
    if hook is None:
        raise not_found()
    return hook


def update(world: World, repo: Document, hook: Document, changes: Mapping[str, Json]) -> Document:
    """Change configuration, events or whether it is active."""
    if changes.get("config"):
        hook["config"] = hook["config"] | changes["config"]
    if changes.get("events") is not None:
        hook["events"] = list(changes["events"])
    hook["events"] += [one for one in changes.get("add_events") or () if one not in hook["events"]]
    hook["events"] = [one for one in hook["events"] if one not in (changes.get("remove_events") or ())]
    hook |= {"active": changes.get("active", hook["active"]), "updated_at": world.now()}
    world.record("hook.updated", repo["full_name"], hook["config"]["url"], events=hook["events"])
    return world.store.put("hook", repo["full_name"], hook["id"], hook)


def delete(world: World, repo: Document, hook: Document) -> None:
    """Remove a webhook."""
    world.store.delete("hook", repo["full_name"], hook["id"])
    world.record("hook.deleted", repo["full_name"], hook["config"]["url"])


def target_of(hook: Document) -> Target:
    """A webhook of a repository as somebody who listens."""
    config = hook["config"]
    return Target(f"hook/{hook['id']}", config["url"], config.get("secret"), config["content_type"])


def listeners(world: World, repo: Document, event: str, only_app: int | None = None) -> list[Target]:
    """Everybody who wants to hear of an event, or the one app it is meant for."""
    hooks = world.store.all("hook", repo["full_name"]) if only_app is None else []
    found = [target_of(one) for one in hooks if one["active"] and {event, "*"} & set(one["events"])]
    for installation in world.store.all("installation", ""):
        app = apps.find(world, installation["app"])
        listening = event in app["events"] or app["id"] == only_app
        meant = only_app in {None, app["id"]} and app["webhook_url"] and not installation["suspended_at"]
        reached = any(one["id"] == repo["id"] for one in apps.repositories_of(world, installation))
        if listening and meant and reached:
            found.append(
                Target(
                    f"app/{app['id']}",
                    app["webhook_url"],
                    app["webhook_secret"],
                    installation=installation["id"],
                )
            )
    return found


def signature(secret: str, body: bytes, algorithm: str = "sha256") -> str:
    """The value of `X-Hub-Signature-256` (or, with sha1, of the older header)."""
    return f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}"


def deliver(
    world: World, repo: Document, target: Target, event: str, payload: Document, *, guid: str | None = None
) -> Document:
    """Keep a delivery and send it after the answer to the current request."""
    if target.installation is not None:
        payload = payload | {
            "installation": {"id": target.installation, "node_id": f"MDIz{target.installation}"}
        }
    delivery: Document = {
        "id": world.next_id(),
        "guid": guid or str(uuid.uuid4()),
        "event": event,
        "action": payload.get("action"),
        "redelivery": guid is not None,
        "delivered_at": world.now(),
        "duration": 0.0,
        "status": "pending",
        "status_code": 0,
        "installation_id": target.installation,
        "repository_id": repo["id"],
        "url": target.url,
        "request": {"headers": {}, "payload": payload},
        "response": {"headers": {}, "payload": ""},
    }
    body = json.dumps(payload).encode()
    if target.content_type == "form":
        body = b"payload=" + quote(body.decode()).encode()
    delivery["request"]["headers"] = _headers(world, target, delivery, body)
    world.store.put("delivery", target.scope, delivery["id"], delivery)
    world.defer(lambda: _send(world, target, delivery, body))
    for observer in OBSERVERS:
        observer(event, payload)
    return delivery


def _headers(world: World, target: Target, delivery: Document, body: bytes) -> dict[str, str]:
    kind, _, number = target.scope.partition("/")
    json_type, form_type = "application/json", "application/x-www-form-urlencoded"
    headers = {
        "Accept": "*/*",
        "Content-Type": json_type if target.content_type == "json" else form_type,
        "User-Agent": f"GitHub-Hookshot/{hashlib.sha256(world.url.encode()).hexdigest()[:7]}",
        "X-GitHub-Delivery": delivery["guid"],
        "X-GitHub-Event": delivery["event"],
        "X-GitHub-Hook-ID": number,
        "X-GitHub-Hook-Installation-Target-ID": str(delivery["repository_id"] if kind == "hook" else number),
        "X-GitHub-Hook-Installation-Target-Type": "repository" if kind == "hook" else "integration",
    }
    if target.secret:
        headers["X-Hub-Signature"] = signature(target.secret, body, "sha1")
        headers["X-Hub-Signature-256"] = signature(target.secret, body)
    return headers


def _send(world: World, target: Target, delivery: Document, body: bytes) -> None:
    request = urllib.request.Request(target.url, body, delivery["request"]["headers"], method="POST")  # noqa: S310 - the user's own URL
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - as above
            code, status, text = answer.status, "OK", answer.read(65_536).decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        code, status, text = error.code, "Invalid HTTP Response: " + str(error.code), ""
        error.close()
    except OSError:
        code, status, text = 502, "failed to connect to host", ""
    response = {"headers": {}, "payload": text}
    with world.locked():
        sent = delivery | {"status_code": code, "status": status, "response": response}
        world.store.put("delivery", target.scope, delivery["id"], sent)


def deliveries(world: World, scope: str) -> list[Document]:
    """What was delivered to somebody, newest first."""
    return world.store.all("delivery", scope)[::-1]


def find_delivery(world: World, scope: str, delivery_id: int) -> Document:
    """A delivery by its id; 404 when there is none."""
    found = world.store.get("delivery", scope, delivery_id)
    if found is None:
        raise not_found()
    return found
