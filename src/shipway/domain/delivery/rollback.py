"""The one next move of a rollback: from what was asked to a version that is verified in an environment again.

A ladder like that of a promotion. The hold on the version that goes stands in the ledger before anything is done, so
nothing brings it back while it is taken out. Where what comes back is not found good, people are called, once.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from shipway.domain.authority import approval_detail
from shipway.domain.delivery import advancing, awaiting, deploying, dispatching
from shipway.domain.delivery.asked_in import asked_in_detail
from shipway.domain.delivery.asking import questions
from shipway.domain.delivery.claims import as_if_done, delivery_id, our_claim, patience
from shipway.domain.delivery.command import Rollback
from shipway.domain.delivery.elsewhere import over_limit
from shipway.domain.delivery.ended import endings, verified_key
from shipway.domain.delivery.escalating import incident
from shipway.domain.delivery.order import pipeline_of
from shipway.domain.delivery.policies import environment_tag, latest_tag
from shipway.domain.delivery.repeated import said_already
from shipway.domain.delivery.rollback_facts import RollbackAttempt, RollbackFacts
from shipway.domain.delivery.rollback_policies import exit_code, verdicts
from shipway.domain.delivery.rollback_steps import RevertPullRequest, RollbackMove
from shipway.domain.delivery.rollback_text import again, next_step, revert_body, unfinished
from shipway.domain.delivery.steps import (
    Conclude,
    Escalate,
    PlaceTags,
    Record,
    RefUpdate,
    SetDeploymentState,
    marker,
)
from shipway.domain.delivery.telling import told_going_back
from shipway.domain.delivery.way_back import is_back, newest_there
from shipway.domain.events import timestamp, verdict_rows
from shipway.domain.facts import Deployment, DeploymentState
from shipway.domain.ledger import Event
from shipway.domain.policy import Policy
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.trial import in_words, trial_of
from shipway.domain.verdict import Ruling, most_telling

Rung = Callable[[RollbackAttempt], RollbackMove | None]

RECORDED = frozenset({"lock", "authority", "repeat", "dependants", "signature", "approval"})
"""Policies whose refusals are decisions about somebody rather than mistakes or bad luck."""


def decide(facts: RollbackFacts, command: Rollback, policy: Policy, now: datetime) -> RollbackMove:
    """The next move of a rollback: a step, a wait, a refusal, or done.

    What was decided and has not been recorded is recorded before it rests.
    """
    attempt = RollbackAttempt(facts, command, policy, pipeline_of(policy, facts.environments), now)
    attempt = awaiting.answered(dispatching.ran(attempt))
    move = facts.refused or _climb(attempt)
    if move is None:
        move = Done(f"{command.target} is back on {command.version}")
    unrecorded = tuple(_owed(attempt, move)) if isinstance(move, Wait | Refusal | Done) else ()
    if not unrecorded or facts.refused:
        return move
    return Record(unrecorded, move if isinstance(move, Refusal) else None)


def _climb(attempt: RollbackAttempt) -> RollbackMove | None:
    """The next move up the ladder; None when the version is back."""
    moves = (rung(attempt) for rung in LADDER)
    return next((move for move in moves if move), None)


# --- the ladder


def _run_watched(attempt: RollbackAttempt) -> RollbackMove | None:
    move = dispatching.watched(attempt, delivery_of(attempt), partial(_event, attempt))
    return _escalated(attempt, move) if isinstance(move, Refusal) else move


def _failed_now(attempt: RollbackAttempt) -> RollbackMove | None:
    failure = deploying.failed_now(attempt.facts, delivery_of(attempt))
    return _escalated(attempt, failure) if failure else None


def _escalated(attempt: RollbackAttempt, failure: Refusal) -> RollbackMove:
    """What came back is not good either: people are called before anything else, and nothing is tried again."""
    advice = unfinished(attempt.command)
    if attempt.facts.issue is None:
        title = f"P0: rollback of {attempt.command.target} to {attempt.command.version} failed"
        return _issue(attempt, title, _escalation(attempt, failure, advice))
    return replace(failure, next_step=advice)


def _escalation(attempt: RollbackAttempt, failure: Refusal, advice: str) -> dict[str, Any]:
    """What whoever is on call has to know."""
    command, facts = attempt.command, attempt.facts
    return {
        "environment": command.target,
        "gone": in_words(command.replaces),
        "version": command.version,
        "reason": command.reason,
        "by": facts.asker.login,
        "what": failure.message,
        "verdicts": verdict_rows(failure.verdicts),
        "impact": facts.impact.to_json(),
        "command": deploying.deploy_policy(attempt.policy, command.target).command,
        "tag": command.tag,
        "again": again(command),
        "advice": advice,
        "run_url": command.run_url,
        "failed": True,
    }


def _issue(attempt: RollbackAttempt, title: str, view: dict[str, Any]) -> Escalate:
    found = incident(attempt.command.target, attempt.command.replaces)
    labels = attempt.policy.rollback.labels
    return Escalate(title, "escalation.md.j2", {**view, "marker": marker(found)}, labels, found)


def _policies_hold(attempt: RollbackAttempt) -> RollbackMove | None:
    """Every policy answers until the deployment has begun; from then on it is brought to its end."""
    if deploying.current(attempt.facts, delivery_of(attempt)):
        return None
    answers = verdicts(attempt)
    wrong = most_telling(answers)
    if wrong is None:
        return None
    if wrong.gate == "claim" and attempt.command.patient:
        return Wait(wrong.reason_code, f"{wrong.summary}.", wrong.who, answers)
    if wrong.gate == "approval" and wrong.ruling is Ruling.INCONCLUSIVE:
        summary = f"{attempt.command.target} cannot be rolled back yet: {wrong.summary}."
        return Wait(wrong.reason_code, summary, wrong.who, answers)
    message = f"{attempt.command.target} cannot be rolled back: {wrong.summary}."
    return Refusal(wrong.reason_code, message, next_step(attempt, wrong), exit_code(wrong), answers)


def _claimed(attempt: RollbackAttempt) -> RollbackMove | None:
    """The decision and the hold stand in the ledger, and the environment is ours, before anything is done."""
    if our_claim(attempt) or _concluded(attempt):
        return None
    return Record((_started(attempt),))


def _called(attempt: RollbackAttempt) -> RollbackMove | None:
    """People are called where a deployment took too long: what it still does elsewhere, nobody here knows."""
    bad = attempt.facts.ledger.standing(attempt.command.target).reverting
    late = bad is not None and (bad.trigger, bad.version) == (advancing.LIMIT, attempt.command.replaces)
    if bad is None or not late or attempt.facts.issue or _concluded(attempt):
        return None
    command = attempt.command
    title = f"P0: {in_words(command.replaces)} in {command.target} took too long and goes back to {command.version}"
    what = Refusal("deployment-over-limit", f"{bad.reason}.", "")
    view = {**_escalation(attempt, what, unfinished(command)), "failed": False}
    return _issue(attempt, title, view)


def _run_started(attempt: RollbackAttempt) -> RollbackMove | None:
    if _concluded(attempt):
        return None
    return dispatching.started(attempt, delivery_of(attempt), partial(_event, attempt))


def _adopted(attempt: RollbackAttempt) -> RollbackMove | None:
    return dispatching.adopted(attempt, delivery_of(attempt), partial(_event, attempt))


def _asked(attempt: RollbackAttempt) -> RollbackMove | None:
    return awaiting.asked(attempt, delivery_of(attempt), partial(_event, attempt))


def _awaited(attempt: RollbackAttempt) -> RollbackMove | None:
    return awaiting.awaited(attempt, delivery_of(attempt))


def _given_up(attempt: RollbackAttempt) -> RollbackMove | None:
    """Nobody waits for what works on it outside longer than it may take; nothing is rolled back from a rollback."""
    delivery = delivery_of(attempt)
    deployment = deploying.current(attempt.facts, delivery)
    outside = deploying.deploy_policy(attempt.policy, delivery.environment).outside
    if not outside or deployment is None or deployment.state.settled or _concluded(attempt):
        return None
    why = over_limit(attempt, delivery, deployment)
    return deploying.ended(attempt.policy, delivery, deployment, why, failed=False) if why else None


def _deployed(attempt: RollbackAttempt) -> RollbackMove | None:
    move = deploying.next_move(attempt.facts, delivery_of(attempt), attempt.policy)
    if not (isinstance(move, SetDeploymentState) and move.state is DeploymentState.SUCCESS):
        return move
    if _concluded(attempt):
        return move
    return _revert(attempt) or Conclude(
        move, _tags_to_place(attempt), tuple(_ended(as_if_done(attempt, move)))
    )


def _revert(attempt: RollbackAttempt) -> RevertPullRequest | None:
    """The pull request of the release, where it is known and to be reverted."""
    command, facts = attempt.command, attempt.facts
    merged = facts.ledger.newest("merged")
    wanted = attempt.policy.rollback.reverts(production=attempt.policy.is_production(command.target))
    if not (wanted and merged and facts.revert is None):
        return None
    number, found = merged.detail["number"], rollback_id(attempt)
    body = f"{revert_body(command, number)}\n\n{marker(found)}\n"
    return RevertPullRequest(number, f"revert: release {command.replaces}", body, found)


def _tags_placed(attempt: RollbackAttempt) -> RollbackMove | None:
    updates = _tags_to_place(attempt)
    return PlaceTags(updates) if updates else None


def _tags_to_place(attempt: RollbackAttempt) -> tuple[RefUpdate, ...]:
    facts = attempt.facts
    assert facts.tag  # noqa: S101 - a policy
    commit = facts.tag.commit
    before = {
        name: facts.environment_tags.get(name, "")
        for name in filter(None, (rollback_tag(attempt), latest_tag(attempt.command.target)))
    }
    return tuple(RefUpdate(name, oid, commit) for name, oid in before.items() if oid != commit)


def _old_ones_closed(attempt: RollbackAttempt) -> RollbackMove | None:
    return deploying.old_ones_closed(attempt.facts, delivery_of(attempt), attempt.policy)


LADDER: tuple[Rung, ...] = (
    _run_watched,
    _failed_now,
    _policies_hold,
    _claimed,
    _called,
    _run_started,
    _adopted,
    _asked,
    _given_up,
    _awaited,
    _deployed,
    _tags_placed,
    _old_ones_closed,
)


# --- what it is about


def delivery_of(attempt: RollbackAttempt) -> deploying.Delivery:
    """What this rollback brings where; it belongs to no release, so that none takes it for its own."""
    command, facts = attempt.command, attempt.facts
    return deploying.Delivery(
        id=rollback_id(attempt),
        version=command.version,
        tag=command.tag,
        commit=facts.tag.commit if facts.tag else "",
        digest=facts.digest,
        environment=command.target,
        actor=facts.asker.login,
        run_url=command.run_url,
        release_id="",
        component=command.component,
        stage="rollback",
        again=again(command),
        replaces=command.replaces,
        told=_told(attempt),
    )


def _told(attempt: RollbackAttempt) -> dict[str, str]:
    """What the deployer is told besides: how versions take over here, and what goes."""
    command = attempt.command
    standing = attempt.facts.ledger.standing(command.target)
    way = told_going_back(standing, attempt.policy, command.target, command.version)
    return {**way, "SHIPWAY_PREVIOUS_VERSION": command.replaces}


def rollback_id(attempt: RollbackAttempt) -> str:
    """Of the rollback that is under way or went well; else the new one's."""
    done = _concluded(attempt)
    return done.delivery if done else delivery_id(attempt)


