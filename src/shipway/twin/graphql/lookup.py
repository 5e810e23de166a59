"""Node ids and the way back to what they mean."""

from shipway.twin import node_ids
from shipway.twin.behaviour import access, nodes
from shipway.twin.errors import Refused
from shipway.twin.graphql import git, people
from shipway.twin.graphql.fields import Context, Json, Thing, resolves
from shipway.twin.graphql.repository import repository
from shipway.twin.store import Document

TYPES = {
    "issue": "Issue",
    "pull": "PullRequest",
    "label": "Label",
    "milestone": "Milestone",
    "comment": "IssueComment",
    "reaction": "Reaction",
    "review": "PullRequestReview",
    "review_comment": "PullRequestReviewComment",
    "review_thread": "PullRequestReviewThread",
    "check_suite": "CheckSuite",
    "check_run": "CheckRun",
    "status": "StatusContext",
    "release": "Release",
    "asset": "ReleaseAsset",
    "deployment": "Deployment",
    "deployment_status": "DeploymentStatus",
    "environment": "Environment",
    "workflow": "Workflow",
    "run": "WorkflowRun",
    "queue_entry": "MergeQueueEntry",
}
"""The GraphQL type of each kind of document."""

_KINDS = {kind: name for name, kind in TYPES.items()}
_PEOPLE = {prefix: kind for kind, prefix in people.PREFIXES.items()}
_OBJECTS = set(git.PREFIXES.values())


def thing(kind: str, repo: Document, document: Document) -> Thing:
    """A document of a kind (`issue`, `pull`, …) as a thing."""
    return Thing(TYPES[kind], document, repo)


def things(kind: str, repo: Document, documents: list[Document]) -> list[Thing]:
    """Several of them."""
    return [thing(kind, repo, one) for one in documents]


def _register_ids() -> None:
    for kind, type_name in TYPES.items():
        resolves(type_name, "id")(lambda _, one, kind=kind: nodes.node_id(kind, one.repository, one.data))
        resolves(type_name, "repository")(lambda _, one: repository(one.repository))
        resolves(type_name, "databaseId", "fullDatabaseId")(lambda _, one: one["id"])


_register_ids()


def find(context: Context, node_id: str) -> Thing:
    """Whatever has a node id, if the caller may see it; NOT_FOUND otherwise."""
    try:
        prefix, parts = node_ids.decode(node_id)
        found = _person(context, prefix, parts) or _in_repository(context, prefix, parts, node_id)
    except (ValueError, IndexError):
        found = None
    if found is None:
        raise _unresolved(node_id)
    return found


def _person(context: Context, prefix: str, parts: tuple[int | str, ...]) -> Thing | None:
    if prefix in _PEOPLE:
        user = next(iter(context.world.store.find("user", "", id=parts[0])), None)
        return Thing(_PEOPLE[prefix], user) if user else None
    if prefix == "T" and len(parts) == 1:
        team = next(iter(context.world.store.find("team", None, id=parts[0])), None)
        return people.team(team) if team else None
    return None


def _in_repository(context: Context, prefix: str, parts: tuple[int | str, ...], node_id: str) -> Thing | None:
    repo = next(iter(context.world.store.find("repository", "", id=parts[0])), None)
    if repo is None or not access.can_see(context.world, context.who, repo):
        return None
    if prefix == "R":
        return repository(repo)
    if prefix == "REF":
        return git.ref(context, repo, str(parts[1]))
    if prefix in _OBJECTS:
        return git.git_object(context, repo, str(parts[1]))
    kind, repo, document = nodes.find(context.world, node_id)
    return thing(kind, repo, document)


def typed(context: Context, node_id: str, *types: str) -> Thing:
    """The same, of one of the given types only."""
    found = find(context, node_id)
    if found.type not in types:
        raise _unresolved(node_id)
    return found


def writable(context: Context, node_id: str, needs: str, *types: str) -> Thing:
    """A thing that the caller may change, by the permission that this takes."""
    found = typed(context, node_id, *types)
    repo = found.data if found.type == "Repository" else found.repository
    access.require(context.world, context.who, repo, needs)
    return found


def _unresolved(node_id: str) -> Refused:
    return Refused(404, f"Could not resolve to a node with the global id of '{node_id}'.")


@resolves("Query", "node")
def node(context: Context, _: None, id: str) -> Thing:  # noqa: A002 - the argument's name
    """Anything by its id."""
    return find(context, id)


@resolves("Query", "nodes")
def several_nodes(context: Context, _: None, ids: list[str]) -> Json:
    """Several things by their ids; None for those that are not there."""
    return [_or_none(context, one) for one in ids]


def _or_none(context: Context, node_id: str) -> Thing | None:
    try:
        return find(context, node_id)
    except Refused:
        return None
