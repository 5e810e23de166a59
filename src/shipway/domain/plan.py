"""What can be done next, as data: one step, a wait, a refusal, or nothing more.

A step says everything that its effect needs and can say what the facts will be afterwards (`foreseen`), so that
a plan can be shown to its end without doing anything. Performing a step is the business of `engine.perform`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from shipway.domain.delivery.steps import FORESEEN, DeliveryStep
from shipway.domain.facts import (
    Branch,
    Facts,
    GateResults,
    GitHubRelease,
    Oid,
    PullRequest,
    PullRequestState,
    Tag,
)
from shipway.domain.hotfix.steps import HotfixStep
from shipway.domain.override import Override
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.verdict import Verdict, foreseen_pass


def _pull(facts: Facts) -> PullRequest:
    assert facts.pull_request  # noqa: S101 - steps on a pull request are only decided when there is one
    return facts.pull_request


@dataclass(frozen=True, slots=True)
class CloseOther:
    """Close the pull request of a lower version, or of another tool, that this release takes the place of.

    Attributes:
        comment: What people are told there; empty for nothing.
    """

    number: int
    node_id: str
    branch: str
    comment: str = ""

    def __str__(self) -> str:
        return f"close pull request #{self.number} of {self.branch}, which this release takes the place of"

    def foreseen(self, facts: Facts) -> Facts:
        """It is not open any more."""
        others = tuple(other for other in facts.other_releases if other.number != self.number)
        return facts.having(other_releases=others)


@dataclass(frozen=True, slots=True)
class CutBranch:
    """Create the release branch at the source with the release commit on it, or complete a branch cut before.

    Attributes:
        exists: Whether the branch stands at the base already, without the release commit.
    """

    branch: str
    base: Oid
    files: Mapping[str, str]
    message: str
    digest: str
    exists: bool = False

    def __str__(self) -> str:
        return (
            f"cut branch {self.branch} from {self.base[:10]} and commit {', '.join(self.files) or 'nothing'}"
        )

    def foreseen(self, facts: Facts) -> Facts:
        """The branch with the release commit."""
        return facts.having(
            release_branch=Branch(self.branch, FORESEEN),
            release_branch_digest=self.digest,
            release_branch_source=self.base,
            gates=None,
            reported_gates=frozenset(),
        )


@dataclass(frozen=True, slots=True)
class UpdateBranch:
    """Merge the newer source into the release branch and rewrite the release commit's files."""

    branch: str
    head: Oid
    source: Oid
    files: Mapping[str, str]
    message: str
    digest: str

    def __str__(self) -> str:
        return f"bring branch {self.branch} up to {self.source[:10]} and commit {', '.join(self.files)}"

    def foreseen(self, facts: Facts) -> Facts:
        """The branch with the newer source in it; nobody has approved or checked its new commit."""
        pull = facts.pull_request
        return facts.having(
            release_branch=Branch(self.branch, FORESEEN),
            release_branch_digest=self.digest,
            release_branch_source=self.source,
            gates=None,
            reported_gates=frozenset(),
            pull_request=pull and replace(pull, head_oid=FORESEEN, approvals=(), checks=()),
        )


@dataclass(frozen=True, slots=True)
class RunGates:
    """Run the gates of a stage, in order, and stop at the first that does not pass.

    Attributes:
        stage: Which stage that is, and of which environment; empty where the stage is of the version alone.
        overrides: Those that count now.
        variables: What commands see besides what the policy allows, such as version and address.
        within: Seconds that they may take together; 0 for as long as each may by itself.
    """

    commit: Oid
    gates: tuple[str, ...]
    stage: str
    environment: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    within: float = 0

    def __str__(self) -> str:
        return f"run gates {', '.join(self.gates)}"

    def foreseen(self, facts: Facts) -> Facts:
        """All gates passed."""
        passed = tuple(map(foreseen_pass, self.gates))
        return facts.having(gates=GateResults(self.commit, passed))


@dataclass(frozen=True, slots=True)
class ReportGates:
    """Show each gate as a check on the commit."""

    commit: Oid
    verdicts: tuple[Verdict, ...]

    def __str__(self) -> str:
        return f"show {', '.join(v.gate for v in self.verdicts)} as checks on the commit"

    def foreseen(self, facts: Facts) -> Facts:
        """The checks are there, and say the same wherever the pull request shows them."""
        ended = {f"shipway/{one.gate}": "success" if one.passed else "failure" for one in self.verdicts}
        pull = facts.pull_request
        if pull:
            checks = (replace(one, conclusion=ended.get(one.name, one.conclusion)) for one in pull.checks)
            pull = replace(pull, checks=tuple(checks))
        gates = frozenset(verdict.gate for verdict in self.verdicts)
        return facts.having(reported_gates=gates, pull_request=pull)


@dataclass(frozen=True, slots=True)
class OpenPullRequest:
    """Open the release pull request."""

    head: str
    base: str
    title: str
    view: Mapping[str, Any]
    digest: str
    draft: bool

    def __str__(self) -> str:
        return f"open {'draft ' if self.draft else ''}pull request {self.head} → {self.base}"

    def foreseen(self, facts: Facts) -> Facts:
        """The pull request is open."""
        opened = PullRequest(
            number=0,
            node_id=FORESEEN,
            url="",
            state=PullRequestState.OPEN,
            draft=self.draft,
            title=self.title,
            body=f"<!-- shipway:begin {self.digest} -->\n<!-- shipway:end -->",
            head_oid=facts.release_branch.oid if facts.release_branch else FORESEEN,
            base=self.base,
            merge_state="CLEAN",
            mergeable="MERGEABLE",
        )
        return facts.having(pull_request=opened)


