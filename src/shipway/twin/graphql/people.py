"""Users, bots, organisations and teams."""

from shipway.twin import node_ids
from shipway.twin.errors import Refused
from shipway.twin.graphql.connections import Connection, connect
from shipway.twin.graphql.fields import Context, Json, Thing, resolves
from shipway.twin.store import Document

PREFIXES = {"User": "U", "Bot": "BOT", "Organization": "O"}
_ACTORS = tuple(PREFIXES)


def actor(context: Context, login: str | None) -> Thing | None:
    """The user, bot or organisation with a login; None for people who left."""
    user = context.world.user(login) if login else None
    return Thing(user["type"], user) if user else None


def user(context: Context, login: str | None) -> Thing | None:
    """The same where the schema says `User`: a bot is shown as one."""
    found = actor(context, login)
    return Thing("User", found.data) if found else None


def team(document: Document) -> Thing:
    """A team's document as a thing."""
    return Thing("Team", document)


def unresolved(kind: str, what: str) -> Refused:
    """GitHub's words for something that is not there."""
    return Refused(404, f"Could not resolve to {_article(kind)} {kind} with the {what}.")


def _article(word: str) -> str:
    return "an" if word[0] in "AEIO" else "a"


@resolves("Query", "viewer")
def viewer(context: Context, _: None) -> Thing:
    """Whoever the token belongs to."""
    login = context.who.login
    known = context.world.user(login)
    return Thing("User", known or {"id": 0, "login": login, "name": None, "email": None, "created_at": None})


@resolves("Query", "user")
def find_user(context: Context, _: None, login: str) -> Thing:
    """A person by login."""
    found = actor(context, login)
    if found is None or found.type == "Organization":
        raise unresolved("User", f"login of '{login}'")
    return Thing("User", found.data)


@resolves("Query", "organization")
def find_organization(context: Context, _: None, login: str) -> Thing:
    """An organisation by login."""
    found = actor(context, login)
    if found is None or found.type != "Organization":
        raise unresolved("Organization", f"login of '{login}'")
    return found


@resolves("Query", "repositoryOwner")
def find_owner(context: Context, _: None, login: str) -> Thing | None:
    """A person or organisation by login."""
    return actor(context, login)


def _id(_: Context, thing: Thing) -> str:
    return node_ids.encode(PREFIXES[thing.data.get("type", thing.type)], thing["id"])


def _path(_: Context, thing: Thing) -> str:
    login = thing["login"]
    return f"/apps/{login.removesuffix('[bot]')}" if login.endswith("[bot]") else f"/{login}"


def _avatar(context: Context, thing: Thing, **_: Json) -> str:
    return f"{context.world.url}/avatars/{thing['id']}"


for _type in _ACTORS:
    resolves(_type, "id")(_id)
    resolves(_type, "databaseId")(lambda _, thing: thing["id"])
    resolves(_type, "url")(lambda context, thing: context.world.url + _path(context, thing))
    resolves(_type, "resourcePath")(_path)
    resolves(_type, "avatarUrl")(_avatar)
    resolves(_type, "email")(lambda _, thing: thing["email"] or "")
    resolves(_type, "bio", "company", "description", "websiteUrl")(lambda *_: None)


@resolves("Bot", "login")
def bot_login(_: Context, thing: Thing) -> str:
    """The login of a bot; in this API, unlike in the other, without `[bot]`."""
    return str(thing["login"]).removesuffix("[bot]")


@resolves("User", "isViewer")
def is_viewer(context: Context, thing: Thing) -> bool:
    """Whether this is the caller."""
    return bool(thing["login"].lower() == context.who.login.lower())


@resolves("User", "organizations")
def organizations_of(context: Context, thing: Thing, **page: Json) -> Connection:
    """The organisations that a person is a member of."""
    store, login = context.world.store, thing["login"].lower()
    found = [
        one
        for one in store.find("user", "", type="Organization")
        if store.get("member", one["login"].lower(), login)
    ]
    page.pop("order_by", None)
    return connect([Thing("Organization", one) for one in found], **page)


@resolves("Organization", "viewerCanAdminister")
def can_administer(context: Context, thing: Thing) -> bool:
    """Whether the caller is one of its admins."""
    member = context.world.store.get("member", thing["login"].lower(), context.who.login.lower())
    return bool(member and member["role"] == "admin")


@resolves("Organization", "team")
def find_team(context: Context, thing: Thing, slug: str) -> Thing | None:
    """A team by slug."""
    found = context.world.store.get("team", thing["login"].lower(), slug.lower())
    return team(found) if found else None


@resolves("Organization", "teams")
def teams_of(
    context: Context,
    thing: Thing,
    first: int | None = None,
    last: int | None = None,
    after: str | None = None,
    before: str | None = None,
    **_: Json,
) -> Connection:
    """Every team."""
    found = [team(one) for one in context.world.store.all("team", thing["login"].lower())]
    return connect(found, first=first, last=last, after=after, before=before)


@resolves("Team", "id")
def team_id(_: Context, thing: Thing) -> str:
    """The node id."""
    return node_ids.encode("T", thing["id"])


resolves("Team", "databaseId")(lambda _, thing: thing["id"])
resolves("Team", "combinedSlug")(lambda _, thing: f"{thing['org']}/{thing['slug']}")
resolves("Team", "description")(lambda *_: None)
resolves("Team", "organization")(lambda context, thing: actor(context, thing["org"]))
resolves("Team", "privacy")(lambda _, thing: "VISIBLE" if thing["privacy"] == "closed" else "SECRET")
resolves("Team", "url")(
    lambda context, thing: f"{context.world.url}/orgs/{thing['org']}/teams/{thing['slug']}"
)


@resolves("Team", "members")
def members_of(
    context: Context,
    thing: Thing,
    first: int | None = None,
    last: int | None = None,
    after: str | None = None,
    before: str | None = None,
    **_: Json,
) -> Connection:
    """Who is in a team, with the role in it."""
    scope = f"{thing['org'].lower()}/{thing['slug']}"
    return connect(
        context.world.store.all("team_member", scope),
        node=lambda one: user(context, one["login"]),
        edge=lambda one: {"role": one["role"].upper()},
        first=first,
        last=last,
        after=after,
        before=before,
    )
