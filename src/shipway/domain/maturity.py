"""A component's way to the next stage: criteria that facts decide, and criteria that people tick in one issue.

`decide` gives one step, a refusal that names what is missing, or done. Where a component stands is read off its
issues: the newest one that was closed as promoted.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sized
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from shipway.domain.facts import Deployment, DeploymentState, Oid
from shipway.domain.marked_text import region_of
from shipway.domain.maturity_policy import STAGES, CriterionPolicy, MaturityPolicy, Stage
from shipway.domain.resting import Done, Refusal
from shipway.domain.verdict import Ruling, Verdict
from shipway.errors import ExitCode

COVERAGE = "coverage"
"""Name of the criterion that every stage has."""

PROMOTED = "<!-- promoted -->"
"""Stands in the issue of a promotion that took place."""

_BOX = re.compile(r"^- \[(?P<mark>[ xX])\] .* <!-- criterion:(?P<key>[0-9a-f]{12}) -->\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class TrackingIssue:
    """An issue with the label of the component.

    Attributes:
        body: Untrusted text, with carriage returns where a browser sent it.
        open: Whether it is not closed.
    """

    number: int
    node_id: str
    url: str
    body: str
    open: bool
    labels: frozenset[str]

    @property
    def promoted(self) -> bool:
        """Whether it was closed by a promotion."""
        return not self.open and PROMOTED in self.body

    @property
    def ticked(self) -> frozenset[str]:
        """Keys of the boxes that are ticked in our part."""
        return frozenset(box["key"] for box in _BOX.finditer(region_of(self.body)) if box["mark"] != " ")


@dataclass(frozen=True, slots=True)
class MaturityCommand:
    """What was asked for.

    Attributes:
        source: Where the component is believed to stand; empty for wherever it does.
    """

    component: str
    target: Stage
    source: str = ""


@dataclass(frozen=True, slots=True)
class MaturityFacts:
    """What is true.

    Attributes:
        commit: The one that is judged.
        verdicts: Criterion → what decided it, for those that nobody ticks.
        issue: The one of this promotion.
        at: Stage at which the component is.
        carded: Whether its card was put into the column, or cannot be.
    """

    commit: Oid
    at: Stage
    verdicts: Mapping[str, Verdict]
    issue: TrackingIssue | None = None
    carded: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """A criterion and whether it is met."""

    name: str
    criterion: CriterionPolicy
    verdict: Verdict

    @property
    def text(self) -> str:
        """As people read it."""
        return self.criterion.text or self.name.replace("-", " ")


@dataclass(frozen=True, slots=True)
class OpenIssue:
    """Make the issue of this promotion."""

    title: str
    labels: tuple[str, ...]

    def __str__(self) -> str:
        return f"open the issue {self.title!r} with {', '.join(self.labels)}"


@dataclass(frozen=True, slots=True)
class RewriteIssue:
    """Bring our part of its body, and its labels, up to date."""

    issue: TrackingIssue
    labels: tuple[str, ...]

    def __str__(self) -> str:
        return f"rewrite issue #{self.issue.number}"


@dataclass(frozen=True, slots=True)
class MoveCard:
    """Put the issue into the column of the stage."""

    node_id: str
    project: str
    column: str
    option: str

    def __str__(self) -> str:
        return f"move its card on {self.project!r} to {self.option}"


@dataclass(frozen=True, slots=True)
class CloseIssue:
    """Record the promotion and close the issue."""

    issue: TrackingIssue
    labels: tuple[str, ...]

    def __str__(self) -> str:
        number = f"issue #{self.issue.number}" if self.issue.number else "the issue"
        return f"close {number} as promoted"


Step = OpenIssue | RewriteIssue | MoveCard | CloseIssue
Body = Callable[[MaturityFacts], str]
"""The whole body that the issue should have now."""


def key_of(*parts: str) -> str:
    """What stands for names in a body; no text of anybody breaks the mark around it."""
    return sha256("\n".join(parts).encode()).hexdigest()[:12]


def mark_of(component: str, target: str) -> str:
    """The mark by which the issue of a promotion is found again."""
    return f"<!-- maturity:{key_of(component, target)} -->"


def labels_of(command: MaturityCommand) -> tuple[str, str]:
    """The labels of the issue."""
    return f"component:{command.component}", f"target:{command.target}"


def stage_of(component: str, issues: Iterable[TrackingIssue], begins: Stage) -> Stage:
    """The highest stage that a promotion of the component has reached; where it begins when there was none."""
    issues = tuple(issues)
    reached = [
        stage for stage in STAGES for one in issues if one.promoted and mark_of(component, stage) in one.body
    ]
    return max((begins, *reached), key=STAGES.index)


def issue_of(command: MaturityCommand, issues: Iterable[TrackingIssue]) -> TrackingIssue | None:
    """The issue of this promotion: one that is open, else the newest."""
    mark = mark_of(command.component, command.target)
    ours = [one for one in issues if mark in one.body]
    return max(ours, key=lambda one: (one.open, one.number), default=None)


def judged(policy: MaturityPolicy, target: Stage, facts: MaturityFacts) -> tuple[Judged, ...]:
    """Every criterion of a stage with its answer."""
    text = f"At least {policy.coverage(target):g} % of the lines are covered by tests"
    criteria = {COVERAGE: CriterionPolicy(text=text, heading="gates"), **policy.criteria(target)}
    ticked = facts.issue.ticked if facts.issue else frozenset()
    return tuple(
        Judged(name, one, facts.verdicts.get(name) or _by_hand(name, ticked))
        for name, one in criteria.items()
    )


def _by_hand(name: str, ticked: frozenset[str]) -> Verdict:
    if key_of(name) in ticked:
        return Verdict(name, Ruling.PASS, "ticked", "ticked in the issue")
    return Verdict(
        name, Ruling.INCONCLUSIVE, "not-ticked", "nobody has ticked it", "who ticks it in the issue"
    )


def decide(
    facts: MaturityFacts, command: MaturityCommand, policy: MaturityPolicy, body: Body
) -> Step | Refusal | Done:
    """The next step, or why there is none."""
    if facts.at == command.target:
        return _still(facts, command, policy)
    if refusal := _out_of_order(facts, command):
        return refusal
    issue, labels = facts.issue, labels_of(command)
    if issue is None:
        return OpenIssue(f"Promote {command.component} to {command.target}", labels)
    if not issue.open:
        return _closed(issue)
    if issue.body != body(facts) or not issue.labels >= {*labels}:
        return RewriteIssue(issue, labels)
    open_ones = [one for one in judged(policy, command.target, facts) if not one.verdict.passed]
    if open_ones:
        return _unmet(command, issue, open_ones)
    if policy.project and not facts.carded:
        return MoveCard(issue.node_id, policy.project, policy.column, command.target)
    return CloseIssue(issue, labels)


def foreseen(step: Step, facts: MaturityFacts, body: Body) -> MaturityFacts:
    """The facts once a step has succeeded, for a dry run."""
    match step:
        case OpenIssue(_, labels):
            made = TrackingIssue(0, "", "", "", open=True, labels=frozenset(labels))
            return _with_body(replace(facts, issue=made), body)
        case RewriteIssue(issue, labels):
            return _with_body(replace(facts, issue=replace(issue, labels=frozenset(labels))), body)
        case MoveCard():
            return replace(facts, carded=True)
        case _:
            return facts


def _with_body(facts: MaturityFacts, body: Body) -> MaturityFacts:
    return replace(facts, issue=replace(facts.issue, body=body(facts))) if facts.issue else facts


def _out_of_order(facts: MaturityFacts, command: MaturityCommand) -> Refusal | None:
    name, at = command.component, facts.at
    place = STAGES.index(at)
    following = STAGES[place + 1] if place + 1 < len(STAGES) else ""
    step = (
        f"Go on with: shipway maturity {name} --to {following}"
        if following
        else "There is no stage after it."
    )
    if command.source and command.source != at:
        message = f"{name} is at {at}, not at {command.source}."
    elif STAGES.index(command.target) < place:
        message = f"{name} is at {at} already, which comes after {command.target}."
    elif command.target != following:
        message = f"{name} is at {at}; {following} comes before {command.target}."
    else:
        return None
    return Refusal("stage-order", message, step, ExitCode.TRANSITION)


def _still(facts: MaturityFacts, command: MaturityCommand, policy: MaturityPolicy) -> Refusal | Done:
    """Of a stage that is reached: what facts decide is demanded still; what people ticked once is not asked again."""
    missing = [
        one.verdict
        for one in judged(policy, command.target, facts)
        if not one.verdict.passed and one.verdict.reason_code != "not-ticked"
    ]
    if not missing:
        return Done(f"{command.component} is at {facts.at}.")
    return Refusal(
        "criteria-unmet",
        f"{command.component} is at {facts.at} and does not meet {_counted(missing)} of it.",
        f"Mend it, then run: shipway maturity {command.component} --to {command.target}",
        ExitCode.GATE,
        tuple(missing),
    )


def _counted(missing: Sized) -> str:
    return f"{len(missing)} {'criterion' if len(missing) == 1 else 'criteria'}"


def _closed(issue: TrackingIssue) -> Refusal:
    return Refusal(
        "promotion-closed",
        f"Somebody closed issue #{issue.number} of this promotion.",
        f"Open it again to go on: {issue.url}",
        ExitCode.TRANSITION,
    )


def _unmet(command: MaturityCommand, issue: TrackingIssue, missing: list[Judged]) -> Refusal:
    by_hand = any(one.verdict.reason_code == "not-ticked" for one in missing)
    where = f"Tick what is done in {issue.url or 'the issue'}, then run" if by_hand else "Mend it, then run"
    return Refusal(
        "criteria-unmet",
        f"{command.component} does not meet {_counted(missing)} of {command.target}.",
        f"{where}: shipway maturity {command.component} --to {command.target}",
        ExitCode.GATE,
        tuple(one.verdict for one in missing),
    )


def uptime_verdict(
    name: str, criterion: CriterionPolicy, deployments: Iterable[Deployment], now: datetime
) -> Verdict:
    """Whether an environment held a working deployment for long enough.

    A deployment works from its success until the next one fails, and a failure lasts until the next success.
    """
    span = timedelta(days=criterion.days)
    wanted = criterion.uptime or 0
    settled = [(datetime.fromisoformat(one.created_at), one) for one in deployments if one.state.settled]
    settled.sort(key=lambda pair: pair[0])
    since = now - span
    if not settled or settled[0][0] > since:
        summary = f"there are no deployments from {criterion.days} days ago to measure from"
        return Verdict(name, Ruling.INCONCLUSIVE, "no-history", summary, "time, or whoever deploys")
    up = timedelta()
    ends = [begin for begin, _ in settled[1:]] + [now]
    for (begin, one), end in zip(settled, ends, strict=True):
        works = one.state in {DeploymentState.SUCCESS, DeploymentState.INACTIVE}
        up += max(end - max(begin, since), timedelta()) if works else timedelta()
    percent = up / span * 100
    summary = f"{percent:.2f} % in {criterion.days} days, {wanted:g} % wanted"
    if percent >= wanted:
        return Verdict(name, Ruling.PASS, "uptime", summary)
    return Verdict(name, Ruling.FAIL, "uptime-too-low", summary, "whoever runs it, and time")


def coverage_verdict(percent: float | None, wanted: float, *, reaches: bool, where: str) -> Verdict:
    """Whether enough lines are covered; no report, or no lines, is no answer."""
    if percent is None:
        summary = f"no coverage of {where} in any report"
        return Verdict(COVERAGE, Ruling.INCONCLUSIVE, "no-coverage", summary, "whoever runs the tests")
    summary = f"{percent:g} % of {where}, {wanted:g} % wanted"
    if reaches:
        return Verdict(COVERAGE, Ruling.PASS, "coverage", summary)
    return Verdict(COVERAGE, Ruling.FAIL, "coverage-below-threshold", summary, "who writes its tests")
