"""Projects: their single-select field, their cards, and the two mutations that move a card."""

from shipway.twin import node_ids
from shipway.twin.behaviour import projects
from shipway.twin.graphql.connections import Connection, connect
from shipway.twin.graphql.fields import Context, Json, Thing, resolves
from shipway.twin.graphql.lookup import typed
from shipway.twin.graphql.mutations import Input, Payload, mutation
from shipway.twin.store import Document


def _project(document: Document) -> Thing:
    return Thing("ProjectV2", document)


@resolves("User", "projectsV2")
@resolves("Organization", "projectsV2")
def projects_of(context: Context, owner: Thing, query: str | None = None, **page: Json) -> Connection:
    """The projects of somebody, by words of the title."""
    for name in ("order_by", "min_permission_level"):
        page.pop(name, None)
    found = projects.owned(context.world, context.who, owner["login"], query or "")
    return connect([_project(one) for one in found], **page)


@resolves("User", "projectV2")
@resolves("Organization", "projectV2")
def project_of(context: Context, owner: Thing, number: int) -> Thing | None:
    """A project by number."""
    found = projects.owned(context.world, context.who, owner["login"])
    return next((_project(one) for one in found if one["number"] == number), None)


resolves("ProjectV2", "id")(lambda _, one: node_ids.encode("PVT", one["id"]))


@resolves("ProjectV2", "url")
def url(context: Context, project: Thing) -> str:
    """Its page."""
    owner = context.world.user(project["owner"]) or {}
    kind = "orgs" if owner.get("type") == "Organization" else "users"
    return f"{context.world.url}/{kind}/{project['owner']}/projects/{project['number']}"


@resolves("ProjectV2", "field")
def field(_: Context, project: Thing, name: str) -> Thing | None:
    """The field of the columns, when that is its name."""
    found = project["field"]
    same = found["name"].lower() == name.lower()
    return Thing("ProjectV2SingleSelectField", {**found, "project": project.data}) if same else None


resolves("ProjectV2SingleSelectField", "id")(lambda _, one: node_ids.encode("PVTSSF", one["project"]["id"]))


@resolves("ProjectV2SingleSelectField", "options")
def options(_: Context, one: Thing, names: list[str] | None = None) -> Json:
    """The columns."""
    return [option for option in one["options"] if names is None or option["name"] in names]


@resolves("ProjectV2", "items")
def items(context: Context, project: Thing, **page: Json) -> Connection:
    """The cards."""
    page.pop("order_by", None)
    found = context.world.store.all("project_item", str(project["id"]))
    return connect([_item(project.data, one) for one in found], **page)


def _item(project: Document, item: Document) -> Thing:
    return Thing("ProjectV2Item", {**item, "project": project})


resolves("ProjectV2Item", "id")(lambda _, one: node_ids.encode("PVTI", one["id"]))
resolves("ProjectV2Item", "databaseId")(lambda _, one: one["id"])
resolves("ProjectV2Item", "project")(lambda _, one: _project(one["project"]))


@resolves("ProjectV2Item", "fieldValueByName")
def value(_: Context, item: Thing, name: str) -> Thing | None:
    """The column that a card is in."""
    project = item["project"]
    column = projects.column_of(project, item.data)
    if column is None or project["field"]["name"].lower() != name.lower():
        return None
    shown = {"id": item["id"], "name": column["name"], "option_id": column["id"]}
    return Thing("ProjectV2ItemFieldSingleSelectValue", shown)


resolves("ProjectV2ItemFieldSingleSelectValue", "id")(lambda _, one: node_ids.encode("PVTFSV", one["id"]))


@mutation("addProjectV2ItemById")
def add_item(context: Context, given: Input) -> Payload:
    """Put an issue or pull request on a board; nothing new where it is there already."""
    project = projects.find(context.world, context.who, given["project_id"])
    typed(context, given["content_id"], "Issue", "PullRequest")
    return {"item": _item(project, projects.add(context.world, project, given["content_id"]))}


@mutation("updateProjectV2ItemFieldValue")
def set_value(context: Context, given: Input) -> Payload:
    """Put a card into a column."""
    project = projects.find(context.world, context.who, given["project_id"])
    option = given["value"].get("single_select_option_id") or ""
    return {
        "project_v2_item": _item(project, projects.move(context.world, project, given["item_id"], option))
    }
