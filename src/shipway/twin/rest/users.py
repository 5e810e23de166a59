"""People as REST shows them."""

from urllib.parse import quote

from shipway.twin import node_ids
from shipway.twin.errors import Refused, not_found
from shipway.twin.routing import Call, route
from shipway.twin.store import Document, Json
from shipway.twin.world import World


def simple_user(world: World, login: str) -> Document:
    """GitHub's `simple-user`; people who left are `ghost`."""
    user = world.user(login) or {"id": 10137, "login": "ghost", "type": "User"}
    login, api = user["login"], f"{world.api_url}/users/{quote(user['login'])}"
    page = f"apps/{login.removesuffix('[bot]')}" if user["type"] == "Bot" else login
    prefix = {"Bot": "BOT", "Organization": "O"}.get(user["type"], "U")
    return {
        "login": login,
        "id": user["id"],
        "node_id": node_ids.encode(prefix, user["id"]),
        "avatar_url": f"{world.url}/avatars/{user['id']}",
        "gravatar_id": "",
        "url": api,
        "html_url": f"{world.url}/{page}",
        "followers_url": f"{api}/followers",
        "following_url": f"{api}/following{{/other_user}}",
        "gists_url": f"{api}/gists{{/gist_id}}",
        "starred_url": f"{api}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{api}/subscriptions",
        "organizations_url": f"{api}/orgs",
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events{{/privacy}}",
        "received_events_url": f"{api}/received_events",
        "type": user["type"],
        "site_admin": False,
        "user_view_type": "public",
    }


def full_user(world: World, login: str) -> Document:
    """GitHub's `public-user`."""
    user = world.user(login)
    if user is None:
        raise not_found()
    names = ("company", "blog", "location", "hireable", "bio", "twitter_username")
    counts = ("public_repos", "public_gists", "followers", "following")
    return {
        **simple_user(world, login),
        **dict.fromkeys(names),
        **dict.fromkeys(counts, 0),
        "name": user["name"],
        "email": user["email"],
        "created_at": user["created_at"],
        "updated_at": user["created_at"],
    }


@route("GET", "/user", needs=None)
def get_authenticated_user(call: Call) -> Json:
    """Who the token belongs to."""
    if call.who.kind == "anonymous":
        raise Refused(401, "Requires authentication")
    if call.who.kind != "user":
        raise Refused(403, "Resource not accessible by integration")
    return full_user(call.world, call.who.login)


@route("GET", "/users/{username}", needs=None)
def get_user(call: Call) -> Json:
    """Anybody."""
    return full_user(call.world, call["username"])
