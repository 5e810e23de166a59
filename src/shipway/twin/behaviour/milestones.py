"""Milestones of a repository."""

from shipway.twin.behaviour.events import announce
from shipway.twin.errors import invalid, not_found
from shipway.twin.store import Document, Json
from shipway.twin.world import World

KIND = "milestone"
_FIELDS = ("title", "state", "description", "due_on")


def find(world: World, repo: Document, number: int) -> Document:
    """A milestone by its number; 404 when there is none."""
    milestone = world.store.get(KIND, repo["full_name"], number)
    if milestone is None:
        raise not_found()
    return milestone


def create(world: World, repo: Document, title: str, **fields: Json) -> Document:
    """Add a milestone; `fields` are `state`, `description` and `due_on`. 422 when the title is taken."""
    _check_title(world, repo, title, None)
    milestone: Document = {
        "id": world.next_id(),
        "number": world.store.next_number(f"milestone {repo['full_name']}"),
        "title": title,
        "state": fields.get("state") or "open",
        "description": fields.get("description"),
        "due_on": fields.get("due_on"),
        "creator": world.actor.login,
        "created_at": world.now(),
        "updated_at": world.now(),
        "closed_at": None,
    }
    world.store.put(KIND, repo["full_name"], milestone["number"], milestone)
    world.record("milestone.created", repo["full_name"], title)
    announce(world, repo, "milestone", "created", milestone=milestone)
    return milestone


def update(world: World, repo: Document, number: int, **fields: Json) -> Document:
    """Change title, state, description or due date."""
    milestone = find(world, repo, number)
    changes: Document = {name: fields[name] for name in _FIELDS if fields.get(name) is not None}
    _check_title(world, repo, (milestone | changes)["title"], number)
    action = "edited"
    if (milestone | changes)["state"] != milestone["state"]:
        action = "closed" if changes["state"] == "closed" else "opened"
        milestone["closed_at"] = world.now() if action == "closed" else None
    milestone |= changes | {"updated_at": world.now()}
    world.store.put(KIND, repo["full_name"], number, milestone)
    world.record(f"milestone.{action}", repo["full_name"], milestone["title"])
    announce(world, repo, "milestone", action, milestone=milestone)
    return milestone


def delete(world: World, repo: Document, number: int) -> None:
    """Remove a milestone; what belonged to it belongs to none."""
    milestone = find(world, repo, number)
    world.store.delete(KIND, repo["full_name"], number)
    for kind in ("issue", "pull"):
        for thread in world.store.find(kind, repo["full_name"], milestone=number):
            world.store.put(kind, repo["full_name"], thread["number"], thread | {"milestone": None})
    world.record("milestone.deleted", repo["full_name"], milestone["title"])
    announce(world, repo, "milestone", "deleted", milestone=milestone)


def counts(world: World, repo: Document, number: int) -> dict[str, int]:
    """How many issues and pull requests of the milestone are open and closed."""
    states = [
        thread["state"]
        for kind in ("issue", "pull")
        for thread in world.store.find(kind, repo["full_name"], milestone=number)
    ]
    return {f"{state}_issues": states.count(state) for state in ("open", "closed")}


def _check_title(world: World, repo: Document, title: str, number: int | None) -> None:
    if not title.strip():
        raise invalid("Milestone", "title", "missing_field")
    same = world.store.find(KIND, repo["full_name"], title=title)
    if any(other["number"] != number for other in same):
        raise invalid("Milestone", "title", "already_exists")
