"""Releases in the ways in which people branch, from commits to a published version."""

import pytest

from integration.release.refusals import said
from integration.release.world import World
from shipway.domain.outcome import Decision
from shipway.domain.state import State


def configure(world: World, line: str) -> None:
    """Add a line to what is configured under `release:`."""
    configured = (world.clone / ".github/shipway.yml").read_text() + f"  {line}\n"
    world.commit("chore: configure", {".github/shipway.yml": configured})


def files_of(world: World, branch: str) -> set[str]:
    """Names of the files that a branch has on GitHub."""
    world.git("fetch", "--quiet", "--tags", "origin")
    return set(world.git("ls-tree", "-r", "--name-only", f"origin/{branch}").splitlines())


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
    configure(world, f"merge: {method}")
    world.release()
    world.approve()
    assert world.release().state is State.COMPLETED


@pytest.mark.requirement("REL-5", "DEP-1")
@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_git_flow_freezes_a_release_and_merges_it_back(world: World, method: str) -> None:
    configure(world, f"merge: {method}")
    world.git("checkout", "--quiet", "-b", "develop")
    world.commit("feat: greet in German", {"german.txt": "hallo\n"})
    assert world.release().version == "1.1.0"
    pull = world.request("GET", "/pulls/1")
    assert (pull["base"]["ref"], pull["head"]["ref"]) == ("main", "release/1.1.0")
    world.commit("feat: greet in Spanish", {"spanish.txt": "hola\n"})
    assert world.release("1.1.0").decision is Decision.WAITING
    assert world.request("GET", "/pulls/1")["head"]["sha"] == pull["head"]["sha"]
    world.approve()

    done = world.release("1.1.0")

    assert (done.state, done.tag) == (State.COMPLETED, "v1.1.0")
    assert files_of(world, "main") & {"german.txt", "spanish.txt"} == {"german.txt"}
    assert files_of(world, "develop") >= {"german.txt", "spanish.txt"}
    assert world.git("rev-parse", "v1.1.0^{commit}") == world.git("rev-parse", "origin/main")
    world.git("merge-base", "--is-ancestor", "v1.1.0", "origin/develop")
    assert world.moves.count("MergeBack") == 1


@pytest.mark.requirement("REL-2", "REL-5")
@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_git_flow_counts_on_from_what_was_released(world: World, method: str) -> None:
    configure(world, f"merge: {method}")
    world.git("checkout", "--quiet", "-b", "develop")
    world.commit("feat: greet in German", {"german.txt": "hallo\n"})
    world.release()
    world.commit("fix: greet in Spanish", {"spanish.txt": "hola\n"})
    world.approve()
    assert world.release("1.1.0").tag == "v1.1.0"

    following = world.release()

    assert (following.version, following.previous_tag) == ("1.1.1", "v1.1.0")
    assert "Spanish" in following.notes
    assert "German" not in following.notes


@pytest.mark.requirement("REL-5")
def test_git_flow_is_finished_after_develop_has_moved_on(world: World) -> None:
    world.git("checkout", "--quiet", "-b", "develop")
    world.commit("feat: greet in German", {"german.txt": "hallo\n"})
    world.release()
    world.commit("feat!: greet in Latin only", {"latin.txt": "salve\n"})
    world.approve()
    world.request("PUT", "/pulls/1/merge", {"merge_method": "merge"})

    assert world.release().tag == "v1.1.0"
    assert world.release().version == "2.0.0"


@pytest.mark.requirement("REL-5")
def test_trunk_based_is_recognised_by_release_branches_that_stay(world: World) -> None:
    kept = world.git("rev-parse", "v1.0.0^{commit}")
    world.git("push", "--quiet", "origin", f"{kept}:refs/heads/release/1.0")

    assert world.release().version == "1.1.0"
    assert world.request("GET", "/pulls/1")["base"]["ref"] == "main"
    world.commit("fix: greet politely", {"polite.txt": "please\n"})
    world.release()
    world.approve()
    done = world.release()

    assert (done.state, done.tag) == (State.COMPLETED, "v1.1.0")
    assert "polite" in done.notes
    assert "polite.txt" in files_of(world, "main")
    assert world.git("rev-parse", "origin/release/1.0") == kept


@pytest.mark.requirement("REL-5", "FAIL-1")
def test_git_flow_goes_on_after_a_conflict_with_develop_was_settled_by_hand(world: World) -> None:
    world.git("checkout", "--quiet", "-b", "develop")
    world.commit("feat: greet in German", {"german.txt": "hallo\n"})
    world.release()
    world.approve()
    world.commit("fix: name it", {"pyproject.toml": '[project]\nname = "hi"\nversion = "1.0.0.dev1"\n'})

    refused = said(lambda: world.release("1.1.0"))

    world.git("fetch", "--quiet", "--tags", "origin")
    tagged = world.git("rev-parse", "v1.1.0^{commit}")[:10]
    assert (refused.code, refused.message) == ("merge-conflict", f"{tagged} conflicts with branch develop.")
    assert refused.next_step == (
        f"Merge by hand and push: git switch develop && git merge {tagged} && git push"
    )
    world.git("merge", "--quiet", "--strategy-option=ours", "v1.1.0")
    world.git("push", "--quiet", "origin", "develop")
    done = world.release("1.1.0")

    assert (done.state, done.tag) == (State.COMPLETED, "v1.1.0")
