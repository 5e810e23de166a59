"""How a repository is set up, as `shipway doctor` sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shipway.domain.environments import Protection
from shipway.domain.facts import Deployment
from shipway.domain.foreign_lock import ForeignLock
from shipway.domain.policy import Policy
from shipway.domain.standing import Standings


class TokenKind(StrEnum):
    """Whose token it is, by how it begins."""

    WORKFLOW = "a workflow's own token"
    APP = "an App's token"
    CLASSIC = "a classic token"
    FINE_GRAINED = "a fine-grained token"
    OTHER = "a token"


@dataclass(frozen=True, slots=True)
class Care:
    """What protection and rulesets together keep from happening to a branch.

    Attributes:
        reviewed: Whether changes come by pull requests only.
        checked: Whether commits need checks.
        stays: Whether it can be neither deleted nor pushed to by force.
    """

    reviewed: bool = False
    checked: bool = False
    stays: bool = False


@dataclass(frozen=True, slots=True)
class LocalClone:
    """The clone that the command runs in.

    Attributes:
        whole: Whether no part of its history was left out.
        signs: Whether git here has a key to sign tags with.
        identity: Whether git here knows a name and an address to sign as.
        configuration: Text of the configuration in its working tree; empty for none.
    """

    whole: bool = True
    signs: bool = False
    identity: bool = True
    configuration: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that is judged.

    Attributes:
        permission: Role of the token's owner, such as `WRITE`; empty where GitHub does not tell, as for Apps.
        configuration: Text of the configuration on the default branch; empty where there is none.
        complaint: Why that cannot be used; empty where it can.
        target: Branch that releases are merged into.
        branches: Branch → what protects it.
        tags_stay: Whether an active ruleset keeps tags.
        tags_closed: What active rulesets restrict of what is done to tags; GitHub does not say here for whom.
        on_github: Environment → its protection; None where the token may not look.
        may_open_pulls: Whether workflows may open pull requests; None where the token may not look.
        workflows: Path → text, on the default branch.
        ended: Runs that hold a claim and are known to have ended, as the claims name them.
        version: Of this Shipway; empty between releases.
        foreign_locks: Of branch-deploy.
    """

    token: TokenKind
    viewer: str
    permission: str
    private: bool
    default_branch: str
    target: str
    configuration: str
    complaint: str
    policy: Policy
    branches: Mapping[str, Care]
    tags_stay: bool
    on_github: Mapping[str, Protection] | None
    may_open_pulls: bool | None
    workflows: Mapping[str, str]
    standings: Standings
    deployments: tuple[Deployment, ...]
    ended: frozenset[str] = frozenset()
    clone: LocalClone = field(default_factory=LocalClone)
    version: str = ""
    foreign_locks: tuple[ForeignLock, ...] = ()
    tags_closed: tuple[str, ...] = ()

    def care(self, branch: str) -> Care | None:
        """What protects a branch; None where there is no such branch."""
        return self.branches.get(branch)
