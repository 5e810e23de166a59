"""Answering for a cut of the ledger: exactly one, by somebody who may, with all that it lost."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
import requests

from integration.ledger.test_audit import LEDGER, flaws_of, push
from integration.release.test_refusals_cli import shipway
from integration.release.world import World
from shipway.adapters.git_repo import Clone
from shipway.adapters.github.records import MOST_CUTS
from shipway.bootstrap.audit import audit, opened_ledger
from shipway.bootstrap.environment import Environment
from shipway.domain import record
from shipway.domain.ledger import Event
from shipway.domain.ledger_cut import Cut, Loss, acknowledged
from shipway.domain.record import environments_path

pytestmark = pytest.mark.requirement("LED-1")

WHY = "set back after a push by hand"
AT = "2026-11-21T12:00:00Z"


def head(world: World) -> str:
    world.git("fetch", "--quiet", "origin")
    return world.git("rev-parse", f"origin/{LEDGER}")


def set_to(world: World, commit: str) -> None:
    world.git("push", "--quiet", "--force", "origin", f"{commit}:refs/heads/{LEDGER}")


def cut_of(world: World) -> Cut:
    (cut,) = audit(world.environment(), Clone(world.clone)).cuts.unanswered
    return cut


def answer(world: World, number: int, *more: str) -> tuple[int, str, str]:
    return shipway(world, "audit", "acknowledge", str(number), "--reason", WHY, *more)


def as_(world: World, login: str, **options: str) -> World:
    return replace(world, token=world.token_of(login, **options))


def append(environment: Environment, world: World, event: Event) -> None:
    """Record by the API, past every rule of Shipway."""
    store = opened_ledger(environment, Clone(world.clone))
    before = store.read(environments_path(event.at))
    store.append(before, record.after(before, (event,)), {})


def answered_by_hand(world: World, cut: Cut, actor: str, loss: Loss) -> Event:
    return acknowledged(cut, loss, id_=f"by-{actor}", actor=actor, at=AT, reason=WHY, run="")


@pytest.fixture
def begun(world: World) -> World:
    world.release()
    world.git("fetch", "--quiet", "origin")
    return world


@pytest.fixture
def repaired(begun: World) -> World:
    """Somebody changed an entry by hand, and the branch was set back to what it was."""
    good = head(begun)
    book = begun.clone / "releases/1.1.0.jsonl"
    push(begun, lambda: book.write_text(book.read_text().replace("releaser", "mallory", 1)) and None)
    set_to(begun, good)
    flaws_of(begun)  # the clone has seen it before; what it says of that once is another test's
    return begun


def test_a_repair_that_somebody_answers_for_is_intact_again(repaired: World) -> None:
    cut = cut_of(repaired)
    code, _, err = shipway(repaired, "audit", "verify")
    assert code == 1
    assert err == (
        "error[ledger-tampered]: The ledger was changed behind Shipway's back:\n"
        f"  the branch: it was rewritten by releaser at {cut.at}, and {cut.before[:10]} was lost (cut {cut.id})\n"
        "  Compare the branch shipway-ledger with a clone that somebody fetched earlier. If a cut was right: "
        f"shipway audit acknowledge {cut.id} --reason '…'\n"
    )

    assert answer(repaired, cut.id)[0] == 0
    code, out, err = shipway(repaired, "audit", "verify")

    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert re.fullmatch(r"\d+ entries are intact; \d of them quoted outside the ledger\.", lines[0])
    assert re.fullmatch(
        rf"  ! the branch: it was rewritten by releaser at {cut.at}, and {cut.before[:10]} was lost "
        rf"\(cut {cut.id}\): acknowledged by releaser, who made it, at \S+: {WHY}; "
        r"lost entries: none; forged lines: 1",
        lines[1],
    )
    (told,) = json.loads(shipway(repaired, "audit", "verify", "--output", "json")[1])["acknowledged"]
    assert (told["cut"], told["actor"], told["kind"]) == (cut.id, "releaser", "cut-acknowledged")
    assert (told["detail"]["before"], told["detail"]["after"]) == (cut.before, cut.after)


def test_a_dry_run_says_what_was_lost_and_changes_nothing(begun: World) -> None:
    good = head(begun)
    assert shipway(begun, "lock", "production", "--reason", "moving")[0] == 0
    set_to(begun, good)
    cut = cut_of(begun)

    code, out, _ = answer(begun, cut.id, "--dry-run")

    assert code == 0
    number = len(audit(begun.environment(), Clone(begun.clone)).ledger.entries) + 1
    assert (
        f"Cut {cut.id} would be acknowledged: {cut.story}; lost entries: {number} locked." in out.splitlines()
    )
    assert out.splitlines()[1] == "  1. record cut-acknowledged in the ledger"
    assert head(begun) == good


def test_answering_again_changes_nothing(repaired: World) -> None:
    cut = cut_of(repaired)
    answer(repaired, cut.id)
    before = head(repaired)

    code, out, _ = answer(repaired, cut.id)

    assert (code, head(repaired)) == (0, before)
    assert out.startswith(f"releaser answers for cut {cut.id} already: {WHY}.")
    told = json.loads(answer(repaired, cut.id, "--output", "json")[1])
    assert (told["reason_code"], told["decision"]) == ("already-acknowledged", "done")


def test_a_later_cut_between_the_same_commits_is_not_covered(repaired: World) -> None:
    cut = cut_of(repaired)
    answer(repaired, cut.id)
    answered = head(repaired)
    set_to(repaired, cut.before)
    set_to(repaired, cut.after)
    repaired.git("push", "--quiet", "origin", f"{answered}:refs/heads/{LEDGER}")
    flaws_of(repaired)

    again = cut_of(repaired)

    assert (again.before, again.after) == (cut.before, cut.after)
    assert again.id > cut.id
    assert flaws_of(repaired) == [f"the branch: {again}"]


def forged(world: World, cut: Cut) -> None:
    """An entry that is right by itself, pushed by somebody in an administrator's name."""
    event = answered_by_hand(world, cut, "releaser", Loss(forged=1))
    book = environments_path(AT)
    before = opened_ledger(world.environment(), Clone(world.clone)).read(book)
    after = record.after(before, (event,))

    def write() -> None:
        for path, text in record.ledger_files(after).items():
            (world.clone / path).parent.mkdir(exist_ok=True)
            (world.clone / path).write_text(text)

    push(world, write, "ledger: cut-acknowledged")


