"""Seconds in the configuration, as numbers and as people write lengths of time."""

import pytest

from shipway.config import SECONDS, SECONDS_OF, read_policy, schema
from shipway.errors import UsageError

pytestmark = pytest.mark.requirement("PRO-3", "GATE-5")

PLACES = {
    "deploy": "environments: {dev: {deploy: {timeout: %s}}}",
    "gate": "gates: {unit: {command: [make], timeout: %s}}",
    "pause": "gates: {unit: {command: [make], retry-after: %s}}",
    "metric": "gates: {load: {metric: {url: 'https://load.example', at-most: 1, timeout: %s}}}",
    "signal": "gates: {load: {signals: {metrics: {a: {url: 'https://a.example', at-most: 1, timeout: %s}}}}}",
    "looks": "gates: {load: {signals: {metrics: {a: {url: 'https://a.example', at-most: 1}}, every: %s}}}",
}


def seconds(place: str, written: str) -> float | None:
    """What is understood."""
    policy = read_policy(PLACES[place] % written)
    if place == "deploy":
        return policy.environments["dev"].deploy.timeout
    (gate,) = policy.gates.values()
    if place == "metric":
        return gate.metric.timeout if gate.metric else None
    if gate.signals:
        return gate.signals.metrics["a"].timeout if place == "signal" else gate.signals.every
    return gate.timeout if place == "gate" else gate.retry_after


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("written", "wanted"), [("90", 90), ("1.5", 1.5), ("90s", 90), ("5m", 300), ("2m30s", 150), ("0.5", 0.5)]
)
def test_seconds_are_numbers_or_lengths_of_time(place: str, written: str, wanted: float) -> None:
    assert seconds(place, written) == wanted


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("written", ["soon", "'5'", "5 m", "''", "true"])
def test_what_is_no_length_of_time_is_refused(place: str, written: str) -> None:
    with pytest.raises(UsageError, match="must be seconds, or a length of time such as 5m, not"):
        read_policy(PLACES[place] % written)


def test_hours_are_understood() -> None:
    assert (seconds("deploy", "2h"), seconds("gate", "1h30m")) == (7200, 5400)


def test_no_time_at_all_is_refused_as_before() -> None:
    with pytest.raises(UsageError, match=r"`environments\.dev\.deploy\.timeout` must be more than 0 seconds"):
        seconds("deploy", "0s")


def test_editors_take_both() -> None:
    for record, key in SECONDS_OF:
        kinds = {one["type"] for one in schema()["$defs"][record]["properties"][key]["anyOf"]}
        assert {"number", "string"} <= kinds
    assert {place[-1] for place in SECONDS} == {key for _, key in SECONDS_OF}
