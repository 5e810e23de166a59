"""The list of everything that changed, and the list of everything that was asked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from shipway.twin.store import Store


@dataclass(frozen=True, slots=True)
class Effect:
    """One change that a person could see: who did what to which thing."""

    seq: int
    actor: str
    effect: str
    repo: str
    subject: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as counted: `kind` is rest, graphql or git; `operation` names a GraphQL operation."""

    kind: str
    method: str
    route: str
    path: str
    status: int
    user_agent: str
    operation: str | None = None


class Journal:
    """Effects, kept with the documents so that a refused request leaves none; requests, in memory."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.requests: list[Asked] = []

    def record(
        self, actor: str, effect: str, repo: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> Effect:
        """Append one effect."""
        seq = self._store.next_number("journal")
        entry = Effect(seq, actor, effect, repo, subject, dict(detail or {}))
        self._store.put("journal", "", seq, asdict(entry))
        return entry

    def entries(self, after: int = 0) -> list[Effect]:
        """The effects with a higher `seq` than `after`, in order."""
        return [Effect(**one) for one in self._store.all("journal", "") if one["seq"] > after]
