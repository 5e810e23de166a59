"""Node ids of everything that lives in a repository, and the way back."""

from shipway.twin import node_ids
from shipway.twin.errors import not_found
from shipway.twin.store import Document
from shipway.twin.world import World

PREFIXES = {
    "issue": "I",
    "pull": "PR",
    "label": "LA",
    "milestone": "MI",
    "comment": "IC",
    "commit_comment": "CC",
    "reaction": "REA",
    "review": "PRR",
    "review_comment": "PRRC",
    "review_thread": "PRRT",
    "check_suite": "CS",
    "check_run": "CR",
    "status": "SC",
    "release": "RE",
    "asset": "RA",
    "deployment": "DE",
    "deployment_status": "DES",
    "environment": "EN",
    "protection_rule": "GA",
    "branch_policy": "EBP",
    "workflow": "W",
    "run": "WFR",
    "job": "CR",
    "queue_entry": "MQE",
}
"""The prefix of each kind of document in the store."""

_KINDS = {prefix: kind for kind, prefix in reversed(PREFIXES.items())}


def node_id(kind: str, repo: Document, document: Document) -> str:
    """The node id of a document of that kind in a repository."""
    return node_ids.encode(PREFIXES[kind], repo["id"], document["id"])


def find(world: World, text: str) -> tuple[str, Document, Document]:
    """Kind, repository and document behind a node id that `node_id` made; 404 when there is none."""
    try:
        prefix, (repo_id, document_id) = node_ids.decode(text)
        kind = _KINDS[prefix]
    except (ValueError, KeyError):
        raise _unresolved(text) from None
    repo = next(iter(world.store.find("repository", "", id=repo_id)), None)
    found = world.store.find(kind, repo["full_name"], id=document_id) if repo else []
    if repo is None or not found:
        raise _unresolved(text)
    return kind, repo, found[0]


def _unresolved(text: str) -> Exception:
    return not_found(f"Could not resolve to a node with the global id of '{text}'.")
