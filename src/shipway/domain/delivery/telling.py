"""What deployers are told besides the version: what was there before, and on the way back how versions take over."""

from shipway.domain.delivery.strategy import Step, idle_colour, strategy_of
from shipway.domain.delivery.way_back import verified_besides
from shipway.domain.policy import Policy
from shipway.domain.standing import Standing


def told_going_back(standing: Standing, policy: Policy, environment: str, version: str) -> dict[str, str]:
    """What the deployer of a rollback is told: everything goes to the version that comes back, where it was."""
    strategy = strategy_of(policy, environment)
    if not strategy.name:
        return {}
    told = {
        "SHIPWAY_STRATEGY": strategy.name,
        "SHIPWAY_STEP": Step.BACK.value,
        "SHIPWAY_WEIGHT": "100",
    }
    if strategy.blue_green is None:
        return told
    there = standing.verification(version)
    other = idle_colour(strategy.blue_green, standing.colour) if standing.colour else ""
    return {
        **told,
        "SHIPWAY_COLOUR": (there.colour if there else "") or other or strategy.blue_green.colours[0],
    }


def told_before(standing: Standing, version: str) -> dict[str, str]:
    """What every deployer is told of what was there before."""
    before = verified_besides(standing, version)
    return {"SHIPWAY_PREVIOUS_VERSION": before[-1].version} if before else {}
