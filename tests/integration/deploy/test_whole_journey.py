"""From a comment to production and back, with a reviewer and a canary on the way; and with a job lost at each step.

Each job is lost before it begins, and killed before and after each of its writes. Then somebody does what is natural:
starts the job again, at once or once the others are over; gives the same command again; or only the sweep comes by.
Where it leads is where it leads when nothing is lost. The sweep is lost on the way as well, and two jobs of one
journey. A sample is taken unless SHIPWAY_ALL_LOSSES is set.
"""

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from integration.deploy.journey_world import Death, Job, Workers, before_the_journey, where
from integration.release.sweep import Stage
from integration.release.world import World
from shipway.twin.server import Twin

ALL = bool(os.environ.get("SHIPWAY_ALL_LOSSES"))
Note = Callable[[str, object], None]


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
    """Where a leg leads, and its jobs."""

    end: Mapping[str, Any]
    jobs: list[Job]


@pytest.fixture(scope="module")
def known(number: int, stage: Stage) -> Known:
    """The leg when nothing dies."""
    return played(stage, (), partial(undisturbed, leg=LEGS[number]))


def played(stage: Stage, deaths: tuple[Death, ...], act: Callable[[Workers], None]) -> Known:
    """Play on a copy; gives where it has led."""
    found: list[Known] = []

    def play(world: World) -> None:
        workers = Workers(world, deaths)
        act(workers)
        found.append(Known(where(workers), workers.jobs))

    whole = stage.play(play).whole
    (known,) = found
    return Known({**known.end, "sound": '"flaws": []' in whole}, known.jobs)


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
    for _ in workers.deaths:
        workers.again()
        workers.deploy()
    workers.again()
    workers.deploy()


def job_again_later(workers: Workers, leg: Leg) -> None:
    """`Re-run jobs` once everything that was started is over."""
    workers.comment(leg.body)
    workers.deploy()
    for _ in workers.deaths:
        workers.again()
        workers.deploy()


def command_again(workers: Workers, leg: Leg) -> None:
    """The same comment again; what GitHub shows of a job that died after its last word is for the sweep."""
    for _ in (*workers.deaths, leg):
        workers.comment(leg.body)
        workers.deploy()
    assert reached(workers, leg) or len(workers.deaths) > 1
    workers.sweep()


def swept(workers: Workers, leg: Leg) -> None:
    """The sweep comes by once more than is lost. What had not begun is over then, and the same comment begins it."""
    workers.comment(leg.body)
    workers.deploy()
    for _ in (*workers.deaths, leg):
        workers.sweep()
        workers.deploy()
    if not reached(workers, leg):
        assert at_rest(where(workers))
        workers.comment(leg.body)
        workers.deploy()


def at_rest(end: Mapping[str, Any]) -> bool:
    """Whether what stands verified in production is what was deployed there last, as before the leg."""
    unsettled = [*end["left"], *end["open"], *end["under way"], *end["calls"]]
    stands = [end["verified"][-1][0], "100"]
    return not unsettled and end["standing"] == 1 and end["deployed last"].split()[1:] in ([], stands)


WAYS = {
    "job again": job_again,
    "job again later": job_again_later,
    "command again": command_again,
    "sweep": swept,
}


def deaths(jobs: list[Job], after: int = 0, workflow: str = "") -> list[Death]:
    """Every job before it begins, and before and after each of its writes.

    Args:
        after: Only jobs after so many.
        workflow: Only those of one.
    """
    return [
        Death(job, number, moment)
        for job, one in enumerate(jobs, start=1)
        for number, call in enumerate(["lost before it begins", *one.calls])
        for moment in (("kill-before", "kill-after") if number else ("kill-before",))
        if job > after and workflow in one.workflow and not call.startswith(("GET", "query"))
    ]


def sample(points: list[Death], way: str) -> list[Death]:
    """Each point in one of the ways; in all of them where that is asked for."""
    number = [*WAYS].index(way)
    return points if ALL else points[number :: len(WAYS)]


