"""Production that takes versions over by a canary, and one that is good there already."""

from datetime import datetime
from pathlib import Path
from typing import Any

from integration.delivery.commands import EVENING, Command
from integration.release.world import FILES, NOON, World, clone_of, git, make_source, settle_people
from shipway.bootstrap.environment import Chance, Environment, Watchers
from shipway.bootstrap.promoting import PromotionAsked, run_promotion
from shipway.twin.server import Twin

DEPLOY = 'echo "$SHIPWAY_STEP $SHIPWAY_VERSION $SHIPWAY_WEIGHT $SHIPWAY_COLOUR" >> ../deployed'
WATCH = "test $SHIPWAY_WEIGHT != $(cat ../bad-at 2>/dev/null || echo none)"


def canary(deploy: str, watch: str) -> str:
    """Configuration of a production that takes versions over in three steps, while a gate looks."""
    return f"""
gates:
  smoke: {{command: ["true"]}}
  errors: {{command: [sh, -c, '{watch}'], stages: [canary]}}
environments:
  production:
    deploy: {{{deploy}}}
    strategy: {{canary: [5, 25, 100]}}
"""


CONFIGURATION = canary(f"command: [sh, -c, '{DEPLOY}']", WATCH)


def good_before(twin: Twin, clone: Path, now: datetime = NOON, configuration: str = CONFIGURATION) -> str:
    """1.0.0 stands in production, and there is 1.0.1; gives the token of who asks."""
    source = make_source(clone.with_name("source"), FILES | {".github/shipway.yml": configuration})
    git(source, "tag", "v1.0.1", "HEAD~1")
    token = settle_people(twin, source)
    world = World(twin, clone_of(twin, token, clone), token)
    done = promote("1.0.0").run(clone, world.environment(), 1000, now)
    assert done.exit_code == 0, done.message
    return token


def promote(version: str, **asked: Any) -> Command:
    """Into production."""
    return Command("promote", {"version": version, "target": "production", **asked})


def promoted(clone: Path, environment: Environment, number: int) -> int:
    """Promote 1.0.1 with ids of its own for everything that a run begins; gives the exit code."""
    ids = (f"{number:04x}{count:04x}-0000-4000-8000-000000000000" for count in range(99))
    asked = PromotionAsked(version="1.0.1", target="production", repo=clone)
    chance = Chance(lambda: EVENING, lambda: 0.0, lambda: next(ids))
    done = run_promotion(asked, environment, Watchers(), sleep=lambda _: None, chance=chance)
    return int(done.exit_code)


def deployed(world: World) -> list[str]:
    """What the deployer was told, in order."""
    return world.clone.with_name("deployed").read_text().splitlines()
