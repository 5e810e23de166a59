"""What a version does to the numbers of an environment: it goes back by itself, or stays."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from integration.delivery.commands import EVENING
from integration.deploy.measured_service import Service, measured_service
from integration.deploy.strategy_world import deployed, good_before, promote
from integration.release.world import World
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.outcome import Decision
from shipway.twin.server import Twin
from shipway.twin.world import Clock

LATER = timedelta(minutes=5)
CONFIGURATION = """
gates:
  smoke: {command: ["true"]}
  errors: {metric: {url: "%(url)s?query=errors&time={time}", at-most: 0.01}, stages: [verification]}
  logs: {metric: {url: "%(url)s?query=logged&time={time}", at-most: 10}, stages: [verification]}
  performance: {metric: {url: "%(url)s?query=p95&time={time}", may-rise: 20%%}, stages: [verification]}
environments:
  production: {deploy: {command: [sh, -c, 'echo "$SHIPWAY_STAGE $SHIPWAY_VERSION" >> ../deployed']}}
rollback: {automatic: [smoke, errors, logs, performance]}
"""
SIGNALS = """
gates:
  smoke: {command: ["true"]}
  health:
    stages: [verification]
    signals:
      metrics:
        errors: {url: "%(url)s?query=errors&time={time}", may-rise: 10%%}
        p95: {url: "%(url)s?query=p95&time={time}", may-rise: 50%%}
environments:
  production: {deploy: {command: [sh, -c, 'echo "$SHIPWAY_STAGE $SHIPWAY_VERSION" >> ../deployed']}}
rollback: {automatic: [health]}
"""


@pytest.fixture
def service() -> Iterator[Service]:
    with measured_service() as service:
        yield service


@pytest.fixture
def world(tmp_path: Path, service: Service) -> Iterator[World]:
    """1.0.0 in production."""
    with Twin(clock=Clock(EVENING)) as twin:
        (tmp_path / "at").mkdir()
        clone = tmp_path / "at" / "clone"
        token = good_before(twin, clone, EVENING, CONFIGURATION % {"url": service.url})
        clone.with_name("deployed").unlink()
        service.asked.clear()
        yield World(twin, clone, token)


def brought_in(
    world: World, service: Service, configuration: str = CONFIGURATION, /, **numbers: list[float]
) -> DeliveryOutcome:
    """1.0.1, whose numbers are others, is promoted; its gates look five minutes after its deployment began."""
    service.deployed.append((EVENING, numbers))
    config = world.clone.with_name("config.yml")
    config.write_text(configuration % {"url": service.url})
    return promote("1.0.1", config=config).run(world.clone, world.environment(), 1, EVENING + LATER)


@pytest.mark.requirement("PRO-9", "RBK-3")
@pytest.mark.parametrize(
    ("numbers", "why"),
    [
        (
            {"p95": [0.3125]},
            "performance did not pass: 0.3125 is 25 % more than 0.25 before the deployment, and 20 % may be",
        ),
        ({"errors": [0.015]}, "errors did not pass: 0.015 is more than 0.01"),
        ({"logged": [11]}, "logs did not pass: 11 is more than 10"),
    ],
)
def test_a_version_that_does_worse_goes_back_by_itself(
    world: World, service: Service, numbers: dict[str, list[float]], why: str
) -> None:
    done = brought_in(world, service, **numbers)

    assert (done.decision, done.reason_code) == (Decision.REFUSED, "verification-failed")
    assert done.message == f"1.0.1 does not stay in production: {why}. production is back on 1.0.0."
    assert deployed(world) == ["verification 1.0.1", "rollback 1.0.0"]


@pytest.mark.requirement("PRO-9")
def test_one_that_does_a_little_worse_stays(world: World, service: Service) -> None:
    done = brought_in(world, service, p95=[0.2875], errors=[0.009], logged=[9])

    assert (done.decision, done.message) == (Decision.DONE, "1.0.1 is in production.")
    assert deployed(world) == ["verification 1.0.1"]
    now, before = int((EVENING + LATER).timestamp()), int(EVENING.timestamp())
    assert service.asked == [("errors", now), ("logged", now), ("p95", now), ("p95", before)]


@pytest.mark.requirement("PRO-9", "DEP-3")
def test_numbers_are_looked_at_while_a_version_takes_over_step_by_step(
    world: World, service: Service
) -> None:
    stepwise = CONFIGURATION.replace("stages: [verification]", "stages: [canary]").replace(
        "production: {", "production: {strategy: {canary: [5, 100]}, "
    )

    done = brought_in(world, service, stepwise, p95=[0.3125])

    assert done.message == (
        "1.0.1 does not stay in production: performance did not pass at 5 %: 0.3125 is 25 % more than 0.25 before "
        "the deployment, and 20 % may be. production is back on 1.0.0."
    )


@pytest.mark.requirement("PRO-9")
def test_one_that_still_stands_there_is_not_compared_with_itself(world: World, service: Service) -> None:
    by_people = CONFIGURATION.partition("rollback:")[0]
    brought_in(world, service, by_people, p95=[0.3125])
    world.twin.world.clock.advance(4 * LATER)
    again = promote("1.0.1", config=world.clone.with_name("config.yml")).run(
        world.clone, world.environment(), 2, EVENING + 5 * LATER
    )

    assert deployed(world) == ["verification 1.0.1", "verification 1.0.1"]
    assert "0.3125 is 25 % more than 0.25 before the deployment" in again.message


@pytest.mark.requirement("RBK-3")
@pytest.mark.parametrize(
    ("numbers", "why"),
    [
        (
            {"p95": [0.4], "errors": [0.0025]},
            (
                "2 bad at once: errors: 0.0025 is 25 % more than 0.002 before the deployment, and 10 % may be; "
                "p95: 0.4 is 60 % more than 0.25 before the deployment, and 50 % may be"
            ),
        ),
        (
            {"p95": [0.4]},
            "bad in 3 of 3 looks: p95: 0.4 is 60 % more than 0.25 before the deployment, and 50 % may be",
        ),
    ],
)
def test_two_signals_or_one_that_stays_take_a_version_out(
    world: World, service: Service, numbers: dict[str, list[float]], why: str
) -> None:
    done = brought_in(world, service, SIGNALS, **numbers)

    assert done.message == (
        f"1.0.1 does not stay in production: health did not pass: {why}. production is back on 1.0.0."
    )
    assert deployed(world) == ["verification 1.0.1", "rollback 1.0.0"]


@pytest.mark.requirement("RBK-3")
def test_a_signal_that_was_bad_for_a_moment_does_not(world: World, service: Service) -> None:
    done = brought_in(world, service, SIGNALS, p95=[0.4, 0.25])

    assert (done.decision, done.message) == (Decision.DONE, "1.0.1 is in production.")
    (health,) = (one for one in done.verdicts if one["gate"] == "health")
    assert (health["result"], health["summary"]) == ("warning", "every signal is within its bounds at look 2")
