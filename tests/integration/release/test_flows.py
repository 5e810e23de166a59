"""Releases in the ways in which people branch, from commits to a published version."""

import pytest

from integration.release.world import World
from shipway.domain.state import State


@pytest.mark.requirement("REL-1", "REL-2", "REL-5")
def test_a_maintenance_line_is_released_from_its_own_branch(world: World) -> None:
    world.git("checkout", "--quiet", "-b", "1.x", "v1.0.0")
    world.commit("fix: greet as before")

    assert world.release().version == "1.0.1"
    assert world.request("GET", "/pulls/1")["base"]["ref"] == "1.x"
    world.approve()
    done = world.release()

    assert (done.state, done.tag) == (State.COMPLETED, "v1.0.1")
    world.git("fetch", "--quiet")
    assert 'version = "1.0.1"' in world.git("show", "origin/1.x:pyproject.toml")
    assert 'version = "1.0.0"' in world.git("show", "origin/main:pyproject.toml")


@pytest.mark.requirement("REL-1", "REL-4")
def test_a_prerelease_is_marked_as_one(world: World) -> None:
    world.release("2.0.0-rc.1")
    world.approve()

    assert world.release("2.0.0-rc.1").tag == "v2.0.0-rc.1"
    assert world.request("GET", "/releases/tags/v2.0.0-rc.1")["prerelease"] is True


@pytest.mark.requirement("REL-5")
@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_every_way_to_merge(world: World, method: str) -> None:
    configured = (world.clone / ".github/shipway.yml").read_text() + f"  merge: {method}\n"
    world.commit("chore: configure", {".github/shipway.yml": configured})
    world.release()
    world.approve()
    assert world.release().state is State.COMPLETED
