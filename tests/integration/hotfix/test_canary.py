"""A hotfix that takes production over by a canary: in fewer steps than a release, smoked at each of them."""

import pytest

from integration.delivery.commands import Command
from integration.hotfix.hotfixes import begin, fix, hotfix
from integration.release.world import World
from shipway.domain.outcome import Decision

DEPLOY = 'echo "$SHIPWAY_STEP $SHIPWAY_WEIGHT" >> ../took'
SMOKE = 'test "$SHIPWAY_ENVIRONMENT" != production || echo "smoke ${SHIPWAY_WEIGHT:-whole}" >> ../took'
CANARY = f"""
gates:
  unit: {{command: ["true"]}}
  smoke: {{command: [sh, -c, '{SMOKE}']}}
environments:
  staging: {{deploy: {{command: ["true"]}}}}
  production:
    after: staging
    deploy: {{command: [sh, -c, '{DEPLOY}']}}
    strategy: {{canary: []}}
hotfix:
  auto-approve: true
"""
BY_HAND = CANARY + "  environments: [staging]\n"
CHOSEN = CANARY.replace("{canary: []}", "{canary: [], hotfix: [50, 100]}")
USUAL = ["deploy 5", "smoke 5", "shift 25", "smoke 25", "finish 100", "smoke whole"]


def configured(world: World, text: str) -> dict[str, object]:
    path = world.clone.with_name("shipway.yml")
    path.write_text(text)
    return {"config": path}


def took(world: World) -> list[str]:
    """What deployer and smoke tests did in production, in order."""
    return world.clone.with_name("took").read_text().splitlines()


@pytest.mark.requirement("HOT-2", "DEP-3")
@pytest.mark.parametrize(
    ("text", "steps"),
    [(CANARY, USUAL), (CHOSEN, ["deploy 50", "smoke 50", "finish 100", "smoke whole"])],
    ids=["usual", "chosen"],
)
def test_a_hotfix_is_smoked_at_each_share(world: World, text: str, steps: list[str]) -> None:
    config = configured(world, text)
    begin(world, **config)
    fix(world)
    done = hotfix(world, **config)

    assert (done.decision, done.tag) == (Decision.DONE, "v1.0.1"), done.message
    assert took(world) == steps


@pytest.mark.requirement("HOT-2", "DEP-3")
def test_it_stays_a_hotfix_when_it_is_promoted_by_hand(world: World) -> None:
    config = configured(world, BY_HAND)
    begin(world, **config)
    fix(world)
    done = hotfix(world, **config)
    assert [one["environment"] for one in done.deployments] == ["staging"]

    asked = {"version": "1.0.1", "source": "staging", "target": "production", **config}
    promoted = Command("promote", asked).run(world.clone, world.environment(), 500)

    assert promoted.decision is Decision.DONE, promoted.message
    assert took(world) == USUAL
