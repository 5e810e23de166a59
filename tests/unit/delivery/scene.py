"""A pipeline and its ledger in memory, on which commands are decided and carried on as if all went well."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shipway.domain import record
from shipway.domain.authority import Asker
from shipway.domain.delivery.command import Promotion
from shipway.domain.delivery.promotion import decide
from shipway.domain.facts import DeliveryFacts, Tag
from shipway.domain.ledger import Event, Ledger
from shipway.domain.policy import DeployPolicy, EnvironmentPolicy, Policy
from shipway.domain.repository import Repository
from shipway.domain.resting import Done, Refusal, Wait

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
REPOSITORY = Repository(
    "octo-org", "hello", "R_1", "https://github.example/octo-org/hello", "main", "alice", "ADMIN"
)
DEPLOYED = DeployPolicy(command=("./deploy",))
LINE = ("dev", "staging", "uat", "production")


def policy_of(names: Sequence[str] = LINE, **settings: EnvironmentPolicy) -> Policy:
    """A line of environments; some of them with settings of their own."""
    plain = EnvironmentPolicy(deploy=DEPLOYED)
    return Policy(environments={name: settings.get(name, plain) for name in names})


def commit_of(version: str) -> str:
    """The commit that a version's tag stands on."""
    return version.encode().hex().ljust(40, "0")[:40]


@dataclass(slots=True)
class Scene:
    """What stands in a repository, changed by the commands that are carried on in it.

    Attributes:
        digests: Version → digest of its files, where that is not of its commit.
    """

    policy: Policy
    now: datetime = NOON
    facts: DeliveryFacts = field(
        default_factory=lambda: DeliveryFacts(repository=REPOSITORY, ledger=Ledger())
    )
    digests: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def record(self, kind: str, *, actor: str = "alice", version: str = "", **detail: Any) -> None:
        """Let something have happened."""
        self.count += 1
        event = Event(
            f"{kind}:{self.count}", kind, "", version, actor, f"{self.now:%Y-%m-%dT%H:%M:%SZ}", detail
        )
        self.facts = self.facts.having(ledger=record.after(self.facts.ledger, [event]))

    def verified(self, version: str, *environments: str, by: str = "bob") -> None:
        """Let a version be verified somewhere."""
        for name in environments:
            detail = {"commit": commit_of(version), "digest": self.digest(version), "deployment": self.count}
            self.record("verified", actor=by, version=version, environment=name, id="", **detail)

    def digest(self, version: str) -> str:
        """Of what a version consists of."""
        return self.digests.get(version, f"commit:{commit_of(version)}")

    def wait(self, span: timedelta) -> None:
        """Let time pass."""
        self.now += span

    def command(self, version: str, source: str, target: str, **changes: Any) -> Promotion:
        """A promotion that begins now."""
        self.count += 1
        plain = Promotion(
            version=version,
            tag=f"v{version}",
            source=source,
            target=target,
            id=f"p{self.count}",
            holder="run:1",
        )
        return replace(plain, **changes)

    def seen(self, command: Promotion, login: str = "alice", role: str = "write") -> DeliveryFacts:
        """The facts as that person's command finds them."""
        tag = None if command.version.startswith("9.") else Tag(command.tag, commit_of(command.version))
        return self.facts.having(
            tag=tag, digest=self.digest(command.version) if tag else "", asker=Asker(login, role, frozenset())
        )

    def promote(
        self, version: str, source: str, target: str, login: str = "alice", **changes: Any
    ) -> Wait | Refusal | Done:
        """Carry a promotion on until it rests; everything that it does succeeds."""
        command = self.command(version, source, target, **changes)
        facts = self.seen(command, login)
        for _ in range(50):
            move = decide(facts, command, self.policy, self.now)
            if isinstance(move, Wait | Refusal | Done):
                self.facts = facts.having(stage_gates={}, deploy_results={}, refused=None)
                return move
            facts = move.foreseen(facts)
        raise AssertionError(f"{command} does not come to rest")
