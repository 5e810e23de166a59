"""The one next move of an approval or its opposite: record it, refuse it, or see that it was said already."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from shipway.domain.authority import rule_for, rule_verdict
from shipway.domain.authority_rule import AuthorityRule
from shipway.domain.delivery.approvals import (
    APPROVED,
    LAPSED,
    REJECTED,
    Subject,
    answers,
    approvers,
    escalated,
    open_question,
    time_for_approval,
)
from shipway.domain.delivery.steps import Record
from shipway.domain.events import timestamp, verdict_rows
from shipway.domain.facts import DeliveryFacts, Oid
from shipway.domain.ledger import Event
from shipway.domain.policy import Policy
from shipway.domain.release_overrides import asked_past, override_approvers
from shipway.domain.resting import Done, Refusal
from shipway.domain.standing import Approved, Question
from shipway.errors import ExitCode

Answer = Literal["approve", "reject", "cancel"]
"""What somebody says, by the command's name."""

KINDS: Mapping[Answer, str] = {"approve": APPROVED, "reject": REJECTED, "cancel": LAPSED}
"""Answer → kind of the entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approving:
    """Say yes or no to a version, or take the question back.

    Attributes:
        environment: Where it is to go; empty for the merge of its pull request.
        action: What is to be approved: a `rollback`, an `override`; empty where a version is to come in.
        replaces: Version that a rollback takes out.
        gates: Gates that are to be let past.
        answer: What is said: yes, no, or that nobody need answer any more.
        head: Of the pull request that is to be merged, or let past its gates; empty for an environment.
        id: Of this answer (UUID).
        said_at: Address of what was said; may be empty.
    """

    version: str
    tag: str
    environment: str = ""
    action: Approved = ""
    replaces: str = ""
    gates: tuple[str, ...] = ()
    answer: Answer = "approve"
    head: Oid = ""
    id: str
    reason: str = ""
    said_at: str = ""
    run_url: str = ""

    @property
    def kind(self) -> str:
        """Of the entry."""
        return KINDS[self.answer]

    @property
    def done(self) -> str:
        """What was done, for a sentence."""
        return "asked for no more" if self.answer == "cancel" else self.kind

    @property
    def where(self) -> str:
        """What it is about, for a sentence."""
        if not self.environment and self.gates:
            return f"{self.version} past {', '.join(self.gates)}"
        if not self.environment:
            return f"the merge of {self.version}"
        if self.action == "rollback":
            return f"the way back of {self.environment} from {self.replaces} to {self.version}"
        past = f", past {', '.join(self.gates)}," if self.gates else ""
        return f"{self.version} in {self.environment}{past}"

    def subject(self, commit: Oid) -> Subject:
        """What it is about, at a commit."""
        return Subject(self.environment, self.version, commit, self.action, self.replaces, self.gates)


def decide(
    facts: DeliveryFacts, command: Approving, policy: Policy, now: datetime
) -> Record | Refusal | Done:
    """The next move: a record, a refusal, or done."""
    if f"{command.kind}:{command.id}" in facts.ledger.keys:
        return Done(f"{command.where} is {command.done} by {facts.asker.login}")
    commit = command.head or (facts.tag.commit if facts.tag else "")
    subject = command.subject(commit)
    refusal = _nothing_to_answer(facts, command, policy, now) or _not_allowed(facts, command, policy, now)
    if refusal or not commit:
        return refusal or _unknown(command)
    before = next((one for one in answers(facts.ledger, subject) if _same(one, facts, command, now)), None)
    if before:
        return Done(f"{command.where} is {command.done} by {facts.asker.login} already")
    return Record((_event(facts, command, policy, now, subject),))


def _same(event: Event, facts: DeliveryFacts, command: Approving, now: datetime) -> bool:
    """Whether somebody has said the same, and it still counts."""
    mine = event.actor.lower() == facts.asker.login.lower() and event.kind == command.kind
    return mine and timestamp(now) < event.detail["until"]


def _nothing_to_answer(
    facts: DeliveryFacts, command: Approving, policy: Policy, now: datetime
) -> Refusal | None:
    if command.gates and not command.environment:
        return None if _past(facts, command, now) else _nothing_open(command)
    if command.head:
        return None
    if not facts.tag:
        return _unknown(command)
    settings = policy.environments.get(command.environment)
    asked = _question(facts, command)
    early = settings and not command.action and settings.approvals.count and command.answer != "cancel"
    if early or asked:
        return None
    if command.answer == "cancel":
        return _nothing_open(command)
    return Refusal(
        "approval-not-asked",
        f"Nobody's approval is asked for in {command.environment}.",
        f"To ask for it, add `approvals: {{count: 1}}` under `environments: {command.environment}:`.",
        ExitCode.TRANSITION,
    )


def _nothing_open(command: Approving) -> Refusal:
    return Refusal(
        "nothing-open",
        f"Nothing waits for an approval of {command.where}.",
        "What is open is told by: /status",
        ExitCode.TRANSITION,
    )


def _past(facts: DeliveryFacts, command: Approving, now: datetime) -> Question | None:
    """What is asked of the release's own gates, if that is what is answered."""
    past = asked_past(facts.ledger, command.head)
    return past.question if past and past.open(now) and past.question.gates == command.gates else None


