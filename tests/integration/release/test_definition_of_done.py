"""A checklist in the release pull request: people tick boxes, and ticks survive."""

import pytest

from integration.release.world import FILES, World
from shipway.domain.outcome import Decision

CONFIGURATION = """
gates:
  unit: {command: ["true"]}
  done:
    checklist:
      code: [it was read by two people]
      tests: [{item: units pass, automatic: {gate: unit}}]
      docs: [{item: there is a changelog, automatic: {file: CHANGELOG.md}}]
      operability: [the dashboard was looked at]
"""


@pytest.fixture
def waiting(world: World) -> World:
    """A release that waits for two boxes."""
    world.commit("ci: configure", {**FILES, ".github/shipway.yml": CONFIGURATION})
    outcome = world.release()
    assert (outcome.decision, outcome.reason_code) == (Decision.WAITING, "checklist-open")
    assert outcome.message == (
        "Pull request #1 stays a draft: gate done waits: 2 of 4 items are done; "
        "open: code: it was read by two people; operability: the dashboard was looked at."
    )
    return world


def tick(world: World, *texts: str) -> None:
    """Tick boxes as the page does: with carriage returns, and the rest as it stands."""
    body = world.request("GET", "/pulls/1")["body"]
    for text in texts:
        assert f"- [ ] {text}" in body
        body = body.replace(f"- [ ] {text}", f"- [x] {text}")
    world.request("PATCH", "/pulls/1", {"body": body.replace("\n", "\r\n")}, world.token_of("reviewer"))


@pytest.mark.requirement("GATE-9")
def test_the_pull_request_shows_the_checklist(waiting: World) -> None:
    body = waiting.request("GET", "/pulls/1")["body"]

    assert "## Definition of done\n" in body
    assert "- [ ] code: it was read by two people <!-- done:" in body
    assert "- tests: units pass (by gate unit)\n" in body
    assert "- docs: there is a changelog (by file CHANGELOG.md)\n" in body


@pytest.mark.requirement("GATE-9")
def test_a_tick_survives_rewriting_and_the_last_one_opens_the_gate(waiting: World) -> None:
    tick(waiting, "code: it was read by two people")
    waiting.commit("fix: greet twice")
    half = waiting.release()
    body = waiting.request("GET", "/pulls/1")["body"]
    tick(waiting, "operability: the dashboard was looked at")

    whole = waiting.release()

    assert half.message.endswith("3 of 4 items are done; open: operability: the dashboard was looked at.")
    assert "greet twice" in body
    assert "- [x] code: it was read by two people" in body
    assert (whole.decision, whole.reason_code) == (Decision.WAITING, "approvals-missing")
    assert not waiting.request("GET", "/pulls/1")["draft"]


@pytest.mark.requirement("GATE-9")
def test_boxes_that_are_not_ours_tick_nothing(waiting: World) -> None:
    body = waiting.request("GET", "/pulls/1")["body"]
    ours = [line for line in body.splitlines() if line.startswith("- [ ] ")]
    copied = "\n".join(line.replace("[ ]", "[x]") for line in ours)
    waiting.request("PATCH", "/pulls/1", {"body": f"{copied}\n\n{body}\n\n{copied}"})

    assert waiting.release().reason_code == "checklist-open"