@pytest.mark.requirement("FAIL-1", "DEP-5", "FACE-1", "RBK-3")
@pytest.mark.parametrize("way", WAYS)
def test_a_job_lost_at_every_step(
    number: int, way: str, stage: Stage, known: Known, record_property: Note
) -> None:
    points = sample(deaths(known.jobs), way)
    act = partial(WAYS[way], leg=LEGS[number])
    ends = {death: played(stage, (death,), act).end for death in points}
    counted(record_property, {death: differing(end, known.end) for death, end in ends.items()})


def counted(record_property: Note, otherwise: Mapping[object, Mapping[str, Any]]) -> None:
    """Say how many points there were; none may have led elsewhere."""
    diverged = {point: what for point, what in otherwise.items() if what}
    record_property("fault_points", len(otherwise))
    record_property("diverged", len(diverged))
    assert diverged == {}


def differing(end: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """What is otherwise, and how it would be."""
    return {name: (end[name], known[name]) for name in known if end[name] != known[name]}


# --- with two lost


@pytest.mark.requirement("FAIL-1", "DEP-5", "RBK-3")
def test_the_sweep_lost_at_every_step_as_well(
    number: int, stage: Stage, known: Known, record_property: Note
) -> None:
    """After each loss that gives it something else to do, the sweep is lost before and after each of its writes."""
    act, first = partial(swept, leg=LEGS[number]), deaths(known.jobs)
    tried = first if ALL else [random(number).choice(deaths(known.jobs, after=1))]
    plays = {one: played(stage, (one,), act).jobs for one in tried}
    unlike = {str(swept_in(jobs)): one for one, jobs in plays.items()}
    second = {one: deaths(plays[one], one.job, "sweep.yml") for one in unlike.values()}
    pairs = [(one, two) for one, swept_at in second.items() for two in swept_at if two.request]
    assert pairs
    ends = {pair: played(stage, pair, act).end for pair in (pairs if ALL else pairs[:1])}
    counted(record_property, {pair: differing(end, known.end) for pair, end in ends.items()})


def swept_in(jobs: list[Job]) -> list[list[str]]:
    """What the sweeps ask of GitHub."""
    return [job.calls for job in jobs if job.workflow == "sweep.yml"]


@pytest.mark.requirement("FAIL-1", "DEP-5", "FACE-1", "RBK-3")
def test_two_jobs_lost(number: int, stage: Stage, known: Known, record_property: Note) -> None:
    """At any two steps, and in any of the ways."""
    chance, leg = random(number), LEGS[number]
    otherwise: dict[object, dict[str, Any]] = {}
    for _ in range(25 if ALL else 1):
        way = chance.choice([*WAYS])
        act, one = partial(WAYS[way], leg=leg), chance.choice(deaths(known.jobs))
        two = chance.choice(deaths(played(stage, (one,), act).jobs, one.job) or [one])
        play = played(stage, (one, two), act)
        failed = _deploys(play, one) and _deploys(play, two) and has_failed(play.end, leg)
        otherwise[way, one, two] = {} if failed else differing(play.end, known.end)
    counted(record_property, otherwise)


def _deploys(play: Known, death: Death) -> bool:
    return play.jobs[death.job - 1].workflow == "deploy.yml"


def has_failed(end: Mapping[str, Any], leg: Leg) -> bool:
    """What a run that is lost twice leads to: the version has gone back; of a rollback, people are called."""
    if leg.body.startswith("/rollback"):
        settled = not [*end["left"], *end["open"], *end["under way"]]
        return settled and end["calls"] == ["P0: rollback of production to 1.0.0 failed"]
    return at_rest(end) and leg.body.split()[1] in end["held"]


def random(number: int) -> Random:
    """The same for each leg every time."""
    return Random(number)  # noqa: S311 - chooses what is tried
