"""What webhooks tell about: behaviours announce it, and whoever delivers it reacts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shipway.twin.store import Document, Json
from shipway.twin.world import World


@dataclass(frozen=True, slots=True)
class Happened:
    """GitHub's event name and action in a repository, and the documents the payload is made of."""

    repo: str
    event: str
    action: str | None = None
    about: Mapping[str, Json] = field(default_factory=dict)


def announce(world: World, repo: Document, event: str, action: str | None = None, **about: Json) -> None:
    """Tell everybody who listens that something happened."""
    world.emit(Happened(repo["full_name"], event, action, about))
