"""Look, decide, act for the promotion of a component to its next stage."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from shipway.adapters.git_repo import Clone
from shipway.adapters.github import GitHub, Transient
from shipway.adapters.github.projects import move_card
from shipway.adapters.github.tracking import open_issue, read_tracked, write_issue
from shipway.domain.maturity import (
    CloseIssue,
    MaturityCommand,
    MaturityFacts,
    MoveCard,
    OpenIssue,
    RewriteIssue,
    Step,
    decide,
    foreseen,
    issue_of,
    labels_of,
    stage_of,
)
from shipway.domain.maturity_policy import ComponentPolicy
from shipway.domain.maturity_view import body_of
from shipway.domain.policy import Policy
from shipway.domain.resting import Done, Refusal
from shipway.domain.verdict import Verdict
from shipway.engine.evidence import Evidence
from shipway.engine.gates import Gates
from shipway.errors import ExitCode, GitHubError, InputError, UsageError

STUMBLES = 4
"""Times that GitHub may stumble in one run before it ends."""
PAUSE = 2.0
"""Seconds before looking again."""


@dataclass(slots=True)
class Promotion:
    """One run of `shipway maturity`.

    Attributes:
        warnings: What people should know and nothing stops for.
        steps: What was done, or would be.
    """

    github: GitHub
    clone: Clone
    policy: Policy
    command: MaturityCommand
    gates: Gates
    now: datetime
    sleep: Callable[[float], None]
    warnings: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    _verdicts: dict[str, Verdict] = field(default_factory=dict)
    _carded: bool = False
    _may_label: bool = True

    def run(self) -> tuple[MaturityFacts, Refusal | Done]:
        """Carry the promotion as far as it goes; gives what was true when that was decided, and how it ended.

        Raises:
            ShipwayError: GitHub refused, or kept stumbling; run it again to go on.
        """
        facts = before = self.look()
        stumbles = 0
        while not isinstance(move := self._decided(facts), Refusal | Done):
            before = facts
            try:
                facts = self._perform(move, facts)
                self.steps.append(str(move))
            except Transient as problem:
                stumbles += 1
                if stumbles > STUMBLES:
                    raise
                self.sleep(PAUSE if problem.retry_after is None else problem.retry_after)
                facts = self.look()
        closed_now = facts.at != before.at
        return replace(before, issue=facts.issue) if closed_now else facts, move

    def foresee(self) -> tuple[MaturityFacts, Refusal | Done]:
        """The same without doing anything."""
        facts = self.look()
        while not isinstance(move := self._decided(facts), Refusal | Done):
            self.steps.append(str(move))
            if isinstance(move, CloseIssue):
                return facts, Done(f"{self.command.component} would reach {self.command.target}.")
            facts = foreseen(move, facts, self._body)
        return facts, move

    def look(self) -> MaturityFacts:
        """Ask GitHub, and what decides criteria in the clone; gates are not run twice."""
        component, wanted = self._component, self.policy.maturity.criteria(self.command.target)
        self._check_clone()
        begins = [one.environment for one in wanted.values() if one.uptime is not None]
        environments = {*begins, self._previous} - {""} if begins else set()
        label = labels_of(self.command)[0]
        tracked = read_tracked(self.github, label, self.clone.head, sorted(environments))
        evidence = Evidence(
            self.clone, self.policy, component, self.command, self.gates, self.now, self._previous
        )
        self._may_label = tracked.may_label
        self._verdicts = evidence.verdicts(tracked, self._verdicts)
        return MaturityFacts(
            commit=self.clone.head,
            at=stage_of(self.command.component, tracked.issues, component.stage),
            verdicts=self._verdicts,
            issue=issue_of(self.command, tracked.issues),
            carded=self._carded,
        )

    def _check_clone(self) -> None:
        if not self.clone.head:
            raise InputError(
                "The clone has no commits yet, so there is nothing to judge.",
                "Push a first commit, for example: git push -u origin main",
                reason_code="empty-repository",
            )
        changed = (
            "The clone has changes that are not committed; what was judged may not be what the commit holds."
        )
        if self.clone.changed_files and changed not in self.warnings:
            self.warnings.append(changed)

    def _check_labelling(self) -> None:
        if not self._may_label:
            raise GitHubError(
                "This token may not label issues, and by its label the issue of a promotion is found again.",
                "Use one of somebody who may triage, or give the job: issues: write",
                reason_code="may-not-label",
                exit_code=ExitCode.NOT_AUTHORISED,
            )

    @property
    def _previous(self) -> str:
        """The environment in which a component of the stage before runs."""
        return {"staging": "development", "production": "staging"}.get(self.command.target, "")

    @property
    def _component(self) -> ComponentPolicy:
        known = self.policy.maturity.components
        if self.command.component in known:
            return known[self.command.component]
        raise UsageError(
            f"There is no component {self.command.component!r}.",
            f"There are {', '.join(known) or 'none'}; add it under `maturity.components` of the configuration.",
            reason_code="component-unknown",
        )

    def _body(self, facts: MaturityFacts, *, promoted: bool = False) -> str:
        return body_of(facts, self.command, self.policy.maturity, promoted=promoted)

    def _decided(self, facts: MaturityFacts) -> Step | Refusal | Done:
        return decide(facts, self.command, self.policy.maturity, self._body)

    def _perform(self, step: Step, facts: MaturityFacts) -> MaturityFacts:
        match step:
            case OpenIssue(title, labels):
                self._check_labelling()
                return replace(facts, issue=open_issue(self.github, title, self._body(facts), labels))
            case RewriteIssue(issue, labels):
                return replace(facts, issue=write_issue(self.github, issue, self._body(facts), labels))
            case CloseIssue(issue, labels):
                body = self._body(facts, promoted=True)
                closed = write_issue(self.github, issue, body, labels, close=True)
                return replace(facts, issue=closed, at=self.command.target)
            case MoveCard(node_id, project, column, option):
                if problem := move_card(self.github, node_id, project, column, option):
                    self.warnings.append(problem)
                self._carded = True
        return replace(facts, carded=True)