def _unknown(command: Approving) -> Refusal:
    return Refusal(
        "version-unknown",
        f"There is no version {command.version}: tag {command.tag} is not on GitHub.",
        f"Release it first: shipway release {command.version}",
        ExitCode.VERSION_MISSING,
    )


def _question(facts: DeliveryFacts, command: Approving) -> Question | None:
    """What is asked there about this very thing; None where nothing is."""
    commit = facts.tag.commit if facts.tag else ""
    return open_question(facts.ledger, command.subject(commit)) if command.environment else None


def _not_allowed(facts: DeliveryFacts, command: Approving, policy: Policy, now: datetime) -> Refusal | None:
    verb = command.answer
    verdict = rule_verdict(facts.asker, _rule(facts, command, policy, now), f"{verb} {command.where}")
    if not verdict.passed:
        return Refusal(
            verdict.reason_code,
            f"{command.where} cannot be {command.done}: {verdict.summary}.",
            f"{verdict.who[:1].upper()}{verdict.who[1:]} can: /{verb} {command.environment}".rstrip(),
            ExitCode.NOT_AUTHORISED,
            (verdict,),
        )
    if (
        verb == "approve"
        and _asked_by(facts, command) == facts.asker.login.lower()
        and not _own(command, policy)
    ):
        return Refusal(
            "approval-own",
            f"{facts.asker.login} asked for {command.where}, so somebody else must approve it.",
            f"Ask another one who may: /approve {command.environment}".rstrip(),
            ExitCode.NOT_AUTHORISED,
        )
    return None


def _asked_by(facts: DeliveryFacts, command: Approving) -> str:
    """Who wants it, in lower case; empty where nobody is known."""
    if not command.environment and command.gates:
        past = asked_past(facts.ledger, command.head)
        return past.question.by.lower() if past else ""
    if not command.environment:
        begun = facts.ledger.newest("initiated")
        return begun.actor.lower() if begun else ""
    question = _question(facts, command)
    return question.by.lower() if question else ""


def _rule(facts: DeliveryFacts, command: Approving, policy: Policy, now: datetime) -> AuthorityRule:
    """Who may say it."""
    if not command.environment and command.gates:
        return override_approvers(policy)
    if not command.environment:
        return AuthorityRule(roles=("write",))
    if command.answer == "cancel":
        return rule_for(command.action or "promote", command.environment, policy)
    late = escalated(_question(facts, command), command.environment, policy, now)
    return approvers(command.environment, policy, command.action, escalated=late)


def _own(command: Approving, policy: Policy) -> bool:
    settings = policy.environments.get(command.environment)
    return settings is not None and settings.approvals.own


def _event(
    facts: DeliveryFacts, command: Approving, policy: Policy, now: datetime, subject: Subject
) -> Event:
    merge = not command.environment and not command.gates
    lasting = timedelta(days=366) if merge else time_for_approval(policy, command.environment)
    detail: dict[str, Any] = {
        **subject.detail,
        "until": timestamp(now + lasting),
        "reason": command.reason,
        "identity": facts.asker.source,
        "verdicts": verdict_rows(
            [rule_verdict(facts.asker, _rule(facts, command, policy, now), command.answer)]
        ),
        "said_at": command.said_at,
        "run": command.run_url,
    }
    return Event(
        f"{command.kind}:{command.id}",
        command.kind,
        facts.ledger.release_id,
        subject.book,
        facts.asker.login,
        timestamp(now),
        detail,
    )
