"""Nobody can change what the ledger says without it being found."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.domain.ledger import GENESIS, Entry, Event, Flaw, Ledger, canonical, flaws

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
events = st.builds(
    Event,
    key=st.text(),
    kind=st.sampled_from(["initiated", "tagged", "deployed"]),
    release=st.text(max_size=8),
    version=st.just("1.3.0"),
    actor=st.text(max_size=8),
    at=st.just("2026-03-01T12:00:00Z"),
    detail=st.dictionaries(st.text(), json_values, max_size=3),
)
histories = st.lists(events, min_size=2, max_size=5).map(lambda happened: Ledger().append(happened))

EXAMPLE = Ledger().append(
    [
        Event(
            "initiated", "initiated", "r-1", "1.3.0", "octocat", "2026-03-01T12:00:00Z", {"source": "main"}
        ),
        Event("gates:1", "gates", "r-1", "1.3.0", "octocat", "2026-03-01T12:01:00Z", {"seconds": 1e-05}),
        Event(
            "tagged:v1.3.0", "tagged", "r-1", "1.3.0", "octocat", "2026-03-01T12:02:00Z", {"tag": "v1.3.0"}
        ),
    ]
)
HEAD = EXAMPLE[-1].hash
FORM = "not in the form in which ledger entries are written"


def judged(lines: Sequence[bytes], head: str) -> tuple[Flaw, ...] | str:
    """What is wrong with a stored ledger: flaws, or the reason why it cannot be read."""
    try:
        return flaws([Entry.from_line(line.decode()) for line in lines], head, {})
    except ValueError as problem:
        return str(problem)


@pytest.mark.requirement("LED-1")
@given(history=histories)
def test_what_was_written_is_read_back_and_whole(history: tuple[Entry, ...]) -> None:
    lines = [entry.to_line() for entry in history]

    assert [Entry.from_line(line) for line in lines] == list(history)
    assert flaws(history, history[-1].hash, {entry.sequence: entry.hash for entry in history}) == ()
    assert all(line.isascii() and line.isprintable() for line in lines)


@pytest.mark.requirement("LED-1")
@pytest.mark.parametrize("number", range(len(EXAMPLE)))
def test_every_single_bit_changed_in_a_stored_line_is_found(number: int) -> None:
    lines = [entry.to_line().encode() for entry in EXAMPLE]
    for place in range(len(lines[number])):
        for bit in range(8):
            changed = bytearray(lines[number])
            changed[place] ^= 1 << bit
            assert judged([*lines[:number], bytes(changed), *lines[number + 1 :]], HEAD), (place, bit)


@pytest.mark.requirement("LED-1")
@given(history=histories, data=st.data())
def test_a_changed_event_is_found_where_it_is(history: tuple[Entry, ...], data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(history) - 1))
    other = data.draw(events.filter(lambda event: event != history[number].event))
    changed = [*history]
    changed[number] = replace(history[number], event=other)

    found = flaws(changed, history[-1].hash, {})

    assert found == (Flaw(number + 1, "its content was changed after it was written"),)


@pytest.mark.requirement("LED-1")
@given(history=histories, data=st.data())
def test_a_changed_event_with_a_new_hash_breaks_what_follows(
    history: tuple[Entry, ...], data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, len(history) - 1))
    other = data.draw(events.filter(lambda event: event != history[number].event))
    before = history[number - 1] if number else None
    ledger = Ledger(sequence=number, head=before.hash if before else GENESIS)
    changed = (*history[:number], *ledger.append([other]), *history[number + 1 :])

    found = flaws(changed, history[-1].hash, {})

    last = number == len(history) - 1
    assert found == (
        Flaw(len(history), "the newest entries were removed: the recorded head is another")
        if last
        else Flaw(number + 2, "it does not follow the entry before it"),
    )


@pytest.mark.requirement("LED-1")
def test_a_ledger_written_anew_from_the_start_is_found_by_what_others_quoted() -> None:
    forged = Ledger().append([replace(entry.event, actor="mallory") for entry in EXAMPLE])

    assert flaws(forged, forged[-1].hash, {2: EXAMPLE[1].hash}) == (
        Flaw(2, "it was different when a release or deployment quoted it"),
    )


@pytest.mark.requirement("LED-1")
def test_removed_entries_are_found() -> None:
    first, second, third = EXAMPLE

    assert flaws([second, third], HEAD, {}) == (Flaw(1, "entry 1 is missing; entry 2 stands in its place"),)
    assert flaws([first, third], HEAD, {}) == (Flaw(2, "entry 2 is missing; entry 3 stands in its place"),)
    assert flaws([first, second], HEAD, {}) == (
        Flaw(2, "the newest entries were removed: the recorded head is another"),
    )
    assert flaws([], HEAD, {}) == (Flaw(0, "the newest entries were removed: the recorded head is another"),)


@pytest.mark.requirement("LED-1")
def test_entries_removed_together_with_the_recorded_head_are_found_by_what_others_quoted() -> None:
    first, second, third = EXAMPLE

    assert flaws([first, second], second.hash, {3: third.hash}) == (
        Flaw(3, "it was different when a release or deployment quoted it"),
    )


@pytest.mark.requirement("LED-1")
def test_reordered_entries_are_found() -> None:
    first, second, third = EXAMPLE

    assert flaws([first, third, second], HEAD, {}) == (
        Flaw(2, "entry 2 is missing; entry 3 stands in its place"),
    )


def test_an_empty_ledger_is_whole() -> None:
    assert flaws([], GENESIS, {}) == ()


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("", "not a ledger entry: "),
        ("null", "not a ledger entry: null"),
        ("[]", "not a ledger entry: []"),
        ("{}", "not a ledger entry: {}"),
        ("[" * 100_000, "not a ledger entry: " + "[" * 80),
        ("<html>", "not a ledger entry: <html>"),
        (
            EXAMPLE[0].to_line().replace(",", ", "),
            f"{FORM}: " + EXAMPLE[0].to_line().replace(",", ", ")[:80],
        ),
    ],
)
def test_what_is_not_an_entry_is_refused(line: str, complaint: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole text is compared
        Entry.from_line(line)
    assert str(refused.value) == complaint


def test_equal_values_have_one_form() -> None:
    assert canonical({"b": 1, "a": "é\u2028"}) == '{"a":"\\u00e9\\u2028","b":1}'


def test_numbers_that_json_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError, match="Out of range float values are not JSON compliant"):
        canonical({"seconds": float("nan")})


def test_entries_have_this_form() -> None:
    assert json.loads(EXAMPLE[0].to_line()) == {
        "seq": 1,
        "key": "initiated",
        "kind": "initiated",
        "release": "r-1",
        "version": "1.3.0",
        "actor": "octocat",
        "at": "2026-03-01T12:00:00Z",
        "detail": {"source": "main"},
        "prev": GENESIS,
        "hash": EXAMPLE[0].hash,
    }


def test_the_parts_of_a_ledger_that_a_decision_needs() -> None:
    ledger = Ledger(entries=EXAMPLE)

    assert ledger.release_id == "r-1"
    assert ledger.keys == {"initiated", "gates:1", "tagged:v1.3.0"}
    assert ledger.newest("gates") == EXAMPLE[1].event
    assert ledger.newest("merged") is None
    assert Ledger().release_id == ""
