"""What nobody has approved in time is refused by the sweep, without anybody asking again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.comments.conversation import NOON, Clock, Conversation, begin
from shipway.bootstrap.environment import Chance, Watchers
from shipway.bootstrap.sweeping import SweepAsked, run_sweep
from shipway.domain.delivery.outcome import DeliveryOutcome
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
    assert swept(talk).message == "Nothing is under way."
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


def test_it_is_asked_anew_afterwards(talk: Conversation) -> None:
    talk.later(hours=24)
    swept(talk)
    talk.say("/promote 1.0.0 dev")
    (result,) = talk.obey().results
    assert result.reason_code == "approval-missing"
