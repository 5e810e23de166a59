"""Who has agreed that a version may come into an environment, who has not, and who still has to.

Answers are entries of the ledger about one version at one commit in one environment. Of each person the newest
one counts, until it runs out; what was said before a question lapsed counts no more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shipway.domain.authority import joined, rule_for, rule_of, sufficient
from shipway.domain.authority_rule import AuthorityRule
from shipway.domain.events import timestamp
from shipway.domain.facts import DeliveryFacts, Oid
from shipway.domain.ledger import Event, Ledger
from shipway.domain.policy import Policy
from shipway.domain.span import parse_span
from shipway.domain.standing import Approved, Question
from shipway.domain.verdict import Ruling, Verdict

APPROVED, REJECTED, ASKED, LAPSED = "approved", "rejected", "approval-asked", "approval-lapsed"
"""Kinds of entries."""

MISSING = "approval-missing"
TIMED_OUT = "approval-timed-out"
"""Reason codes of a verdict."""

WITHIN = timedelta(days=1)
"""No answer in this time is a no, where nothing else is configured."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an approval is about.

    Attributes:
        environment: Empty for the merge of a release.
        version: That comes in, or comes back.
        commit: That was approved: an approval of another one is none.
        action: `rollback` or `override`; empty where a version is to come in, or to be merged.
        replaces: Version that a rollback takes out.
        gates: Gates that an override lets it past.
    """

    environment: str
    version: str
    commit: Oid
    action: Approved = ""
    replaces: str = ""
    gates: tuple[str, ...] = ()

    @property
    def book(self) -> str:
        """The version under which entries about it are kept."""
        return self.replaces or self.version

    @property
    def detail(self) -> dict[str, Any]:
        """What entries about it say."""
        more: dict[str, Any] = {"action": self.action} if self.action else {}
        if self.action == "rollback":
            more |= {"from": self.replaces, "to": self.version}
        if self.action == "override":
            more |= {"gates": list(self.gates)}
        return {"environment": self.environment, "commit": self.commit, **more}

    @property
    def words(self) -> str:
        """For a sentence about a promotion or rollback."""
        words = {"rollback": f"going back to {self.version}", "override": f"past {', '.join(self.gates)} it"}
        return words.get(self.action, "it")

    def of(self, event: Event) -> bool:
        """Whether an entry is about this; who lets a version past a gate of an environment lets it in there."""
        detail = event.detail
        said = (detail.get("environment", ""), event.version, detail.get("commit", ""))
        action, gates = detail.get("action", ""), tuple(detail.get("gates", ()))
        same = (action, gates) == (self.action, self.gates)
        more = bool(self.environment) and not self.action and action == "override" and event.kind == APPROVED
        return said == (self.environment, self.book, self.commit) and (same or more)


def approvers(
    environment: str, policy: Policy, action: Approved = "", *, escalated: bool = False
) -> AuthorityRule:
    """Who may approve: as named; where nobody is, who may do it themselves; once escalated others too."""
    settings = policy.environments.get(environment)
    found = settings.approvals if settings else None
    rule = rule_for(action or "promote", environment, policy)
    if found and (found.users or found.teams or found.roles):
        rule = AuthorityRule(users=found.users, teams=found.teams, roles=found.roles)
    return joined(rule, rule_of(found.escalate_to)) if found and escalated else rule


def escalated(question: Question | None, environment: str, policy: Policy, now: datetime) -> bool:
    """Whether others are asked too, as nobody has decided for so long."""
    settings = policy.environments.get(environment)
    if question is None or settings is None or not settings.approvals.escalate_after:
        return False
    return now >= datetime.fromisoformat(question.at) + parse_span(settings.approvals.escalate_after)


def time_for_approval(policy: Policy, environment: str) -> timedelta:
    """How long an approval counts, and is waited for."""
    settings = policy.environments.get(environment)
    return parse_span(settings.approvals.timeout) if settings else WITHIN


def open_question(ledger: Ledger, subject: Subject) -> Question | None:
    """What is asked of people there about just this; None where nothing is."""
    found = ledger.standing(subject.environment).question
    same = found and (found.version, found.action, found.replaces, found.gates) == (
        *(subject.version, subject.action, subject.replaces),
        subject.gates,
    )
    return found if same else None


def answers(ledger: Ledger, subject: Subject) -> tuple[Event, ...]:
    """The newest answer of each person since a question last lapsed, or a release asked anew; oldest first."""
    found: dict[str, Event] = {}
    for entry in ledger.entries:
        event = entry.event
        over = event.kind == LAPSED or (event.kind == ASKED and not subject.environment)
        if over and subject.of(event):
            found.clear()
        elif event.kind in {APPROVED, REJECTED} and subject.of(event):
            found.pop(event.actor.lower(), None)
            found[event.actor.lower()] = event
    return tuple(found.values())


def approved_by(ledger: Ledger, subject: Subject, now: datetime) -> tuple[str, ...]:
    """Who said yes, and it still counts."""
    return tuple(
        event.actor
        for event in answers(ledger, subject)
        if event.kind == APPROVED and timestamp(now) < event.detail["until"]
    )


def answers_of_merge(ledger: Ledger, version: str, head: Oid) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who said yes, and who no, to the merge of a release at this commit; gone when another one is its head."""
    found = answers(ledger, Subject("", version, head))
    return (
        tuple(one.actor for one in found if one.kind == APPROVED),
        tuple(one.actor for one in found if one.kind == REJECTED),
    )


