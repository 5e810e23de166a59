"""What the release commit and its notes hold."""

import base64

import pytest

from integration.release.world import FILES, World
from shipway.errors import InputError


def configured(world: World, text: str, files: dict[str, str]) -> None:
    """Push a configuration and files, with line ends as they stand."""
    for name, content in files.items():
        (world.clone / name).write_bytes(content.encode())
    world.commit("ci: configure", {**FILES, ".github/shipway.yml": text})


def shown(world: World, path: str) -> bytes:
    """A file of the release branch."""
    world.git("fetch", "--quiet", "origin")
    url = f"/contents/{path}?ref=release/1.1.0"

    return base64.b64decode(world.request("GET", url)["content"])


@pytest.mark.requirement("REL-4")
def test_version_files_are_named_by_path_or_pattern_and_keep_their_line_ends(world: World) -> None:
    configured(
        world,
        "release: {version-files: ['about.py', 'app.yaml =~ app:(?P<version>[0-9.]+)']}",
        {"about.py": '__version__ = "1.0.0"\r\n# end\r\n', "app.yaml": "kind: App\r\nimage: app:1.0.0\r\n"},
    )

    world.release()

    assert shown(world, "about.py") == b'__version__ = "1.1.0"\r\n# end\r\n'
    assert shown(world, "app.yaml") == b"kind: App\r\nimage: app:1.1.0\r\n"
    assert b'version = "1.1.0"' in shown(world, "pyproject.toml")


@pytest.mark.requirement("REL-4")
def test_several_patterns_may_meet_in_one_file(world: World) -> None:
    patterns = "['app.txt =~ ^one (?P<version>.+)$', 'app.txt =~ ^two (?P<version>.+)$']"
    configured(world, f"release: {{version-files: {patterns}}}", {"app.txt": "one 1.0.0\ntwo 1.0.0\n"})

    world.release()

    assert shown(world, "app.txt") == b"one 1.1.0\ntwo 1.1.0\n"


@pytest.mark.requirement("REL-4")
def test_a_misspelt_version_file_is_refused(world: World) -> None:
    configured(world, "release: {version-files: [abuot.py]}", {"about.py": '__version__ = "1.0.0"\n'})

    with pytest.raises(InputError) as refused:
        world.release()

    assert refused.value.message == (
        "The version file abuot.py is not in the repository. Did you mean about.py?"
    )
    assert "CutBranch" not in world.moves


@pytest.mark.requirement("CHG-2")
def test_who_contributes_for_the_first_time_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Review Er")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "reviewer@users.noreply.github.com")
    world.git("switch", "--quiet", "--create", "topic")
    world.commit("feat: greet in Dutch")
    pull = {"title": "feat: greet in Dutch", "head": "topic", "base": "main"}
    number = world.request("POST", "/pulls", pull, world.token_of("reviewer"))["number"]
    world.request("PUT", f"/pulls/{number}/merge", {"merge_method": "merge"})
    world.git("switch", "--quiet", "main")
    world.git("pull", "--quiet")

    outcome = world.release()

    assert "First contribution:" in outcome.notes
    assert "reviewer" in outcome.notes.partition("First contribution:")[2]


@pytest.mark.requirement("CHG-3")
def test_what_people_wrote_under_unreleased_stands_wherever_the_notes_do(world: World) -> None:
    by_hand = "# Changelog\n\n## Unreleased\n\nThanks to all who tried it.\n\n## 1.0.0\n\n- First.\n"
    world.commit("docs: say thanks", {"CHANGELOG.md": by_hand})

    world.release()

    body = world.request("GET", "/pulls/1")["body"]
    assert "Thanks to all who tried it.\n\n### Features" in body
    assert shown(world, "CHANGELOG.md").count(b"Thanks to all who tried it.") == 1
    world.approve()
    outcome = world.release()
    assert outcome.notes.startswith("Thanks to all who tried it.\n\n### Features")
    assert world.request("GET", "/releases/tags/v1.1.0")["body"].startswith("Thanks to all who tried it.")


@pytest.mark.requirement("PR-1")
def test_the_picture_of_the_deployments_branches_as_the_pipeline_does(world: World) -> None:
    deployed = "deploy: {command: ['true']}"
    environments = f"  dev: {{{deployed}}}\n" + "".join(
        f"  {name}: {{after: {before}, {deployed}}}\n"
        for name, before in (("eu", "dev"), ("us", "dev"), ("all", "[eu, us]"))
    )
    configured(world, f"environments:\n{environments}", {})

    world.release()

    picture = world.request("GET", "/pulls/1")["body"].partition("```mermaid")[2].partition("```")[0]
    assert picture.split("\n") == [
        *("", "flowchart LR", '  tag(["v1.1.0"])', '  e0["dev"]', '  e1["eu"]', '  e2["us"]', '  e3["all"]'),
        *("  tag --> e0", "  e0 --> e1", "  e0 --> e2", "  e1 --> e3", "  e2 --> e3", ""),
    ]
