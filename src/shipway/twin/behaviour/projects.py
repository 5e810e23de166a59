"""Projects of people and organisations: boards whose cards are issues, in columns of one single-select field."""

from collections.abc import Sequence

from shipway.twin import node_ids
from shipway.twin.behaviour import access
from shipway.twin.errors import forbidden, not_found
from shipway.twin.identity import Identity
from shipway.twin.store import Document
from shipway.twin.world import World

PERMISSION = "organization_projects"


def create(world: World, owner: str, title: str, columns: Sequence[str], field: str = "Status") -> Document:
    """Make a board, as somebody does by hand."""
    number = len(world.store.all("project", owner.lower())) + 1
    options = [{"id": f"{place:08x}", "name": name} for place, name in enumerate(columns, 1)]
    project = {
        "id": world.next_id(),
        "owner": owner,
        "number": number,
        "title": title,
        "closed": False,
        "closed_at": None,
        "field": {"name": field, "options": options},
    }
    return world.store.put("project", owner.lower(), number, project)


def owned(world: World, who: Identity, owner: str, words: str = "") -> list[Document]:
    """The boards of somebody whose titles hold all words."""
    _permitted(who, "read")
    wanted = words.lower().split()
    return [
        one
        for one in world.store.all("project", owner.lower())
        if all(word in one["title"].lower() for word in wanted)
    ]


def find(world: World, who: Identity, node_id: str, level: str = "write") -> Document:
    """The board of a node id."""
    _permitted(who, level)
    try:
        prefix, parts = node_ids.decode(node_id)
    except ValueError:
        prefix, parts = "", (0,)
    found = world.store.find("project", None, id=parts[0]) if prefix == "PVT" else []
    if not found:
        raise not_found(f"Could not resolve to a node with the global id of '{node_id}'")
    return found[0]


def add(world: World, project: Document, content: str) -> Document:
    """Put an issue, by its node id, on a board; the card that is there already, if it is."""
    known = world.store.get("project_item", str(project["id"]), content)
    if known:
        return known
    item = {"id": world.next_id(), "project": project["id"], "content": content, "option": None}
    world.record("project.item_added", project["owner"], project["title"])
    return world.store.put("project_item", str(project["id"]), content, item)


def move(world: World, project: Document, item_id: str, option: str) -> Document:
    """Put a card into a column."""
    items = world.store.all("project_item", str(project["id"]))
    item = next((one for one in items if node_ids.encode("PVTI", one["id"]) == item_id), None)
    column = next((one for one in project["field"]["options"] if one["id"] == option), None)
    if item is None or column is None:
        raise not_found("The item or the option does not exist in this project.")
    world.record("project.item_moved", project["owner"], project["title"], column=column["name"])
    return world.store.put("project_item", str(project["id"]), item["content"], {**item, "option": option})


def column_of(project: Document, item: Document) -> Document | None:
    """The column that a card is in."""
    return next((one for one in project["field"]["options"] if one["id"] == item["option"]), None)


def _permitted(who: Identity, level: str) -> None:
    """A workflow's own token has no permission for projects at all."""
    if not access.permits(who.permissions, PERMISSION, level):
        raise forbidden("Resource not accessible by integration")
