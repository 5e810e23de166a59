"""From a comment to production and back, with a reviewer and a canary on the way; and with a job lost at each step.

Each job is lost before it begins, and killed before and after each of its writes. Then somebody does what is natural:
starts the job again, at once or once the others are over; gives the same command again; or only the sweep comes by.
Where it leads is where it leads when nothing is lost. A sample is taken unless SHIPWAY_ALL_LOSSES is set.
"""

import os
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
        found.append(Known(where(workers), workers.calls))

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
    assert (end["standing"], end["begun twice"], end["not answered once"], end["calls"]) == (1, [], [], [])
    assert end["tags"]["latest-production"] == end["tags"][f"v{leg.stands}"]


# --- with a job lost


def job_again(workers: Workers, leg: Leg) -> None:
    """`Re-run jobs` at once, before what was started goes on."""
    workers.comment(leg.body)
    workers.again()
    workers.deploy()
    workers.again()
    workers.deploy()


def job_again_later(workers: Workers, leg: Leg) -> None:
    """`Re-run jobs` once everything that was started is over."""
    workers.comment(leg.body)
    workers.deploy()
    workers.again()
    workers.deploy()


def command_again(workers: Workers, leg: Leg) -> None:
    """The same comment again; what GitHub shows of a job that died after its last word is for the sweep."""
    workers.comment(leg.body)
    workers.deploy()
    workers.comment(leg.body)
    workers.deploy()
    assert reached(workers, leg)
    workers.sweep()


def swept(workers: Workers, leg: Leg) -> None:
    """The sweep comes by, twice. What had not begun is over then, and the same comment begins it."""
    workers.comment(leg.body)
    workers.deploy()
    for _ in range(2):
        workers.sweep()
        workers.deploy()
    if not reached(workers, leg):
        assert at_rest(workers)
        workers.comment(leg.body)
        workers.deploy()


def at_rest(workers: Workers) -> bool:
    """Whether what stands verified in production is what was deployed there last, as before the leg."""
    end = where(workers)
    unsettled = [*end["left"], *end["open"], *end["under way"], *end["calls"]]
    stands = [end["verified"][-1][0], "100"]
    return not unsettled and end["standing"] == 1 and end["deployed last"].split()[1:] in ([], stands)


WAYS = {
    "job again": job_again,
    "job again later": job_again_later,
    "command again": command_again,
    "sweep": swept,
}


def deaths(known: Known) -> list[Death]:
    """Every job before it begins, and before and after each of its writes."""
    return [
        Death(job, number, moment)
        for job, calls in enumerate(known.calls, start=1)
        for number, call in enumerate(["lost before it begins", *calls])
        for moment in (("kill-before", "kill-after") if number else ("kill-before",))
        if not call.startswith(("GET", "query"))
    ]


def sample(points: list[Death], way: str) -> list[Death]:
    """Each point in one of the ways; in all of them where that is asked for."""
    number = [*WAYS].index(way)
    return points if os.environ.get("SHIPWAY_ALL_LOSSES") else points[number :: len(WAYS)]


@pytest.mark.requirement("FAIL-1", "DEP-5", "FACE-1", "RBK-3")
@pytest.mark.parametrize("way", WAYS)
def test_a_job_lost_at_every_step(
    number: int, way: str, stage: Stage, known: Known, record_property: Callable[[str, object], None]
) -> None:
    points = sample(deaths(known), way)
    ends = {death: played(stage, death, partial(WAYS[way], leg=LEGS[number])).end for death in points}
    otherwise = {death: differing(end, known.end) for death, end in ends.items() if end != known.end}
    record_property("fault_points", len(points))
    record_property("diverged", len(otherwise))
    assert otherwise == {}


def differing(end: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """What is otherwise, and how it would be."""
    return {name: (end[name], known[name]) for name in known if end[name] != known[name]}
