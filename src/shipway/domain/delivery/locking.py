"""The one next move of locking or unlocking: record it, refuse it, or see that it is so already.

The lock is an entry in the ledger, written against the head that was looked at: of two who lock at once one
writes it, and the other looks again and finds it there.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from shipway.domain.authority import authority_verdict, can_run
from shipway.domain.delivery.lock_command import Asked, Locking, Unlocking
from shipway.domain.delivery.lock_policy import lock_text, opened_by, unlocked_by
from shipway.domain.delivery.repeated import said_already
from shipway.domain.delivery.steps import LiftLocks, Record
from shipway.domain.events import timestamp, verdict_rows
from shipway.domain.facts import DeliveryFacts
from shipway.domain.foreign_lock import EVERYWHERE, UNKNOWN, ForeignLock, closing, lock_branch
from shipway.domain.ledger import Event
from shipway.domain.policy import Action, Policy
from shipway.domain.resting import Done, Refusal
from shipway.domain.standing import Lock
from shipway.domain.verdict import Ruling, Verdict
from shipway.errors import ExitCode

MAY_WRITE = frozenset({"WRITE", "MAINTAIN", "ADMIN"})
"""Permissions of a token that can record a refusal."""


def decide(
    facts: DeliveryFacts, command: Asked, policy: Policy, now: datetime
) -> Record | LiftLocks | Refusal | Done:
    """The next move: a record, then what it tells of, a refusal, or done. All the environments, or none."""
    if left := _recorded(facts, command):
        return LiftLocks(left)
    if event_key(command) in facts.ledger.keys:
        return Done(f"{where(command)} {'locked' if isinstance(command, Locking) else 'open'} now")
    held = held_locks(facts, command, now)
    if isinstance(command, Locking):
        move = _lock(facts, command, policy, held)
    else:
        move = _unlock(facts, command, policy, held)
    return _recorded_first(move, facts, command) if isinstance(move, Refusal) else move


def held_locks(facts: DeliveryFacts, command: Asked, now: datetime) -> dict[str, Lock]:
    """Environment → its lock, of those asked for that are locked and whose lock has not run out."""
    locks = {name: facts.ledger.standing(name).lock for name in command.environments}
    return {name: lock for name, lock in locks.items() if lock and lock.holds_at(timestamp(now))}


def event_key(command: Asked) -> str:
    """Finds the record of this very request again."""
    return f"{'locked' if isinstance(command, Locking) else 'unlocked'}:{command.id}"


def where(command: Asked) -> str:
    """The environments with their verb, for a sentence."""
    return are(command.environments)


def are(names: tuple[str, ...]) -> str:
    """Names with their verb, for a sentence."""
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"


def owns(lock: Lock, login: str) -> bool:
    """Whether the lock is theirs, or was made for them."""
    owners = {lock.by.lower(), lock.subject.lower() if lock.scope == "user" else ""}
    return bool(login) and login.lower() in owners


def _lock(
    facts: DeliveryFacts, command: Locking, policy: Policy, held: dict[str, Lock]
) -> Record | Refusal | Done:
    verdicts = tuple(authority_verdict(facts.asker, "lock", name, policy) for name in command.environments)
    if refused := _not_authorised(verdicts, command):
        return refused
    login = facts.asker.login
    ours = [(name, lock, name) for name, lock in held.items()]
    theirs = [(n, one.lock, unlocked_by(one, n)) for n, one in _closed(facts.foreign_locks, command)]
    taken = next((one for one in (*ours, *theirs) if one[1].by.lower() != login.lower()), None)
    if taken:
        return _held(*taken, login)
    wanted = (command.reason, command.until, command.scope, _subject(command, login))
    same = all((one.reason, one.until, one.scope, one.subject) == wanted for one in held.values())
    if same and len(held) == len(command.environments):
        return Done(f"{where(command)} locked like this already")
    detail = {
        "until": command.until,
        "scope": command.scope,
        "subject": _subject(command, login),
        "verdicts": verdict_rows(verdicts),
    }
    return Record((_event(facts, command, "locked", command.environments, detail),))


def _subject(command: Locking, login: str) -> str:
    return login if command.scope == "user" else command.subject


def _unlock(
    facts: DeliveryFacts, command: Unlocking, policy: Policy, held: dict[str, Lock]
) -> Record | Refusal | Done:
    lifted, login = _lifted(facts, command), facts.asker.login
    locks = [*((name, one.lock) for name, one in _closed(lifted, command)), *held.items()]
    names = tuple(name for name in command.environments if name in dict(locks))
    if not names:
        return _nothing_of_its_own(facts, command)
    others = {name: lock for name, lock in locks if not owns(lock, login)}
    if others and not command.force:
        name, lock = next(iter(others.items()))
        return _held(name, lock, "--all" if command.every else name, login)
    verdicts = tuple(authority_verdict(facts.asker, _needed(name, others), name, policy) for name in names)
    if refused := _not_authorised(verdicts, command):
        return refused
    branches = {"branches": {one.branch: one.commit for one in lifted}} if lifted else {}
    detail = {**_taken(others), **branches, "verdicts": verdict_rows(verdicts)}
    return Record((_event(facts, command, "unlocked", names, detail),))


def _lifted(facts: DeliveryFacts, command: Asked) -> tuple[ForeignLock, ...]:
    """Locks of branch-deploy that go with it; the one of all environments only with all of them."""
    branches = {lock_branch(name) for name in command.environments} | (
        {EVERYWHERE} if command.every else set()
    )
    return tuple(one for one in facts.foreign_locks if one.branch in branches)


def _recorded(facts: DeliveryFacts, command: Asked) -> tuple[ForeignLock, ...]:
    """Those that stand although an entry says that who asks unlocked them: this run's, or of one that died."""
    if isinstance(command, Locking):
        return ()
    events = [one.event for one in facts.ledger.entries if one.event.actor == facts.asker.login]
    told = [event.detail.get("branches", {}) for event in events if event.kind == "unlocked"]
    return tuple(
        one for one in _lifted(facts, command) if any(row.get(one.branch) == one.commit for row in told)
    )


