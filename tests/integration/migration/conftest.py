"""A repository in which release-please releases, one that it has left behind, and Shipway's command line."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from twin_project import QUIET, Clone, Project

from integration.migration.left_behind import FILES, PROGRAM, LeftBehind, configured
from needed import absent
from shipway.twin import admin
from shipway.twin.behaviour import access
from shipway.twin.server import Twin

NAME = "octocat/hello"


@pytest.fixture(autouse=True)
def _quiet_git(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def program() -> None:
    """What is needed to run release-please."""
    if not (PROGRAM.exists() and shutil.which("node")):
        absent("release-please is not installed", "apt-get install npm && scripts/npm-ci")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A local repository with the files that versions stand in, and the tag v1.0.0."""
    return begun(tmp_path / "local")


@pytest.fixture
def fresh(program: None, project: Project, clone: Clone) -> LeftBehind:
    """A repository in which release-please has not run yet."""
    clone.git("remote", "add", "origin", project.remote())
    return LeftBehind(project, clone)


@pytest.fixture(scope="session")
def history(program: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """release-please has released twice, and its third pull request is open."""
    folder = tmp_path_factory.mktemp("history")
    clone = begun(folder / "local")
    with Twin() as twin:
        left = settled(twin, clone)
        left.push("ci: release", configured(**SETTINGS) | {WORKFLOW: "on: push\njobs: {}\n"})
        for subject in ("feat: greet in French", "fix: greet once"):
            left.push(subject)
            left.released_with_release_please()
        left.push("feat: greet in Greek (#7)")
        left.release_please("release-pr")
        twin.settle()
        twin.copy_to(folder / "twin")
    return folder


@pytest.fixture
def left(history: Path, tmp_path: Path) -> Iterator[LeftBehind]:
    """What release-please has left behind, for one test."""
    for name in ("local", "twin"):
        shutil.copytree(history / name, tmp_path / name)
    with Twin(tmp_path / "twin") as twin:
        with twin.world.locked():
            token = access.issue_token(twin.world, "octocat")
        project = Project(twin, NAME, token)
        clone = Clone(tmp_path / "local")
        clone.git("remote", "set-url", "origin", project.remote())
        yield LeftBehind(project, clone)


SETTINGS = {
    "extra-files": [
        "docs/install.md",
        {"type": "yaml", "path": "deploy/values.yaml", "jsonpath": "$.image.tag"},
    ]
}
WORKFLOW = ".github/workflows/release-please.yml"


def begun(path: Path) -> Clone:
    """A local repository at 1.0.0."""
    path.mkdir()
    clone = Clone(path)
    clone.git("init", "--quiet", "--initial-branch=main")
    for name, text in FILES.items():
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_text(text)
    clone.commit("feat: begin")
    clone.git("tag", "v1.0.0")
    return clone


def settled(twin: Twin, clone: Clone) -> LeftBehind:
    """The clone on a twin."""
    with twin.world.locked():
        admin.create_repository(twin.world, NAME, from_git=clone.path)
        token = access.issue_token(twin.world, "octocat")
    project = Project(twin, NAME, token)
    clone.git("remote", "add", "origin", project.remote())
    return LeftBehind(project, clone)
