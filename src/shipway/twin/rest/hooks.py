"""Webhooks of repositories, and deliveries, over REST."""

from shipway.twin.behaviour import apps, webhooks
from shipway.twin.behaviour.webhooks import Target
from shipway.twin.rest.git_shapes import api
from shipway.twin.routing import Call, Reply, created, route
from shipway.twin.store import Document, Json
from shipway.twin.world import World

HOOKS = "/repos/{owner}/{repo}/hooks"
HOOK = HOOKS + "/{hook_id}"
_BRIEF = ("id", "guid", "delivered_at", "redelivery", "duration", "status", "status_code", "event", "action")
_PLACE = ("installation_id", "repository_id")


def hook_shape(world: World, repo: Document, hook: Document) -> Document:
    """GitHub's `hook`; the secret is not shown."""
    url = f"{api(world, repo)}/hooks/{hook['id']}"
    sent = webhooks.deliveries(world, f"hook/{hook['id']}")
    last = {"code": sent[0]["status_code"], "status": sent[0]["status"], "message": None} if sent else None
    secret = {"secret": "********"} if hook["config"].get("secret") else {}
    return {
        **{name: hook[name] for name in ("id", "active", "events", "created_at", "updated_at")},
        "type": "Repository",
        "name": "web",
        "config": hook["config"] | secret,
        "url": url,
        "test_url": f"{url}/test",
        "ping_url": f"{url}/pings",
        "deliveries_url": f"{url}/deliveries",
        "last_response": last or {"code": None, "status": "unused", "message": None},
    }


def _hook(call: Call) -> Document:
    return webhooks.find(call.world, call.repo, call.number("hook_id"))


def _shown(call: Call, hook: Document) -> Document:
    return hook_shape(call.world, call.repo, hook)


@route("GET", HOOKS, needs="repository_hooks:read", role="admin")
def list_hooks(call: Call) -> Json:
    """Every webhook."""
    return call.page(call.world.store.all("hook", call.repo["full_name"]), lambda one: _shown(call, one))


@route("POST", HOOKS, needs="repository_hooks:write", role="admin")
def create_hook(call: Call) -> Json:
    """A new webhook, which is pinged at once."""
    config, events = call.optional("config", dict) or {}, call.optional("events", list) or []
    hook = webhooks.create(call.world, call.repo, config, events, active=call.optional("active", bool))
    _ping(call, hook)
    return created(_shown(call, hook))


@route("GET", HOOK, needs="repository_hooks:read", role="admin")
def get_hook(call: Call) -> Json:
    """One webhook."""
    return _shown(call, _hook(call))


@route("PATCH", HOOK, needs="repository_hooks:write", role="admin")
def update_hook(call: Call) -> Json:
    """Change a webhook."""
    return _shown(call, webhooks.update(call.world, call.repo, _hook(call), call.json))


@route("DELETE", HOOK, needs="repository_hooks:write", role="admin")
def delete_hook(call: Call) -> None:
    """Remove a webhook."""
    webhooks.delete(call.world, call.repo, _hook(call))


@route("POST", HOOK + "/pings", needs="repository_hooks:write", role="admin")
def ping_hook(call: Call) -> None:
    """Ping a webhook."""
    _ping(call, _hook(call))


def _ping(call: Call, hook: Document) -> None:
    zen = "Half measures are as bad as nothing at all."
    body = {"zen": zen, "hook_id": hook["id"], "hook": _shown(call, hook)}
    webhooks.deliver(call.world, call.repo, webhooks.target_of(hook), "ping", body)


# -- deliveries ------------------------------------------------------------------------------------


def _brief(delivery: Document) -> Document:
    return {name: delivery[name] for name in _BRIEF + _PLACE}


def _full(delivery: Document) -> Document:
    return _brief(delivery) | {name: delivery[name] for name in ("url", "request", "response")}


@route("GET", HOOK + "/deliveries", needs="repository_hooks:read", role="admin")
def list_deliveries(call: Call) -> Json:
    """What was delivered to a webhook, newest first."""
    return call.page(webhooks.deliveries(call.world, f"hook/{_hook(call)['id']}"), _brief)


@route("GET", HOOK + "/deliveries/{delivery_id}", needs="repository_hooks:read", role="admin")
def get_delivery(call: Call) -> Json:
    """One delivery with request and response."""
    scope = f"hook/{_hook(call)['id']}"
    return _full(webhooks.find_delivery(call.world, scope, call.number("delivery_id")))


@route("POST", HOOK + "/deliveries/{delivery_id}/attempts", needs="repository_hooks:write", role="admin")
def redeliver(call: Call) -> Json:
    """Send it again under the same GUID."""
    hook = _hook(call)
    old = webhooks.find_delivery(call.world, f"hook/{hook['id']}", call.number("delivery_id"))
    _again(call, webhooks.target_of(hook), old)
    return Reply(202, {})


def _again(call: Call, target: Target, old: Document) -> None:
    repo = next(iter(call.world.store.find("repository", "", id=old["repository_id"])), {"id": None})
    payload = old["request"]["payload"]
    webhooks.deliver(call.world, repo, target, old["event"], payload, guid=old["guid"])


@route("GET", "/app/hook/deliveries", needs=None)
def list_app_deliveries(call: Call) -> Json:
    """What was delivered to the calling app, newest first."""
    return call.page(webhooks.deliveries(call.world, f"app/{apps.require_app(call.who)}"), _brief)


@route("GET", "/app/hook/deliveries/{delivery_id}", needs=None)
def get_app_delivery(call: Call) -> Json:
    """One delivery to the calling app."""
    scope = f"app/{apps.require_app(call.who)}"
    return _full(webhooks.find_delivery(call.world, scope, call.number("delivery_id")))


@route("POST", "/app/hook/deliveries/{delivery_id}/attempts", needs=None)
def redeliver_to_app(call: Call) -> Json:
    """Send it to the calling app again."""
    app = apps.find(call.world, apps.require_app(call.who))
    scope = f"app/{app['id']}"
    old = webhooks.find_delivery(call.world, scope, call.number("delivery_id"))
    target = Target(scope, app["webhook_url"], app["webhook_secret"], installation=old["installation_id"])
    _again(call, target, old)
    return Reply(202, {})
