"""Production as promotions and rollbacks leave it, in memory: what is deployed goes well, fails, or is killed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from shipway.domain.authority import Asker
from shipway.domain.delivery import promotion, rollback
from shipway.domain.delivery.command import Promotion, Rollback
from shipway.domain.delivery.deploying import tried_before
from shipway.domain.delivery.rollback_facts import RollbackFacts
from shipway.domain.delivery.steps import Deploy
from shipway.domain.delivery.way_back import way_back
from shipway.domain.facts import DeployResult, Tag
from shipway.domain.ledger import Ledger
from shipway.domain.policy import Policy
from shipway.domain.resting import Done, Refusal, Wait
from unit.delivery.scene import NOON, REPOSITORY, commit_of, policy_of

Rest = Wait | Refusal | Done | None
FAILURE = DeployResult(succeeded=False, description="exit code 1", duration=1)


@dataclass(slots=True)
class Play:
    """One environment and its ledger.

    Attributes:
        books: Version → its entries; a command sees those of one version only.
        good: Every version that was ever verified.
    """

    policy: Policy = field(default_factory=lambda: policy_of(("production",)))
    facts: RollbackFacts = field(
        default_factory=lambda: RollbackFacts(repository=REPOSITORY, ledger=Ledger())
    )
    books: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    good: set[str] = field(default_factory=set)
    now: datetime = NOON
    count: int = 0

    def promote(self, version: str, **how: Any) -> Rest:
        """Promote into production, with any hold lifted."""
        command = Promotion(source="", lift_hold=True, **self._common(version))
        return self._carry(
            version, lambda facts: promotion.decide(facts, command, self.policy, self.now), **how
        )

    def roll_back(
        self, asked: str = "", *, automatic: bool = False, pull_request: int = 0, **how: Any
    ) -> Rest:
        """Roll production back."""
        command = self.command(asked, automatic=automatic, pull_request=pull_request)
        book = command.replaces
        seen = self.facts.having(
            tag=Tag(command.tag, commit_of(command.version)) if command.version else None
        )
        self.facts = seen
        return self._carry(book, lambda facts: rollback.decide(facts, command, self.policy, self.now), **how)

    def command(self, asked: str = "", **changes: Any) -> Rollback:
        """A rollback that begins now."""
        automatic = changes.get("automatic", False)
        way = way_back(self.facts, "production", asked, automatic=automatic)
        plain = Rollback(replaces=way.gone, asked=asked, reason="errors", **self._common(way.version))
        return replace(plain, **changes)

    def _common(self, version: str) -> dict[str, Any]:
        self.count += 1
        self.now += timedelta(hours=3)  # longer than a claim counts
        name = {"id": f"d{self.count}", "holder": f"run:{self.count}"}
        return {"version": version, "tag": f"v{version}", "target": "production", **name}

    def _carry(
        self, book: str, decide: Callable[[Any], Any], *, fails: bool = False, moves: int = 60
    ) -> Rest:
        """Until it rests, or is killed after some moves."""
        version = book if not isinstance(self.facts.tag, Tag) else self.facts.tag.name.removeprefix("v")
        ledger = replace(self.facts.ledger, entries=self.books.get(book, ()))
        facts = self.facts.having(
            ledger=ledger,
            tag=Tag(f"v{version}", commit_of(version)),
            asker=Asker("alice", "admin", frozenset()),
            tried_before=tried_before(self.facts),
        )
        rest: Rest = None
        for _ in range(moves):
            move = decide(facts)
            if isinstance(move, Wait | Refusal | Done):
                rest = move
                break
            if isinstance(move, Deploy) and fails:
                facts = facts.having(deploy_results={move.deployment: FAILURE})
            else:
                facts = _named(move.foreseen(facts))
            self.good |= {one.version for one in facts.ledger.standing("production").verified}
        self.books[book] = facts.ledger.entries
        kept = {"tag": None, "refused": None, "stage_gates": {}, "deploy_results": {}}
        self.facts = facts.having(**kept, revert=None, issue=None)
        return rest


def _named(facts: RollbackFacts) -> RollbackFacts:
    """With deployments that GitHub has given names of their own."""
    return facts.having(deployments=tuple(replace(one, node_id=f"D{one.id}") for one in facts.deployments))
