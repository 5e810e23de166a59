"""GitHub Apps over REST."""

from shipway.twin import node_ids
from shipway.twin.behaviour import apps
from shipway.twin.errors import forbidden, not_found
from shipway.twin.rest.repositories import repository
from shipway.twin.rest.users import simple_user
from shipway.twin.routing import Call, created, route
from shipway.twin.store import Document, Json
from shipway.twin.world import World

REPO = "/repos/{owner}/{repo}"
INSTALLATION = "/app/installations/{installation_id}"


def app_shape(world: World, app: Document) -> Document:
    """GitHub's `integration`."""
    names = ("id", "slug", "client_id", "name", "permissions", "events", "created_at", "updated_at")
    page = f"{world.url}/apps/{app['slug']}"
    return {
        **{name: app[name] for name in names},
        "node_id": node_ids.encode("A", app["id"]),
        "owner": simple_user(world, app["owner"]),
        "description": "",
        "external_url": page,
        "html_url": page,
    }


def installation_shape(world: World, installation: Document) -> Document:
    """GitHub's `installation`."""
    app = apps.find(world, installation["app"])
    account = simple_user(world, installation["account"])
    number = installation["id"]
    names = ("id", "permissions", "events", "created_at", "updated_at", "suspended_at")
    return {
        **{name: installation[name] for name in names},
        "account": account,
        "app_id": app["id"],
        "app_slug": app["slug"],
        "client_id": app["client_id"],
        "target_id": account["id"],
        "target_type": account["type"],
        "repository_selection": "all" if installation["repositories"] is None else "selected",
        "access_tokens_url": f"{world.api_url}/app/installations/{number}/access_tokens",
        "repositories_url": f"{world.api_url}/installation/repositories",
        "html_url": f"{world.url}/settings/installations/{number}",
        "single_file_name": None,
        "suspended_by": None,
    }


@route("GET", "/app", needs=None)
def get_app(call: Call) -> Json:
    """The calling app."""
    app = apps.find(call.world, apps.require_app(call.who))
    count = len(apps.installations(call.world, app["id"]))
    return app_shape(call.world, app) | {"installations_count": count}


@route("GET", "/apps/{app_slug}", needs=None)
def get_app_by_slug(call: Call) -> Json:
    """Any app."""
    found = call.world.store.find("app", "", slug=call["app_slug"])
    if not found:
        raise not_found()
    return app_shape(call.world, found[0])


@route("GET", "/app/installations", needs=None)
def list_installations(call: Call) -> Json:
    """Where the calling app is installed."""
    found = apps.installations(call.world, apps.require_app(call.who))
    return call.page(found, lambda one: installation_shape(call.world, one))


def _installation(call: Call) -> Document:
    app = apps.require_app(call.who)
    return apps.installation_of(call.world, app, call.number("installation_id"))


@route("GET", INSTALLATION, needs=None)
def get_installation(call: Call) -> Json:
    """One installation."""
    return installation_shape(call.world, _installation(call))


@route("POST", INSTALLATION + "/access_tokens", needs=None)
def create_access_token(call: Call) -> Json:
    """A token for an installation."""
    wanted = call.optional("permissions", dict)
    names, ids = call.optional("repositories", list), call.optional("repository_ids", list)
    token, details = apps.create_token(call.world, _installation(call), wanted, names, ids)
    shape = {"token": token, "expires_at": details["expires_at"], "permissions": details["permissions"]}
    if names is None and ids is None:
        return created(shape | {"repository_selection": "all"})
    chosen = [repository(call.world, one) for one in details["repositories"]]
    return created(shape | {"repository_selection": "selected", "repositories": chosen})


@route("GET", REPO + "/installation", needs=None)
def get_repository_installation(call: Call) -> Json:
    """The installation of the calling app that reaches a repository."""
    for one in apps.installations(call.world, apps.require_app(call.who)):
        names = [repo["full_name"].lower() for repo in apps.repositories_of(call.world, one)]
        if f"{call['owner']}/{call['repo']}".lower() in names:
            return installation_shape(call.world, one)
    raise not_found()


@route("GET", "/orgs/{account}/installation", needs=None)
@route("GET", "/users/{account}/installation", needs=None)
def get_account_installation(call: Call) -> Json:
    """The installation of the calling app on an account."""
    for one in apps.installations(call.world, apps.require_app(call.who)):
        if one["account"].lower() == call["account"].lower():
            return installation_shape(call.world, one)
    raise not_found()


@route("GET", "/installation/repositories", needs=None)
def list_installation_repositories(call: Call) -> Json:
    """The repositories the calling installation token reaches."""
    if call.who.kind != "installation":
        raise forbidden("You must authenticate with an installation access token to list its repositories.")
    found = [call.world.repository(name) for name in call.who.repositories or ()]
    there = [one for one in found if one]
    return call.page(there, lambda one: repository(call.world, one), wrap="repositories")


@route("DELETE", "/installation/token", needs=None)
def revoke_token(call: Call) -> None:
    """Give the calling token back."""
    if call.who.kind != "installation":
        raise forbidden("Resource not accessible by personal access token")
    call.world.store.delete("token", "", call.who.token)
