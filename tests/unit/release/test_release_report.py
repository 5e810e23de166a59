"""The report of a release, from its entries alone."""

from pathlib import Path
from typing import Any

import pytest

from shipway.adapters.templates import Templates
from shipway.domain.ledger import Entry, Event, Ledger
from shipway.domain.release_report import report_view

GOLDEN = Path(__file__).parents[2] / "scenarios" / "release_report" / "expected.md"

pytestmark = pytest.mark.requirement("LED-2")


def event(kind: str, minute: int, **detail: Any) -> Event:
    at = f"2026-11-21T12:{minute:02}:00Z"
    return Event(f"{kind}:{minute}", kind, "r-1", "2.0.0", "octocat", at, detail)


def deployed(environment: str, minute: int, kind: str = "deployed", **detail: Any) -> Event:
    state = "success" if kind == "deployed" else "failure"
    about = {"environment": environment, "commit": "c" * 40, "digest": "", "state": state, "duration": 61.0}
    return event(kind, minute, deployment=minute, **about, **detail)


RELEASED = [
    event("initiated", 0, source="main", target="main", previous="v1.0.0"),
    event("tagged", 1, tag="v2.0.0", commit="c" * 40),
    deployed("staging", 2),
    event("completed", 3),
]
PROMOTED = [
    event("promotion-started", 4, environment="production"),
    deployed("production", 5),
    event("verified", 6, environment="production"),
]
GOING = [event("rollback-started", 7, environment="production", to="1.0.0")]
BACK = [
    *GOING,
    deployed("production", 8, **{"from": "2.0.0", "to": "1.0.0"}),
    event("rolled-back", 9, environment="production", to="1.0.0"),
]


def entries(events: list[Event]) -> tuple[Entry, ...]:
    return Ledger().append(events)


def told(events: list[Event]) -> tuple[str, list[tuple[str, str]]]:
    """State of the release, and of each of its deployments."""
    view = report_view(entries(events))
    return view["state"], [(row["environment"], row["state"]) for row in view["deployments"]]


def test_the_report_of_a_version_that_was_rolled_back_as_people_read_it() -> None:
    view = report_view(
        entries([*RELEASED, *PROMOTED, *BACK]), repository_url="https://git.test/octocat/hello"
    )

    assert Templates().render("release_report.md.j2", **view) == GOLDEN.read_text()


@pytest.mark.requirement("HOT-2", "HOT-3")
def test_the_report_of_a_hotfix_shows_what_it_owes_and_what_is_paid() -> None:
    due = "2026-11-22T12:02:00Z"
    owed = [event("debt-owed", 3, debt=debt, due=due) for debt in ("e2e", "deep", "backport")]
    url = "https://git.test/octocat/hello/pull/8"
    paid = [
        event("debt-paid", 4, debt="e2e", commit="c" * 40, summary="the command succeeded"),
        event("debt-paid", 5, debt="backport", how="merged", branch="main", url=url),
    ]
    begun = event("initiated", 0, previous="v1.9.0", reason="orders | fail")
    view = report_view(entries([begun, *RELEASED[1:3], *owed, *paid]))
    text = Templates().render("release_report.md.j2", **view)

    assert "| Why | orders \\| fail |" in text
    assert text.partition("## Debts")[2].partition("##")[0].splitlines()[4:] == [
        "| | What | Until | Paid |",
        "|:-:|---|---|---|",
        f"| ✅ | e2e | {due} | 2026-11-21T12:04:00Z, the command succeeded |",
        f"| ⏳ | deep | {due} | no |",
        f"| ✅ | backport | {due} | 2026-11-21T12:05:00Z, merged ([pull request]({url})) |",
        "",
    ]


def test_a_release_that_was_promoted_stays_completed() -> None:
    assert told([*RELEASED, *PROMOTED]) == (
        "completed",
        [("staging", "success"), ("production", "success")],
    )
    assert told(RELEASED[:-1])[0] == "delivering"


def test_a_version_that_was_tagged_elsewhere_is_promoted() -> None:
    assert told(PROMOTED) == ("promoted", [("production", "success")])


@pytest.mark.parametrize(
    ("after", "state"),
    [
        (GOING, "rolling back"),
        (BACK, "rolled back"),
        ([*GOING, event("rollback-failed", 9, environment="production", to="1.0.0")], "rollback failed"),
    ],
)
def test_a_version_that_goes_keeps_no_success_there(after: list[Event], state: str) -> None:
    assert told([*RELEASED, *PROMOTED, *after]) == (state, [("staging", "success"), ("production", state)])


def test_a_version_that_comes_back_has_both() -> None:
    again = deployed("production", 10)

    assert told([*RELEASED, *PROMOTED, *BACK, again]) == (
        "completed",
        [("staging", "success"), ("production", "rolled back"), ("production", "success")],
    )


def test_a_failure_stays_one() -> None:
    failed = deployed("production", 5, "deployment-failed")

    assert told([*RELEASED, failed, *GOING])[1] == [("staging", "success"), ("production", "failure")]


def test_the_timeline_names_the_environments() -> None:
    rows = report_view(entries([*RELEASED, event("locked", 4, environments=["qa", "production"])]))[
        "timeline"
    ]

    assert [(row["what"], row["environment"]) for row in rows][2:] == [
        ("deployed", "staging"),
        ("completed", ""),
        ("locked", "qa, production"),
    ]
