"""Labels and milestones over REST."""

from typing import Any
from urllib.parse import quote

from shipway.twin.behaviour import labels, milestones
from shipway.twin.behaviour.nodes import node_id
from shipway.twin.rest.git_shapes import api, html
from shipway.twin.rest.users import simple_user
from shipway.twin.routing import Call, created, route
from shipway.twin.store import Document, Json
from shipway.twin.world import World

REPO = "/repos/{owner}/{repo}"


def label_shape(world: World, repo: Document, label: Document) -> Document:
    """GitHub's `label`."""
    return {
        "id": label["id"],
        "node_id": node_id("label", repo, label),
        "url": f"{api(world, repo)}/labels/{quote(label['name'])}",
        "name": label["name"],
        "color": label["color"],
        "default": False,
        "description": label["description"],
    }


def milestone_shape(world: World, repo: Document, milestone: Document) -> Document:
    """GitHub's `milestone`."""
    url = f"{api(world, repo)}/milestones/{milestone['number']}"
    names = ("number", "title", "description", "state", "created_at", "updated_at", "due_on", "closed_at")
    return {
        "id": milestone["id"],
        "node_id": node_id("milestone", repo, milestone),
        "url": url,
        "html_url": f"{html(world, repo)}/milestone/{milestone['number']}",
        "labels_url": f"{url}/labels",
        "creator": simple_user(world, milestone["creator"]),
        **{name: milestone[name] for name in names},
        **milestones.counts(world, repo, milestone["number"]),
    }


def _label(call: Call, label: Document) -> Document:
    return label_shape(call.world, call.repo, label)


def _milestone(call: Call, milestone: Document) -> Document:
    return milestone_shape(call.world, call.repo, milestone)


@route("GET", REPO + "/labels")
def list_labels(call: Call) -> Json:
    """Every label."""
    return call.page(call.world.store.all("label", call.repo["full_name"]), lambda one: _label(call, one))


@route("POST", REPO + "/labels", needs="issues:write")
def create_label(call: Call) -> Json:
    """A new label."""
    (name,) = call.required(name=str)
    color = call.optional("color", str, labels.DEFAULT_COLOR) or labels.DEFAULT_COLOR
    label = labels.create(call.world, call.repo, name, color, call.optional("description", str))
    return created(_label(call, label))


@route("GET", REPO + "/labels/{name}")
def get_label(call: Call) -> Json:
    """One label."""
    return _label(call, labels.find(call.world, call.repo, call["name"]))


@route("PATCH", REPO + "/labels/{name}", needs="issues:write")
def update_label(call: Call) -> Json:
    """Change name, colour or description."""
    fields = {name: call.optional(name, str) for name in ("new_name", "color", "description")}
    return _label(call, labels.update(call.world, call.repo, call["name"], **fields))


@route("DELETE", REPO + "/labels/{name}", needs="issues:write")
def delete_label(call: Call) -> None:
    """Remove a label everywhere."""
    labels.delete(call.world, call.repo, call["name"])


@route("GET", REPO + "/milestones")
def list_milestones(call: Call) -> Json:
    """Milestones by state: open unless asked otherwise."""
    state = call.query.get("state", "open")
    found = call.world.store.all("milestone", call.repo["full_name"])
    wanted = [one for one in found if state in {"all", one["state"]}]
    return call.page(wanted, lambda one: _milestone(call, one))


@route("POST", REPO + "/milestones", needs="issues:write")
def create_milestone(call: Call) -> Json:
    """A new milestone."""
    (title,) = call.required(title=str)
    made = milestones.create(call.world, call.repo, title, **_fields(call))
    return created(_milestone(call, made))


@route("GET", REPO + "/milestones/{milestone_number}")
def get_milestone(call: Call) -> Json:
    """One milestone."""
    return _milestone(call, milestones.find(call.world, call.repo, call.number("milestone_number")))


@route("PATCH", REPO + "/milestones/{milestone_number}", needs="issues:write")
def update_milestone(call: Call) -> Json:
    """Change a milestone."""
    number, title = call.number("milestone_number"), call.optional("title", str)
    changed = milestones.update(call.world, call.repo, number, title=title, **_fields(call))
    return _milestone(call, changed)


@route("DELETE", REPO + "/milestones/{milestone_number}", needs="issues:write")
def delete_milestone(call: Call) -> None:
    """Remove a milestone."""
    milestones.delete(call.world, call.repo, call.number("milestone_number"))


def _fields(call: Call) -> dict[str, Any]:
    return {name: call.optional(name, str) for name in ("state", "description", "due_on")}