def past_the_rule(world: World, cut: Cut) -> None:
    """Somebody who may write, by GitHub's interface, in their own name."""
    append(
        as_(world, "reviewer").environment(), world, answered_by_hand(world, cut, "reviewer", Loss(forged=1))
    )


@pytest.mark.parametrize(
    ("write", "doubt"),
    [
        (forged, "in the name of releaser, for whom GitHub did not make that commit"),
        (
            past_the_rule,
            (
                "in the name of reviewer, but reviewer may not acknowledge cuts of the ledger; "
                "someone with the role maintain may"
            ),
        ),
    ],
)
def test_whoever_may_write_to_the_branch_cannot_hide_behind_an_acknowledgement(
    repaired: World, write: Callable[[World, Cut], None], doubt: str
) -> None:
    cut = cut_of(repaired)
    write(repaired, cut)
    number = len(audit(repaired.environment(), Clone(repaired.clone)).ledger.entries)

    assert flaws_of(repaired) == [f"the branch: {cut}; entry {number} acknowledges it {doubt}"]
    assert answer(repaired, cut.id)[0] == 0, "an answer of somebody who may heals it"
    assert flaws_of(repaired) == []


def test_entries_that_were_lost_are_named_or_it_stays_red(begun: World) -> None:
    good = head(begun)
    assert shipway(begun, "lock", "production", "--reason", "moving")[0] == 0
    set_to(begun, good)
    flaws_of(begun)
    cut = cut_of(begun)
    append(begun.environment(), begun, answered_by_hand(begun, cut, "releaser", Loss()))

    lost = len(audit(begun.environment(), Clone(begun.clone)).ledger.entries)

    assert flaws_of(begun) == [
        f"entry {lost}: it was lost with cut {cut.id}, whose acknowledgement does not name it"
    ]


def test_a_quotation_of_an_entry_that_was_named_as_lost_is_answered_for_too(begun: World) -> None:
    """A deployment quotes what was cut off together with what somebody had pushed by hand."""
    good = head(begun)
    assert shipway(begun, "lock", "production", "--reason", "moving")[0] == 0
    (last,) = audit(begun.environment(), Clone(begun.clone)).ledger.entries[-1:]
    quoted = {"schema": 1, "ledger": {"sequence": last.sequence, "head": last.hash}}
    begun.request(
        "POST",
        "/deployments",
        {"ref": "main", "auto_merge": False, "required_contexts": [], "payload": quoted},
    )
    set_to(begun, good)
    flaws_of(begun)
    assert [flaw for flaw in flaws_of(begun) if "quotes it" in flaw]

    assert answer(begun, cut_of(begun).id)[0] == 0

    assert flaws_of(begun) == []


def test_who_may_not_is_refused_and_told_who_may(repaired: World) -> None:
    cut = cut_of(repaired)
    before = head(repaired)

    code, _, _ = answer(as_(repaired, "reviewer"), cut.id)
    told = answer(as_(repaired, "reviewer"), cut.id)[1]

    assert (code, head(repaired)) == (12, before)
    assert told.splitlines()[0] == (
        f"Cut {cut.id} cannot be acknowledged: reviewer may not acknowledge cuts of the ledger; "
        "someone with the role maintain may."
    )


def test_a_cut_that_is_none_is_refused_with_those_that_are(repaired: World) -> None:
    cut = cut_of(repaired)

    code, out, _ = answer(repaired, cut.id + 90)

    assert code == 2
    assert out.splitlines()[-1] == (
        f"Those that nobody answers for: {cut.id}; for example: shipway audit acknowledge {cut.id} --reason '…'"
    )


def test_harmless_moves_do_not_put_a_cut_out_of_sight(begun: World) -> None:
    good = head(begun)
    way = [begun.git("rev-parse", commit) for commit in (f"{good}~1", good)]
    place = f"{begun.twin.url}/api/v3/repos/octo-org/hello/git/refs/heads/{LEDGER}"
    headers = {"Authorization": f"Bearer {begun.token}"}
    for _ in range(MOST_CUTS):
        for commit in way:
            move = {"sha": commit, "force": True}
            requests.patch(place, json=move, headers=headers, timeout=60).raise_for_status()

    code, _, err = shipway(begun, "audit", "verify")

    assert code == 1
    assert "the branch: it was set elsewhere by force 100 times or more, and older times are unknown" in err
