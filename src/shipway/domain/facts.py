"""What is true on GitHub and in the clone at one moment, as frozen values.

`gather` builds these from answers; `decide` reads them; what a write answers with replaces the part that it
changed. Nothing here is a wish or a memory: a release has no state but these facts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from shipway.domain.annotation import Annotation
from shipway.domain.authority import Asker
from shipway.domain.checklist import ticks_in
from shipway.domain.checks import NOTHING_OBSERVED, Check, Observed
from shipway.domain.foreign_lock import ForeignLock
from shipway.domain.ledger import Ledger
from shipway.domain.made import Made
from shipway.domain.repository import Repository, TargetRules
from shipway.domain.resting import Refusal
from shipway.domain.trial import Proposal
from shipway.domain.verdict import Verdict
from shipway.domain.workflow_run import WorkflowRun

Oid = str
"""A git object name: 40 lower-case hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch and its head, for the release branch with the checks on it.

    Attributes:
        checks_doubt: Why these cannot be relied on to be all checks; empty when they can.
    """

    name: str
    oid: Oid
    checks: tuple[Check, ...] = ()
    checks_doubt: str = ""


class PullRequestState(StrEnum):
    """GitHub's states of a pull request."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    MERGED = "MERGED"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """The release pull request as GitHub shows it.

    Attributes:
        checks_doubt: Why `checks` cannot be relied on to be all checks of the head; empty when they can.
    """

    number: int
    node_id: str
    url: str
    state: PullRequestState
    draft: bool
    title: str
    body: str
    head_oid: Oid
    base: str
    labels: frozenset[str] = frozenset()
    milestone: int | None = None
    reviewers: frozenset[str] = frozenset()
    approvals: tuple[str, ...] = ()
    changes_requested_by: tuple[str, ...] = ()
    review_decision: str = ""
    unresolved_threads: int = 0
    merge_state: str = "UNKNOWN"
    mergeable: str = "UNKNOWN"
    queued: bool = False
    checks: tuple[Check, ...] = ()
    checks_doubt: str = ""
    merge_oid: Oid = ""
    merged_by: str = ""
    merged_at: str = ""
    created_at: str = ""

    def having_said(self, yes: Iterable[str], no: Iterable[str]) -> Self:
        """With the approvals and refusals of the newest commit that people gave in comments."""
        return replace(
            self,
            approvals=tuple(dict.fromkeys((*self.approvals, *yes))),
            changes_requested_by=tuple(dict.fromkeys((*self.changes_requested_by, *no))),
        )


@dataclass(frozen=True, slots=True)
class OtherRelease:
    """An open pull request of another release into the same branch, also of another tool."""

    number: int
    node_id: str
    branch: str


VALID = "valid"
"""State of a signature that GitHub found good."""

BY_GITHUB = "GitHub"
"""Who signed what GitHub itself committed."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What GitHub finds of the signature of a commit.

    Attributes:
        state: GitHub's word for it in lower case: `valid`, `unsigned`, or what is wrong, such as `unknown_key`.
        by: Login of who signed, or `GitHub`; empty where that is nobody whom GitHub knows.
    """

    state: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag and the commit that it stands on, peeled.

    Attributes:
        signature: Of the commit; None where GitHub was not asked.
    """

    name: str
    commit: Oid
    signature: Signature | None = None


@dataclass(frozen=True, slots=True)
class GitHubRelease:
    """A GitHub Release; several drafts may stand for one tag.

    Attributes:
        digest: Of the files attached to it: a file that was put in the place of another changes it. Empty where
            there are none.
    """

    id: int
    tag: str
    draft: bool
    url: str
    assets: tuple[str, ...] = ()
    digest: str = ""


def artifact_digest(tag: Tag | None, releases: Iterable[GitHubRelease]) -> str:
    """What names the bytes that are deployed: the published files of a tag, or its commit where there are none."""
    if tag is None:
        return ""
    files = (one.digest for one in releases if one.tag == tag.name and not one.draft and one.digest)
    return next(files, f"commit:{tag.commit}")


class DeploymentState(StrEnum):
    """States of a GitHub Deployment, as its latest status says; PENDING before there is one."""

    PENDING = "pending"
    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"
    INACTIVE = "inactive"

    @property
    def settled(self) -> bool:
        """Whether nothing more is expected to happen."""
        return self not in {self.PENDING, self.QUEUED, self.IN_PROGRESS}

    @property
    def failed(self) -> bool:
        """Whether it ended without success."""
        return self in {self.FAILURE, self.ERROR}


