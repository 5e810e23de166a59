"""What the API says about itself."""

from shipway.twin.routing import Call, Reply, route
from shipway.twin.store import Json

VERSIONS = ("2022-11-28", "2026-03-10")
RESOURCES = ("core", "search", "graphql")


@route("GET", "/rate_limit", needs=None)
def get_rate_limit(call: Call) -> Json:
    """The budget of the caller's token; asking costs nothing."""
    now = call.world.clock.now()
    call.world.limits.give_back(call.who, "core", now)
    resources = {name: call.world.limits.status(call.who, name, now) for name in RESOURCES}
    return {"resources": resources, "rate": resources["core"]}


@route("GET", "/meta", needs=None)
def get_meta(_call: Call) -> Json:
    """Little: the twin has one address."""
    return {"verifiable_password_authentication": False, "git": ["127.0.0.1/32"], "hooks": ["127.0.0.1/32"]}


@route("GET", "/versions", needs=None)
def list_versions(_call: Call) -> Json:
    """The API versions that `X-GitHub-Api-Version` may name, newest first."""
    return Reply(body=list(reversed(VERSIONS)))


@route("GET", "/zen", needs=None)
def get_zen(_call: Call) -> Json:
    """A sentence."""
    return Reply(body=b"Keep it logically awesome.", media_type="text/plain;charset=utf-8")
