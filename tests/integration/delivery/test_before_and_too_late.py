"""What is said before people meet a version, and what when its deployment takes too long."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from integration.release.world import FILES, NAME, NOON, World, clone_of, make_source, settle_people
from shipway.bootstrap.environment import Chance, Watchers
from shipway.bootstrap.promoting import PromotionAsked, run_promotion
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.twin.server import Twin
from shipway.twin.world import Clock

STUBBORN = """
import pathlib, signal
signal.signal(signal.SIGTERM, lambda *_: pathlib.Path("told").touch())
pathlib.Path("began").touch()
while True:
    signal.pause()
"""
"""Takes no notice of being asked to end."""

CONFIGURATION = f"""
environments:
  staging: {{deploy: {{command: ["true"]}}}}
  slow: {{deploy: {{command: {json.dumps([sys.executable, "-c", STUBBORN])}, timeout: 8}}, after: [staging]}}
  production: {{deploy: {{command: ["true"]}}, after: [staging]}}
"""
ID = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """1.0.0 is verified in staging."""
    source = make_source(tmp_path / "source", FILES | {".github/shipway.yml": CONFIGURATION})
    with Twin(clock=Clock(NOON)) as twin:
        token = settle_people(twin, source)
        made = World(twin, clone_of(twin, token, tmp_path / "clone"), token)
        assert promote(made, "", "staging", Watchers(), Chance()).reason_code == "done"
        yield made


def promote(world: World, source: str, target: str, watchers: Watchers, chance: Chance) -> DeliveryOutcome:
    """Run `shipway promote` in this process."""
    asked = PromotionAsked(version="1.0.0", source=source, target=target, repo=world.clone)
    return run_promotion(asked, world.environment(), watchers, sleep=world.pauses.append, chance=chance)


@pytest.mark.requirement("PRO-4")
def test_before_anything_is_done_in_production_the_whole_decision_is_said(world: World) -> None:
    told: list[str] = []
    already = len(world.calls())
    written_before: list[int] = []

    def announce(text: str) -> None:
        written_before.append(sum(not call.startswith("GET") for call in world.calls()[already:]))
        told.append(text)

    watchers = Watchers(announce=announce, move=lambda move, _: told.append(type(move).__name__))
    promote(world, "staging", "production", watchers, Chance(lambda: NOON, lambda: 0.0, lambda: ID))

    commit = world.git("rev-parse", "v1.0.0^{commit}")
    assert told[0].splitlines() == [
        "PRODUCTION DEPLOYMENT: promoting 1.0.0 from staging to production",
        "  by: releaser",
        f"  id: {ID}",
        f"  commit: {commit}",
        f"  digest: commit:{commit}",
        "  order: pass, production comes after staging",
        f"  version: pass, v1.0.0 is {commit[:10]}",
        "  verified: pass, 1.0.0 is verified in staging",
        f"  digest: pass, the same bytes: commit:{commit[:12]}",
        "  tag: pass, tag v1.0.0-production is free",
        "  lock: pass, production is not locked",
        "  hold: pass, 1.0.0 was not rolled back in production",
        "  direction: pass, production holds nothing",
        "  authority: pass, releaser may promote in production: role admin",
        "  claim: pass, nobody else is bringing a version into production",
    ]
    assert told[1] == "Record"
    assert sum(text.startswith("PRODUCTION") for text in told) == 1
    assert written_before == [1]  # the question, which is a POST as every query of GraphQL


@pytest.mark.requirement("PRO-4")
def test_elsewhere_nobody_is_warned(world: World) -> None:
    told: list[str] = []
    chance = Chance(clock=_time_of(world.clone / "began", world.clone / "told"))
    promote(world, "staging", "slow", Watchers(announce=told.append), chance)

    assert told == []


@pytest.mark.requirement("PRO-4", "CLI-1", "LED-3")
def test_the_command_line_says_it_on_standard_error(world: World) -> None:
    done = subprocess.run(
        [
            Path(sys.executable).with_name("shipway"),
            *("promote", "1.0.0", "--from", "staging", "--to", "prod", "--output", "json"),
        ],
        cwd=world.clone,
        env={**os.environ, **world.twin.environment(world.token), "GITHUB_REPOSITORY": NAME},
        capture_output=True,
        text=True,
        check=True,
    )

    lines = done.stderr.splitlines()
    assert lines[0] == "! PRODUCTION DEPLOYMENT: promoting 1.0.0 from staging to production"
    result = json.loads(done.stdout)
    assert f"    id: {result['id']}" in lines
    assert lines.index(f"    id: {result['id']}") < lines.index("✓ record promotion-started in the ledger")
    assert len(result["trace_id"]) == 32


@pytest.mark.requirement("PRO-3")
def test_a_deployment_that_takes_too_long_is_killed_and_may_still_go_on(world: World) -> None:
    chance = Chance(clock=_time_of(world.clone / "began", world.clone / "told"))
    outcome = promote(world, "staging", "slow", Watchers(), chance)

    assert (outcome.reason_code, outcome.message, outcome.next_step) == (
        "deployment-timed-out",
        "Deployment of 1.0.0 to slow was stopped after 8 s; what it began may still be going on.",
        (
            "See what runs there: shipway status --env slow. "
            "Then try again: shipway promote 1.0.0 --from staging --to slow"
        ),
    )
    assert outcome.deployment
    assert outcome.deployment["state"] == "error"


def _time_of(*milestones: Path) -> Callable[[], float]:
    """Ten seconds pass as soon as each of these files is there."""
    return lambda: 10.0 * sum(path.exists() for path in milestones)
