"""What changed since the last release."""

import json

import pytest

from shipway.domain import report
from shipway.domain.coverage import Coverage
from shipway.domain.trend import Snapshot, trend
from shipway.errors import InputError

BEFORE = Snapshot(tests=100, broken=0, skipped=2, seconds=10.0, covered=804, lines=1000)


@pytest.mark.requirement("PR-1")
@pytest.mark.parametrize(
    ("after", "phrases"),
    [
        (
            Snapshot(112, 0, 2, 13.1, 800, 1000),
            ("+12 tests", "\N{MINUS SIGN}0.4 pt coverage", "3.1 s slower"),
        ),
        (
            Snapshot(99, 1, 4, 9.96, 905, 1000),
            ("\N{MINUS SIGN}1 test", "+1 failing test", "+2 skipped tests", "+10.1 pt coverage"),
        ),
        (Snapshot(100, 0, 2, 4.0, 0, 0), ("6.0 s faster",)),
        (BEFORE, ()),
    ],
)
def test_changes_are_short_phrases(after: Snapshot, phrases: tuple[str, ...]) -> None:
    assert trend(BEFORE, after) == phrases


def test_the_first_release_has_no_trend() -> None:
    assert trend(None, BEFORE) == ()


def test_a_snapshot_survives_the_ledger() -> None:
    taken = Snapshot.of(
        report.TestReport("unit", report.Totals(5, 1, 1, 1), duration=1.23456), Coverage(7, 9)
    )

    assert taken == Snapshot(5, 2, 1, 1.235, 7, 9)
    assert Snapshot.from_json(json.loads(json.dumps(taken.to_json()))) == taken
    assert Snapshot.of(None, None) == Snapshot()


@pytest.mark.parametrize(
    "value", [None, {}, [1, 2, 3], [1, 2, 3, "4", 5, 6], [True, 2, 3, 4, 5, 6], [1.5, 2, 3, 4, 5, 6]]
)
def test_figures_that_were_not_written_by_us_are_refused(value: object) -> None:
    with pytest.raises(InputError) as refused:
        Snapshot.from_json(value)

    assert refused.value.reason_code == "ledger-figures"
    assert str(refused.value) == (
        f"The ledger's test figures {str(value)!r} are not six numbers. Run `shipway audit verify` to see "
        "whether the ledger was changed."
    )
