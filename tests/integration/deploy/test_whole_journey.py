"""From a comment to production and back, with a reviewer and a canary on the way."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from integration.deploy.journey_world import Death, Workers, before_the_journey, where
from integration.release.sweep import Stage
from integration.release.world import World
from shipway.twin.server import Twin


class Leg(NamedTuple):
    """A part of the journey.

    Attributes:
        body: The comment.
        stands: The version in production afterwards.
        held: The one that may not come in any more.
    """

    body: str
    stands: str
    held: str = ""


LEGS = (
    Leg("/promote 1.0.1 production", "1.0.0", "1.0.1"),
    Leg("/promote 1.1.0 production", "1.1.0"),
    Leg("/rollback production --reason errors", "1.0.0", "1.1.0"),
)


@pytest.fixture(scope="module", params=range(len(LEGS)), ids=["found bad", "goes well", "taken back"])
def number(request: pytest.FixtureRequest) -> int:
    """Of a leg."""
    return int(request.param)


@pytest.fixture(scope="module")
def stage(number: int, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """As it is before the leg, once for all points."""

    def prepare(twin: Twin, clone: Path) -> str:
        token = before_the_journey(twin, clone)
        for leg in LEGS[:number]:
            undisturbed(Workers(World(twin, clone, token)), leg)
        return token

    return Stage(tmp_path_factory.mktemp("journey"), prepare)


class Known(NamedTuple):
    """Where a leg leads when nothing dies, and what each of its jobs asks of GitHub."""

    end: Mapping[str, Any]
    calls: list[list[str]]


@pytest.fixture(scope="module")
def known(number: int, stage: Stage) -> Known:
    """The leg when nothing dies."""
    return played(stage, None, partial(undisturbed, leg=LEGS[number]))


def played(stage: Stage, death: Death | None, act: Callable[[Workers], None]) -> Known:
    """Play on a copy; gives where it has led."""
    found: list[Known] = []

    def play(world: World) -> None:
        workers = Workers(world, death)
        act(workers)
        found.append(Known(where(world), workers.calls))

    stage.play(play)
    return found[0]


def undisturbed(workers: Workers, leg: Leg) -> None:
    """The comment, its job, the job that it starts, and all that this one starts."""
    workers.comment(leg.body)
    workers.deploy()
    assert reached(workers, leg)


def reached(workers: Workers, leg: Leg) -> bool:
    """Whether there is nothing left to do: what people see who look."""
    standing = workers.runner.standing("production")
    held = {"", *(one["version"] for one in standing.get("holds", ()))}
    under_way = {"claim", "reverting"} & {*standing}
    return not under_way and standing["verified"][-1]["version"] == leg.stands and leg.held in held


@pytest.mark.requirement("FACE-1", "DEP-3", "RBK-3")
def test_it_leads_where_it_should(number: int, known: Known) -> None:
    leg = LEGS[number]
    end = known.end
    assert (end["verified"][-1][0], end["held"]) == (leg.stands, [leg.held] * bool(leg.held))
    assert (end["left"], end["open"], end["under way"], end["sound"]) == ([], [], [], True)
    assert end["tags"]["latest-production"] == end["tags"][f"v{leg.stands}"]
