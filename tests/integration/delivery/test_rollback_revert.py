"""A release that went into production by itself, is rolled back, and is reverted by a pull request."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.delivery.rollback_world import CONFIGURATION, ledger_file, promote, roll_back
from integration.release.world import FILES, NOON, World, clone_of, make_source, settle_people
from shipway.domain.outcome import Decision
from shipway.twin.server import Twin
from shipway.twin.world import Clock

pytestmark = pytest.mark.requirement("RBK-2")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Production holds 1.1.0, which came by a release, and held 1.0.0 before."""
    (tmp_path / "at").mkdir()
    source = make_source(tmp_path / "source", FILES | {".github/shipway.yml": CONFIGURATION})
    with Twin(clock=Clock(NOON)) as twin:
        token = settle_people(twin, source)
        world = World(twin, clone_of(twin, token, tmp_path / "at" / "clone"), token)
        promote(world, "1.0.0", "dev")
        promote(world, "1.0.0", "production", "dev")
        world.release("minor")
        world.approve()
        assert world.release("minor").decision is Decision.DONE
        yield world


def reverts(world: World) -> list[dict]:
    """Pull requests that revert the release."""
    return [
        row for row in world.request("GET", "/pulls?state=all") if row["head"]["ref"].startswith("revert-")
    ]


def test_the_release_is_reverted_once_and_its_report_says_so(world: World) -> None:
    before = len(world.calls())
    outcome = roll_back(world)
    assert len(world.calls()) - before == 10
    assert outcome.message == "production is back on 1.0.0."
    (pull,) = reverts(world)
    assert pull["title"] == "revert: release 1.1.0"
    assert pull["body"].startswith(
        "production was rolled back from 1.1.0 to 1.0.0. This takes back #1, so that"
    )
    assert outcome.facts["pull_request"] == {"number": pull["number"], "url": pull["html_url"]}
    page = ledger_file(world, outcome.facts["incident"])
    assert f"| Pull request that reverts it | [#{pull['number']}]({pull['html_url']}) |" in page
    roll_back(world)
    assert len(reverts(world)) == 1


@pytest.mark.requirement("FAIL-1")
def test_a_run_that_lost_the_answer_finds_the_pull_request(world: World) -> None:
    world.twin.faults.add("reset-after", {"operation": "revertPullRequest"})
    outcome = roll_back(world)
    (pull,) = reverts(world)
    assert outcome.facts["pull_request"]["number"] == pull["number"]
    assert (outcome.decision, outcome.warnings) == (Decision.DONE, ())


@pytest.mark.requirement("FAIL-3")
def test_a_revert_that_conflicts_is_a_warning(world: World) -> None:
    world.git("pull", "--quiet", "origin", "main")
    world.commit("docs: rewrite", {"CHANGELOG.md": "# Anew\n", "pyproject.toml": "[project]\n"})
    outcome = roll_back(world)
    assert (outcome.decision, outcome.facts["pull_request"], reverts(world)) == (Decision.DONE, None, [])
    assert outcome.warnings == (
        (
            "Could not open a pull request that reverts #1: GitHub refused: This pull request could not be reverted "
            "automatically."
        ),
    )


@pytest.mark.requirement("RBK-3")
def test_the_release_does_not_bring_it_back_by_itself(world: World) -> None:
    roll_back(world)
    world.release("1.1.0")
    assert [
        row["payload"]["version"] for row in world.request("GET", "/deployments?environment=production")
    ] == [
        "1.0.0",
        "1.1.0",
        "1.0.0",
    ]


def test_nothing_is_reverted_where_that_is_not_wanted(world: World) -> None:
    world.git("pull", "--quiet", "origin", "main")
    world.commit(
        "ci: do not revert", {".github/shipway.yml": f"{CONFIGURATION}\nrollback: {{revert: none}}\n"}
    )
    assert roll_back(world).facts["pull_request"] is None
    assert reverts(world) == []
