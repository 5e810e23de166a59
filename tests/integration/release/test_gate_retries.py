"""Commands of gates that take too long are run again as often as the policy says."""

import time
from pathlib import Path

import pytest

from integration.release.world import NOON, World
from shipway.adapters.git_repo import Clone
from shipway.domain.facts import Surroundings
from shipway.domain.gate_policy import GatePolicy
from shipway.domain.plan import RunGates
from shipway.domain.policy import Policy
from shipway.domain.verdict import Verdict
from shipway.engine.gates import Gates, GateWatch, Pace


def answer(world: World, name: str, policy: GatePolicy, said: list[str] | None = None) -> Verdict:
    """What one gate says of the clone; how long it was waited before each run but the first is in `world.pauses`."""
    gates = Gates(
        Clone(world.clone),
        Policy(gates={name: policy}),
        watch=GateWatch(),
        echo=(said if said is not None else []).append,
        pace=Pace(time.monotonic, world.pauses.append, lambda: NOON),
    )
    (verdict,) = gates.run(RunGates("0" * 40, (name,), "release"), Surroundings()).verdicts
    return verdict


@pytest.mark.requirement("GATE-6")
def test_a_smoke_test_that_takes_too_long_is_run_once_more_and_says_so(world: World, tmp_path: Path) -> None:
    script = f"[ -e {tmp_path}/tried ] || {{ touch {tmp_path}/tried; sleep 60; }}"

    said: list[str] = []

    verdict = answer(world, "smoke", GatePolicy(command=("sh", "-c", script), timeout=2), said)

    assert (world.pauses, said) == ([30], ["it took too long, and is run again in 30 s"])
    first, second = verdict.attempts
    assert (verdict.passed, verdict.duration) == (True, second)
    assert verdict.summary == (
        f"the command succeeded (run 2 times after timeouts: {first:.1f} s, {second:.1f} s)"
    )


@pytest.mark.requirement("GATE-6")
@pytest.mark.parametrize(
    ("name", "retries", "attempts"),
    [("e2e", 0, 0), ("e2e", None, 2), ("e2e", 2, 3), ("unit", None, 0), ("unit", 1, 2)],
)
def test_how_often_is_configured(world: World, name: str, retries: int | None, attempts: int) -> None:
    policy = GatePolicy(command=("sleep", "60"), timeout=0.1, retries=retries)

    verdict = answer(world, name, policy)

    assert (verdict.reason_code, len(verdict.attempts)) == ("command-timed-out", attempts)


@pytest.mark.requirement("GATE-6")
@pytest.mark.parametrize(
    ("name", "after", "pauses"), [("e2e", None, [60, 60]), ("unit", None, [30, 30]), ("smoke", 0, [0, 0])]
)
def test_how_long_is_waited_before_is_configured(
    world: World, name: str, after: float | None, pauses: list[float]
) -> None:
    answer(world, name, GatePolicy(command=("sleep", "60"), timeout=0.1, retries=2, retry_after=after))

    assert world.pauses == pauses


@pytest.mark.requirement("GATE-6")
def test_what_failed_is_not_run_again(world: World) -> None:
    verdict = answer(world, "smoke", GatePolicy(command=("false",)))

    assert (verdict.reason_code, verdict.attempts) == ("command-failed", ())