@dataclass(frozen=True, slots=True)
class RewritePullRequest:
    """Rewrite the marked region and the title of the pull request; what people wrote around it stays."""

    number: int
    title: str
    view: Mapping[str, Any]
    digest: str

    def __str__(self) -> str:
        return f"rewrite pull request #{self.number}"

    def foreseen(self, facts: Facts) -> Facts:
        """The pull request shows what is true."""
        body = f"<!-- shipway:begin {self.digest} -->\n<!-- shipway:end -->"
        return facts.having(pull_request=replace(_pull(facts), title=self.title, body=body))


@dataclass(frozen=True, slots=True)
class LabelPullRequest:
    """Set labels and milestone.

    Attributes:
        milestone: Its number; None leaves what is set.
    """

    number: int
    labels: frozenset[str]
    milestone: int | None

    def __str__(self) -> str:
        milestone = " and set its milestone" if self.milestone else ""
        return f"label the pull request {', '.join(sorted(self.labels))}{milestone}"

    def foreseen(self, facts: Facts) -> Facts:
        """The labels are there, and the milestone is."""
        pull = _pull(facts)
        milestone = self.milestone or pull.milestone
        return facts.having(pull_request=replace(pull, labels=self.labels, milestone=milestone))


@dataclass(frozen=True, slots=True)
class AskReviewers:
    """Ask people and teams to review."""

    number: int
    reviewers: tuple[str, ...]

    def __str__(self) -> str:
        return f"ask {', '.join(self.reviewers)} to review"

    def foreseen(self, facts: Facts) -> Facts:
        """They are asked."""
        pull = _pull(facts)
        return facts.having(pull_request=replace(pull, reviewers=pull.reviewers | set(self.reviewers)))


@dataclass(frozen=True, slots=True)
class MarkReady:
    """Take the pull request out of draft."""

    number: int
    node_id: str

    def __str__(self) -> str:
        return "mark the pull request ready for review"

    def foreseen(self, facts: Facts) -> Facts:
        """No draft any more."""
        return facts.having(pull_request=replace(_pull(facts), draft=False))


@dataclass(frozen=True, slots=True)
class MergePullRequest:
    """Merge, or put into the merge queue, exactly the head that was judged."""

    number: int
    node_id: str
    head: Oid
    method: str
    title: str
    message: str
    queue: bool

    def __str__(self) -> str:
        return (
            "put the pull request into the merge queue" if self.queue else f"{self.method} the pull request"
        )

    def foreseen(self, facts: Facts) -> Facts:
        """Merged."""
        merged = replace(_pull(facts), state=PullRequestState.MERGED, merge_oid=FORESEEN)
        return facts.having(pull_request=merged)


@dataclass(frozen=True, slots=True)
class CreateTag:
    """Create the annotated tag."""

    name: str
    commit: Oid
    message: str

    def __str__(self) -> str:
        return f"tag {self.name}"

    def foreseen(self, facts: Facts) -> Facts:
        """The tag is there."""
        return facts.having(tag=Tag(self.name, self.commit))


@dataclass(frozen=True, slots=True)
class DraftRelease:
    """Create the GitHub Release; as a draft while assets are to come, else published at once."""

    tag: str
    title: str
    notes: str
    draft: bool
    prerelease: bool

    def __str__(self) -> str:
        return f"{'draft' if self.draft else 'publish'} GitHub Release {self.tag}"

    def foreseen(self, facts: Facts) -> Facts:
        """The release is there."""
        return facts.having(releases=(*facts.releases, GitHubRelease(0, self.tag, self.draft, "")))


@dataclass(frozen=True, slots=True)
class UploadAsset:
    """Attach one file to the drafted release; `path` is relative to the clone."""

    release: int
    path: str

    def __str__(self) -> str:
        return f"upload {self.path}"

    def foreseen(self, facts: Facts) -> Facts:
        """The asset is attached."""
        attached = tuple(
            replace(r, assets=(*r.assets, self.path.rpartition("/")[2])) if r.id == self.release else r
            for r in facts.releases
        )
        return facts.having(releases=attached)


@dataclass(frozen=True, slots=True)
class PublishRelease:
    """Publish the drafted release."""

    release: int
    tag: str

    def __str__(self) -> str:
        return f"publish GitHub Release {self.tag}"

    def foreseen(self, facts: Facts) -> Facts:
        """Not a draft any more."""
        published = tuple(replace(r, draft=False) if r.id == self.release else r for r in facts.releases)
        return facts.having(releases=published)


@dataclass(frozen=True, slots=True)
class DiscardDraft:
    """Delete a second draft for the same tag, left by a request that seemed to fail and did not."""

    release: int

    def __str__(self) -> str:
        return "delete the doubled draft release"

    def foreseen(self, facts: Facts) -> Facts:
        """One draft fewer."""
        return facts.having(releases=tuple(r for r in facts.releases if r.id != self.release))


@dataclass(frozen=True, slots=True)
class MergeBack:
    """Merge the tag back into the branch that the release was cut from."""

    branch: str
    commit: Oid
    message: str

    def __str__(self) -> str:
        return f"merge the release back into {self.branch}"

    def foreseen(self, facts: Facts) -> Facts:
        """Merged back."""
        return facts.having(source_merged_back=True)


Step = (
    HotfixStep
    | CloseOther
    | CutBranch
    | UpdateBranch
    | RunGates
    | ReportGates
    | OpenPullRequest
    | RewritePullRequest
    | LabelPullRequest
    | AskReviewers
    | MarkReady
    | MergePullRequest
    | CreateTag
    | DraftRelease
    | UploadAsset
    | PublishRelease
    | DiscardDraft
    | MergeBack
    | DeliveryStep
)


Move = Step | Wait | Refusal | Done