def _concluded(attempt: RollbackAttempt) -> Deployment | None:
    """The deployment by which exactly this rollback went well, as the ledger says."""
    command, facts = attempt.command, attempt.facts
    newest = newest_there(facts, command.target)
    same = newest and (newest.version, newest.replaces) == (command.version, command.replaces)
    return newest if newest and same and is_back(facts.ledger.standing(command.target), newest) else None


def rollback_tag(attempt: RollbackAttempt) -> str:
    """The tag of this rollback: the one that it began with, else the next number; empty where a trial ends."""
    if trial_of(attempt.command.replaces):
        return ""
    facts, mine = attempt.facts, rollback_id(attempt)
    begun = (e.event.detail for e in reversed(facts.ledger.entries) if e.event.kind == "rollback-started")
    recorded = next((detail["rollback_tag"] for detail in begun if detail["id"] == mine), "")
    here = facts.environment_tags.get(recorded)
    if recorded and (here is None or (facts.tag and here == facts.tag.commit)):
        return str(recorded)
    stem = tag_stem(attempt.command.tag, attempt.command.target)
    numbers = [
        int(found[1])
        for name in facts.environment_tags
        if (found := re.fullmatch(rf"{re.escape(stem)}(\d{{1,9}})", name))
    ]
    return f"{stem}{max(numbers, default=0) + 1}"


