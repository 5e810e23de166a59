"""Routes, calls and replies: what a REST handler sees of HTTP."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from shipway.twin.behaviour import access
from shipway.twin.errors import Refused, unprocessable
from shipway.twin.identity import Identity
from shipway.twin.store import Document, Json
from shipway.twin.world import World

T = TypeVar("T")
F = TypeVar("F", bound=Callable[["Call"], Any])


@dataclass(slots=True)
class Reply:
    """An answer: `body` is JSON, bytes as they are, or None for an empty one."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path template such as `/repos/{owner}/{repo}/git/ref/{ref:path}`.

    `{x:path}` takes slashes too; `{x:path?}` may also be missing with the slash before it.

    `needs` is the permission (`contents:write`) the token needs in the repository of the path, None when
    the handler checks for itself; `role` the role a user needs when it is not the usual one of the level.
    """

    method: str
    template: str
    handler: Callable[["Call"], Any]
    needs: str | None
    role: str | None
    pattern: re.Pattern[str]
    rank: tuple[int, ...]


_ROUTES: dict[str, list[Route]] = {}


def route(
    method: str, template: str, *, needs: str | None = "metadata:read", role: str | None = None
) -> Callable[[F], F]:
    """Register a handler. It returns a `Reply`, JSON (200) or None (204)."""

    def register(handler: F) -> F:
        text = re.sub(r"(/?)\{(\w+)(:path\??)?\}", _group, template)
        rank = (*(_rank(part) for part in template.split("/")), 3)
        plain = re.sub(r":path\??\}", "}", template)
        made = Route(method, plain, handler, needs, role, re.compile(text), rank)
        _ROUTES.setdefault(method, []).append(made)
        _ROUTES[method].sort(key=lambda one: one.rank)
        return handler

    return register


def _group(found: re.Match[str]) -> str:
    if found[3] == ":path?":
        return f"(?:/(?P<{found[2]}>.*))?"
    return f"{found[1]}(?P<{found[2]}>{'.+' if found[3] else '[^/]+'})"


def _rank(part: str) -> int:
    return 0 if "{" not in part else 2 if ":path" in part else 1


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The most literal route that fits, and the values of its placeholders."""
    for one in _ROUTES.get(method, ()):
        found = one.pattern.fullmatch(path)
        if found:
            return one, found.groupdict(default="")
    return None


def routes() -> list[Route]:
    """Every registered route."""
    return [one for routes_of_method in _ROUTES.values() for one in routes_of_method]


@dataclass
class Call:
    """One request to a handler: world, caller, path values, query, headers (lower case names) and body."""

    world: World
    who: Identity
    route: Route
    values: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    path: str

    def __getitem__(self, name: str) -> str:
        """A value from the path."""
        return self.values[name]

    @cached_property
    def repo(self) -> Document:
        """The repository of the path, checked for visibility."""
        return access.visible_repository(self.world, self.who, f"{self['owner']}/{self['repo']}")

    def number(self, name: str) -> int:
        """A whole number from the path; 404 when it is none."""
        if not self.values[name].isdigit():
            raise Refused(404, "Not Found")
        return int(self.values[name])

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object, {} when empty; GitHub's 400 when it is something else."""
        if not self.body.strip():
            return {}
        try:
            value = json.loads(self.body)
        except ValueError:
            raise Refused(400, "Problems parsing JSON") from None
        if not isinstance(value, dict):
            raise Refused(400, "Body should be a JSON object")
        return value

    def required(self, **types: type) -> list[Any]:
        """Fields of the body that must be there with these types; GitHub's 422 when they are not."""
        missing = [name for name in types if name not in self.json]
        if missing:
            names = ", ".join(f'"{name}"' for name in missing)
            verb = "wasn't" if len(missing) == 1 else "weren't"
            raise unprocessable(f"Invalid request.\n\n{names} {verb} supplied.")
        return [self.optional(name, kind) for name, kind in types.items()]

    def optional(self, name: str, kind: type[T], default: T | None = None) -> T | None:
        """A field of the body, or the default when it is absent or null; 422 when its type is wrong."""
        value = self.json.get(name)
        if value is None:
            return default
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            shown, word = json.dumps(value), _WORDS[kind]
            raise unprocessable(f"Invalid request.\n\nFor 'properties/{name}', {shown} is not {word}.")
        return value

    @property
    def paging(self) -> tuple[int, int]:
        """Page (from 1) and page size (30 unless asked, at most 100)."""
        page, size = (_whole(self.query.get(name)) for name in ("page", "per_page"))
        return page or 1, min(size or 30, 100)

    def page(self, items: Sequence[T], shape: Callable[[T], Any], *, wrap: str | None = None) -> Reply:
        """One page of a list with its `Link` header; `wrap` names the list inside an object with a count."""
        page, size = self.paging
        shown = [shape(one) for one in items[(page - 1) * size : page * size]]
        body: Any = {"total_count": len(items), wrap: shown} if wrap else shown
        return self.paged(body, last=-(-len(items) // size))

    def paged(self, body: Json, *, last: int) -> Reply:
        """A body that already is one page, with a `Link` header to the pages around it."""
        page, _ = self.paging
        targets: dict[str, int] = {}
        if page > 1:
            targets |= {"prev": page - 1}
        if page < last:
            targets |= {"next": page + 1, "last": last}
        if page > 1:
            targets |= {"first": 1}
        link = ", ".join(f'<{self._page_url(number)}>; rel="{name}"' for name, number in targets.items())
        return Reply(body=body, headers={"link": link} if link else {})

    def _page_url(self, number: int) -> str:
        query = {**self.query, "page": str(number)}
        return f"{self.world.api_url}{quote(self.path)}?{urlencode(query)}"

    def wants(self, form: str) -> bool:
        """Whether the Accept header asks for a form of GitHub's media types such as `raw` or `diff`."""
        return bool(re.search(rf"vnd\.github\.(v3\.)?{form}\b", self.headers.get("accept", "")))


_WORDS: dict[type, str] = {
    str: "a string",
    int: "an integer",
    bool: "a boolean",
    list: "an array",
    dict: "an object",
}


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0


def as_reply(value: Json) -> Reply:
    """What a handler returned, as a reply."""
    if isinstance(value, Reply):
        return value
    return Reply(204) if value is None else Reply(body=value)


def created(body: Json, url: str | None = None) -> Reply:
    """A 201 with the URL of what was made."""
    return Reply(201, body, {"location": url} if url else {})