def approval_verdict(
    facts: DeliveryFacts, subject: Subject, policy: Policy, now: datetime, attempt: str
) -> Verdict:
    """Whether enough people have agreed.

    Args:
        facts: What is known, with who asks.
        subject: What they have to agree to.
        policy: Says how many, and who.
        now: The time.
        attempt: Id of the promotion at hand: what lapsed in it stays lapsed.
    """
    approvals = policy.environments[subject.environment].approvals
    wanted = approvals.needed(subject.action)
    question = open_question(facts.ledger, subject)
    late = escalated(question, subject.environment, policy, now)
    enough = sufficient(approvers(subject.environment, policy, subject.action, escalated=late))
    no = next((one for one in answers(facts.ledger, subject) if one.kind == REJECTED), None)
    if no:
        reason = f": {no.detail['reason']}" if no.detail.get("reason") else ""
        summary = f"{no.actor} rejected it at {no.at}{reason}"
        return Verdict("approval", Ruling.FAIL, "rejected", summary, no.actor)
    given = tuple(dict.fromkeys(_counting(facts, subject, policy, now)))
    if len(given) >= wanted:
        return Verdict("approval", Ruling.PASS, "approved", f"approved by {', '.join(given)}")
    if _lapsed(facts.ledger, subject, now, attempt):
        summary = f"{len(given)} of {wanted} approvals came in time"
        return Verdict("approval", Ruling.FAIL, TIMED_OUT, summary, enough)
    names = f", by {', '.join(given)}" if given else ""
    summary = f"{subject.words} has {len(given)} of {wanted} approvals{names}"
    if late:
        others = sufficient(rule_of(approvals.escalate_to))
        summary += f"; nobody has decided for {approvals.escalate_after}, so {others} may too"
    said_by = f"/approve {subject.environment} {subject.version}"
    return Verdict("approval", Ruling.INCONCLUSIVE, MISSING, summary, enough, (said_by,))


def _counting(facts: DeliveryFacts, subject: Subject, policy: Policy, now: datetime) -> Iterator[str]:
    """Whose yes counts: in the ledger, and of the environment's reviewers on GitHub."""
    own = policy.environments[subject.environment].approvals.own
    on_github = () if subject.action == "override" else facts.asker.approved_by(subject.environment)
    given = (*approved_by(facts.ledger, subject, now), *on_github)
    return (one for one in given if own or one.lower() != facts.asker.login.lower())


def _lapsed(ledger: Ledger, subject: Subject, now: datetime, attempt: str) -> bool:
    """Whether the time for answers is over, or was in this very attempt."""
    question = open_question(ledger, subject)
    ended = any(one.event.key == f"{LAPSED}:{attempt}" for one in ledger.entries)
    return ended or bool(question and question.commit == subject.commit and timestamp(now) >= question.until)
