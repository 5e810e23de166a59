"""Locks: who may close and open what, whom a scope lets through, and when a lock has run out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from shipway.domain import record
from shipway.domain.authority import Asker
from shipway.domain.delivery import lock_outcome as outcomes
from shipway.domain.delivery.lock_command import Asked, Locking, Scope, Unlocking
from shipway.domain.delivery.lock_policy import exempt
from shipway.domain.delivery.locking import decide, owns
from shipway.domain.delivery.reason import LONGEST, reason_of
from shipway.domain.delivery.steps import Record
from shipway.domain.events import timestamp
from shipway.domain.facts import DeliveryFacts
from shipway.domain.ledger import Event, Ledger
from shipway.domain.policy import Policy
from shipway.domain.record import book_of, environments_path
from shipway.domain.repository import Repository
from shipway.domain.resting import Done, Refusal
from shipway.domain.standing import Lock, Standing
from shipway.errors import ExitCode, UsageError

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
REPOSITORY = Repository("octo-org", "hello", "R", "https://example.test", "main", "x", "WRITE")
ALICE, BOB, CAROL = Asker("alice", "write"), Asker("bob", "write"), Asker("carol", "maintain")

pytestmark = pytest.mark.requirement("LOCK-1")


def facts(asker: Asker = ALICE, **locks: Lock) -> DeliveryFacts:
    standings = {name: Standing(lock=lock) for name, lock in locks.items()}
    return DeliveryFacts(repository=REPOSITORY, ledger=Ledger(standings=standings), asker=asker)


def locking(
    *names: str, until: str = "", scope: Scope = "", subject: str = "", reason: str = "moving"
) -> Locking:
    return Locking(
        environments=names or ("staging",),
        every=len(names) > 1,
        id="1",
        at=timestamp(NOON),
        reason=reason,
        until=until,
        scope=scope,
        subject=subject,
    )


def unlocking(*names: str, force: bool = False) -> Unlocking:
    wanted = names or ("staging",)
    return Unlocking(
        environments=wanted, every=len(names) > 1, id="2", at=timestamp(NOON), reason="moved", force=force
    )


def lock_of(login: str = "alice", **changes: str) -> Lock:
    return replace(Lock(login, "moving", "2026-11-21T11:00:00Z"), **changes)


def carried(before: DeliveryFacts, command: Asked) -> tuple[DeliveryFacts, Refusal | Done, list[Event]]:
    """Decide and foresee until it rests."""
    events: list[Event] = []
    at = before
    while isinstance(move := decide(at, command, Policy(), NOON), Record):
        events += move.events
        at = move.foreseen(at)
    return at, move, events


def test_a_lock_names_owner_reason_and_time() -> None:
    after, move, (event,) = carried(facts(), locking(until="2026-11-21T14:00:00Z"))
    assert after.ledger.standing("staging").lock == Lock(
        "alice", "moving", "2026-11-21T12:00:00Z", "2026-11-21T14:00:00Z"
    )
    assert move == Done("staging is locked now")
    assert (event.version, event.release, event.detail["environment"]) == ("", "", "staging")
    assert book_of(event) == environments_path(timestamp(NOON)) == "environments/2026-11.jsonl"


def test_the_ground_stands_in_the_entry() -> None:
    _, _, (event,) = carried(facts(), locking())
    (verdict,) = event.detail["verdicts"]
    assert verdict["summary"] == "alice may lock in staging: role write"
    assert event.detail["identity"] == "token"


def test_another_lock_is_refused_and_names_the_owner() -> None:
    _, move, events = carried(facts(BOB, staging=lock_of(until="2026-11-21T13:00:00Z")), locking())
    assert isinstance(move, Refusal)
    assert (move.exit_code, move.reason_code, events) == (ExitCode.LOCKED, "locked", [])
    assert move.message == (
        "staging is locked by alice since 2026-11-21T11:00:00Z, until 2026-11-21T13:00:00Z: moving."
    )
    assert move.next_step == "Ask them, or: shipway unlock staging --reason '…' --force"


@pytest.mark.parametrize(
    ("command", "written"),
    [
        (locking(), False),
        (locking(reason="else"), True),
        (locking(until="2026-11-21T14:00:00Z"), True),
        (locking(scope="user"), True),
        (locking(scope="release", subject="2.0.0"), True),
    ],
)
def test_the_owner_changes_the_lock_and_the_same_again_writes_nothing(
    command: Locking, written: bool
) -> None:
    after, move, events = carried(facts(staging=lock_of()), command)
    assert isinstance(move, Done)
    assert bool(events) == written
    lock = after.ledger.standing("staging").lock
    assert lock
    assert (lock.by, lock.reason, lock.until, lock.scope) == (
        "alice",
        command.reason,
        command.until,
        command.scope,
    )


def test_a_lock_that_has_run_out_is_anybodys_to_take() -> None:
    after, _, _ = carried(facts(BOB, staging=lock_of(until=timestamp(NOON))), locking())
    lock = after.ledger.standing("staging").lock
    assert lock
    assert lock.by == "bob"


def test_all_is_one_entry_or_nothing() -> None:
    after, _, (event,) = carried(facts(), locking("dev", "staging", "production"))
    assert event.detail["environments"] == ["dev", "staging", "production"]
    assert "environment" not in event.detail
    assert {name for name, one in after.ledger.standings.items() if one.lock} == {
        "dev",
        "staging",
        "production",
    }
    refused, move, events = carried(facts(BOB, staging=lock_of()), locking("dev", "staging"))
    assert isinstance(move, Refusal)
    assert (events, refused.ledger.standing("dev").lock) == ([], None)


def test_all_are_opened_that_are_locked() -> None:
    after, _, (event,) = carried(
        facts(staging=lock_of(), dev=lock_of()), unlocking("dev", "staging", "production")
    )
    assert event.detail["environments"] == ["dev", "staging"]
    assert not any(one.lock for one in after.ledger.standings.values())


def test_who_asked_for_all_is_shown_how_to_open_all() -> None:
    before = facts(BOB, staging=lock_of(), dev=lock_of("bob"))
    _, move, _ = carried(before, unlocking("dev", "staging", "production"))
    assert isinstance(move, Refusal)
    assert move.next_step == "Ask them, or: shipway unlock --all --reason '…' --force"


@pytest.mark.parametrize("lock", [None, lock_of("bob", until=timestamp(NOON))], ids=["none", "run out"])
def test_what_is_not_locked_is_no_failure(lock: Lock | None) -> None:
    before = facts(staging=lock) if lock else facts()
    after, move, events = carried(before, unlocking())
    assert (after, move, events) == (before, Done("staging is not locked, so nothing was done"), [])
    shown = outcomes.lock_outcome(move, after, unlocking(), (), NOON)
    assert (shown.exit_code, shown.reason_code) == (ExitCode.OK, "not-locked")


WHO = {"owner": ALICE, "other": BOB, "maintainer": CAROL, "reader": Asker("dave", "read")}


@pytest.mark.parametrize(
    ("who", "force", "scope", "expired"),
    list(product(WHO, (False, True), ("", "user", "release", "pr"), (False, True))),
)
def test_who_may_unlock(who: str, force: bool, scope: Scope, expired: bool) -> None:
    """Owner: yes. Anybody else: by force, with the role for it. What has run out is not locked for anybody."""
    subject = {"user": "alice", "release": "2.0.0", "pr": "7", "": ""}[scope]
    lock = lock_of(
        scope=scope, subject=subject, until=timestamp(NOON if expired else NOON + timedelta(hours=1))
    )
    after, move, events = carried(facts(WHO[who], staging=lock), unlocking(force=force))
    kinds = [event.kind for event in events]
    standing = after.ledger.standing("staging").lock
    if expired:
        assert (type(move), kinds) == (Done, [])
    elif who == "owner" or (who == "maintainer" and force):
        assert (type(move), kinds, standing) == (Done, ["unlocked"], None)
        assert bool(events[0].detail.get("forced")) == (who == "maintainer")
    else:
        assert isinstance(move, Refusal)
        assert move.exit_code is (ExitCode.NOT_AUTHORISED if force else ExitCode.LOCKED)
        assert kinds == (["unlock-refused"] if force else [])
        assert standing == lock


def test_a_lock_taken_away_is_announced() -> None:
    after, move, (event,) = carried(facts(CAROL, staging=lock_of()), unlocking(force=True))
    found = {name: event.detail[name] for name in ("forced", "locked_by", "locked_reason", "reason")}
    assert found == {"forced": True, "locked_by": "alice", "locked_reason": "moving", "reason": "moved"}
    assert isinstance(move, Done)
    shown = outcomes.lock_outcome(move, after, unlocking(force=True), (), NOON)
    said = "carol took the lock of staging away from alice, who had locked it for: moving"
    assert (shown.to_json()["announce"], shown.warnings) == (said, (said,))


def test_only_the_locks_of_others_are_said_to_be_taken_away() -> None:
    asked = unlocking("dev", "staging", force=True)
    after, move, (event,) = carried(facts(CAROL, dev=lock_of("carol"), staging=lock_of()), asked)
    assert event.detail["environments"] == ["dev", "staging"]
    assert event.detail["taken"] == ["staging"]
    assert isinstance(move, Done)
    assert outcomes.lock_outcome(move, after, asked, (), NOON).warnings == (
        "carol took the lock of staging away from alice, who had locked it for: moving",
    )


def test_force_on_ones_own_lock_is_no_force() -> None:
    _, _, (event,) = carried(facts(staging=lock_of()), unlocking(force=True))
    assert "forced" not in event.detail


@pytest.mark.requirement("AUTH-1")
@pytest.mark.parametrize("permission", ["READ", "WRITE"])
def test_who_may_not_lock_is_refused_and_that_is_recorded_where_it_can_be(permission: str) -> None:
    reader = facts(Asker("dave", "read")).having(repository=replace(REPOSITORY, permission=permission))
    after, move, events = carried(reader, locking())
    assert isinstance(move, Refusal)
    assert move.exit_code is ExitCode.NOT_AUTHORISED
    assert (
        move.message
        == "staging cannot be locked: dave may not lock in staging; someone with the role write may."
    )
    assert move.next_step == "Someone with the role write can run: shipway lock staging --reason '…'"
    assert [event.kind for event in events] == (["lock-refused"] if permission == "WRITE" else [])
    assert after.ledger.standing("staging").lock is None


@pytest.mark.parametrize(
    ("scope", "version", "login", "expired"),
    list(
        product(("", "user", "release", "pr"), ("2.0.0", "3.0.0"), ("alice", "Alice", "bob"), (False, True))
    ),
)
def test_whom_a_scope_lets_through(scope: Scope, version: str, login: str, expired: bool) -> None:
    subject = {"user": "alice", "release": "2.0.0", "pr": "7", "": ""}[scope]
    lock = lock_of(
        scope=scope, subject=subject, until=timestamp(NOON if expired else NOON + timedelta(hours=1))
    )
    through = (scope == "user" and login.lower() == "alice") or (scope == "release" and version == "2.0.0")
    assert exempt(lock, version, login) == through
    assert lock.holds_at(timestamp(NOON)) == (not expired)
    assert owns(lock, login) == (login.lower() == "alice")


def test_scope_user_is_for_who_locks() -> None:
    after, _, _ = carried(facts(BOB), locking(scope="user"))
    lock = after.ledger.standing("staging").lock
    assert lock
    assert (lock.scope, lock.subject) == ("user", "bob")


def test_a_reason_that_was_masked_when_it_was_written_is_not_written_again() -> None:
    """What the ledger keeps of a reason may be less than what was asked for."""
    move = decide(facts(), locking(reason="token ghp_x"), Policy(), NOON)
    assert isinstance(move, Record)
    hidden = replace(move.events[0], detail={**move.events[0].detail, "reason": "token ***"})
    after = facts().having(ledger=record.after(Ledger(), [hidden]))
    assert isinstance(decide(after, locking(reason="token ghp_x"), Policy(), NOON), Done)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("do not use --global today", "do not use --global today"),
        ("fixing -disk full", "fixing -disk full"),
        ("--all", "--all"),
        ("two\nlines\r\n\tand a tab", "two lines and a tab"),
        ("\x1b[31mred\x07\x00", "[31mred"),
        ("\u202eright to left\u200b", "right to left"),
        ("👩\u200d💻 at work 🚧", "👩\u200d💻 at work 🚧"),
        ("cafe\u0301", "cafe\u0301"),
        ("x" * LONGEST, "x" * LONGEST),
        ("é" * 999 + "\n" + " " * 500, "é" * 999),
    ],
)
def test_a_reason_is_one_line_of_what_was_said(text: str, kept: str) -> None:
    assert reason_of(text, "shipway lock staging --reason x") == kept


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "A reason is needed. Say it: shipway lock …"),
        (" \n\x00\u200b", "A reason is needed. Say it: shipway lock …"),
        (
            "x" * (LONGEST + 1),
            (
                "The reason has 1,001 characters; it can have 1,000. Say it in short, with a link to the rest: "
                "shipway lock …"
            ),
        ),
    ],
)
def test_a_reason_that_says_nothing_or_too_much_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        reason_of(text, "shipway lock …")
    assert (str(refused.value), refused.value.reason_code) == (message, "reason-unclear")


@pytest.mark.parametrize("text", ["…", "...", " … ", "???", "-"])
def test_a_reason_that_was_copied_from_an_example_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        reason_of(text, "shipway lock staging --reason 'database is moving'")
    assert refused.value.reason_code == "reason-placeholder"
    assert str(refused.value) == (
        f"The reason {text.strip()!r} is only a place for one. Put into words why, as others will read it: "
        "shipway lock staging --reason 'database is moving'"
    )


@pytest.mark.parametrize("until", ["", "2026-11-21T12:00:01Z"])
def test_a_lock_says_what_it_does_not_stop(until: str) -> None:
    after, move, _ = carried(facts(), locking())
    claim = Event(
        "c", "promotion-started", "", "2.0.0", "bob", "2026-11-21T11:00:00Z",
        {"id": "3", "environment": "staging", "holder": "h", "until": until},
    )  # fmt: skip
    busy = after.having(ledger=record.after(after.ledger, [claim]))
    assert isinstance(move, Done)
    shown = outcomes.lock_outcome(move, busy, locking(), (), NOON)
    note = "2.0.0 is on its way into staging already, and the lock does not stop it"
    assert shown.warnings == ((note,) if until else ())
