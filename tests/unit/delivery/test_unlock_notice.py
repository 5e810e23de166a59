"""What the owner of a lock is told that somebody took away."""

import re
from dataclasses import replace
from typing import Any

import pytest
from cmarkgfm import github_flavored_markdown_to_html

from shipway.domain import record
from shipway.domain.delivery.lock_outcome import planned_lock
from shipway.domain.delivery.locking import decide
from shipway.domain.delivery.steps import Record
from shipway.domain.delivery.unlock_notice import Notice, notices
from shipway.domain.facts import DeliveryFacts
from shipway.domain.policy import Policy
from shipway.domain.standing import Lock, Standing, Verified
from unit.delivery.test_locking import ALICE, CAROL, NOON, facts, lock_of, locking, unlocking

pytestmark = pytest.mark.requirement("LOCK-1")

STANDS = Verified("2.0.0", "c" * 40, "", "2026-11-21T10:00:00Z", "alice", 5)


def unlocked(*names: str, again: bool = False, **locks: Lock) -> tuple[Notice, ...]:
    """What Carol has to tell once she has unlocked by force."""
    before = facts(CAROL, **locks)
    standings = {n: Standing(lock=one.lock, verified=(STANDS,)) for n, one in before.ledger.standings.items()}
    at = before.having(ledger=record.Ledger(standings=standings))
    command = unlocking(*names, force=True)
    move = decide(at, command, Policy(), NOON)
    if isinstance(move, Record):
        at = move.foreseen(at)
    return notices(at, unlocking(*names, force=True) if again else command)


def test_the_owner_is_told_in_words_that_reach_nobody_else() -> None:
    (notice,) = unlocked("staging", staging=lock_of(reason="@everybody <b>look</b>"))

    assert notice.text("Alice") == (
        "<!-- shipway:unlocked:2:staging -->\n"
        "@Alice, your lock of **staging** was taken away by `carol`.\n"
        "\n"
        "- Locked at 2026-11-21T11:00:00Z: @\u200beverybody &lt;b&gt;look&lt;/b&gt;\n"
        "- Unlocked at 2026-11-21T12:00:00Z: moved\n"
        "\n"
        "Versions can come in again. Lock it again if they must not: `shipway lock staging --reason '…'`\n"
    )


def test_what_somebody_wrote_into_the_ledger_by_hand_mentions_nobody() -> None:
    (notice,) = unlocked("staging", staging=lock_of())
    bad = "x --> ` @everybody"
    event = replace(notice.event, key=bad, actor=bad, at=bad, detail={"reason": bad})

    text = replace(notice, event=event, environments=(bad,), locked=(bad, bad)).text("alice")

    shown = re.sub(r"<code>.*?</code>", "", github_flavored_markdown_to_html(text))
    assert re.findall(r"@\w+", shown) == ["@alice"]
    assert text.splitlines()[0] == "<!-- shipway:x--everybody:x--everybody -->"


@pytest.mark.parametrize(
    ("lock", "number", "place"),
    [
        (lock_of(), 0, "in the pull request of what stands in staging"),
        (lock_of(scope="pr", subject="7"), 7, "in pull request #7"),
        (lock_of(scope="release", subject="7"), 0, "in the pull request of what stands in staging"),
    ],
    ids=["anybody", "pr", "release"],
)
def test_it_is_said_where_the_lock_came_from_else_where_the_version_came_from(
    lock: Lock, number: int, place: str
) -> None:
    (notice,) = unlocked("staging", staging=lock)
    assert (notice.number, notice.commit, notice.place) == (number, STANDS.commit, place)


def test_locks_that_were_made_together_are_told_of_together() -> None:
    found = unlocked(
        "dev", "staging", "production", dev=lock_of(), staging=lock_of(), production=lock_of("bob")
    )
    assert [(one.owner, one.environments) for one in found] == [
        ("alice", ("dev", "staging")),
        ("bob", ("production",)),
    ]


@pytest.mark.parametrize(
    "locks", [{}, {"staging": lock_of("carol")}], ids=["not locked", "locked by who unlocks"]
)
def test_nobody_is_told_where_no_lock_of_others_was_taken(locks: dict[str, Any]) -> None:
    assert unlocked("staging", **locks) == ()


def test_a_run_that_was_lost_is_made_good_by_the_same_command() -> None:
    """It finds nothing locked any more, and the entry by which it was."""
    assert unlocked("staging", again=True, staging=lock_of()) == unlocked("staging", staging=lock_of())


def test_locking_and_unlocking_without_force_tell_nobody() -> None:
    before = facts(ALICE, staging=lock_of())
    assert notices(before, locking()) == notices(before, unlocking()) == ()


def test_a_dry_run_says_whom_it_would_tell_where() -> None:
    at: DeliveryFacts = facts(CAROL, staging=lock_of(scope="pr", subject="7"))
    command = unlocking(force=True)
    move = decide(at, command, Policy(), NOON)
    assert isinstance(move, Record)
    last = decide(move.foreseen(at), command, Policy(), NOON)

    assert planned_lock((move, last), at, command, NOON).steps == (
        "record unlocked in the ledger",
        "tell alice in pull request #7",
    )
