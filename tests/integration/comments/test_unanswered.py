"""What nobody has approved in time is refused by the sweep, without anybody asking again."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from integration.comments.conversation import NOON, Clock, Conversation, begin
from shipway.bootstrap.environment import Chance, Watchers
from shipway.bootstrap.sweeping import SweepAsked, run_sweep
from shipway.cli.sweep import sweep_text
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.errors import ExitCode
from shipway.twin.server import Twin

pytestmark = pytest.mark.requirement("APR-1")

CONFIGURATION = """
environments:
  dev: {approvals: {count: 1, rollback: 1, timeout: 24h}, deploy: {command: ["true"]}}
"""


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Conversation]:
    """A question that is open in dev."""
    with Twin(clock=Clock(NOON)) as twin:
        found = begin(tmp_path, twin, CONFIGURATION)
        found.open("topic")
        found.say("/promote 1.0.0 dev")
        found.obey()
        yield found


def swept(talk: Conversation, *, dry_run: bool = False) -> DeliveryOutcome:
    now = talk.twin.world.clock.now
    return run_sweep(
        SweepAsked(repo=talk.world.clone, dry_run=dry_run),
        talk.world.environment(),
        Watchers(),
        chance=Chance(now, lambda: 0.0),
    )


def test_the_sweep_says_that_there_was_no_answer(talk: Conversation) -> None:
    talk.effects()
    nothing = swept(talk)
    assert (nothing.reason_code, nothing.message) == ("swept", "Nothing is under way.")
    talk.later(hours=24)
    (planned,) = swept(talk, dry_run=True).facts["deliveries"]
    assert talk.effects() == []
    assert planned["message"] == (
        "1.0.0 would be refused in dev: too few people have agreed in time to what alice wanted."
    )
    (row,) = swept(talk).facts["deliveries"]
    assert (row["became"], row["reason_code"]) == ("closed", "approval-timed-out")
    assert (
        row["message"] == "1.0.0 is refused in dev: too few people have agreed in time to what alice wanted."
    )
    assert talk.effects() == [
        "releaser: commit.created 1.0.0: approval-lapsed",
        "releaser: ref.updated refs/heads/shipway-ledger",
    ]
    assert swept(talk).message == "Nothing is under way."


def test_what_the_sweep_cannot_record_is_named_with_what_to_mend(talk: Conversation) -> None:
    talk.later(hours=24)
    weak = talk.world.token_of("releaser", permissions={"contents": "read", "deployments": "write"})

    outcome = swept(replace(talk, world=replace(talk.world, token=weak)))

    assert (outcome.reason_code, outcome.exit_code) == ("sweep-incomplete", ExitCode.FAILURE)
    assert sweep_text(outcome).splitlines() == [
        "Looked after 1: 1 failed.",
        "  failed    dev  1.0.0  The token lacks the permission `contents: write`, which commit needs.",
        "            Add this line under `permissions:` of the job, or give it to the App: contents: write",
        "Mend what is named; then run again: shipway sweep",
    ]
    assert swept(talk).reason_code == "swept"


def test_it_is_asked_anew_afterwards(talk: Conversation) -> None:
    talk.later(hours=24)
    swept(talk)
    talk.say("/promote 1.0.0 dev")
    (result,) = talk.obey().results
    assert result.reason_code == "approval-missing"
