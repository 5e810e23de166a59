"""Labels of a repository."""

import re

from shipway.twin.behaviour.events import announce
from shipway.twin.errors import invalid, not_found
from shipway.twin.store import Document
from shipway.twin.world import World

DEFAULT_COLOR = "ededed"
_COLOR = re.compile(r"[0-9a-fA-F]{6}")
KIND = "label"


def find(world: World, repo: Document, name: str) -> Document:
    """A label whatever the case of its name; 404 when there is none."""
    label = world.store.get(KIND, repo["full_name"], name.lower())
    if label is None:
        raise not_found()
    return label


def create(
    world: World, repo: Document, name: str, color: str = DEFAULT_COLOR, description: str | None = None
) -> Document:
    """Add a label; 422 when the name is taken or something is malformed."""
    _check(name, color, description)
    if world.store.get(KIND, repo["full_name"], name.lower()):
        raise invalid("Label", "name", "already_exists")
    label = {"id": world.next_id(), "name": name, "color": color.lower(), "description": description}
    world.store.put(KIND, repo["full_name"], name.lower(), label)
    world.record("label.created", repo["full_name"], name)
    announce(world, repo, "label", "created", label=label)
    return label


def ensure(world: World, repo: Document, name: str) -> Document:
    """The label, made grey when it does not exist: what GitHub does for labels set on an issue."""
    return world.store.get(KIND, repo["full_name"], name.lower()) or create(world, repo, name)


def update(
    world: World,
    repo: Document,
    name: str,
    new_name: str | None = None,
    color: str | None = None,
    description: str | None = None,
) -> Document:
    """Change a label; issues that carry it follow a new name."""
    label = find(world, repo, name)
    new = {"name": new_name, "color": color, "description": description}
    changed = label | {key: value for key, value in new.items() if value is not None}
    _check(changed["name"], changed["color"], changed["description"])
    if changed["name"].lower() != name.lower():
        if world.store.get(KIND, repo["full_name"], changed["name"].lower()):
            raise invalid("Label", "name", "already_exists")
        world.store.delete(KIND, repo["full_name"], name.lower())
    world.store.put(KIND, repo["full_name"], changed["name"].lower(), changed)
    _replace(world, repo, label["name"], [changed["name"]])
    world.record("label.edited", repo["full_name"], changed["name"])
    announce(world, repo, "label", "edited", label=changed)
    return changed


def delete(world: World, repo: Document, name: str) -> None:
    """Remove a label from the repository and from everything that carries it."""
    label = find(world, repo, name)
    world.store.delete(KIND, repo["full_name"], name.lower())
    _replace(world, repo, label["name"], [])
    world.record("label.deleted", repo["full_name"], label["name"])
    announce(world, repo, "label", "deleted", label=label)


def _replace(world: World, repo: Document, old: str, new: list[str]) -> None:
    for kind in ("issue", "pull"):
        for thread in world.store.all(kind, repo["full_name"]):
            if old in thread["labels"]:
                place = thread["labels"].index(old)
                thread["labels"][place : place + 1] = new
                world.store.put(kind, repo["full_name"], thread["number"], thread)


def _check(name: str, color: str, description: str | None) -> None:
    if not name.strip():
        raise invalid("Label", "name", "missing_field")
    if len(name) > 50:
        raise invalid("Label", "name", "custom", "name is too long (maximum is 50 characters)")
    if not _COLOR.fullmatch(color):
        raise invalid("Label", "color", "invalid")
    if description and len(description) > 100:
        raise invalid("Label", "description", "custom", "description is too long (maximum is 100 characters)")
