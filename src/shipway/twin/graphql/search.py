"""Search: the qualifiers that clients send, over what is in the store."""

import shlex
from collections.abc import Callable

from shipway.twin.behaviour import access, issues
from shipway.twin.graphql.connections import Connection, connect
from shipway.twin.graphql.fields import Context, Json, Thing, resolves
from shipway.twin.graphql.lookup import thing
from shipway.twin.graphql.people import unresolved
from shipway.twin.graphql.pulls import state
from shipway.twin.graphql.repository import repository

resolves("Query", "id")(lambda *_: "query")


@resolves("Query", "search")
def search(context: Context, _: None, query: str, type: str, **page: Json) -> Connection:  # noqa: A002 - the argument's name
    """Issues, pull requests or repositories that fit the query, newest first."""
    words = shlex.split(query)
    if type == "ISSUE":
        return connect([one for one in _threads(context) if _fits(context, one, words)], **page)
    if type == "REPOSITORY":
        needle = " ".join(word for word in words if ":" not in word).lower()
        found = [one for one in _repositories(context) if needle in one["name"].lower()]
        return connect(found, **page)
    raise unresolved("search", f"type {type}")


def _repositories(context: Context) -> list[Thing]:
    documents = context.world.store.all("repository", "")
    return [repository(one) for one in documents if access.can_see(context.world, context.who, one)]


def _threads(context: Context) -> list[Thing]:
    found = [
        thing(one["kind"], repo.data, one)
        for repo in _repositories(context)
        for one in issues.threads(context.world, repo.data)
    ]
    return found[::-1]


def _is(_: Context, one: Thing, value: str) -> bool:
    words = {"pr": "pull", "pull-request": "pull", "issue": "issue"}
    if value in words:
        return bool(one["kind"] == words[value])
    if value in {"merged", "unmerged"}:
        return (one.data.get("merged_at") is not None) == (value == "merged")
    return value in {one["state"], state(one).lower() if one["kind"] == "pull" else ""}


def _login(context: Context, value: str) -> str:
    return context.who.login if value == "@me" else value


_QUALIFIERS: dict[str, Callable[[Context, Thing, str], bool]] = {
    "is": _is,
    "type": _is,
    "state": _is,
    "repo": lambda _, one, value: one.repository["full_name"].lower() == value.lower(),
    "org": lambda _, one, value: one.repository["owner"].lower() == value.lower(),
    "user": lambda _, one, value: one.repository["owner"].lower() == value.lower(),
    "author": lambda context, one, value: one["user"] == _login(context, value),
    "assignee": lambda context, one, value: _login(context, value) in one["assignees"],
    "label": lambda _, one, value: value.lower() in {name.lower() for name in one["labels"]},
    "head": lambda _, one, value: one.data.get("head_ref") == value,
    "base": lambda _, one, value: one.data.get("base_ref") == value,
    "draft": lambda _, one, value: str(one.data.get("draft", False)).lower() == value,
    "review-requested": lambda context, one, value: (
        _login(context, value) in one.data.get("requested_users", ())
    ),
}
_IGNORED = {"archived", "sort", "in"}


def _fits(context: Context, one: Thing, words: list[str]) -> bool:
    for word in words:
        name, colon, value = word.lstrip("-").partition(":")
        if not colon or name not in _QUALIFIERS:
            text = f"{one['title']} {one['body'] or ''}".lower()
            if name not in _IGNORED and word.lower() not in text:
                return False
        elif _QUALIFIERS[name](context, one, value) == word.startswith("-"):
            return False
    return True
