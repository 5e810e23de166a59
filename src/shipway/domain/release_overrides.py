"""Letting a release past its own gates where others have to agree first: asked, answered, and only then an override.

What is asked and answered are entries of the release, bound to the commit that its gates ran on: a push takes all of
it back. Of questions the newest one counts.
"""

from dataclasses import dataclass
from datetime import datetime

from shipway.domain.authority import rule_for, sufficient
from shipway.domain.authority_rule import AuthorityRule
from shipway.domain.delivery.approvals import (
    APPROVED,
    ASKED,
    LAPSED,
    MISSING,
    REJECTED,
    TIMED_OUT,
    WITHIN,
    Subject,
    answers,
)
from shipway.domain.events import timestamp
from shipway.domain.facts import Facts, Oid
from shipway.domain.ledger import Event, Ledger
from shipway.domain.override import KIND, Override, overridden_event
from shipway.domain.policy import Policy
from shipway.domain.span import parse_span, span_text
from shipway.domain.standing import Question
from shipway.domain.verdict import Ruling, Verdict


@dataclass(frozen=True, slots=True)
class Past:
    """What people are asked of a release's own gates, and what they said.

    Attributes:
        approved: Logins of those who agreed.
        rejected: Login of who did not; empty where nobody did.
        ended: Kind of the entry that ended it: nobody answered in time, or the gates are let past; empty before.
    """

    question: Question
    approved: tuple[str, ...] = ()
    rejected: str = ""
    ended: str = ""

    def open(self, now: datetime) -> bool:
        """Whether answers still count."""
        return not self.ended and not self.rejected and timestamp(now) < self.question.until

    @property
    def subject(self) -> Subject:
        """What answers are about."""
        one = self.question
        return Subject("", one.version, one.commit, "override", gates=one.gates)

    def verdict(self, policy: Policy, now: datetime) -> Verdict:
        """How far it has come."""
        wanted, gates = policy.release.override_approvals, ", ".join(self.question.gates)
        who = sufficient(override_approvers(policy))
        if self.rejected:
            summary = f"{self.rejected} rejected letting it past {gates}"
            return Verdict("approval", Ruling.FAIL, "rejected", summary, self.rejected)
        given = f"{len(self.approved)} of {wanted} approvals"
        if not self.open(now):
            return Verdict(
                "approval", Ruling.FAIL, TIMED_OUT, f"{given} of letting it past {gates} came in time", who
            )
        names = f", by {', '.join(self.approved)}" if self.approved else ""
        summary = f"letting it past {gates}, as {self.question.by} asks, has {given}{names}"
        return Verdict("approval", Ruling.INCONCLUSIVE, MISSING, summary, who, ("/approve", "/reject"))


def override_approvers(policy: Policy) -> AuthorityRule:
    """Who may approve: as named; where nobody is, who may override themselves."""
    named = policy.release.override_approvers
    return named if named.users or named.teams or named.roles else rule_for("override", "", policy)


def asked_past(ledger: Ledger, commit: Oid = "") -> Past | None:
    """What was asked last of the release's own gates, at a commit where one is named; None where nothing was."""
    events = [entry.event for entry in ledger.entries]
    asked = next((one for one in reversed(events) if _asks(one)), None)
    if asked is None or commit not in {"", asked.detail["commit"]}:
        return None
    question = _question(asked)
    given = answers(ledger, Past(question).subject)
    return Past(
        question,
        tuple(one.actor for one in given if one.kind == APPROVED),
        next((one.actor for one in given if one.kind == REJECTED), ""),
        next((one.kind for one in events[events.index(asked) :] if _ends(one, question)), ""),
    )


def _asks(event: Event) -> bool:
    return event.kind == ASKED and not event.detail.get("environment")


def _ends(event: Event, question: Question) -> bool:
    """Whether an entry after a question says that it is answered, or too old."""
    if event.kind == LAPSED:
        return not event.detail.get("environment")
    return event.kind == KIND and event.detail.get("commit") == question.commit


def _question(event: Event) -> Question:
    detail = event.detail
    return Question(
        version=event.version,
        commit=detail["commit"],
        by=event.actor,
        at=event.at,
        until=detail["until"],
        action="override",
        reason=detail["reason"],
        gates=tuple(detail["gates"]),
        lasting=detail["lasting"],
    )


def question_event(asked: tuple[Override, ...], commit: Oid, ledger: Ledger, now: datetime) -> Event:
    """The entry that asks people; `asked` are by one person, for one reason."""
    first = asked[0]
    subject = Subject("", first.version, commit, "override", gates=tuple(one.gate for one in asked))
    detail = {
        **subject.detail,
        "until": timestamp(now + WITHIN),
        "reason": first.reason,
        "lasting": span_text(first.expires - first.at).replace(" ", ""),
    }
    key = f"{ASKED}:{commit}:{len(ledger.entries)}"
    return Event(key, ASKED, ledger.release_id, first.version, first.actor, timestamp(now), detail)


def lapsed_event(past: Past, ledger: Ledger, by: str, now: datetime) -> Event:
    """The entry that nobody answered in time."""
    key, at = f"{LAPSED}:{past.question.commit}:{len(ledger.entries)}", timestamp(now)
    return Event(key, LAPSED, ledger.release_id, past.question.version, by, at, past.subject.detail)


def agreed_events(past: Past, ledger: Ledger, now: datetime) -> tuple[Event, ...]:
    """The overrides that were asked for, now that enough people have agreed."""
    one = past.question
    until = now + parse_span(one.lasting)
    return tuple(
        overridden_event(
            Override(gate, one.version, one.by, one.reason, until, now, "", one.commit, past.approved),
            ledger.release_id,
        )
        for gate in one.gates
    )


def agreements(facts: Facts, past: Past, policy: Policy) -> tuple[Event, ...]:
    """What would be in the ledger once everybody who is asked has agreed."""
    people = (f"(approver {number})" for number in range(1, policy.release.override_approvals + 1))
    one, release = past.question, facts.ledger.release_id
    return tuple(
        Event(
            f"{APPROVED}:{who}",
            APPROVED,
            release,
            one.version,
            who,
            one.at,
            {**past.subject.detail, "until": one.until},
        )
        for who in people
    )
