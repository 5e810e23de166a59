"""How the environments stand, computed from the ledger's events by one pure function.

The result is written beside the entries in the commit that adds them, so that a reader needs no history, and a
check of the ledger can compute it again and compare.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from shipway.domain.ledger import Event
from shipway.domain.standing import (
    Adopted,
    Advance,
    Claim,
    Ended,
    Hold,
    Lock,
    Question,
    Reverting,
    Standing,
    Standings,
    Verified,
)
from shipway.domain.trial import trial_of

FORMAT = 1
"""Of how environments stand and which releases are open: raised when the same entries make something else."""

REMEMBERED = 20
"""Verified versions, holds, and deployments of jobs, kept for each environment, the newest last."""


def standings_after(standings: Standings, events: Iterable[Event]) -> dict[str, Standing]:
    """How the environments stand once these events have happened."""
    after = dict(standings)
    for event in events:
        for name in environments_of(event):
            after[name] = _after(after.get(name, Standing()), event)
    return {name: standing for name, standing in sorted(after.items()) if standing != Standing()}


def environments_of(event: Event) -> tuple[str, ...]:
    """The environments that an event is about."""
    several = event.detail.get("environments")
    return tuple(several) if several else tuple(filter(None, (event.detail.get("environment", ""),)))


def _after(standing: Standing, event: Event) -> Standing:
    change = CHANGES.get(event.kind)
    after = change(standing, event) if change else standing
    after = _closed(after, event) if event.kind in ENDS_OF_A_DEPLOYMENT else after
    after = _halted(after, event) if event.kind == "deployment-failed" else after
    return _freed(after, event) if event.kind in ENDS_OF_A_CLAIM else after


def _locked(standing: Standing, event: Event) -> Standing:
    fields = {name: event.detail.get(name, "") for name in ("reason", "until", "scope", "subject")}
    return replace(standing, lock=Lock(by=event.actor, at=event.at, **fields))


def _claimed(standing: Standing, event: Event) -> Standing:
    answered = standing.question and standing.question.version == event.version
    return replace(standing, claim=_claim(standing, event), question=None if answered else standing.question)


def _asked(standing: Standing, event: Event) -> Standing:
    detail = event.detail
    back = detail.get("action") == "rollback"
    known = {name: detail[name] for name in ("action", "reason", "lasting", "lift_hold") if name in detail}
    question = Question(
        version=detail["to"] if back else event.version,
        commit=detail["commit"],
        by=event.actor,
        at=event.at,
        until=detail["until"],
        source="" if back else detail.get("from", ""),
        replaces=detail["from"] if back else "",
        gates=tuple(detail.get("gates", ())),
        **known,
    )
    return replace(standing, question=question)


def _rolling_back(standing: Standing, event: Event) -> Standing:
    """The version that goes is held, and verified here no more, from the moment on which it is given up."""
    gone = event.detail["from"]
    return replace(
        standing,
        claim=_claim(standing, event),
        question=None if standing.question and standing.question.action else standing.question,
        holds=_holding(standing, gone, event),
        verified=_without(standing, gone),
        advance=None,
    )


def _holding(standing: Standing, version: str, event: Event) -> tuple[Hold, ...]:
    """A trial is held by nothing: it was never to stay."""
    if trial_of(version):
        return standing.holds
    hold = Hold(version, event.detail["reason"], event.actor, event.at)
    return (*(one for one in standing.holds if one.version != version), hold)[-REMEMBERED:]


def _advanced(standing: Standing, event: Event) -> Standing:
    """A point of the strategy is passed; what has the traffic is where most of it goes."""
    detail = event.detail
    parts = ("deployment", "strategy", "passed", "of", "weight", "colour")
    known = {name: detail[name] for name in parts if name in detail}
    advance = Advance(version=event.version, at=event.at, **known)
    live = advance.colour if advance.colour and advance.weight else standing.colour
    return replace(standing, advance=advance, colour=live)


def _reverting(standing: Standing, event: Event) -> Standing:
    """The version does not come in again before somebody has looked, whether or not it is out already."""
    detail = event.detail
    known = {name: detail[name] for name in ("deployment", "trigger", "reason", "asks")}
    bad = Reverting(version=event.version, by=event.actor, at=event.at, **known)
    return replace(standing, reverting=bad, holds=_holding(standing, event.version, event))


def _dispatched(standing: Standing, event: Event) -> Standing:
    """A run that GitHub did not name holds the claim of nobody."""
    claim, detail = standing.claim, event.detail
    if claim is None or claim.id != detail["id"]:
        return standing
    named = {"holder": f"run:{detail['run']}", "run": detail["url"]} if detail["run"] else {}
    return replace(standing, claim=replace(claim, dispatched=detail["run"], until=detail["until"], **named))


def _adopted(standing: Standing, event: Event) -> Standing:
    """The deployment counts as the delivery's, and the time of the claim runs from now on."""
    detail, claim = event.detail, standing.claim
    rollback = "to" in detail
    one = Adopted(
        deployment=detail["deployment"],
        id=detail["id"],
        version=detail["to"] if rollback else event.version,
        commit=detail["commit"],
        digest=detail["digest"],
        by=event.actor,
        release="" if rollback else event.release,
        replaces=detail["from"] if rollback else "",
        run=detail.get("run", 0),
    )
    mine = claim if claim and claim.id == one.id else None
    return replace(
        standing,
        adopted=(*standing.adopted, one)[-REMEMBERED:],
        claim=replace(mine, until=detail["until"]) if mine else claim,
    )


