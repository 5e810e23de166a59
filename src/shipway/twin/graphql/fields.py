"""What resolvers are written with: things, the context of a request, and how fields find their resolvers."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar, cast

from shipway.twin.behaviour import access
from shipway.twin.identity import Identity
from shipway.twin.store import Document
from shipway.twin.world import World

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
Json = Any


@dataclass(frozen=True, slots=True)
class Thing:
    """A value of a GraphQL object type: its document, and the repository that it lives in, if it does."""

    type: str
    data: Document
    repo: Document | None = None

    def __getitem__(self, name: str) -> Json:
        return self.data[name]

    @property
    def repository(self) -> Document:
        """The repository; only for things that live in one."""
        if self.repo is None:
            raise LookupError(f"{self.type} lives in no repository")
        return self.repo


@dataclass(slots=True)
class Context:
    """One GraphQL request: the world, the caller, and what was already worked out during it."""

    world: World
    who: Identity
    memory: dict[object, Any] = field(default_factory=dict)

    def remember(self, key: object, compute: Callable[[], T]) -> T:
        """The result of a computation, done once in this request."""
        if key not in self.memory:
            self.memory[key] = compute()
        return cast("T", self.memory[key])


Resolver = Callable[..., Json]
_RESOLVERS: dict[tuple[str, str], Resolver] = {}
_PLAIN: dict[str, Mapping[str, str]] = {}


def resolves(type_name: str, *names: str, needs: str | None = None) -> Callable[[F], F]:
    """Register `function(context, thing, **arguments)` for fields of a type; arguments in snake case.

    `needs` is the permission in the thing's repository, as for REST routes.
    """

    def register(function: F) -> F:
        for name in names:
            _RESOLVERS[type_name, name] = _guarded(function, needs) if needs else function
        return function

    return register


def _guarded(function: Resolver, needs: str) -> Resolver:
    def checked(context: Context, thing: Thing, **arguments: Json) -> Json:
        repo = thing.data if thing.type == "Repository" else thing.repository
        access.require(context.world, context.who, repo, needs)
        return function(context, thing, **arguments)

    return checked


def plain(type_name: str, **keys: str) -> None:
    """Say which key of its document a field of a type shows, where snake case is not enough."""
    _PLAIN[type_name] = {**_PLAIN.get(type_name, {}), **keys}


def resolver_of(type_name: str, name: str) -> Resolver:
    """The resolver of a field: the registered one, or one that shows a key of the document."""
    found = _RESOLVERS.get((type_name, name))
    return found or _by_key(_PLAIN.get(type_name, {}).get(name) or snake(name))


def _by_key(key: str) -> Resolver:
    def show(_: Context, thing: Thing | Mapping[str, Json]) -> Json:
        try:
            return thing[key]
        except KeyError:
            name = thing.type if isinstance(thing, Thing) else "this"
            raise NotImplementedError(f"The twin does not know {key} of {name}.") from None

    return show


@cache
def snake(name: str) -> str:
    """`mergedAt` to `merged_at`."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
