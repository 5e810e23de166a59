"""What a repository is and demands, as frozen values."""

from dataclasses import dataclass

from shipway.domain.checks import RequiredCheck


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository, and who we are in it.

    Attributes:
        permission: What the token may do: ``READ``, ``TRIAGE``, ``WRITE``, ``MAINTAIN`` or ``ADMIN``.
        workflow_token: Whether this is a workflow's own ``GITHUB_TOKEN``, whose events start no workflows.
        merge_methods: The ways in which pull requests may be merged: ``merge``, ``squash``, ``rebase``.
    """

    owner: str
    name: str
    node_id: str
    url: str
    default_branch: str
    viewer: str
    permission: str
    workflow_token: bool = False
    merge_methods: tuple[str, ...] = ("merge", "squash", "rebase")

    @property
    def full_name(self) -> str:
        """``owner/name``."""
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True, slots=True)
class TargetRules:
    """What GitHub demands before it lets a pull request into the target branch."""

    required_approvals: int = 0
    required_checks: tuple[RequiredCheck, ...] = ()
    code_owners: bool = False
    merge_queue: bool = False
