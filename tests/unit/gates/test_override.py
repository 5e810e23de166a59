"""Letting a version past a gate by name, until a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from shipway.domain.override import (
    Override,
    after_overrides,
    asked_overrides,
    bound,
    in_step,
    overridden_event,
    overrides_in,
    owed,
    standing,
)
from shipway.domain.verdict import Ruling, Verdict
from shipway.errors import UsageError

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SMOKE = Override("smoke", "1.1.0", "alice", "the probe is down", NOON + 4 * HOUR, NOON)


@pytest.mark.requirement("GATE-5")
@pytest.mark.parametrize(
    ("ruling", "reason", "gate"),
    [*product(Ruling, ["tests-failed", "not-run"], ["smoke", "unit"])],
)
def test_only_the_named_gate_is_let_past_and_only_where_it_ran_and_did_not_pass(
    ruling: Ruling, reason: str, gate: str
) -> None:
    verdict = Verdict(gate, ruling, reason, "2 failed", "the authors", ("a",), 1.5)

    after = after_overrides(verdict, [SMOKE])

    if ruling is Ruling.PASS or reason == "not-run" or gate != "smoke":
        assert after == verdict
    else:
        ground = "overridden by alice until 2026-11-21T16:00:00Z: the probe is down (it said: 2 failed)"
        assert after == Verdict("smoke", Ruling.PASS, "overridden", ground, "", ("a",), 1.5, warning=True)


@pytest.mark.requirement("GATE-5")
@pytest.mark.parametrize(
    ("version", "hours", "stands"),
    [
        ("1.1.0", 0, True),
        ("1.1.0", 3.99, True),
        ("1.1.0", 4, False),
        ("1.1.0", -1, False),
        ("1.2.0", 1, False),
    ],
)
def test_it_is_about_one_version_and_ends(version: str, hours: float, stands: bool) -> None:
    assert standing([SMOKE], version, NOON + hours * HOUR) == ((SMOKE,) if stands else ())


def test_it_is_read_from_the_ledger_as_it_was_written() -> None:
    event = overridden_event(SMOKE, "some-id")

    assert (event.kind, event.actor, event.at) == ("overridden", "alice", "2026-11-21T12:00:00Z")
    assert event.detail == {
        "gate": "smoke",
        "reason": "the probe is down",
        "expires": "2026-11-21T16:00:00Z",
    }
    assert overrides_in([event]) == (SMOKE,)
    there = replace(SMOKE, environment="production")
    assert overridden_event(there, "some-id").detail["environment"] == "production"
    assert overrides_in([overridden_event(there, "some-id")]) == (there,)


def test_asking_again_while_it_stands_writes_nothing_anew() -> None:
    again = Override("smoke", "1.1.0", "alice", "the probe is down", NOON + 9 * HOUR, NOON + HOUR)
    other = Override("smoke", "1.1.0", "bob", "the probe is down", NOON + 9 * HOUR, NOON + HOUR)

    assert owed([again], [SMOKE], NOON + HOUR) == ()
    assert owed([again], [SMOKE], NOON + 5 * HOUR) == (again,)
    assert owed([other], [SMOKE], NOON + HOUR) == (other,)


def test_a_verdict_is_in_step_where_overrides_that_count_would_change_nothing() -> None:
    failed = Verdict("smoke", Ruling.FAIL, "tests-failed", "2 failed")
    let_past = after_overrides(failed, [SMOKE])

    assert [in_step(failed, []), in_step(failed, [SMOKE])] == [True, False]
    assert [in_step(let_past, []), in_step(let_past, [SMOKE])] == [False, True]


def test_reason_and_end_are_taken_as_asked() -> None:
    asked = asked_overrides(
        ["smoke", "smoke"], " the probe\nis down ", "4h", known=["unit", "smoke"], now=NOON
    )

    assert bound(asked, "1.1.0", "alice") == (SMOKE,)


@pytest.mark.requirement("GATE-5")
@pytest.mark.parametrize(
    ("gates", "reason", "expires", "message"),
    [
        (["smoke"], "", "4h", "An override needs a reason."),
        (["smoke"], "x", "", "An override needs an end."),
        (["smoke"], "x", "soon", "'soon' is no length of time such as 30s, 5m, 2h, 7d or 1h30m."),
        (["smoke"], "x", "31d", "An override lasts at most 30d, and more than nothing."),
        (["smoke"], "x", "0h", "An override lasts at most 30d, and more than nothing."),
        (["smok"], "x", "4h", "There is no gate 'smok' to override; did you mean `smoke`?"),
        ([], "", "4h", "--expires belongs to --override, which is missing."),
    ],
)
def test_what_is_unclear_is_refused(gates: list[str], reason: str, expires: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        asked_overrides(gates, reason, expires, known=["unit", "smoke"], now=NOON)

    assert (refused.value.reason_code, refused.value.message) == ("override-unclear", message)


def test_an_override_needs_more_than_a_place_for_a_reason() -> None:
    with pytest.raises(UsageError) as refused:
        asked_overrides(["smoke"], "…", "4h", known=["smoke"], now=NOON)

    assert refused.value.reason_code == "reason-placeholder"
