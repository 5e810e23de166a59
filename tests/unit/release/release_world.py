"""A release in memory: facts to begin with, and what GitHub shows once a step was performed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha1
from typing import Any

from shipway.domain.authority import Asker
from shipway.domain.delivery.steps import StartDeployment
from shipway.domain.facts import Branch, Content, Facts, GateResults, PullRequest, PullRequestState
from shipway.domain.gate_policy import GatePolicy
from shipway.domain.ledger import Ledger
from shipway.domain.plan import (
    CutBranch,
    DraftRelease,
    MergePullRequest,
    OpenPullRequest,
    Step,
    UpdateBranch,
)
from shipway.domain.policy import DeployPolicy, EnvironmentPolicy, Policy, ReleasePolicy
from shipway.domain.release_command import ReleaseCommand
from shipway.domain.repository import Repository
from shipway.domain.verdict import Ruling, Verdict

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RELEASE_ID = "6f1c2a34-0000-4000-8000-000000000001"
COMMAND = ReleaseCommand(
    version="1.3.0",
    tag="v1.3.0",
    branch="release/1.3.0",
    actor="octocat",
    release_id=RELEASE_ID,
    attempt="a1",
    holder="run:1",
)
REPOSITORY = Repository(
    owner="octo-org",
    name="demo",
    node_id="R_1",
    url="https://github.example/octo-org/demo",
    default_branch="main",
    viewer="shipway",
    permission="WRITE",
)


def oid(number: int) -> str:
    """The object name of the commit with this number."""
    return sha1(str(number).encode(), usedforsecurity=False).hexdigest()


def content(revision: int = 1) -> Content:
    """What the version holds at a revision of the source."""
    return Content(
        previous_tag="v1.2.0",
        source_oid=oid(revision),
        files={"CHANGELOG.md": f"## 1.3.0 at {revision}", "pyproject.toml": 'version = "1.3.0"'},
        notes=f"### Features\n\n- change {revision}",
        tickets=("#41",),
        commits=revision,
        digest=f"{revision:08x}",
    )


def at_the_beginning(**changes: Any) -> Facts:
    """A repository in which nobody has asked for a release yet."""
    main = Branch("main", oid(1))
    facts = Facts(
        repository=REPOSITORY,
        source=main,
        target=main,
        content=content(),
        ledger=Ledger(),
        asker=Asker("octocat", "write"),
    )
    return facts.having(**changes)


def policy_of(gates: str = "", environments: str = "", **release: Any) -> Policy:
    """A policy from names: gates that run a command, environments that each follow the one before."""
    names = environments.split()
    return Policy(
        release=ReleasePolicy(**release),
        gates={name: GatePolicy(command=("make", name)) for name in gates.split()},
        environments={
            name: EnvironmentPolicy(
                after=(after,) if after else (), deploy=DeployPolicy(command=("./deploy", name))
            )
            for name, after in zip(names, ["", *names], strict=False)
        },
    )


def landed(step: Step, facts: Facts, new: Iterator[int]) -> Facts:
    """The facts after a step, with names as GitHub gives them, each one used once."""
    after = step.foreseen(facts)
    match step:
        case CutBranch() | UpdateBranch():
            head = oid(next(new))
            pull = after.pull_request and replace(after.pull_request, head_oid=head, approvals=())
            return after.having(release_branch=Branch(step.branch, head), pull_request=pull)
        case OpenPullRequest():
            return having_pull(after, number=next(new), node_id="PR_1", created_at="2026-03-01T12:01:00Z")
        case MergePullRequest(queue=True):
            return having_pull(after, state=PullRequestState.OPEN, merge_oid="", queued=True)
        case MergePullRequest():
            return having_pull(after, merge_oid=oid(next(new)))
        case DraftRelease():
            *others, drafted = after.releases
            return after.having(releases=(*others, replace(drafted, id=next(new))))
        case StartDeployment():
            *before, started = after.deployments
            number = next(new)
            named = replace(started, id=number, node_id=f"D_{number}", created_at="2026-03-01T12:05:00Z")
            return after.having(deployments=(*before, named))
    return after


def having_pull(facts: Facts, **changes: Any) -> Facts:
    """The facts with something else true of the pull request."""
    assert facts.pull_request
    return facts.having(pull_request=replace(facts.pull_request, **changes))


def the_pull(facts: Facts) -> PullRequest:
    """The pull request, which is there."""
    assert facts.pull_request
    return facts.pull_request


def gathered(facts: Facts) -> Facts:
    """What a new run sees of these facts: what GitHub and the ledger keep, and nothing that a run remembers."""
    gates = facts.gates
    kept = gates and gates.passed and facts.release_branch and gates.commit == facts.release_branch.oid
    recorded = facts.ledger.newest("gates")
    return facts.having(
        gates=gates if gates and kept and recorded and recorded.detail["commit"] == gates.commit else None,
        deploy_results={},
        stage_gates={},
        tried_before=frozenset(),
    )


def gate_results(commit: str, *rulings: tuple[str, Ruling]) -> GateResults:
    """What gates answered."""
    verdicts = (Verdict(name, ruling, "example", f"{name}: {ruling}") for name, ruling in rulings)
    return GateResults(commit, tuple(verdicts))
