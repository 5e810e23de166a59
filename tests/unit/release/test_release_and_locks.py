"""A release that delivers meets locks like everybody else."""

from dataclasses import replace

import pytest
from release_world import COMMAND, NOW, at_the_beginning, landed, policy_of, the_pull

from shipway.domain.plan import MergePullRequest
from shipway.domain.release import decide, foresee
from shipway.domain.resting import Done, Refusal
from shipway.domain.standing import Lock, Standing


@pytest.mark.requirement("LOCK-1")
@pytest.mark.parametrize("mine", [True, False])
def test_a_lock_for_its_pull_request_lets_a_release_in(*, mine: bool) -> None:
    policy, new = policy_of(environments="production"), iter(range(100, 200))
    facts = at_the_beginning()
    while facts.pull_request is None:
        move = decide(facts, COMMAND, policy, NOW)
        assert not isinstance(move, MergePullRequest)
        facts = landed(move, facts, new)
    number = the_pull(facts).number + (0 if mine else 1)
    lock = Lock("carol", "trying", "2026-03-01T11:00:00Z", scope="pr", subject=str(number))
    locked = replace(facts.ledger, standings={"production": Standing(lock=lock)})

    *_, last = foresee(facts.having(ledger=locked), COMMAND, policy, NOW)

    assert isinstance(last, Done if mine else Refusal)