def tag_stem(tag: str, environment: str) -> str:
    """What the tags of rollbacks to a version begin with; a number follows."""
    return f"{environment_tag(tag, environment)}-rollback-"


# --- what the ledger is told


def _started(attempt: RollbackAttempt) -> Event:
    """The decision with its grounds, the hold, and the claim."""
    command, facts = attempt.command, attempt.facts
    found = rollback_id(attempt)
    return _event(
        attempt,
        f"rollback-started:{found}:{command.holder}",
        "rollback-started",
        {
            "holder": command.holder,
            "until": timestamp(attempt.now + patience(attempt, "rollback")),
            "production": attempt.policy.is_production(command.target),
            "identity": facts.asker.source,
            "configuration": command.configuration,
            **approval_detail(facts.asker, command.target),
            **asked_in_detail(command, facts.ledger),
            "automatic": command.automatic,
            "run": command.run_url,
            "reason": command.reason,
            "rollback_tag": rollback_tag(attempt),
            "impact": facts.impact.to_json(),
            "verdicts": verdict_rows(verdicts(attempt)),
        },
    )


def _owed(attempt: RollbackAttempt, move: Wait | Refusal | Done) -> Iterator[Event]:
    if not isinstance(move, Done):
        yield from (_event(attempt, *asked) for asked in questions(attempt, move.reason_code))
    if isinstance(move, Wait):
        return
    yield from _ended(attempt)
    if isinstance(move, Done):
        return
    command, recorded = attempt.command, attempt.facts.ledger.keys
    detail = {
        "reason_code": move.reason_code,
        "what": move.message,
        "run": command.run_url,
        "issue": attempt.facts.issue.url if attempt.facts.issue else "",
        "verdicts": verdict_rows(move.verdicts),
    }
    failed = f"rollback-failed:{command.id}"
    wrong = {verdict.gate for verdict in move.verdicts if verdict.ruling is Ruling.FAIL}
    if our_claim(attempt):
        yield _event(attempt, failed, "rollback-failed", detail)
    elif wrong & RECORDED and command.replaces:
        event = _event(attempt, f"rollback-refused:{command.id}", "rollback-refused", detail)
        if not (recorded & {failed, event.key} or said_already(attempt.facts.ledger, event)):
            yield event


