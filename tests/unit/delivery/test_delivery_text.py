"""What people read in a terminal of a promotion, a rollback or a lock, and of the ledger's entries."""

from typing import Any

import pytest

from shipway.cli.delivery_text import delivery_text
from shipway.domain.audit_view import told_of
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.events import verdict_rows
from shipway.domain.outcome import Decision
from shipway.domain.verdict import Ruling, Verdict
from shipway.errors import ExitCode
from unit.delivery.scene import Scene, policy_of

SIX = tuple(f"CVE-2026-{number}" for number in range(1, 7))


def read_by_people(*verdicts: Verdict) -> list[str]:
    """The lines about verdicts."""
    outcome = DeliveryOutcome(
        command="promote",
        decision=Decision.REFUSED,
        reason_code="gates-failed",
        message="Gate scan before staging did not pass.",
        next_step="",
        exit_code=ExitCode.GATE,
        environment="staging",
        facts={},
        verdicts=tuple(verdict_rows(verdicts)),
    )
    return delivery_text(outcome).splitlines()[1:-1]


@pytest.mark.requirement("GATE-3", "CLI-1")
def test_what_stands_behind_a_verdict_is_shown_where_people_have_to_look() -> None:
    assert read_by_people(
        Verdict("unit", Ruling.PASS, "tests-passed", "3 tests passed", "", ("no line of a.py",)),
        Verdict("scan", Ruling.FAIL, "findings", "6 block", "", SIX),
        Verdict("ci", Ruling.INCONCLUSIVE, "checks-absent", "never reported: build", "", ("build",)),
        Verdict("e2e", Ruling.PASS, "overridden", "let past", "", ("it is slow",), warning=True),
    ) == [
        "  ✓ unit  3 tests passed",
        "  ✗ scan  6 block",
        *(f"          {name}" for name in SIX[:5]),
        "          and 1 more, in --output json",
        "  … ci    never reported: build",
        "  ! e2e   let past",
        "          it is slow",
    ]


@pytest.mark.requirement("LED-1", "CLI-1")
def test_entries_say_first_why_and_leave_out_what_only_programs_read() -> None:
    detail = {
        "environment": "dev",
        "from": "qa",
        "id": "x",
        "holder": "run:1",
        "digest": "d",
        "reason": "slow",
    }

    assert told_of(detail) == ["reason=slow", "from=qa"]


@pytest.mark.requirement("PRO-2", "LED-1")
@pytest.mark.parametrize(("component", "kept"), [("api", {"component": "api"}), ("", {})])
def test_what_a_version_is_of_is_recorded(component: str, kept: dict[str, Any]) -> None:
    scene = Scene(policy_of())

    scene.promote("1.0.0", "", "dev", component=component)

    begun = next(e.event for e in scene.facts.ledger.entries if e.event.kind == "promotion-started")
    assert {name: value for name, value in begun.detail.items() if name == "component"} == kept
