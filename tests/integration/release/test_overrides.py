"""A gate that does not pass is let past by name, by who may, until a time, and the ledger says so."""

import json
from typing import Any

import pytest

from integration.release.world import FILES, World
from shipway.domain.outcome import Decision
from shipway.errors import ExitCode, UsageError

CONFIGURATION = 'gates: {smoke: {command: ["false"]}, unit: {command: ["true"]}}'
ASKED = {"override": ("smoke",), "reason": "the probe is down", "expires": "4h"}
GROUND = "overridden by releaser until 2026-11-21T16:00:00Z: the probe is down"


@pytest.fixture
def failing(world: World) -> World:
    """A release whose smoke tests fail."""
    world.commit("ci: configure", {**FILES, ".github/shipway.yml": CONFIGURATION})
    assert world.release().reason_code == "gates-failed"
    return world


@pytest.mark.requirement("GATE-5")
def test_who_may_lets_the_release_past_the_gate_that_they_name(failing: World) -> None:
    outcome = failing.release(**ASKED)
    failing.git("fetch", "--quiet", "origin", "shipway-ledger")
    lines = failing.git("show", "FETCH_HEAD:releases/1.1.0.jsonl").splitlines()
    events = [row for row in map(json.loads, lines) if row["kind"] == "overridden"]
    report = failing.git("show", "FETCH_HEAD:docs/releases/v1.1.0.md")
    body = failing.request("GET", "/pulls/1")["body"]

    verdicts = {row["gate"]: row for row in outcome.verdicts}

    assert (outcome.decision, outcome.reason_code) == (Decision.WAITING, "approvals-missing")
    assert (verdicts["smoke"]["ruling"], verdicts["smoke"]["result"]) == ("pass", "warning")
    assert verdicts["smoke"]["summary"].startswith(GROUND)
    assert verdicts["unit"]["ruling"] == "pass"
    assert [(event["actor"], event["detail"]["gate"]) for event in events] == [("releaser", "smoke")]
    assert GROUND in report
    assert f"| ⚠️ | smoke | {GROUND}" in body


@pytest.mark.requirement("GATE-5")
def test_it_counts_for_later_runs_and_is_recorded_once(failing: World) -> None:
    failing.release(**ASKED)
    failing.release(**ASKED)
    again = failing.release()
    failing.git("fetch", "--quiet", "origin", "shipway-ledger")

    text = failing.git("show", "FETCH_HEAD:releases/1.1.0.jsonl")

    assert again.reason_code == "approvals-missing"
    assert text.count('"kind":"overridden"') == 1


@pytest.mark.requirement("GATE-5", "AUTH-1")
def test_who_may_not_is_refused_and_told_who_may(failing: World) -> None:
    failing.token = failing.token_of("reviewer")

    outcome = failing.release(**ASKED)

    assert (outcome.decision, outcome.exit_code) == (Decision.REFUSED, ExitCode.NOT_AUTHORISED)
    assert outcome.reason_code == "override-refused"
    assert (
        outcome.message
        == "Gate smoke is not overridden: reviewer may not override; someone with the role maintain may."
    )


@pytest.mark.requirement("GATE-5")
@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"override": ("smoke",), "expires": "4h"}, "An override needs a reason."),
        ({"reason": "the probe is down"}, "--reason belongs to --override, which is missing."),
    ],
    ids=["no reason", "no gate"],
)
def test_half_an_override_begins_nothing(failing: World, asked: dict[str, Any], message: str) -> None:
    before = failing.canonical()

    with pytest.raises(UsageError) as refused:
        failing.release(**asked)

    assert (refused.value.message, refused.value.reason_code) == (message, "override-unclear")
    assert failing.canonical() == before