@dataclass(frozen=True, slots=True)
class Deployment:
    """One GitHub Deployment of ours; foreign ones carry no release id and decide nothing.

    Attributes:
        release_id: From our payload; empty for a foreign deployment.
        version: From our payload.
        delivery: From our payload: the promotion or rollback that it is part of.
        actor: From our payload: who asked for it.
        digest: From our payload: of what was deployed.
        replaces: From our payload: the version that a rollback takes out; empty where it is none.
        updated_at: When its newest status was posted.
        log_url: Where its newest status says that the log is.
        belied: Whether GitHub says another end than the ledger, as it does once the job dies after our last word.
        awaited: From our payload: whether somebody outside brings it about and says how it ends.
        answer: What they have said of its end, as long as the ledger has not; empty otherwise.
        said: Words of its newest status, which are a stranger's.
        said_by: Login of who set that.
        again: Node ids of what GitHub made and shows as a success since its run was started again.
    """

    id: int
    node_id: str
    environment: str
    commit: Oid
    state: DeploymentState
    release_id: str = ""
    version: str = ""
    delivery: str = ""
    actor: str = ""
    digest: str = ""
    replaces: str = ""
    creator: str = ""
    created_at: str = ""
    updated_at: str = ""
    url: str = ""
    log_url: str = ""
    belied: bool = False
    awaited: bool = False
    answer: str = ""
    said: str = ""
    said_by: str = ""
    again: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeployResult:
    """How a deploy command ended, as seen by the one who ran it.

    Attributes:
        step: Number of the point of a strategy that it took, from 1; 0 where it was all of the deployment.
        going_on: Whether it goes on elsewhere, or nobody knows whether it was done.
        location: Where to look then; empty where the same has to be asked again.
        due: Whether time has passed since, so that it is looked at again.
    """

    succeeded: bool
    description: str
    duration: float
    timed_out: bool = False
    step: int = 0
    going_on: bool = False
    location: str = ""
    due: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What gates go by besides what they run.

    Attributes:
        checks: The checks on the commit.
        ticked: Keys of the items of checklists that people ticked.
        previous_report: The test report of the last release, to compare with.
    """

    checks: Observed = NOTHING_OBSERVED
    ticked: frozenset[str] = frozenset()
    previous_report: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GateResults:
    """What the gates said of one commit.

    Attributes:
        report: The test report as the ledger keeps it.
        notes: Gate → notes on lines of files; not kept.
    """

    commit: Oid
    verdicts: tuple[Verdict, ...]
    report: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, tuple[Annotation, ...]] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every gate lets the release move forward."""
        return all(verdict.passed for verdict in self.verdicts)


@dataclass(frozen=True, slots=True)
class Content:
    """What this version holds, computed from the commits: the same commits give the same content.

    Attributes:
        previous_tag: The last release of the line; empty when there is none.
        files: Path → whole new text of each file that the release commit writes.
        notes: The changelog section of this version, as Markdown.
        tickets: References found in the commits.
        commits: How many commits the release holds.
        digest: Of everything above; tells whether a branch or a body is up to date.
    """

    previous_tag: str
    source_oid: Oid
    files: Mapping[str, str]
    notes: str
    tickets: tuple[str, ...]
    commits: int
    digest: str
    plain_changelog: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Backport:
    """How far a hotfix has come on its way to the branch that people develop on.

    Attributes:
        branch: The one that people develop on.
        way: Name of the branch that a pull request would bring it from.
        way_head: Where that stands; empty where it is not there.
        contained: Whether the fix has arrived.
        pull: Number of the pull request that brings it; 0 for none.
        state: Of that pull request.
        conflicts: Files that both sides changed so that a person has to decide.
        settled: Files that both sides changed of which it is known what they have to say: version files, changelog.
        merged: The merge with those settled, made here and not pushed yet; empty where nothing had to be settled.
        refused: Why GitHub did not merge; empty where it was not asked.
    """

    branch: str
    way: str
    way_head: Oid = ""
    contained: bool = False
    pull: int = 0
    url: str = ""
    state: PullRequestState | None = None
    conflicts: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    merged: Oid = ""
    refused: str = ""

    @property
    def over(self) -> bool:
        """Whether nothing is left to do: it has arrived, or people closed its pull request."""
        return self.contained or self.state in {PullRequestState.MERGED, PullRequestState.CLOSED}


