"""Whether an environment is locked to what is to come in, and how it is opened."""

from datetime import datetime

from shipway.domain.delivery.command import Attempt
from shipway.domain.events import timestamp
from shipway.domain.facts import DeliveryFacts
from shipway.domain.foreign_lock import EVERYWHERE, ForeignLock, closing
from shipway.domain.standing import Lock
from shipway.domain.verdict import Ruling, Verdict


def lock_policy(situation: Attempt) -> Verdict:
    """Whether nobody has locked the environment."""
    target = situation.command.target
    locks = standing_locks(situation.facts, target, situation.now)
    if not locks:
        return Verdict("lock", Ruling.PASS, "not-locked", f"{target} is not locked")
    lock = _shut(situation)
    if lock is None:
        return Verdict(
            "lock", Ruling.PASS, "lock-exempts", f"the lock of {target} lets {locks[0].exempts} through"
        )
    return Verdict(
        "lock", Ruling.FAIL, "locked", lock_text(target, lock), f"{lock.by}, or whoever may unlock by force"
    )


def standing_locks(facts: DeliveryFacts, environment: str, now: datetime) -> list[Lock]:
    """Ours, and those that branch-deploy closes it by, as far as they stand."""
    ours = facts.ledger.standing(environment).lock
    held = [ours] if ours and ours.holds_at(timestamp(now)) else []
    return held + [one.lock for one in closing(facts.foreign_locks, environment)]


def _shut(situation: Attempt) -> Lock | None:
    """The lock that does not let this through."""
    version, login = situation.command.version, situation.facts.asker.login
    locks = standing_locks(situation.facts, situation.command.target, situation.now)
    pulls = _pull_requests(situation)
    return next((lock for lock in locks if not exempt(lock, version, login, pulls)), None)


def lock_text(environment: str, lock: Lock) -> str:
    """Who locked an environment, when, why and until when."""
    since = f" since {lock.at}" if lock.at else ""
    until = f", until {lock.until}" if lock.until else ""
    return f"{environment} is locked by {lock.by}{since}{until}: {lock.reason}"


def opening(situation: Attempt) -> str:
    """What opens a locked environment for who asks."""
    lock, target = _shut(situation), situation.command.target
    theirs = closing(situation.facts.foreign_locks, target)
    which = next((unlocked_by(one, target) for one in theirs if one.lock == lock), target)
    return opened_by(lock, which, situation.facts.asker.login)


def unlocked_by(theirs: ForeignLock, environment: str) -> str:
    """What has to be unlocked so that a lock of branch-deploy is gone."""
    return "--all" if theirs.branch == EVERYWHERE else environment


def opened_by(lock: Lock | None, which: str, login: str) -> str:
    """How somebody opens what is locked."""
    command = f"shipway unlock {which} --reason '…'"
    if lock and lock.by.lower() == login.lower():
        return f"The lock is your own: {command}"
    return f"Ask them, or: {command} --force"


def _pull_requests(situation: Attempt) -> frozenset[int]:
    """Those that this brings the head or the merge of. The entries of a rollback are about what goes, not these."""
    command = situation.command
    if command.trial:
        return frozenset({command.trial.pull})
    merged = None if command.replaces else situation.facts.ledger.newest("merged")
    return frozenset({command.pull_request, merged.detail["number"] if merged else 0} - {0})


def exempt(lock: Lock, version: str, login: str, pull_requests: frozenset[int] = frozenset()) -> bool:
    """Whether the scope of a lock lets this through: its user, its version, or what comes of its pull request."""
    match lock.scope:
        case "user":
            return lock.subject.lower() == login.lower()
        case "release":
            return lock.subject == version
        case "pr":
            return lock.subject in map(str, pull_requests)
        case _:
            return False
