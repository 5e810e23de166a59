"""The definition of done: what ticks an item, and what is read from a body."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.domain.checklist import items_of, ticks_in
from shipway.domain.checks import Check, Observed
from shipway.domain.gate import Evidence, awaits, has_moved, judge
from shipway.domain.gate_policy import AutomaticTick, ChecklistItem, GatePolicy
from shipway.domain.marked_text import region
from shipway.domain.verdict import Ruling, Verdict

POLICY = GatePolicy(
    checklist={
        "code": ("reviewed", ChecklistItem(item="builds", automatic=AutomaticTick(check="ci"))),
        "tests": (ChecklistItem(item="pass", automatic=AutomaticTick(gate="unit")),),
        "docs": (ChecklistItem(item="written", automatic=AutomaticTick(file="docs/*.md")),),
    }
)
REVIEWED, BUILDS, TESTED, WRITTEN = items_of(POLICY)
DONE = Evidence(
    checks=Observed((Check("ci", "success"),)),
    ticked=frozenset({REVIEWED.key}),
    files=frozenset({"docs/*.md"}),
    before={"unit": Ruling.PASS},
)

REASONS = {
    Ruling.PASS: "checklist-done",
    Ruling.FAIL: "checklist-failed",
    Ruling.INCONCLUSIVE: "checklist-open",
}


@pytest.mark.requirement("GATE-9")
def test_everything_is_done() -> None:
    assert judge("done", POLICY, DONE) == Verdict(
        "done", Ruling.PASS, "checklist-done", "all 4 of 4 items are done"
    )


@pytest.mark.requirement("GATE-9")
@pytest.mark.parametrize(
    ("ticked", "check", "unit", "file"),
    [*product([True, False], ["success", "failure", None], [*Ruling, None], [True, False])],
)
def test_the_worst_item_is_the_answer(
    ticked: bool,
    check: str | None,
    unit: Ruling | None,
    file: bool,
) -> None:
    evidence = Evidence(
        checks=Observed((Check("ci", check),) if check else ()),
        ticked=DONE.ticked if ticked else frozenset(),
        files=DONE.files if file else frozenset(),
        before={"unit": unit} if unit else {},
    )
    broken = check == "failure" or unit in {Ruling.FAIL, Ruling.ERROR} or not file
    waiting = not ticked or check is None or unit in {None, Ruling.INCONCLUSIVE}

    verdict = judge("done", POLICY, evidence)

    wanted = Ruling.FAIL if broken else Ruling.INCONCLUSIVE if waiting else Ruling.PASS
    assert (verdict.ruling, verdict.reason_code) == (wanted, REASONS[wanted])
    assert awaits(verdict) is (wanted is Ruling.INCONCLUSIVE)


@pytest.mark.requirement("GATE-9", "GATE-3")
def test_open_items_are_named_with_who_ticks_them() -> None:
    verdict = judge("done", POLICY, Evidence(files=DONE.files, before=DONE.before))

    assert (verdict.reason_code, verdict.who) == ("checklist-open", "who ticks it in the pull request")
    assert verdict.summary == "2 of 4 items are done; open: code: reviewed; code: builds"
    assert verdict.details == ("code: reviewed", "code: builds")


def test_asking_again_is_worth_it_once_an_open_item_is_ticked_or_its_check_has_reported() -> None:
    verdict = judge("done", POLICY, Evidence(files=DONE.files, before=DONE.before))

    moved = [
        has_moved(verdict, POLICY, Observed(checks), ticked)
        for checks, ticked in [
            ((), frozenset[str]()),
            ((Check("ci", ""),), frozenset({TESTED.key})),
            ((Check("ci", "success"),), frozenset[str]()),
            ((), frozenset({REVIEWED.key})),
        ]
    ]

    assert moved == [False, False, True, True]


def line(key: str, mark: str = "x", text: str = "code: reviewed") -> str:
    return f"- [{mark}] {text} <!-- done:{key} -->"


@pytest.mark.requirement("GATE-9")
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r\r\n"])
@pytest.mark.parametrize(("mark", "ticked"), [("x", True), ("X", True), (" ", False)])
def test_ticks_are_read_from_boxes(mark: str, ticked: bool, ends: str) -> None:
    body = region(f"text\n\n{line(REVIEWED.key, mark)}\n", "abc").replace("\n", ends)

    assert ticks_in(body) == (frozenset({REVIEWED.key}) if ticked else frozenset())


@pytest.mark.requirement("GATE-9")
def test_boxes_outside_our_region_or_within_other_text_tick_nothing() -> None:
    ours = region(f"quoted: {line(REVIEWED.key)}\n> {line(BUILDS.key)}", "abc")

    assert ticks_in(f"{line(REVIEWED.key)}\n{ours}\n{line(WRITTEN.key)}") == frozenset()


@given(st.text(), st.booleans())
def test_text_of_people_around_our_region_changes_no_tick(text: str, ticked: bool) -> None:
    inert = text.replace("<!-- shipway:", "")
    ours = region(line(REVIEWED.key, "x" if ticked else " "), "abc")

    assert ticks_in(f"{inert}\n{ours}\n{inert}") == (frozenset({REVIEWED.key}) if ticked else frozenset())
