"""Organisations and who belongs to them."""

from shipway.twin.errors import Refused, not_found
from shipway.twin.rest.users import simple_user
from shipway.twin.routing import Call, Reply, route
from shipway.twin.store import Document, Json

ORG = "/orgs/{org}"


def _org(call: Call) -> Document:
    found = call.world.user(call["org"])
    if found is None or found["type"] != "Organization":
        raise not_found()
    return found


def _simple(call: Call, org: Document) -> Document:
    url = f"{call.world.api_url}/orgs/{org['login']}"
    user = simple_user(call.world, org["login"])
    return {
        **{name: user[name] for name in ("login", "id", "node_id", "avatar_url")},
        "url": url,
        **{f"{name}_url": f"{url}/{name}" for name in ("repos", "events", "hooks", "issues")},
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "description": None,
    }


@route("GET", ORG, needs=None)
def get_organization(call: Call) -> Json:
    """An organisation."""
    org = _org(call)
    counts = ("public_repos", "public_gists", "followers", "following")
    return {
        **_simple(call, org),
        **dict.fromkeys(counts, 0),
        **dict.fromkeys(("has_organization_projects", "has_repository_projects"), True),
        "name": org["name"] or org["login"],
        "html_url": f"{call.world.url}/{org['login']}",
        "type": "Organization",
        "created_at": org["created_at"],
        "updated_at": org["created_at"],
        "archived_at": None,
    }


@route("GET", ORG + "/members", needs=None)
def list_members(call: Call) -> Json:
    """The members."""
    members = call.world.store.all("member", _org(call)["login"].lower())
    return call.page(members, lambda one: simple_user(call.world, one["login"]))


@route("GET", ORG + "/members/{username}", needs=None)
def check_membership(call: Call) -> Json:
    """204 for members; for others 404, or 302 when the caller is no member either."""
    scope = _org(call)["login"].lower()
    if call.world.store.get("member", scope, call.who.login.lower()) is None:
        return Reply(
            302,
            None,
            {"location": f"{call.world.api_url}{call.path}".replace("/members/", "/public_members/")},
        )
    if call.world.store.get("member", scope, call["username"].lower()) is None:
        raise not_found()
    return None


@route("GET", "/user/orgs", needs=None)
def list_own_organizations(call: Call) -> Json:
    """The organisations the caller is a member of."""
    if call.who.kind == "anonymous":
        raise Refused(401, "Requires authentication")
    orgs = call.world.store.find("user", "", type="Organization")
    login = call.who.login.lower()
    mine = [one for one in orgs if call.world.store.get("member", one["login"].lower(), login)]
    return call.page(mine, lambda one: _simple(call, one))