def _closed(standing: Standing, event: Event) -> Standing:
    """With the end of the deployment, where it is one that was adopted."""
    ended = event.detail["deployment"], event.detail.get("state", "success")
    adopted = tuple(
        replace(one, state=ended[1]) if one.deployment == ended[0] else one for one in standing.adopted
    )
    return replace(standing, adopted=adopted)


def _halted(standing: Standing, event: Event) -> Standing:
    """Nothing goes on with the steps of a deployment that failed."""
    mine = standing.advance is not None and standing.advance.deployment == event.detail["deployment"]
    return replace(standing, advance=None) if mine else standing


def _verified(standing: Standing, event: Event) -> Standing:
    """What goes well ends holds, but for the rollback that set one: those of versions that it comes after."""
    verified = _with(standing, event)
    after = replace(
        standing,
        verified=verified,
        advance=None,
        reverting=None,
        colour=verified[-1].colour or standing.colour,
    )
    if event.kind == "rolled-back":
        return after
    still = (one for one in standing.holds if not _ended(one, event.version, after))
    return replace(after, holds=tuple(still))


def _tried(standing: Standing, event: Event) -> Standing:
    """What is tried stands where it went, and changes nothing of what is verified."""
    mine = standing.advance is not None and standing.advance.deployment == event.detail["deployment"]
    colour = standing.advance.colour if mine and standing.advance else ""
    return replace(standing, advance=None, reverting=None, colour=colour or standing.colour)


def _not_back(standing: Standing, event: Event) -> Standing:
    """One that failed is for people; one whose run was lost is still owed."""
    return standing if event.detail.get("reason_code") == "run-lost" else replace(standing, reverting=None)


def _ended(hold: Hold, version: str, standing: Standing) -> bool:
    return hold.version == version or standing.holds_higher(hold.version)


def _doubted(standing: Standing, event: Event) -> Standing:
    return replace(standing, verified=_without(standing, event.version))


CHANGES: Mapping[str, Callable[[Standing, Event], Standing]] = {
    "locked": _locked,
    "unlocked": lambda standing, _: replace(standing, lock=None),
    "promotion-started": _claimed,
    "rollback-started": _rolling_back,
    "advanced": _advanced,
    "reverting": _reverting,
    "rollback-failed": _not_back,
    "dispatched": _dispatched,
    "adopted": _adopted,
    "asked": _adopted,
    "verified": _verified,
    "tried": _tried,
    "rolled-back": _verified,
    "verification-failed": _doubted,
    "revoked": _doubted,
    "approval-asked": _asked,
    "approval-lapsed": lambda standing, _: replace(standing, question=None),
    "hold-lifted": lambda standing, event: replace(
        standing, holds=tuple(one for one in standing.holds if one.version != event.version)
    ),
}
"""Kind of event → what it changes."""

ENDS_OF_A_DEPLOYMENT = frozenset({"verified", "tried", "rolled-back", "deployment-failed"})

ENDS_OF_A_CLAIM = frozenset(
    {"verified", "tried", "verification-failed", "promotion-stopped", "rolled-back", "rollback-failed"}
)


def _claim(standing: Standing, event: Event) -> Claim:
    """One that is taken over goes on being what a comment asked for."""
    detail, before = event.detail, standing.claim
    known = before.asked_in if before and before.id == detail["id"] else 0
    rollback = event.kind == "rollback-started"
    return Claim(
        id=detail["id"],
        version=detail["to"] if rollback else event.version,
        by=event.actor,
        holder=detail["holder"],
        at=event.at,
        until=detail["until"],
        run=detail.get("run", ""),
        replaces=detail["from"] if rollback else "",
        asked_in=detail.get("asked_in", 0) or known,
    )


def _freed(standing: Standing, event: Event) -> Standing:
    """Without the claim, if this event ends that very one."""
    claim = standing.claim
    if claim is None or claim.id != event.detail.get("id"):
        return standing
    return replace(standing, claim=None, ended=_end(claim, event) if claim.asked_in else standing.ended)


def _end(claim: Claim, event: Event) -> Ended:
    good = event.kind in {"verified", "tried", "rolled-back"}
    reason = "" if good else event.detail.get("reason_code", event.kind)
    return Ended(claim.id, claim.version, event.at, claim.asked_in, claim.replaces, reason)


def _with(standing: Standing, event: Event) -> tuple[Verified, ...]:
    detail = event.detail
    version = detail["to"] if event.kind == "rolled-back" else event.version
    digest, deployment = detail.get("digest", ""), detail["deployment"]
    colour = _colour(standing, version, deployment)
    one = Verified(version, detail["commit"], digest, event.at, event.actor, deployment, colour)
    return (*_without(standing, version), one)[-REMEMBERED:]


def _colour(standing: Standing, version: str, deployment: int) -> str:
    """Where a version went; one that comes back is where it was."""
    if standing.advance and standing.advance.deployment == deployment:
        return standing.advance.colour
    there = standing.verification(version)
    return there.colour if there else ""


def _without(standing: Standing, version: str) -> tuple[Verified, ...]:
    return tuple(one for one in standing.verified if one.version != version)
