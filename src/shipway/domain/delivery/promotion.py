"""The one next move of a promotion: from what was asked to a version that is verified in an environment.

A ladder like that of a release. Before anything is done, every policy answers, and the claim on the environment
stands in the ledger: of two who race, one writes it, and the other finds it there.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from shipway.domain.authority import approval_detail
from shipway.domain.delivery import advancing, awaiting, deploying, dispatching
from shipway.domain.delivery.asked_in import asked_in_detail
from shipway.domain.delivery.asking import questions
from shipway.domain.delivery.calling import GOES_ON
from shipway.domain.delivery.claims import as_if_done, delivery_id, our_claim, patience
from shipway.domain.delivery.command import Promotion, Situation
from shipway.domain.delivery.ended import endings
from shipway.domain.delivery.order import pipeline_of
from shipway.domain.delivery.overriding import overrides_recorded, standing_overrides
from shipway.domain.delivery.policies import (
    EXIT_CODES,
    environment_tag,
    latest_tag,
    path_problem,
    same_bytes,
    soaked_at,
    verdicts,
)
from shipway.domain.delivery.promotion_advice import again, next_step, sentence
from shipway.domain.delivery.repeated import said_already
from shipway.domain.delivery.signing import deciding
from shipway.domain.delivery.steps import (
    Conclude,
    DeliveryMove,
    PlaceTags,
    Record,
    RefUpdate,
    RunStageGates,
    SetDeploymentState,
)
from shipway.domain.delivery.telling import told_before
from shipway.domain.delivery.way_back import newest_there, on_trial
from shipway.domain.delivery.way_in import taken_over
from shipway.domain.events import timestamp, verdict_rows
from shipway.domain.facts import DeliveryFacts, DeploymentState
from shipway.domain.gate import awaits
from shipway.domain.ledger import Event
from shipway.domain.override import bound
from shipway.domain.policy import Policy
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.stages import gates_at
from shipway.domain.verdict import Ruling, most_telling
from shipway.errors import ExitCode

Rung = Callable[[Situation], DeliveryMove | None]

NOT_RECORDED = frozenset({"version", "claim"})
"""Policies whose refusals are no decisions: there is nothing to decide about, or somebody else is at it."""

UNDER_WAY = dispatching.UNDER_WAY | {advancing.PAUSING, GOES_ON, awaiting.AWAITED}
"""Reasons of waits that end nothing, so that the claim stays."""


def decide(facts: DeliveryFacts, command: Promotion, policy: Policy, now: datetime) -> DeliveryMove:
    """The next move of a promotion: a step, a wait, a refusal, or done.

    What was decided and has not been recorded is recorded before it rests.
    """
    move = promoted(facts, command, policy, now)
    if move is not None:
        return move
    done = Done(f"{command.version} is in {command.target}")
    unrecorded = tuple(owed(_situation(facts, command, policy, now), done))
    return Record(unrecorded) if unrecorded else done


def promoted(facts: DeliveryFacts, command: Promotion, policy: Policy, now: datetime) -> DeliveryMove | None:
    """The next move of a promotion that is part of a release; None when the version has arrived."""
    situation = _situation(facts, command, policy, now)
    move = facts.refused or climb(situation)
    unrecorded = tuple(owed(situation, move)) if isinstance(move, Wait | Refusal) else ()
    if not unrecorded or facts.refused:
        return move
    return Record(unrecorded, move if isinstance(move, Refusal) else None)


def _situation(facts: DeliveryFacts, command: Promotion, policy: Policy, now: datetime) -> Situation:
    situation = dispatching.ran(
        Situation(facts, command, policy, pipeline_of(policy, facts.environments), now)
    )
    return awaiting.answered(taken_over(situation, delivery_id(situation)))


def climb(situation: Situation) -> DeliveryMove | None:
    """The next move up the ladder; None when the version has arrived."""
    moves = (rung(situation) for rung in LADDER)
    return None if arrived(situation) else next((move for move in moves if move), None)


def arrived(situation: Situation) -> bool:
    """Whether the version is the one that stands verified in the environment, with nothing left to do."""
    stands = _tried if situation.command.trial else _verified
    if not stands(situation):
        return False
    open_one = deploying.current(situation.facts, delivery_of(situation))
    settled = open_one is None or (
        open_one.state.settled and not deploying.doubled(situation.facts, open_one)
    )
    return settled and not _tags_to_place(situation) and not _old_ones_closed(situation)


def _verified(situation: Situation) -> bool:
    """Whether this very version is verified there; a trial in its place is taken out by who asks for it by name."""
    facts, command = situation.facts, situation.command
    stable = facts.ledger.standing(command.target).stable
    tag = facts.tag
    if on_trial(facts.deployments, command.target) and not command.automatic:
        return False
    if not (stable and tag and (stable.version, stable.commit) == (command.version, tag.commit)):
        return False
    if not same_bytes(stable, facts.digest):
        return False
    return not path_problem(situation.pipeline, situation.command.source, situation.command.target)


def _tried(situation: Situation) -> bool:
    """Whether it is what stands there, and was found good."""
    newest = newest_there(situation.facts, situation.command.target)
    wanted = situation.command.version, DeploymentState.SUCCESS
    return newest is not None and (newest.version, newest.state) == wanted


# --- the ladder


def _run_watched(situation: Situation) -> DeliveryMove | None:
    delivery, say = delivery_of(situation), partial(_about, situation)
    return advancing.before_closing(situation, delivery, dispatching.watched(situation, delivery, say), say)


def _gates_hold(situation: Situation) -> DeliveryMove | None:
    """What the gates before the deployment found in this run."""
    results = situation.facts.stage_gates.get(("promotion", situation.command.target))
    if results is None or results.passed:
        return None
    open_ones = [verdict for verdict in results.verdicts if not verdict.passed]
    failed = next((verdict for verdict in open_ones if not awaits(verdict)), None)
    target = situation.command.target
    if failed is None:
        first = open_ones[0]
        summary = f"{situation.command.version} waits for checks before {target}: {first.summary}."
        return Wait(first.reason_code, summary, "GitHub", results.verdicts)
    return Refusal(
        "gates-failed",
        f"Gate {failed.gate} before {target} did not pass: {failed.summary}.",
        f"Repair the cause and promote again: {again(situation.command)}",
        ExitCode.GATE,
        results.verdicts,
    )


def _policies_hold(situation: Situation) -> DeliveryMove | None:
    """Every policy answers until the deployment has begun; from then on it is brought to its end."""
    if deploying.current(situation.facts, delivery_of(situation)):
        return None
    answers = verdicts(situation)
    wrong = most_telling(answers)
    if wrong is None:
        return None
    if wrong.gate == "soak" or (wrong.gate == "approval" and wrong.ruling is Ruling.INCONCLUSIVE):
        what, ends = sentence(situation.command, wrong, " yet"), soaked_at(situation)
        until = timestamp(ends) if wrong.gate == "soak" and ends else ""
        return Wait(wrong.reason_code, what, wrong.who, answers, until)
    code = EXIT_CODES[wrong.gate]
    return Refusal(
        wrong.reason_code, sentence(situation.command, wrong), next_step(situation, wrong), code, answers
    )


def _overrides_asked(situation: Situation) -> DeliveryMove | None:
    """What is to be let past stands in the ledger before it counts."""
    facts, command = situation.facts, situation.command
    asked = bound(command.overrides, command.version, facts.asker.login, command.target)
    return overrides_recorded(facts, asked, command.target, situation.policy, situation.now)


def _claimed(situation: Situation) -> DeliveryMove | None:
    """The decision stands in the ledger, and the environment is ours, before anything is done."""
    if our_claim(situation):
        return None
    return Record((started(situation),))


def _gates_run(situation: Situation) -> DeliveryMove | None:
    """A job whose start nobody has recorded cannot know that they passed."""
    facts, command = situation.facts, situation.command
    gates = gates_at(situation.policy, "promotion", command.target)
    delivery = delivery_of(situation)
    started_after = situation.command.job and dispatching.is_dispatched(situation)
    asked_before = started_after or deploying.current(facts, delivery)
    if not gates or ("promotion", command.target) in facts.stage_gates or asked_before:
        return None
    seen = deploying.variables(delivery)
    return RunStageGates("promotion", command.target, delivery.commit, gates, seen, delivery.overrides)


def delivery_of(situation: Situation) -> deploying.Delivery:
    """What this promotion brings where."""
    command, facts = situation.command, situation.facts
    return deploying.Delivery(
        id=delivery_id(situation),
        version=command.version,
        tag=command.tag or (command.trial.commit if command.trial else ""),
        commit=facts.tag.commit if facts.tag else "",
        digest=facts.digest,
        environment=command.target,
        actor=facts.asker.login,
        run_url=command.run_url,
        release_id=facts.ledger.release_id,
        component=command.component,
        stage="verification",
        again=again(command),
        overrides=standing_overrides(facts, command.version, command.target, situation.policy, situation.now),
        told=told_before(facts.ledger.standing(command.target), command.version),
    )


def _run_started(situation: Situation) -> DeliveryMove | None:
    return dispatching.started(situation, delivery_of(situation), partial(_about, situation))


def _adopted(situation: Situation) -> DeliveryMove | None:
    return dispatching.adopted(situation, delivery_of(situation), partial(_about, situation))


def _about(situation: Situation, key: str, kind: str, detail: dict[str, Any]) -> Event:
    about = {"id": delivery_id(situation), "environment": situation.command.target}
    return _event(situation, key, kind, {**about, **detail})


def _failed_now(situation: Situation) -> DeliveryMove | None:
    delivery = delivery_of(situation)
    return advancing.failed_now(situation, delivery) or deploying.failed_now(situation.facts, delivery)


def _asked(situation: Situation) -> DeliveryMove | None:
    return awaiting.asked(situation, delivery_of(situation), partial(_about, situation))


def _awaited(situation: Situation) -> DeliveryMove | None:
    return awaiting.awaited(situation, delivery_of(situation))


def _taken_over(situation: Situation) -> DeliveryMove | None:
    return advancing.next_move(situation, delivery_of(situation), partial(_about, situation))


def _deployed(situation: Situation) -> DeliveryMove | None:
    move = deploying.next_move(situation.facts, delivery_of(situation), situation.policy)
    if isinstance(move, SetDeploymentState) and move.state is DeploymentState.SUCCESS:
        return Conclude(move, _tags_to_place(situation), tuple(_ended(as_if_done(situation, move))))
    return move


def _old_ones_closed(situation: Situation) -> DeliveryMove | None:
    return deploying.old_ones_closed(situation.facts, delivery_of(situation), situation.policy)


def _tags_placed(situation: Situation) -> DeliveryMove | None:
    updates = _tags_to_place(situation)
    return PlaceTags(updates) if updates else None


def _tags_to_place(situation: Situation) -> tuple[RefUpdate, ...]:
    facts, command = situation.facts, situation.command
    if command.trial:
        return ()
    assert facts.tag  # noqa: S101 - a policy
    fixed, moving = environment_tag(command.tag, command.target), latest_tag(command.target)
    updates = []
    for name in (fixed, moving):
        before = facts.environment_tags.get(name, "")
        if before != facts.tag.commit:
            updates.append(RefUpdate(name, before, facts.tag.commit))
    return tuple(updates)


LADDER: tuple[Rung, ...] = (
    _run_watched,
    _gates_hold,
    _failed_now,
    _policies_hold,
    _overrides_asked,
    _claimed,
    _gates_run,
    _run_started,
    _adopted,
    _asked,
    _taken_over,
    _awaited,
    _deployed,
    _tags_placed,
    _old_ones_closed,
)


def started(situation: Situation) -> Event:
    """The decision with its grounds, and the claim."""
    command, facts = situation.command, situation.facts
    assert facts.tag  # noqa: S101 - a policy
    detail: dict[str, Any] = {
        "id": delivery_id(situation),
        "environment": command.target,
        "from": command.source,
        "commit": facts.tag.commit,
        "digest": facts.digest,
        "holder": command.holder,
        "until": timestamp(situation.now + patience(situation, "promotion", "verification")),
        "production": situation.policy.is_production(command.target),
        "identity": facts.asker.source,
        "configuration": command.configuration,
        **approval_detail(facts.asker, command.target),
        **({"component": command.component} if command.component else {}),
        **asked_in_detail(command, facts.ledger),
        "run": command.run_url,
        "reason": command.reason,
        "verdicts": verdict_rows(deciding(verdicts(situation), command.target, situation.policy)),
    }
    return _event(
        situation, f"promotion-started:{detail['id']}:{command.holder}", "promotion-started", detail
    )


# --- what the ledger is owed


def owed(situation: Situation, move: Wait | Refusal | Done) -> Iterator[Event]:
    """What was decided or has happened and is not in the ledger."""
    facts, command = situation.facts, situation.command
    yield from _ended(situation)
    if isinstance(move, Done) or (isinstance(move, Wait) and move.reason_code in UNDER_WAY):
        return
    if isinstance(move, Refusal) and move.reason_code == advancing.HALTED:
        say = partial(_about, situation)
        yield from advancing.halt_recorded(situation, delivery_of(situation), move, say)
        return
    detail: dict[str, Any] = {
        "environment": command.target,
        "from": command.source,
        "reason_code": move.reason_code,
        "verdicts": verdict_rows(deciding(move.verdicts, command.target, situation.policy)),
        "run": command.run_url,
    }
    if our_claim(situation):
        detail |= {"id": delivery_id(situation)}
        yield _event(situation, f"promotion-stopped:{detail['id']}:{command.id}", "promotion-stopped", detail)
        return
    for key, kind, more in questions(situation, move.reason_code):
        yield _event(situation, key, kind, more)
    if isinstance(move, Refusal) and _worth_recording(move):
        event = _event(situation, f"promotion-refused:{command.id}", "promotion-refused", detail)
        stopped = f"promotion-stopped:{command.id}:{command.id}"
        known = facts.ledger.keys & {event.key, stopped} or said_already(facts.ledger, event)
        if not known and not _stopped_by_us(situation):
            yield event


def _ended(situation: Situation) -> Iterator[Event]:
    """Deployments of this version that have ended and are not recorded: what failed, and what is verified."""
    facts, command = situation.facts, situation.command
    for one in sorted(facts.deployments, key=lambda one: one.id):
        there = (one.environment, one.version) == (command.target, command.version)
        ours = there and one.delivery and not one.replaces
        for key, kind, detail in endings(one) if ours else ():
            if key not in facts.ledger.keys:
                event = _event(situation, key, kind, {**detail, **_verification(situation, kind)})
                yield replace(event, actor=one.actor or event.actor, at=one.updated_at or event.at)


def _verification(situation: Situation, kind: str) -> dict[str, Any]:
    found = situation.facts.stage_gates.get(("verification", situation.command.target))
    return {"verdicts": verdict_rows(found.verdicts)} if found and kind in {"verified", "tried"} else {}


def _stopped_by_us(situation: Situation) -> bool:
    """Whether this run has recorded already that its promotion stopped."""
    ending = f":{situation.command.id}"
    return any(k.startswith("promotion-stopped:") and k.endswith(ending) for k in situation.facts.ledger.keys)


def _worth_recording(move: Refusal) -> bool:
    wrong = {verdict.gate for verdict in move.verdicts if not verdict.passed}
    return bool(wrong) and not wrong & NOT_RECORDED


def _event(situation: Situation, key: str, kind: str, detail: dict[str, Any]) -> Event:
    command = situation.command
    release = situation.facts.ledger.release_id
    return Event(
        key, kind, release, command.version, situation.facts.asker.login, timestamp(situation.now), detail
    )
