"""Whom a lock with a scope lets into its environment, by every way into it."""

from itertools import product
from typing import Any

import pytest

from shipway.domain.delivery.lock_policy import exempt
from shipway.domain.ledger import Event
from shipway.domain.record import after
from shipway.domain.resting import Done, Refusal
from shipway.domain.standing import Lock
from unit.delivery.rollback_play import Play
from unit.delivery.scene import Scene, policy_of

pytestmark = pytest.mark.requirement("LOCK-1")

SUBJECTS = {"": "", "user": "alice", "release": "1.0.0", "pr": "7"}


def opens(scope: str, *, version: str, login: str, pull_request: int, merged: int) -> bool:
    """The table: what has to agree with the subject of the lock."""
    match scope:
        case "user":
            return login == "alice"
        case "release":
            return version == "1.0.0"
        case "pr":
            return 7 in {pull_request, merged}
        case _:
            return False


TABLE = list(product(SUBJECTS, ("1.0.0", "2.0.0"), ("alice", "bob"), (0, 7, 8), (0, 7, 8)))


@pytest.mark.parametrize(("scope", "version", "login", "pull_request", "merged"), TABLE)
def test_a_promotion_meets_the_lock(
    scope: str, version: str, login: str, pull_request: int, merged: int
) -> None:
    """Pull requests count by what the command brings: the head of one, or the version that one was merged as."""
    scene = Scene(policy_of(("staging",)))
    if merged:
        scene.record("merged", version=version, number=merged, sha="", url="")
    locked = {"reason": "trying", "scope": scope, "subject": SUBJECTS[scope]}
    scene.record("locked", actor="carol", environment="staging", **locked)

    rest = scene.promote(version, "", "staging", login, pull_request=pull_request)

    through = opens(scope, version=version, login=login, pull_request=pull_request, merged=merged)
    if through:
        assert rest == Done(f"{version} is in staging")
    else:
        assert isinstance(rest, Refusal)
        assert rest.reason_code == "locked"
        assert rest.message.endswith("staging is locked by carol since 2026-11-21T12:00:00Z: trying.")


@pytest.mark.requirement("FAIL-4")
@pytest.mark.parametrize(
    ("login", "advice"),
    [
        ("Alice", "The lock is your own: shipway unlock staging --reason '…'"),
        ("bob", "Ask them, or: shipway unlock staging --reason '…' --force"),
    ],
)
def test_who_is_kept_out_is_told_what_opens_it(login: str, advice: str) -> None:
    scene = Scene(policy_of(("staging",)))
    scene.record("locked", actor="alice", environment="staging", reason="moving")

    rest = scene.promote("1.0.0", "", "staging", login)

    assert isinstance(rest, Refusal)
    assert rest.next_step == advice


@pytest.mark.parametrize("pull_request", [0, 7, 8])
def test_a_rollback_is_let_in_by_its_own_pull_request_and_not_by_that_of_what_goes(pull_request: int) -> None:
    play = Play()
    for version in ("1.0.0", "1.1.0"):
        play.promote(version)
    told: list[tuple[str, dict[str, Any]]] = [
        ("merged", {"number": 7, "sha": "", "url": ""}),
        ("locked", {"environment": "production", "reason": "trying", "scope": "pr", "subject": "7"}),
    ]
    events = [
        Event(kind, kind, "", "1.1.0", "carol", "2026-11-21T12:00:00Z", detail) for kind, detail in told
    ]
    play.facts = play.facts.having(ledger=after(play.facts.ledger, events))
    play.books["1.1.0"] = play.facts.ledger.entries

    rest = play.roll_back(pull_request=pull_request)

    assert isinstance(rest, Done if pull_request == 7 else Refusal)


def test_the_verdict_names_whom_the_lock_lets_through() -> None:
    lock = Lock("carol", "trying", "2026-11-21T12:00:00Z", scope="pr", subject="7")
    assert (lock.exempts, exempt(lock, "1.0.0", "carol"), exempt(lock, "1.0.0", "bob", frozenset({7}))) == (
        "pull request #7",
        False,
        True,
    )
