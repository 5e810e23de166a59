"""git clone, fetch and push over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass

from shipway.twin.identity import Identity
from shipway.twin.routing import Reply
from shipway.twin.world import World


@dataclass(frozen=True, slots=True)
class GitCall:
    """One request of a git client; `service` is what follows the repository in the path."""

    repo: str
    service: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


def serve(world: World, who: Identity, call: GitCall) -> Reply:
    """Answer a git client."""
    raise NotImplementedError
