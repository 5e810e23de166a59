"""What people add to a release: their notes, milestones, reviewers and files to attach."""

from pathlib import Path

import pytest
import requests

from contract.plugin import Contract
from integration.release.refusals import said
from integration.release.world import CONFIGURATION, FILES, NAME, World, clone_of, git, settle_people, write
from shipway.domain.state import State
from shipway.twin import admin
from shipway.twin.server import Twin

ASSETS = {
    "dist/a.txt": "first\n",
    "dist/b c.txt": "second\n",
    "dist/d.txt": "third\n",
    "dist/hello.txt": "hello\n",
}
UPLOADED = {Path(path).name.replace(" ", "."): text for path, text in ASSETS.items()}


def attached(world: World) -> dict[str, str]:
    """Name → text of what is attached to the release, as people download it."""
    release = world.request("GET", "/releases/tags/v1.1.0")
    assert not release["draft"]
    return {
        asset["name"]: requests.get(
            asset["url"],
            headers={"Authorization": f"Bearer {world.token}", "Accept": "application/octet-stream"},
            timeout=30,
        ).text
        for asset in release["assets"]
    }


@pytest.mark.requirement("CHG-4")
def test_notes_written_by_hand_take_the_place_of_ours(world: World, tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("Bonjour, at last.\n")
    world.release(notes_file=notes)
    assert "Bonjour, at last." in world.request("GET", "/pulls/1")["body"]
    world.approve()

    assert world.release(notes_file=notes).notes == "Bonjour, at last."

    world.git("fetch", "--quiet")
    changelog = world.git("show", "origin/main:CHANGELOG.md")
    body = world.request("GET", "/releases/tags/v1.1.0")["body"]
    for text in (changelog, body):
        assert "Bonjour, at last." in text
        assert "greet in French" not in text


@pytest.mark.requirement("FAIL-1", "FAIL-2")
def test_half_an_asset_is_replaced(world: World, contract: Contract) -> None:
    world.release()
    world.approve()
    world.twin.faults.add("reset-during", {"path": "/assets$"})

    done = world.release()

    assert (done.state, done.release_url) == (State.COMPLETED, f"{world.twin.url}/{NAME}/releases/tag/v1.1.0")
    assert attached(world) == {"hello.txt": "hello\n"}
    assert world.moves.count("UploadAsset") == 2
    effects = [one.effect for one in world.twin.journal.entries() if one.effect.startswith("asset.")]
    assert effects == ["asset.broken", "asset.deleted", "asset.uploaded"]
    # GitHub's description lists the states `uploaded` and `open`, its documentation names `starter`
    assert contract.problems
    contract.problems.clear()


@pytest.mark.requirement("CHG-4", "REL-1")
def test_a_repository_without_conventional_commits_gets_a_plain_changelog(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    git(source, "init", "--quiet", "--initial-branch=main")
    for number, message in enumerate(["Begin", "Greet in French", "Greet once"]):
        write(source, FILES if number == 0 else {"hello.txt": message})
        git(source, "add", "--all")
        git(source, "commit", "--quiet", "--message", message)
        if number == 0:
            git(source, "tag", "v1.0.0")
    with Twin() as twin:
        token = settle_people(twin, source)
        world = World(twin, clone_of(twin, token, tmp_path / "clone"), token)
        world.release()
        world.approve()
        done = world.release()
        world.git("fetch", "--quiet")
        changelog = world.git("show", "origin/main:CHANGELOG.md")

    assert (done.state, done.tag) == (State.COMPLETED, "v1.0.1")
    (warning,) = done.warnings
    assert warning == (
        "None of the 2 commits since v1.0.0 follows Conventional Commits: "
        "the next version is a patch, and the changelog lists every commit."
    )
    assert "Greet in French" in changelog
    assert "Greet once" in changelog


@pytest.mark.requirement("PR-3")
def test_a_milestone_is_set_where_it_exists(world: World) -> None:
    world.request("POST", "/milestones", {"title": "1.1.0"})

    world.release()

    assert world.request("GET", "/pulls/1")["milestone"]["title"] == "1.1.0"


@pytest.mark.requirement("PR-3")
def test_a_milestone_that_comes_later_is_set_and_that_of_people_stays(world: World) -> None:
    world.release()
    world.request("POST", "/milestones", {"title": "1.1.0"})
    world.release()
    first = world.request("GET", "/pulls/1")["milestone"]["title"]
    other = world.request("POST", "/milestones", {"title": "autumn"})["number"]
    world.request("PATCH", "/issues/1", {"milestone": other})
    moves = len(world.moves)

    world.release()

    assert first == "1.1.0"
    assert world.request("GET", "/pulls/1")["milestone"]["title"] == "autumn"
    assert world.moves[moves:] == ["Wait"]


@pytest.mark.requirement("PR-3")
def test_reviewers_of_the_policy_are_asked_once(world: World) -> None:
    with world.twin.world.locked():
        admin.create_team(world.twin.world, "octo-org", "core", ("reviewer",), {NAME: "write"})
        admin.add_collaborator(world.twin.world, NAME, "colleague")
    policy = f"{CONFIGURATION}  reviewers: [colleague, octo-org/core]\n"
    world.commit("chore: configure", {".github/shipway.yml": policy})
    world.release()
    pull = world.request("GET", "/pulls/1")
    assert [user["login"] for user in pull["requested_reviewers"]] == ["colleague"]
    assert [team["slug"] for team in pull["requested_teams"]] == ["core"]
    world.approve(login="colleague")

    assert world.release().state is State.COMPLETED
    assert world.moves.count("AskReviewers") == 1


@pytest.mark.requirement("DEP-1")
def test_several_files_are_attached(world: World) -> None:
    world.commit("build: add files", ASSETS)
    world.release()
    world.approve()

    assert world.release().state is State.COMPLETED
    assert attached(world) == UPLOADED


@pytest.mark.requirement("DEP-1", "FAIL-1")
@pytest.mark.parametrize("fault", ["error-before", "error-after", "reset-before", "reset-after"])
@pytest.mark.parametrize("upload", [1, 2, 3, 4])
def test_an_upload_that_broke_off_is_repeated_or_found(world: World, fault: str, upload: int) -> None:
    world.commit("build: add files", ASSETS)
    world.release()
    world.approve()
    world.twin.faults.add(fault, {"method": "POST", "path": r"/releases/\d+/assets", "nth": upload})

    done = world.release()

    assert (done.state, world.twin.faults.armed) == (State.COMPLETED, [])
    assert attached(world) == UPLOADED


@pytest.mark.requirement("DEP-1", "FAIL-4")
@pytest.mark.parametrize(
    ("files", "what"),
    [
        (
            {"dist/b/hello.txt": "again\n"},
            "Several assets are called hello.txt, one of them dist/b/hello.txt",
        ),
        ({"dist/nothing.txt": ""}, "The asset dist/nothing.txt is empty"),
    ],
)
def test_assets_that_github_would_not_take_are_refused_before_anything_is_written(
    world: World, files: dict[str, str], what: str
) -> None:
    write(world.clone, {**files, ".github/shipway.yml": "release: {assets: ['dist/**/*.txt']}\n"})
    world.git("add", "--all")
    world.git("commit", "--quiet", "--message", "build: more files")
    world.git("push", "--quiet", "origin", "HEAD")
    before = world.canonical()

    refused = said(world.release)

    assert (refused.code, refused.exit_code) == ("asset-unfit", 1)
    assert refused.message == f"{what}; GitHub does not take that."
    assert world.canonical() == before
