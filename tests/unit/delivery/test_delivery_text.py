"""What people read in a terminal of a promotion, a rollback or a lock, and of the ledger's entries."""

from typing import Any

import pytest

from shipway.cli.delivery_text import delivery_text
from shipway.cli.outcome_text import outcome_text
from shipway.cli.rollback_text import rollback_text
from shipway.domain.audit_view import told_of
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.events import verdict_rows
from shipway.domain.outcome import Decision, Outcome
from shipway.domain.state import State
from shipway.domain.verdict import Ruling, Verdict
from shipway.errors import ExitCode
from unit.delivery.scene import Scene, policy_of

NO_IMPACT: dict[str, Any] = {
    "commit_count": 0,
    "pull_requests": [],
    "tickets": [],
    "migrations": [],
    "environments": [],
    "dependants": [],
    "unknown": "",
}
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


PASSED = tuple(verdict_rows([Verdict("lock", Ruling.PASS, "open", "production is not locked")]))
ESTIMATE = {"seconds": 0.01, "unknown": [], "at_most": 60.0}
WOULD_MOVE = DeliveryOutcome(
    command="rollback",
    decision=Decision.PLANNED,
    reason_code="dry-run",
    message="production would go back from 1.1.0 to 1.0.0.",
    next_step="",
    exit_code=ExitCode.OK,
    environment="production",
    version="1.0.0",
    facts={
        "estimate": ESTIMATE,
        "from": "1.1.0",
        "impact": NO_IMPACT | {"commit_count": 2},
        "rollback_tag": "v1.0.0-production-rollback-1",
        "incident": "",
        "pull_request": None,
        "issue": None,
    },
    deployment={"id": 7, "state": "inactive"},
    verdicts=PASSED,
    steps=("record rollback-started in the ledger",),
    trace_id="abc",
)
WOULD_RELEASE = Outcome(
    command="release",
    state=State.INITIATED,
    decision=Decision.PLANNED,
    reason_code="dry-run",
    message="1.1.0 would be released.",
    next_step="",
    version="1.1.0",
    tag="",
    release_id="",
    pull_request=None,
    deployments=(),
    verdicts=PASSED,
    steps=("record initiated in the ledger",),
    exit_code=ExitCode.OK,
    notes="- more",
    estimate=ESTIMATE,
    trace_id="abc",
)


@pytest.mark.requirement("REL-7", "CLI-1")
def test_a_dry_run_of_a_rollback_reads_like_any() -> None:
    assert rollback_text(WOULD_MOVE).splitlines() == [
        "Plan, nothing of it done:",
        "  1. record rollback-started in the ledger",
        "",
        "What goes with 1.1.0:",
        "      commits: 2",
        "",
        "production would go back from 1.1.0 to 1.0.0.",
        "  ✓ lock  production is not locked",
        "      version: 1.0.0",
        "  environment: production",
        "         from: 1.1.0",
        " rollback tag: v1.0.0-production-rollback-1",
        "     estimate: less than 1 s, as the last time; at most 1 min 00 s; without what people take",
        "        trace: abc",
    ]


@pytest.mark.requirement("REL-7", "CLI-1")
def test_a_dry_run_of_a_release_reads_like_any() -> None:
    assert outcome_text(WOULD_RELEASE).splitlines() == [
        "Plan, nothing of it done:",
        "  1. record initiated in the ledger",
        "",
        "1.1.0 would be released.",
        "  ✓ lock  production is not locked",
        "      version: 1.1.0",
        "     estimate: less than 1 s, as the last time; at most 1 min 00 s; without what people take",
        "        trace: abc",
        "",
        "Changelog:",
        "",
        "- more",
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
