"""Versions, branches, tags and pull requests that a release cannot have: nothing is written then."""

import pytest

from integration.release.refusals import Said, said
from integration.release.world import World

NO_RELEASE = "no release of Shipway made it."


@pytest.mark.requirement("REL-1", "FAIL-4")
@pytest.mark.parametrize(
    ("version", "rule"),
    [
        ("v2.5.0", "nothing stands before the first number, found 'v'"),
        ("2.5", "it has three numbers, the patch part is missing after '2.5'"),
        ("2.05.0", "numbers have no leading zero, found '05'"),
        ("latest", "the major part must be a number, found 'latest'"),
    ],
)
def test_what_is_no_version(world: World, version: str, rule: str) -> None:
    before = world.canonical()

    answer = said(lambda: world.release(version))

    assert answer == Said(
        "invalid-version",
        2,
        f"{version!r} is not a SemVer 2.0.0 version: {rule}.",
        "Write it as MAJOR.MINOR.PATCH, for example 2.5.0.",
    )
    assert world.canonical() == before


@pytest.mark.requirement("REL-1", "FAIL-4")
def test_a_version_that_is_not_higher(world: World) -> None:
    assert said(lambda: world.release("0.9.0")) == Said(
        "version-not-higher",
        2,
        "Version 0.9.0 is not higher than 1.0.0, the last release of the main line.",
        "Choose a higher one, for example 1.0.1.",
    )


@pytest.mark.requirement("REL-1", "REL-3", "CLI-1")
def test_a_tag_that_is_somebody_elses(world: World) -> None:
    commit = world.git("rev-parse", "v1.0.0^{commit}")
    assert said(lambda: world.release("1.0.0")) == Said(
        "tag-exists",
        10,
        f"Tag v1.0.0 exists already, on {commit[:10]}, and {NO_RELEASE}",
        "Choose a higher version, for example: shipway release 1.0.1",
    )


@pytest.mark.requirement("REL-1", "REL-2")
def test_a_version_outside_the_maintenance_line(world: World) -> None:
    world.git("push", "--quiet", "origin", "HEAD:refs/heads/1.x")
    world.git("checkout", "--quiet", "-b", "1.x")
    assert said(lambda: world.release("2.0.0")) == Said(
        "outside-line",
        2,
        "Version 2.0.0 does not belong to the line 1.x.",
        "Choose one of that line, for example 1.0.1.",
    )
    assert said(lambda: world.release("major")) == Said(
        "outside-line",
        2,
        "A major release would leave the line 1.x.",
        "Release minor here, or release major from the main line.",
    )


@pytest.mark.requirement("REL-3")
def test_branches_that_are_not_there(world: World) -> None:
    assert said(lambda: world.release(source="mian")) == Said(
        "source-branch-missing",
        2,
        "There is no source branch 'mian'.",
        "The nearest names are main; for example: --from main",
    )
    assert said(lambda: world.release(target="zzzzz")) == Said(
        "target-branch-missing",
        2,
        "There is no target branch 'zzzzz'.",
        "Push it first, or name one that exists: --to main",
    )


@pytest.mark.requirement("REL-3")
def test_a_branch_and_a_pull_request_that_are_somebody_elses(world: World) -> None:
    world.git("checkout", "--quiet", "-b", "release/1.1.0")
    world.commit("fix: mine")
    assert said(lambda: world.release("1.1.0", source="main")) == Said(
        "branch-exists",
        2,
        f"Branch release/1.1.0 exists already and {NO_RELEASE}",
        "Delete it, or choose another version: git push --delete origin release/1.1.0",
    )

    world.request("POST", "/pulls", {"title": "Mine", "head": "release/1.1.0", "base": "main"})
    assert said(lambda: world.release("1.1.0", source="main")) == Said(
        "pull-request-exists",
        2,
        f"Pull request #1 from release/1.1.0 is open and {NO_RELEASE}",
        "Close it, or choose another version.",
    )


@pytest.mark.requirement("REL-3", "FAIL-1")
def test_what_belongs_to_this_release_is_gone_on_with(world: World) -> None:
    first = world.release("1.1.0")
    before = world.canonical()

    again = world.release("1.1.0")

    assert (again.release_id, again.pull_request) == (first.release_id, first.pull_request)
    assert world.canonical() == before


@pytest.mark.requirement("REL-1")
def test_tags_that_are_no_versions_do_not_count(world: World) -> None:
    world.git("tag", "nightly")
    world.git("tag", "v9")
    world.git("push", "--quiet", "origin", "nightly", "v9")
    assert world.release(dry_run=True).version == "1.1.0"


@pytest.mark.requirement("REL-2")
def test_the_first_version(world: World) -> None:
    world.git("push", "--quiet", "--delete", "origin", "v1.0.0")
    world.git("tag", "--delete", "v1.0.0")
    assert world.release(dry_run=True).version == "0.1.0"
