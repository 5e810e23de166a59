"""What people are asked before a version comes in or goes back, and what the ledger is told of it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from shipway.domain.authority import authority_verdict
from shipway.domain.delivery.approvals import (
    ASKED,
    LAPSED,
    MISSING,
    TIMED_OUT,
    Subject,
    approval_verdict,
    open_question,
    time_for_approval,
)
from shipway.domain.delivery.command import Attempt, Promotion
from shipway.domain.delivery.overriding import overrides_missing
from shipway.domain.delivery.steps import FORESEEN, Record
from shipway.domain.events import timestamp
from shipway.domain.facts import DeliveryFacts
from shipway.domain.ledger import Event
from shipway.domain.override import Override
from shipway.domain.resting import Done
from shipway.domain.span import span_text
from shipway.domain.standing import Question
from shipway.domain.verdict import Ruling, Verdict


def approval_policy(attempt: Attempt) -> Iterator[Verdict]:
    """Whether enough people have agreed, where that is configured."""
    command, facts = attempt.command, attempt.facts
    settings = attempt.policy.environments.get(command.target)
    if settings is None or facts.tag is None:
        return
    subject = _subject(attempt)
    if not settings.approvals.needed(subject.action):
        return
    if facts.tag.commit == FORESEEN:
        summary = "people are asked once the version is tagged"
        yield Verdict("approval", Ruling.PASS, "asked-later", summary)
        return
    yield approval_verdict(facts, subject, attempt.policy, attempt.now, command.id)


def _subject(attempt: Attempt) -> Subject:
    command, tag = attempt.command, attempt.facts.tag
    assert tag  # noqa: S101 - asked before
    about = (command.target, command.version, tag.commit)
    if command.replaces:
        return Subject(*about, action="rollback", replaces=command.replaces)
    gates = tuple(one.gate for one in _overrides(attempt))
    return Subject(*about, action="override" if gates else "", gates=gates)


def _overrides(attempt: Attempt) -> tuple[Override, ...]:
    """What is to be let past by somebody who may; of anybody else nobody is asked, as it is refused."""
    command = attempt.command
    if not isinstance(command, Promotion) or not command.overrides:
        return ()
    may = authority_verdict(attempt.facts.asker, "override", command.target, attempt.policy).passed
    return overrides_missing(attempt.facts, command, attempt.policy, attempt.now) if may else ()


def questions(attempt: Attempt, reason_code: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Key, kind and detail of what is recorded: that people are asked, or that nobody answered in time.

    Args:
        attempt: The promotion or rollback.
        reason_code: Why it came to rest.
    """
    command, facts = attempt.command, attempt.facts
    if facts.tag is None or reason_code not in {MISSING, TIMED_OUT}:
        return
    subject = _subject(attempt)
    question = open_question(facts.ledger, subject)
    detail: dict[str, Any] = {**subject.detail, "id": command.id}
    if reason_code == MISSING and not question:
        until = attempt.now + time_for_approval(attempt.policy, command.target)
        more = {"until": timestamp(until), "run": command.run_url, **_wish(attempt)}
        yield f"{ASKED}:{command.id}", ASKED, detail | more
    elif reason_code == TIMED_OUT and question:
        yield f"{LAPSED}:{command.id}", LAPSED, detail


def _wish(attempt: Attempt) -> dict[str, Any]:
    """With what it goes on once people have agreed."""
    command = attempt.command
    wish: dict[str, Any] = {"reason": command.reason} if command.reason else {}
    if isinstance(command, Promotion):
        wish |= {"from": command.source, **({"lift_hold": True} if command.lift_hold else {})}
        first = next(iter(_overrides(attempt)), None)
        wish |= {"lasting": span_text(first.expires - first.at).replace(" ", "")} if first else {}
    return wish


def lapsed(facts: DeliveryFacts, environment: str, asked: Question, now: datetime) -> Record | Done:
    """The next move where nobody asks again: that there was no answer in time is recorded."""
    if facts.ledger.standing(environment).question != asked or timestamp(now) < asked.until:
        return Done(f"nothing is asked of {asked.version} in {environment} any more")
    subject = Subject(environment, asked.version, asked.commit, asked.action, asked.replaces, asked.gates)
    key, release = f"{LAPSED}:{environment}:{asked.at}", facts.ledger.release_id
    at, by = timestamp(now), facts.asker.login
    return Record((Event(key, LAPSED, release, subject.book, by, at, {**subject.detail, "id": ""}),))