@dataclass(frozen=True, slots=True)
class Picked:
    """Commits that a hotfix takes over from other branches.

    Attributes:
        head: The hotfix with all of them, made in the clone; what it was before where nothing is new.
        commits: Those that are new to it.
        there: Those that it held already.
        pushed: Whether they are on its branch.
    """

    head: Oid
    commits: tuple[Oid, ...]
    there: tuple[Oid, ...] = ()
    pushed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFacts:
    """Everything that bringing a version into an environment is decided on.

    Attributes:
        tag: Of the version; of a trial its commit, under the name of its branch.
        proposal: The pull request that a trial is of; None where nothing is tried.
        digest: Of what is deployed: the files of the GitHub Release, or the tagged commit where it has none.
        deployments: The newest ones to the configured environments, of all versions.
        environments: Names of the environments on GitHub.
        unguarded: Those of them, in lower case, for which GitHub has no rule at all, though it could.
        environment_tags: Tag of a version in an environment, and moving tag of an environment → commit.
        asker: Who asks, as GitHub says.
        abandoned_claims: Ids of claims whose run is known to have ended.
        stage_gates: Stage and environment → what the gates of that stage said there.
        deploy_results: Deployment id → how the command ended that we ran for it.
        tried_before: Failed deployments from before this run; asking again tries again.
        runs: Workflow runs of the delivery that is under way, where a workflow deploys; the newest last.
        refused: What this run was refused, and has recorded.
        dispatch_refused: Why GitHub does not start the workflow that deploys, as it told this run.
        issue: The one by which people are called, as this run made or found it.
        foreign_locks: Of branch-deploy, where the configuration takes its commands.
    """

    repository: Repository
    ledger: Ledger
    tag: Tag | None = None
    proposal: Proposal | None = None
    digest: str = ""
    deployments: tuple[Deployment, ...] = ()
    environments: tuple[str, ...] = ()
    unguarded: frozenset[str] = frozenset()
    environment_tags: Mapping[str, Oid] = field(default_factory=dict)
    asker: Asker = field(default_factory=Asker)
    abandoned_claims: frozenset[str] = frozenset()
    stage_gates: Mapping[tuple[str, str], GateResults] = field(default_factory=dict)
    deploy_results: Mapping[int, DeployResult] = field(default_factory=dict)
    tried_before: frozenset[int] = frozenset()
    runs: tuple[WorkflowRun, ...] = ()
    refused: Refusal | None = None
    dispatch_refused: str = ""
    issue: Made | None = None
    foreign_locks: tuple[ForeignLock, ...] = ()

    def run_of(self, delivery: str) -> WorkflowRun | None:
        """The newest run that works on a delivery."""
        return next((run for run in reversed(self.runs) if run.delivery == delivery), None)

    def having(self, **changes: Any) -> Self:
        """These facts with some of them replaced."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts(DeliveryFacts):
    """Everything that a release is decided on: what makes its version, and what brings it into environments.

    Attributes:
        source_merged_back: Whether the source branch contains the tag, where it is not the target itself.
        previous_report: The test report of the last release, to compare with.
        gates_took: Gate → seconds in the last release.
        emergency_approvals: Who of those that approved the pull request may let a hotfix in.
        backport: Of a hotfix that is merged; None before.
        picked: What a hotfix takes over; None where that is nothing new.
        elsewhere: Commit that the clone would have to stand at for gates to see a hotfix; empty where it does.
    """

    source: Branch
    target: Branch
    content: Content
    rules: TargetRules = field(default_factory=TargetRules)
    release_branch: Branch | None = None
    release_branch_digest: str = ""
    release_branch_source: Oid = ""
    pull_request: PullRequest | None = None
    other_releases: tuple[OtherRelease, ...] = ()
    releases: tuple[GitHubRelease, ...] = ()
    milestones: Mapping[str, int] = field(default_factory=dict)
    gates: GateResults | None = None
    reported_gates: frozenset[str] = frozenset()
    source_merged_back: bool = True
    previous_report: Mapping[str, Any] = field(default_factory=dict)
    gates_took: Mapping[str, float] = field(default_factory=dict)
    emergency_approvals: frozenset[str] = frozenset()
    backport: Backport | None = None
    picked: Picked | None = None
    elsewhere: Oid = ""

    @property
    def merged(self) -> bool:
        """Whether the pull request of the release is merged."""
        return self.pull_request is not None and self.pull_request.state is PullRequestState.MERGED

    @property
    def tagged(self) -> bool:
        """Whether the tag stands on what the pull request merged."""
        pull, tag = self.pull_request, self.tag
        return self.merged and tag is not None and pull is not None and tag.commit == pull.merge_oid

    @property
    def surroundings(self) -> Surroundings:
        """What gates of the release branch's head go by besides what they run."""
        head, pull = self.release_branch, self.pull_request
        shown = pull if head and pull and pull.head_oid == head.oid else None
        seen = [one for one in (head, shown) if one]
        doubts = (one.checks_doubt for one in seen if one.checks_doubt)
        return Surroundings(
            Observed(tuple(check for one in seen for check in one.checks), next(doubts, "")),
            ticks_in(shown.body) if shown else frozenset(),
            self.previous_report,
        )

    @property
    def open_check_runs(self) -> dict[str, str]:
        """Gate → node id of its check run on the head of the release branch, where that is not completed."""
        checks = self.release_branch.checks if self.release_branch else ()
        return {
            check.name.removeprefix("shipway/"): check.node_id
            for check in checks
            if check.name.startswith("shipway/") and check.node_id and not check.conclusion
        }