def _ended(attempt: RollbackAttempt) -> Iterator[Event]:
    """Deployments of this rollback that have ended and are not recorded."""
    recorded, mine = attempt.facts.ledger.keys, rollback_id(attempt)
    for one in sorted(attempt.facts.deployments, key=lambda one: one.id):
        ended = [*endings(one)] if one.delivery == mine else []
        for key, kind, detail in ended[-1:]:
            if key not in recorded:
                said = _said(attempt) if key == verified_key(one) else {}
                event = _event(attempt, key, "rolled-back" if said else kind, {**detail, **said})
                yield replace(event, actor=one.actor or event.actor, at=one.updated_at or event.at)


def _said(attempt: RollbackAttempt) -> dict[str, Any]:
    """What is said of a rollback that went well."""
    found = attempt.facts.stage_gates.get(("rollback", attempt.command.target))
    revert = attempt.facts.revert
    return {
        "rollback_tag": rollback_tag(attempt),
        "pull_request": revert.number if revert else 0,
        "verdicts": verdict_rows(found.verdicts) if found else [],
    }


def _event(attempt: RollbackAttempt, key: str, kind: str, detail: dict[str, Any]) -> Event:
    """About the version that goes, with whose release it is kept."""
    command, facts = attempt.command, attempt.facts
    tag = facts.tag.commit if facts.tag else ""
    about = {
        "id": rollback_id(attempt),
        "environment": command.target,
        "from": command.replaces,
        "to": command.version,
        "commit": tag,
        "digest": facts.digest,
    }
    at, release = timestamp(attempt.now), facts.ledger.release_id
    return Event(key, kind, release, command.replaces, facts.asker.login, at, {**about, **detail})