def _closed(locks: tuple[ForeignLock, ...], command: Asked) -> list[tuple[str, ForeignLock]]:
    """Each environment with each lock of branch-deploy that closes it."""
    return [(name, one) for name in command.environments for one in closing(locks, name)]


def _nothing_of_its_own(facts: DeliveryFacts, command: Unlocking) -> Refusal | Done:
    """It is open, unless all environments together are closed."""
    for name, one in _closed(facts.foreign_locks, command):
        return _held(name, one.lock, unlocked_by(one, name), facts.asker.login)
    return Done(f"{where(command)} not locked, so nothing was done")


def _needed(name: str, others: dict[str, Lock]) -> Action:
    return "unlock-by-force" if name in others else "unlock"


def _taken(others: dict[str, Lock]) -> dict[str, Any]:
    """Whose locks were taken away, so that it is said and not found out."""
    if not others:
        return {}
    return {
        "forced": True,
        "taken": list(others),
        "locks": [{"environment": n, **asdict(lock)} for n, lock in others.items() if lock.by != UNKNOWN],
        "locked_by": ", ".join(dict.fromkeys(lock.by for lock in others.values())),
        "locked_reason": "; ".join(dict.fromkeys(lock.reason for lock in others.values())),
    }


# --- refusals


def _held(name: str, lock: Lock, which: str, login: str) -> Refusal:
    who = f"{lock.by}, or whoever may unlock by force"
    verdict = Verdict("lock", Ruling.FAIL, "locked", lock_text(name, lock), who)
    return Refusal(
        "locked", f"{verdict.summary}.", opened_by(lock, which, login), ExitCode.LOCKED, (verdict,)
    )


def _not_authorised(verdicts: tuple[Verdict, ...], command: Asked) -> Refusal | None:
    wrong = next((verdict for verdict in verdicts if not verdict.passed), None)
    if wrong is None:
        return None
    verb = "lock" if isinstance(command, Locking) else "unlock"
    return Refusal(
        wrong.reason_code,
        f"{', '.join(command.environments)} cannot be {verb}ed: {wrong.summary}.",
        can_run(wrong.who, again(command)),
        ExitCode.NOT_AUTHORISED,
        verdicts,
    )


def again(command: Asked) -> str:
    """The command, with a place for the reason."""
    verb = "lock" if isinstance(command, Locking) else "unlock"
    force = " --force" if isinstance(command, Unlocking) and command.force else ""
    return f"shipway {verb} {'--all' if command.every else command.environments[0]} --reason '…'{force}"


def _recorded_first(move: Refusal, facts: DeliveryFacts, command: Asked) -> Record | Refusal:
    """What somebody tried without being allowed to is recorded, where the token can."""
    kind = "lock-refused" if isinstance(command, Locking) else "unlock-refused"
    can = facts.repository.permission in MAY_WRITE
    if move.exit_code is not ExitCode.NOT_AUTHORISED or not can:
        return move
    detail = {"reason_code": move.reason_code, "verdicts": verdict_rows(move.verdicts)}
    event = _event(facts, command, kind, command.environments, detail)
    known = event.key in facts.ledger.keys or said_already(facts.ledger, event)
    return move if known else Record((event,))


# --- the record


def _event(
    facts: DeliveryFacts, command: Asked, kind: str, names: tuple[str, ...], detail: dict[str, Any]
) -> Event:
    about = dict(_about(command, names))
    common = {"reason": command.reason, "identity": facts.asker.source, "run": command.run_url}
    return Event(
        f"{kind}:{command.id}", kind, "", "", facts.asker.login, command.at, {**about, **common, **detail}
    )


def _about(command: Asked, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if command.every:
        yield "environments", list(names)
    else:
        yield "environment", names[0]
