"""How many requests a release takes of GitHub's API, counted where they arrive."""

import subprocess
import sys
from pathlib import Path

import pytest
from twin_project import QUIET

from integration.comments.conversation import NOON, Clock, begin
from integration.delivery.commands import Command
from integration.deploy.stage import WORKFLOW
from integration.hotfix import hotfixes
from integration.release.world import World, clone_of, make_source, settle_people
from shipway.bootstrap.environment import Environment, Watchers
from shipway.bootstrap.release import Asked, run_release
from shipway.twin.behaviour import environments
from shipway.twin.server import Twin

sys.path.append(str(Path(__file__).parents[2]))
from bench.comment_requests import BUDGET as COMMENT_BUDGET
from bench.request_world import NAME, Grower, Shape, asked, merge_open_pull
from bench.requests import BUDGET, PHASES

SMALL = Shape(30, squashed=True, old_pulls=30)
LARGE = Shape(500, squashed=True, old_pulls=100)
TWO_ENVIRONMENTS = (
    'environments: {staging: {deploy: {command: ["true"]}}, production: {deploy: {command: ["true"]}}}'
)


def counted(folder: Path, shape: Shape, configuration: str = "") -> tuple[dict[str, int], dict[str, int]]:
    """The API requests of each phase, of the first release and of one after it."""
    with Twin() as twin:
        grower = Grower(twin, configuration)
        grower.begin(shape.old_pulls)
        grower.grow(1, squashed=False)
        clone = folder / "clone"
        subprocess.run(["git", "clone", "--quiet", f"{twin.url}/{NAME}.git", clone], check=True)
        first = _phases(twin, grower, clone)
        grower.grow(shape.commits, squashed=shape.squashed)
        return first, _phases(twin, grower, clone)


def _phases(twin: Twin, grower: Grower, clone: Path) -> dict[str, int]:
    environment = Environment.read({**twin.environment(grower.token), "GITHUB_REPOSITORY": NAME})
    found = {}
    for phase in PHASES:
        if phase == "update":
            grower.grow(2, squashed=False)
        if phase == "publish":
            merge_open_pull(twin)
        before = len(twin.journal.requests)
        outcome = run_release(Asked("auto", repo=clone), environment, Watchers())
        assert outcome.exit_code == (0 if phase == "publish" else 3), outcome.message
        found[phase] = asked(twin, before)["api"]
    return found


@pytest.fixture(autouse=True)
def _quiet_git(monkeypatch):
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)


@pytest.mark.requirement("PERF-2", "PERF-5")
def test_a_release_keeps_to_its_budget_and_does_not_grow_with_the_repository(tmp_path):
    (tmp_path / "small").mkdir()
    (tmp_path / "large").mkdir()
    first, later = counted(tmp_path / "small", SMALL)
    assert {phase: count for phase, count in later.items() if count > BUDGET[phase]} == {}
    assert first["open"] <= BUDGET["open"] + 3  # the ledger's branch is made
    assert {phase: first[phase] for phase in PHASES[1:]} == {phase: later[phase] for phase in PHASES[1:]}
    assert counted(tmp_path / "large", LARGE)[1] == later


@pytest.mark.requirement("PERF-2")
def test_each_environment_adds_three_requests(tmp_path):
    (tmp_path / "without").mkdir()
    (tmp_path / "with").mkdir()
    shape = Shape(2, squashed=False, old_pulls=0)
    without = counted(tmp_path / "without", shape)[1]
    with_two = counted(tmp_path / "with", shape, TWO_ENVIRONMENTS)[1]
    assert with_two == {**without, "publish": without["publish"] + 2 * 3}


@pytest.mark.requirement("PERF-2", "HOT-1")
def test_a_hotfix_keeps_to_its_budget(tmp_path, record_property):
    source = make_source(tmp_path / "source", hotfixes.HOTFIX_FILES)
    with Twin(clock=Clock(NOON)) as twin:
        token = settle_people(twin, source)
        world = World(twin, clone_of(twin, token, tmp_path / "clone"), token)
        Command("lock", {"environment": "staging", "reason": "first"}).run(
            world.clone, world.environment(), 1
        )
        Command("lock", {"environment": "staging", "reason": "done", "unlock": True}).run(
            world.clone, world.environment(), 2
        )
        counts = {"begin": _asked(world, hotfixes.begin)}  # the ledger's branch is there
        hotfixes.fix(world)
        counts["open"] = _asked(world, hotfixes.hotfix)
        world.approve()
        counts["publish"] = _asked(world, hotfixes.hotfix)
    assert counts == HOTFIX_BUDGET
    record_property("counted", f"{counts} requests of a hotfix")


HOTFIX_BUDGET = {"begin": 4, "open": 9, "publish": 20}


def _asked(world, step):
    before = len(world.calls())
    outcome = step(world)
    assert outcome.exit_code in {0, 3}, outcome.message
    return len(world.calls()) - before


DISPATCHED = """
environments:
  dev: {deploy: {workflow: deploy.yml}}
"""


@pytest.mark.requirement("PERF-2", "FACE-1")
def test_a_comment_is_seen_with_the_second_request_and_starts_its_run_within_eight(tmp_path, record_property):
    with Twin(clock=Clock(NOON)) as twin:
        talk = begin(tmp_path, twin, DISPATCHED, {".github/workflows/deploy.yml": WORKFLOW})
        with twin.world.locked():
            environments.ensure(twin.world, twin.world.repository(NAME) or {}, "dev")
        talk.open("topic")
        talk.say("/lock dev --reason first --for 1h")
        talk.obey()  # the ledger's branch is made
        talk.say("/unlock dev --reason done")
        talk.obey()
        talk.say("/promote 1.0.0 dev")
        before = len(talk.requests())
        outcome = talk.obey()
        assert outcome.to_json()["reason_code"] == "dispatched"
        asked = talk.requests()[before:]
        assert asked[1] == "mutation Together addReaction reaction"
        assert len(asked) <= COMMENT_BUDGET, asked
        record_property("counted", f"{len(asked)} requests from a comment to the run that it starts")
