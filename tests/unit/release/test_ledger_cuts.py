"""An acknowledgement is about one cut, to the letter, and names what was lost."""

from dataclasses import replace
from typing import Any

import pytest

from shipway.domain import record
from shipway.domain.authority import Asker
from shipway.domain.authority_rule import MAINTAINERS
from shipway.domain.delivery.acknowledging import Acknowledging, decide
from shipway.domain.delivery.steps import Record
from shipway.domain.facts import DeliveryFacts
from shipway.domain.ledger import GENESIS, Event, Ledger
from shipway.domain.ledger_cut import (
    Acknowledgement,
    Cut,
    Loss,
    LostEntry,
    acknowledged,
    acknowledgements,
    loss_of,
    unnamed,
)
from shipway.domain.repository import Repository
from shipway.domain.resting import Done, Refusal
from shipway.errors import ExitCode

pytestmark = pytest.mark.requirement("LED-1")

AT = "2026-11-21T12:00:00Z"
CUT = Cut(17, "b" * 40, "a" * 40, False, "alice", "2026-11-21T11:00:00Z")
LOST = LostEntry(3, "c" * 64, "deployed", "2.5.0", (9, "https://example.test/v2.5.0"))
REPOSITORY = Repository("octo-org", "hello", "R", "https://example.test", "main", "x", "WRITE")


def events(*kinds: str) -> list[Event]:
    return [Event(f"{kind}:{n}", kind, "r", "2.5.0", "alice", AT, {}) for n, kind in enumerate(kinds)]


def given(cut: Cut = CUT, loss: Loss = Loss((LOST,), 1)) -> Acknowledgement:  # noqa: B008 - frozen
    event = acknowledged(cut, loss, id_="1", actor="octocat", at=AT, reason="set back", run="")
    (found,) = acknowledgements(Ledger().append([event]))
    return found


def test_it_says_again_what_was_written() -> None:
    assert given().loss == Loss((LOST,), 1)
    assert given().told(CUT) == (
        "the branch: it was rewritten by alice at 2026-11-21T11:00:00Z, and bbbbbbbbbb was lost (cut 17): "
        "acknowledged by octocat, at 2026-11-21T12:00:00Z: set back; lost entries: 3 deployed 2.5.0; forged lines: 1"
    )


@pytest.mark.parametrize(
    "changes", [{"id": 18}, {"before": "d" * 40}, {"after": "d" * 40}, {"deleted": True}, {"at": AT}], ids=str
)
def test_it_covers_no_cut_that_differs_in_anything(changes: dict[str, Any]) -> None:
    assert given().is_of(CUT)
    assert given().is_of(replace(CUT, by="renamed")), "logins change"
    assert not given().is_of(replace(CUT, **changes))


def test_what_is_lost_is_what_is_not_there_any_more() -> None:
    kept = Ledger().append(events("initiated", "tagged"))
    after = (*kept, *Ledger(sequence=2, head=kept[-1].hash).append(events("published")))
    lines = [entry.to_line().encode() for entry in after]
    changed = lines[1].replace(b"alice", b"mallory")

    loss = loss_of([*lines, *lines, changed, b"{}"], kept)

    assert [(one.sequence, one.kind) for one in loss.entries] == [(3, "published")]
    assert (loss.forged, str(loss)) == (2, "lost entries: 3 published 2.5.0; forged lines: 2")


def test_many_lost_entries_are_counted_after_the_first_five() -> None:
    many = tuple(replace(LOST, sequence=n) for n in range(1, 9))
    assert str(Loss(many)).endswith(", 5 deployed 2.5.0 and 3 more")


def test_what_nobody_named_is_a_flaw() -> None:
    loss = Loss((LOST, replace(LOST, sequence=4)))
    (flaw,) = unnamed(CUT, loss, [LOST])
    assert str(flaw) == "entry 4: it was lost with cut 17, whose acknowledgement does not name it"


@pytest.mark.parametrize("lost", [None, [{}], [1], "x", [{"seq": 1, "hash": "h"}]])
def test_one_in_another_form_names_nothing(lost: Any) -> None:
    event = replace(given().entry.event, detail={**given().entry.event.detail, "lost": lost})
    (found,) = acknowledgements(Ledger().append([event]))
    assert found.loss == Loss()


def test_a_record_about_the_ledger_itself_opens_no_release() -> None:
    after = record.after(Ledger(book=record.environments_path(AT)), [given().entry.event])
    assert (after.open_releases, after.standings, after.book) == ({}, {}, "environments/2026-11.jsonl")


def asked(**changes: Any) -> Acknowledging:
    command = Acknowledging(number=17, id="1", at=AT, reason="set back", cut=CUT, loss=Loss())
    return replace(command, **changes)


def facts(role: str = "maintain") -> DeliveryFacts:
    return DeliveryFacts(repository=REPOSITORY, ledger=Ledger(), asker=Asker("octocat", role))


@pytest.mark.parametrize(
    ("changes", "role", "code", "exit_code"),
    [
        ({"cut": None}, "maintain", "cut-unknown", ExitCode.USAGE),
        ({"loss": None}, "maintain", "cut-unreadable", ExitCode.FAILURE),
        ({"own_token": False}, "maintain", "acknowledged-by-nobody", ExitCode.NOT_AUTHORISED),
        ({}, "write", "not-authorised", ExitCode.NOT_AUTHORISED),
    ],
)
def test_it_is_refused(changes: dict[str, Any], role: str, code: str, exit_code: ExitCode) -> None:
    move = decide(facts(role), asked(**changes), MAINTAINERS)
    assert isinstance(move, Refusal)
    assert (move.reason_code, move.exit_code) == (code, exit_code)


def test_it_is_recorded_once() -> None:
    move = decide(facts(), asked(), MAINTAINERS)
    assert isinstance(move, Record)
    assert decide(move.foreseen(facts()), asked(), MAINTAINERS) == Done(
        "octocat answers for cut 17 now; lost entries: none"
    )
    assert decide(facts(), asked(given=given()), MAINTAINERS) == Done(
        "octocat answers for cut 17 already: set back"
    )
    assert move.events[0].detail["before"] == CUT.before != GENESIS
