"""What is said of a version on its way, for each thing that it can wait for."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shipway.domain.facts import Deployment, DeploymentState
from shipway.domain.standing import Advance, Claim, Question, Reverting, Standing
from shipway.domain.status_view import Situation, environment_rows, environment_table, notes

NOW = datetime(2026, 11, 21, 14, tzinfo=UTC)
AT, LATER, BEFORE = "2026-11-21T13:00:00Z", "2026-11-21T15:00:00Z", "2026-11-21T13:30:00Z"
COMING = Claim("one", "1.1.0", "alice", "run:1", AT, LATER)
GOING = Claim("two", "1.0.0", "bob", "run:2", AT, LATER, replaces="1.1.0")
GREEN = Advance(1, "1.1.0", "blue-green", 1, 3, 0, AT, "green")
BAD = Reverting("1.1.0", 1, "gate", "errors did not pass", "alice", AT)
ASKED = Reverting("1.1.0", 1, "gate", "errors did not pass", "alice", AT, asks=True)
QUESTION = Question("1.1.0", "c" * 40, "alice", AT, LATER)
OLD_QUESTION = Question("1.1.0", "c" * 40, "alice", AT, BEFORE)
OPEN = Deployment(1, "D1", "prod", "c" * 40, DeploymentState.IN_PROGRESS, "id", "1.1.0", "one", "alice")


def shown(**standing: Any) -> tuple[str, list[str]]:
    """The cell about progress, and the notes."""
    rows = environment_rows(["prod"], Situation([OPEN], {"prod": Standing(**standing)}), NOW)
    heads, cells = environment_table(rows, NOW)
    return dict(zip(heads, cells, strict=True)).get("progress", ""), notes(rows, NOW)


@pytest.mark.requirement("PRO-5")
@pytest.mark.parametrize(
    ("standing", "cell", "note"),
    [
        ({"claim": COMING}, "", "1.1.0 is on its way into prod, by alice, 1h ago"),
        ({"claim": GOING}, "", "prod is going back from 1.1.0 to 1.0.0, by bob, 1h ago"),
        (
            {"claim": COMING, "advance": GREEN},
            "blue-green 0 % in green",
            "1.1.0 is on its way into prod, by alice, 1h ago: blue-green 0 % in green",
        ),
        (
            {"advance": GREEN},
            "blue-green 0 % in green, waits to go on",
            (
                "1.1.0 is on its way into prod, by alice, 1h ago: blue-green 0 % in green; "
                "goes on when somebody runs the command again, or shipway sweep"
            ),
        ),
        (
            {"claim": GOING, "advance": GREEN, "reverting": BAD},
            "goes back",
            "prod is to go back from 1.1.0: errors did not pass",
        ),
        (
            {"reverting": BAD},
            "goes back",
            (
                "prod is to go back from 1.1.0: errors did not pass; "
                "goes on when somebody runs the command again, or shipway sweep"
            ),
        ),
        (
            {"reverting": ASKED},
            "goes back",
            (
                "prod is to go back from 1.1.0: errors did not pass; "
                "a person decides: shipway rollback prod --reason '…'"
            ),
        ),
        (
            {"question": QUESTION},
            "waits for approval",
            f"1.1.0 waits for approval until {LATER} to come into prod, asked for by alice, 1h ago",
        ),
    ],
)
def test_what_is_said_of_it(standing: dict[str, Any], cell: str, note: str) -> None:
    assert shown(**standing) == (cell, [note])


@pytest.mark.requirement("PRO-5")
@pytest.mark.parametrize(
    "standing", [{}, {"question": OLD_QUESTION}, {"advance": Advance(9, "1.1.0", "canary", 1, 3, 5, AT)}]
)
def test_what_is_over_is_not_on_its_way(standing: dict[str, Any]) -> None:
    assert shown(**standing) == ("", [])


@pytest.mark.requirement("DEP-3", "PRO-5")
def test_which_colour_has_the_traffic() -> None:
    rows = environment_rows(["prod"], Situation([], {"prod": Standing(colour="blue")}), NOW)
    heads, cells = environment_table(rows, NOW)
    assert dict(zip(heads, cells, strict=True))["colour"] == "blue"
    assert rows[0]["colour"] == "blue"
