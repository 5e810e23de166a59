"""How the environments stand, computed from the ledger's events by one pure function.

The result is written beside the entries in the commit that adds them, so that a reader needs no history, and a
check of the ledger can compute it again and compare.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from shipway.domain.ledger import Event
from shipway.domain.standing import Adopted, Claim, Hold, Lock, Question, Standing, Standings, Verified

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
    return _freed(after, event) if event.kind in ENDS_OF_A_CLAIM else after


def _locked(standing: Standing, event: Event) -> Standing:
    fields = {name: event.detail.get(name, "") for name in ("reason", "until", "scope", "subject")}
    return replace(standing, lock=Lock(by=event.actor, at=event.at, **fields))


def _claimed(standing: Standing, event: Event) -> Standing:
    answered = standing.question and standing.question.version == event.version
    return replace(standing, claim=_claim(event), question=None if answered else standing.question)


def _asked(standing: Standing, event: Event) -> Standing:
    detail = event.detail
    question = Question(
        event.version, detail["commit"], event.actor, event.at, detail["until"], detail.get("from", "")
    )
    return replace(standing, question=question)


def _rolling_back(standing: Standing, event: Event) -> Standing:
    """The version that goes is held, and verified here no more, from the moment on which it is given up."""
    gone = event.detail["from"]
    hold = Hold(gone, event.detail["reason"], event.actor, event.at)
    holds = (*(one for one in standing.holds if one.version != gone), hold)[-REMEMBERED:]
    return replace(standing, claim=_claim(event), holds=holds, verified=_without(standing, gone))


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


def _verified(standing: Standing, event: Event) -> Standing:
    """What goes well ends holds, but for the rollback that set one: those of versions that it comes after."""
    after = replace(standing, verified=_with(standing, event))
    if event.kind == "rolled-back":
        return after
    still = (one for one in standing.holds if not _ended(one, event.version, after))
    return replace(after, holds=tuple(still))


def _ended(hold: Hold, version: str, standing: Standing) -> bool:
    return hold.version == version or standing.holds_higher(hold.version)


def _doubted(standing: Standing, event: Event) -> Standing:
    return replace(standing, verified=_without(standing, event.version))


CHANGES: Mapping[str, Callable[[Standing, Event], Standing]] = {
    "locked": _locked,
    "unlocked": lambda standing, _: replace(standing, lock=None),
    "promotion-started": _claimed,
    "rollback-started": _rolling_back,
    "dispatched": _dispatched,
    "adopted": _adopted,
    "verified": _verified,
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

ENDS_OF_A_DEPLOYMENT = frozenset({"verified", "rolled-back", "deployment-failed"})

ENDS_OF_A_CLAIM = frozenset(
    {"verified", "verification-failed", "promotion-stopped", "rolled-back", "rollback-failed"}
)


def _claim(event: Event) -> Claim:
    detail = event.detail
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
    )


def _freed(standing: Standing, event: Event) -> Standing:
    """Without the claim, if this event ends that very one."""
    mine = standing.claim is not None and standing.claim.id == event.detail.get("id")
    return replace(standing, claim=None) if mine else standing


def _with(standing: Standing, event: Event) -> tuple[Verified, ...]:
    detail = event.detail
    version = detail["to"] if event.kind == "rolled-back" else event.version
    one = Verified(
        version, detail["commit"], detail.get("digest", ""), event.at, event.actor, detail["deployment"]
    )
    return (*_without(standing, version), one)[-REMEMBERED:]


def _without(standing: Standing, version: str) -> tuple[Verified, ...]:
    return tuple(one for one in standing.verified if one.version != version)
