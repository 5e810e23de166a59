"""Lists in pages, as GraphQL cursors cut them."""

import base64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from shipway.twin.errors import Refused
from shipway.twin.graphql.fields import Context, Json, resolves

MOST = 100


@dataclass(frozen=True, slots=True)
class Connection:
    """The part of a list between two positions. `items` may be cheap stand-ins that `node` turns into things."""

    items: Sequence[Any]
    start: int
    end: int
    node: Callable[[Any], Json]
    edge: Callable[[Any], dict[str, Json]]
    more: dict[str, Json] = field(default_factory=dict)
    unbounded: str | None = None

    def shown(self) -> Sequence[Any]:
        """The items of the page; GitHub shows none when neither `first` nor `last` was given."""
        if self.unbounded:
            raise Refused(
                422,
                "You must provide a `first` or `last` value to properly paginate the"
                f" `{self.unbounded}` connection.",
                graphql_type="MISSING_PAGINATION_BOUNDARIES",
            )
        found: Sequence[Any] = self.items[self.start : self.end]
        return found

    def __getitem__(self, name: str) -> Json:
        return self.more[name]


def connect(
    items: Sequence[Any],
    *,
    node: Callable[[Any], Json] = lambda item: item,
    edge: Callable[[Any], dict[str, Json]] = lambda _: {},
    first: int | None = None,
    last: int | None = None,
    after: str | None = None,
    before: str | None = None,
    **more: Json,
) -> Connection:
    """The page of a list that the arguments ask for; `more` are further fields of the connection,
    `edge` gives further fields of an edge.
    """
    for name, number in (("first", first), ("last", last)):
        if number is not None and not 0 <= number <= MOST:
            raise Refused(
                422,
                f"Requesting {number} records on the connection exceeds the `{name}` limit of {MOST} records.",
                graphql_type="EXCESSIVE_PAGINATION",
            )
    start = _position(after) + 1 if after else 0
    end = _position(before) if before else len(items)
    if first is not None:
        end = min(end, start + first)
    if last is not None:
        start = max(start, end - last)
    return Connection(items, start, max(start, min(end, len(items))), node, edge, more)


def in_order(
    items: Iterable[Any], order_by: dict[str, str] | None, **keys: Callable[[Any], Any]
) -> list[Any]:
    """Sort by an `orderBy` argument; `keys` give what each of its fields means. Without one, leave as it is."""
    listed = list(items)
    if order_by is None:
        return listed
    key = keys.get(order_by["field"].lower())
    ordered = sorted(listed, key=key) if key else listed
    return ordered[::-1] if order_by["direction"] == "DESC" else ordered


def cursor(position: int) -> str:
    """The text that stands for a position."""
    return base64.b64encode(f"cursor:{position}".encode()).decode()


def _position(text: str) -> int:
    try:
        return int(base64.b64decode(text, validate=True).decode().removeprefix("cursor:"))
    except ValueError:
        message = f"`{text}` does not appear to be a valid cursor."
        raise Refused(422, message, graphql_type="INVALID_CURSOR_ARGUMENTS") from None


def _nodes(_: Context, page: Connection) -> Json:
    return [page.node(one) for one in page.shown()]


def _edges(_: Context, page: Connection) -> Json:
    numbered = enumerate(page.shown(), page.start)
    return [
        {"cursor": cursor(position), "node": page.node(item), **page.edge(item)}
        for position, item in numbered
    ]


def _page_info(_: Context, page: Connection) -> Json:
    some = page.end > page.start
    return {
        "end_cursor": cursor(page.end - 1) if some else None,
        "start_cursor": cursor(page.start) if some else None,
        "has_next_page": page.end < len(page.items),
        "has_previous_page": page.start > 0,
    }


def _total(_: Context, page: Connection) -> int:
    return len(page.items)


FIELDS = {"nodes": _nodes, "edges": _edges, "pageInfo": _page_info} | dict.fromkeys(
    ("totalCount", "issueCount", "repositoryCount"), _total
)


def register_connection(type_name: str, names: Iterable[str]) -> None:
    """Bind the usual fields of a connection type."""
    for name in FIELDS.keys() & set(names):
        resolves(type_name, name)(FIELDS[name])
