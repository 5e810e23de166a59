"""Rulesets of a repository: made, changed and removed. What they forbid is in `protection`."""

from shipway.twin.errors import invalid, not_found
from shipway.twin.store import Document, Json
from shipway.twin.world import World

_FIELDS = ("name", "target", "enforcement", "bypass_actors", "conditions", "rules")
_ENFORCEMENTS = {"active", "evaluate", "disabled"}


def get(world: World, repo: Document, number: int) -> Document:
    """A ruleset by its id; 404 when there is none."""
    found = world.store.get("ruleset", repo["full_name"], number)
    if found is None:
        raise not_found()
    return found


def create(world: World, repo: Document, settings: dict[str, Json]) -> Document:
    """Make a ruleset; `name` and `enforcement` are needed."""
    defaults = {"target": "branch", "bypass_actors": [], "conditions": {}, "rules": []}
    ruleset = {"id": world.next_id(), "created_at": world.now(), **defaults}
    world.record("ruleset.created", repo["full_name"], str(settings.get("name")))
    return _write(world, repo, ruleset, settings)


def update(world: World, repo: Document, number: int, settings: dict[str, Json]) -> Document:
    """Change what is given of a ruleset."""
    ruleset = get(world, repo, number)
    world.record("ruleset.updated", repo["full_name"], ruleset["name"])
    return _write(world, repo, ruleset, settings)


def _write(world: World, repo: Document, ruleset: Document, settings: dict[str, Json]) -> Document:
    changed = ruleset | {name: settings[name] for name in _FIELDS if name in settings}
    if changed["enforcement"] not in _ENFORCEMENTS:
        raise invalid("RepositoryRuleset", "enforcement", "invalid")
    changed["updated_at"] = world.now()
    return world.store.put("ruleset", repo["full_name"], ruleset["id"], changed)


def delete(world: World, repo: Document, number: int) -> None:
    """Remove a ruleset."""
    ruleset = get(world, repo, number)
    world.store.delete("ruleset", repo["full_name"], number)
    world.record("ruleset.deleted", repo["full_name"], ruleset["name"])
