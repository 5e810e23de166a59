"""Gates that demand checks on GitHub: the release opens its pull request as a draft and waits for them."""

from typing import Any

import pytest

from integration.release.world import FILES, World
from shipway.domain.outcome import Decision

CONFIGURATION = 'gates: {ci: {checks: [build]}, unit: {command: ["true"]}}'


@pytest.fixture
def waiting(world: World) -> World:
    """A release that waits for the check."""
    world.commit("ci: configure", {**FILES, ".github/shipway.yml": CONFIGURATION})
    outcome = world.release()
    assert (outcome.decision, outcome.reason_code) == (Decision.WAITING, "checks-absent")
    assert outcome.message == ("Pull request #1 stays a draft: gate ci waits: never reported: build.")
    return world


def report(world: World, state: str) -> None:
    """The check reports on the newest commit of the pull request."""
    head = world.request("GET", "/pulls/1")["head"]["sha"]
    world.request("POST", f"/statuses/{head}", {"state": state, "context": "build"})


@pytest.mark.requirement("GATE-2")
def test_more_checks_than_one_page_holds_are_all_read(waiting: World) -> None:
    head = waiting.request("GET", "/pulls/1")["head"]["sha"]
    for number in range(120):
        waiting.request("POST", f"/statuses/{head}", {"state": "success", "context": f"part {number}"})
    report(waiting, "failure")
    before = len(waiting.calls())

    failed = waiting.release()
    asked = len(waiting.calls()) - before
    report(waiting, "success")
    ready = waiting.release()

    assert failed.message.startswith("Gate ci did not pass: failed: build.")
    assert asked <= 9
    assert (ready.decision, ready.reason_code) == (Decision.WAITING, "approvals-missing")
    assert next(row for row in ready.verdicts if row["gate"] == "checks")["summary"] == "123 checks are green"


@pytest.mark.requirement("GATE-2")
def test_a_skipped_check_says_nothing_unless_the_configuration_says_so(waiting: World) -> None:
    head = waiting.request("GET", "/pulls/1")["head"]["sha"]
    token = waiting.token_of("github-actions[bot]", permissions={"checks": "write"}, kind="actions")
    run = {"name": "build", "head_sha": head, "status": "completed", "conclusion": "skipped"}
    waiting.request("POST", "/check-runs", run, token)

    outcome = waiting.release()

    assert outcome.message.startswith("Gate ci did not pass: skipped: build.")


def rulings(verdicts: tuple[Any, ...]) -> dict[str, str]:
    """Gate → ruling."""
    return {row["gate"]: row["ruling"] for row in verdicts if row["gate"] in {"ci", "unit"}}


@pytest.mark.requirement("GATE-2", "PR-3")
def test_a_draft_waits_until_the_checks_have_reported(waiting: World) -> None:
    assert waiting.request("GET", "/pulls/1")["draft"]
    report(waiting, "pending")
    running = waiting.release()
    report(waiting, "success")

    ready = waiting.release()

    assert (running.decision, running.reason_code) == (Decision.WAITING, "checks-running")
    assert (ready.decision, ready.reason_code) == (Decision.WAITING, "approvals-missing")
    assert rulings(ready.verdicts) == {"ci": "pass", "unit": "pass"}
    assert not waiting.request("GET", "/pulls/1")["draft"]


@pytest.mark.requirement("GATE-2", "GATE-5")
def test_checks_that_failed_refuse_the_release(waiting: World) -> None:
    report(waiting, "failure")

    outcome = waiting.release()

    assert (outcome.decision, outcome.reason_code) == (Decision.REFUSED, "gates-failed")
    assert rulings(outcome.verdicts) == {"ci": "fail", "unit": "inconclusive"}
    assert waiting.request("GET", "/pulls/1")["draft"]


@pytest.mark.requirement("GATE-2")
def test_a_run_that_waits_asks_the_gates_again_once_the_checks_have_reported(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.commit("ci: configure", {**FILES, ".github/shipway.yml": CONFIGURATION})
    answers = iter([lambda: report(world, "pending"), lambda: report(world, "success"), world.approve])

    class Pauses(list[float]):
        def append(self, seconds: float) -> None:
            super().append(seconds)
            next(answers)()

    monkeypatch.setattr(world, "pauses", Pauses())

    outcome = world.release(wait=True)

    assert outcome.decision is Decision.DONE
    assert world.moves.count("RunGates") == 2
