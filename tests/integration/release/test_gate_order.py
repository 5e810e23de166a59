"""Gates run in the order of the configuration; the first that fails stops those after it, which say so."""

import time
from pathlib import Path

import pytest

from integration.release.world import NOON, World
from shipway.adapters.git_repo import Clone
from shipway.domain.facts import Surroundings
from shipway.domain.gate_policy import GatePolicy
from shipway.domain.plan import RunGates
from shipway.domain.policy import Policy
from shipway.domain.stages import gates_at
from shipway.domain.verdict import Verdict
from shipway.engine.gates import Gates, GateWatch, Pace

MEANT = ("security", "done", "unit", "integration", "smoke", "e2e")


def answers(world: World, order: tuple[str, ...], failing: str = "") -> list[Verdict]:
    """What gates say that note their names when they run."""
    script = 'echo "$0" >> ../ran; test "$0" != "$1"'
    policy = Policy(
        gates={name: GatePolicy(command=("sh", "-c", script, name, failing), coverage=0) for name in order}
    )
    gates = Gates(
        Clone(world.clone),
        policy,
        watch=GateWatch(),
        echo=print,
        pace=Pace(time.monotonic, world.pauses.append, lambda: NOON),
    )
    step = RunGates("0" * 40, gates_at(policy, "release"), "release")
    return [*gates.run(step, Surroundings()).verdicts]


def ran(world: World) -> tuple[str, ...]:
    return tuple(Path(world.clone, "../ran").read_text().split())


@pytest.mark.requirement("GATE-1")
@pytest.mark.parametrize("order", [MEANT, tuple(reversed(MEANT))])
def test_the_order_of_the_configuration_is_that_in_which_they_run(
    world: World, order: tuple[str, ...]
) -> None:
    assert [verdict.result for verdict in answers(world, order)] == ["passed"] * len(order)
    assert ran(world) == order


@pytest.mark.requirement("GATE-1", "GATE-3")
@pytest.mark.parametrize("failing", MEANT)
def test_the_first_that_fails_stops_the_rest_and_each_of_them_says_so(world: World, failing: str) -> None:
    place = MEANT.index(failing)

    verdicts = answers(world, MEANT, failing)

    assert ran(world) == MEANT[: place + 1]
    assert [verdict.gate for verdict in verdicts] == [*MEANT]
    assert [verdict.result for verdict in verdicts] == [
        *["passed"] * place,
        "failed",
        *["skipped"] * (len(MEANT) - place - 1),
    ]
    assert {verdict.summary for verdict in verdicts[place + 1 :]} <= {
        f"not run, because {failing} did not pass"
    }
