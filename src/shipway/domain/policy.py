"""What a repository wants, as frozen values; declared once, here.

`shipway.config` reads `.github/shipway.yml` into these records, refuses unknown keys, and generates the schema
and the reference page from the field names, types, defaults and attribute documentation below.
"""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, ClassVar, Literal, Self

from shipway.domain.authority_rule import NOBODY, AuthorityRule, Role
from shipway.domain.call_policy import CallPolicy
from shipway.domain.gate_policy import GatePolicy
from shipway.domain.ledger_policy import LedgerPolicy, PrivacyPolicy
from shipway.domain.maturity_policy import MaturityPolicy
from shipway.domain.rollback_policy import RollbackPolicy
from shipway.domain.span import parse_span, span_text
from shipway.domain.strategy_policy import StrategyPolicy
from shipway.domain.strict import STRICT

Level = Literal["major", "minor", "patch", "none"]
Flow = Literal["github-flow", "git-flow", "trunk"]
Action = Literal["promote", "rollback", "lock", "unlock", "unlock-by-force", "override", "lift-hold"]
LIMIT = timedelta(minutes=30)
"""How long a deployment may take where nothing else is said, unless its command may take longer."""
AROUND = timedelta(minutes=5)
"""How long all that is around a command may take then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePolicy:
    """How a version is cut.

    Attributes:
        flow: Branching model; `auto` recognises it from the branches and history.
        source: Branch that releases are cut from; empty takes the flow's.
        target: Branch that releases are merged into; empty takes the flow's.
        tag: Form of a tag.
        branch: Form of a release branch.
        changelog: File that gets the new section; empty writes none.
        version_files: Files whose version is bumped besides those that are found. Where a file is of no known kind,
            `path =~ pattern` says where the version is, with a group `(?P<version>…)`.
        types: Commit type → level, on top of the defaults.
        groups: Title in the changelog → commit types under it, in this order; where nothing is given Features, Fixes,
            Performance and Reverts. Breaking changes always stand first.
        major_on_zero: Whether a breaking change makes 1.0.0 while the major is 0.
        merge: How the release pull request is merged; `auto` takes the first way that the repository allows of
            merge, squash, rebase.
        approvals: Approvals that a release pull request needs, besides what GitHub itself demands.
        override_approvals: How many others must approve, within 24 hours, that a release is let past one of its own
            gates; 0 asks nobody. A push takes back what they said, and the override.
        override_approvers: Who may approve that; who may override themselves, where nobody is named.
        reviewers: Logins, or `org/team`, asked to review besides the code owners.
        labels: Labels of the release pull request, besides `version:X.Y.Z`.
        milestone: Title of the milestone to set where it exists; `{version}` is replaced.
        assets: Files (globs) attached to the GitHub Release.
        back_merge: Whether the tag is merged back into the source branch when that is not the target.
    """

    flow: Literal["auto", "github-flow", "git-flow", "trunk"] = "auto"
    source: str = ""
    target: str = ""
    tag: str = "v{version}"
    branch: str = "release/{version}"
    changelog: str = "CHANGELOG.md"
    version_files: tuple[str, ...] = ()
    types: Mapping[str, Level] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    major_on_zero: bool = False
    merge: Literal["auto", "merge", "squash", "rebase"] = "auto"
    approvals: int = 1
    override_approvals: int = 0
    override_approvers: AuthorityRule = NOBODY
    reviewers: tuple[str, ...] = ()
    labels: tuple[str, ...] = ("release", "auto-generated")
    milestone: str = "{version}"
    assets: tuple[str, ...] = ()
    back_merge: bool = True

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployPolicy:
    """How one environment is deployed to.

    Attributes:
        command: Argument list; run without a shell. Where a workflow deploys, the job runs it.
        preset: Tool that deploys, with commands that Shipway knows, in place of a command of one's own.
        with_: What the preset has to know, such as the name of the service. `{version}`, `{tag}`, `{sha}`, `{digest}`
            and `{slug}` (the version as 1-2-3) are replaced.
        call: An address that deploys, in place of a command.
        event: Whether somebody outside deploys who hears of the deployment on GitHub, and says there how it ends.
        workflow: File in .github/workflows that deploys, such as `deploy.yml`: it is started, and a job of it that
            names the environment waits for whatever GitHub demands there.
        ref: Where the workflow is started: on the default branch, or on the tag of the version.
        env: Names of variables that the command may see, such as credentials; their values are masked in what is
            shown of it.
        timeout: Seconds, or a length of time such as `5m`, until it and all that it started is stopped; what it set
            going elsewhere may still go on.
        limit: How long all of a deployment may take, with its pauses and gates, before the environment goes back to
            what was good there and people are called; where nothing is given 30 minutes, or `timeout` and five more
            if that is longer.
        url: Address of the environment, shown on the deployment.
    """

    command: tuple[str, ...] = ()
    preset: Literal["", "kubectl", "helm", "argo-rollouts", "ecs", "lambda", "cloud-run", "azure", "fly"] = ""
    with_: Mapping[str, str] = field(default_factory=dict)
    call: CallPolicy | None = None
    event: bool = False
    workflow: str = ""
    ref: Literal["default-branch", "tag"] = "default-branch"
    env: tuple[str, ...] = ()
    timeout: float = 300
    limit: str = ""
    url: str = ""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    @property
    def deploys(self) -> bool:
        """Whether anything deploys there."""
        return bool(self.acts or self.workflow or self.event)

    @property
    def deployers(self) -> tuple[str, ...]:
        """What deploys, besides a workflow in which it does: one, where the configuration can be used."""
        given = {"command": self.command, "preset": self.preset, "call": self.call, "event": self.event}
        return tuple(name for name, settings in given.items() if settings)

    @property
    def acts(self) -> bool:
        """Whether Shipway itself has something to do for it."""
        return bool(self.command or self.preset or self.call)

    @property
    def outside(self) -> bool:
        """Whether something outside deploys, which goes on without a run of ours."""
        return self.call is not None or self.event

    @property
    def shown(self) -> str:
        """What Shipway runs, for people; empty where it runs nothing."""
        if self.call:
            return self.call.shown
        if self.event:
            return "whoever hears of the deployment"
        return f"preset {self.preset}" if self.preset else shlex.join(self.command)

    @property
    def longest(self) -> timedelta:
        """How long all of a deployment may take."""
        return parse_span(self.limit) if self.limit else max(LIMIT, timedelta(seconds=self.timeout) + AROUND)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizePolicy:
    """Who may act on an environment; whoever may write to the repository, where nobody is named.

    Attributes:
        users: Logins.
        teams: `org/team`.
        roles: Roles in the repository; a higher one than named is enough.
        actions: Action → who may do it, where that is somebody else.
        separation_of_duties: Whether somebody else must promote than who promoted to the environment before.
        commit_authors: Whether authors of the version's commits, since the one that stands there, may promote it.
        last_pusher: Whether who pushed last to the version's pull request may promote it.
        approvals: Whether an approval of the environment's reviewers on GitHub is enough, if it is not one's own.
    """

    users: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    actions: Mapping[Action, AuthorityRule] = field(default_factory=dict)
    separation_of_duties: bool = False
    commit_authors: bool = True
    last_pusher: bool = True
    approvals: bool = False

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPolicy:
    """Whose approval is needed before anything is done to an environment.

    Attributes:
        count: How many people must approve a version before it comes in; 0 asks nobody.
        rollback: How many must approve a rollback that a person asks for; 0 asks nobody, so that it waits for nobody.
            One that a trigger asks for never waits.
        override: How many must approve that a version is let past a gate on its way in; never fewer than `count`.
        users: Logins that may approve; who may do it themselves, where nobody is named.
        teams: `org/team` whose members may approve.
        roles: Roles in the repository that may approve; a higher one than named is enough.
        timeout: How long an approval counts, and how long it is waited for, such as `24h`; no answer is a no.
        own: Whether the approval of who asks counts.
        escalate_after: When others are asked too, such as `4h`; they are named in replies and in the status.
        escalate_to: Logins, or `org/team`, that may approve from then on.
    """

    count: int = 0
    rollback: int = 0
    override: int = 0
    users: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    timeout: str = "24h"
    own: bool = False
    escalate_after: str = ""
    escalate_to: tuple[str, ...] = ()

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    @property
    def asks(self) -> bool:
        """Whether anything has to be approved there."""
        return bool(self.count or self.rollback or self.override)

    def needed(self, action: str) -> int:
        """How many must approve: that a version comes in, a `rollback`, or an `override`."""
        counts = {"rollback": self.rollback, "override": max(self.count, self.override)}
        return counts.get(action, self.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentsPolicy:
    """How commands in comments are taken.

    Attributes:
        bots: Logins of bots whose commands are obeyed, such as `renovate[bot]`.
        dialect: Whose commands are understood besides ours.
    """

    bots: tuple[str, ...] = ()
    dialect: Literal["", "branch-deploy"] = ""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionPolicy:
    """What GitHub demands of jobs that name the environment; what is not given stays as GitHub has it.

    Attributes:
        reviewers: Logins, or `org/team`, of whom one must approve; `[]` for none.
        wait_timer: How long a job waits: minutes, or a length such as `2h`.
        prevent_self_review: Whether somebody else must approve than who started the job.
        admins_bypass: Whether administrators may go past all of this.
        branches: `all`, `protected`, or patterns of the branches that may deploy.
        tags: Patterns of the tags that may deploy, besides `branches` given as patterns.
        rules: Slugs of the Apps that must agree.
    """

    reviewers: tuple[str, ...] | None = None
    wait_timer: str | None = None
    prevent_self_review: bool | None = None
    admins_bypass: bool | None = None
    branches: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    rules: tuple[str, ...] | None = None

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentPolicy:
    """One environment.

    Attributes:
        after: Environments that must hold the version first; none for the first one.
        join: Whether all of several environments in `after` must, or any one of them.
        automatic: Whether a release goes on into it by itself; where not, people bring versions in.
        signature: What it means that GitHub does not find the version's commit validly signed: `enforce` refuses it,
            `warn` warns; `off` only shows it among the verdicts.
        unreleased: Whether the newest commit of a pull request may be tried there before it is merged; never where
            the environment counts as production.
        soak: How long a version must have been verified in the environment before, such as `2h`.
        authorize: Who may promote, roll back and lock.
        approvals: Whose approval a version needs.
        deploy: How to deploy.
        strategy: How a version takes over, where that is not all at once.
        production: Whether people depend on it; found from the name when not given.
        protection: What `shipway environments apply` has GitHub demand of jobs that name it.
        version_url: Address where the environment itself says which version it runs; `shipway status` compares.
        version_path: Where in that JSON the version stands, such as `build.version`.
    """

    after: tuple[str, ...] = ()
    join: Literal["all", "any"] = "all"
    automatic: bool = True
    signature: Literal["enforce", "warn", "off"] = "off"
    unreleased: bool = False
    soak: str = ""
    authorize: AuthorizePolicy = AuthorizePolicy()
    approvals: ApprovalPolicy = ApprovalPolicy()
    deploy: DeployPolicy = DeployPolicy()
    strategy: StrategyPolicy = field(default_factory=StrategyPolicy)
    production: bool | None = None
    protection: ProtectionPolicy = ProtectionPolicy()
    version_url: str = ""
    version_path: str = "version"

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class HotfixPolicy:
    """How a released version is repaired on the fast track.

    Attributes:
        branch: Form of a hotfix branch.
        approvers: Who may let a hotfix in; whoever has the role `maintain`, where nobody is named.
        auto_approve: Whether it is let in without anybody's approval. What GitHub demands of the branch still holds.
        gates_within: How long the gates of the fast track may take together, such as `10m`.
        environments: Environments that a hotfix goes through by itself, in this order and without soaking; as for any
            release, where none is named.
        debts_within: Until when the gates that were left out and the way back to development are owed, such as `24h`
            after the deployment.
    """

    branch: str = "hotfix/{version}"
    approvers: AuthorityRule = NOBODY
    auto_approve: bool = False
    gates_within: str = "10m"
    environments: tuple[str, ...] = ()
    debts_within: str = "24h"

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The whole of `.github/shipway.yml`.

    Attributes:
        release: How a version is cut.
        environments: Name → environment, in the order of deployment unless `after` says otherwise.
        gates: Name → gate, in the order in which they run.
        maturity: How components come from development to staging and production.
        rollback: How environments go back.
        hotfix: How a released version is repaired.
        ledger: Where the ledger is kept.
        privacy: What is hidden besides secrets.
        comments: How commands in comments are taken.
    """

    release: ReleasePolicy = ReleasePolicy()
    environments: Mapping[str, EnvironmentPolicy] = field(default_factory=dict)
    gates: Mapping[str, GatePolicy] = field(default_factory=dict)
    maturity: MaturityPolicy = field(default_factory=MaturityPolicy)
    rollback: RollbackPolicy = field(default_factory=RollbackPolicy)
    hotfix: HotfixPolicy = field(default_factory=HotfixPolicy)
    ledger: LedgerPolicy = field(default_factory=LedgerPolicy)
    privacy: PrivacyPolicy = field(default_factory=PrivacyPolicy)
    comments: CommentsPolicy = field(default_factory=CommentsPolicy)

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    @property
    def pipeline(self) -> tuple[str, ...]:
        """Names of the environments in the order in which a version reaches them."""
        placed: list[str] = []
        waiting = list(self.environments)
        while waiting:
            ready = [name for name in waiting if {*self.environments[name].after} <= {*placed}]
            if not ready:  # the configuration reader refuses circles; a stray one keeps the written order
                return (*placed, *waiting)
            placed.append(ready[0])
            waiting.remove(ready[0])
        return tuple(placed)

    def reading(self, reports: tuple[str, ...]) -> Self:
        """This policy with globs of reports for the gates that have nothing to go by, or for one gate `reports`."""
        if not reports:
            return self
        gates = self.gates or {"reports": GatePolicy()}
        given = {
            name: gate if gate.demands else replace(gate, report=reports) for name, gate in gates.items()
        }
        return replace(self, gates=given)

    def takes_trials(self, name: str) -> bool:
        """Whether an environment takes what is not released."""
        settings = self.environments.get(name)
        return settings is not None and settings.unreleased and not self.is_production(name)

    def is_production(self, name: str) -> bool:
        """Whether people depend on this environment."""
        stated = self.environments[name].production if name in self.environments else None
        return stated if stated is not None else name.lower() in {"production", "prod", "live"}


def steps_problems(deploy: DeployPolicy, strategy: StrategyPolicy) -> Iterator[tuple[tuple[str, ...], str]]:
    """Place in a strategy → why the deployer, or the time it has, does not go with it."""
    if not strategy.name:
        return
    if not deploy.acts:
        yield (), "needs something that takes its steps, such as `deploy: {command: [./deploy]}`"
    waiting = strategy.between * max(len(strategy.shares(hotfix=False)) - 1, 1)
    if waiting >= deploy.longest:
        least, limit = span_text(waiting), span_text(deploy.longest)
        yield ("pause",), f"waits for {least} in all, and a deployment may take {limit}: raise `deploy.limit`"
