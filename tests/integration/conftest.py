"""A running twin, people on it, and a check that nothing happened that a test did not expect."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from twin_project import Clone, Effects, Project

from shipway.twin import admin
from shipway.twin.behaviour import access
from shipway.twin.server import Twin


@pytest.fixture
def twin() -> Iterator[Twin]:
    """An empty running twin."""
    with Twin() as running:
        yield running


@pytest.fixture
def effects(twin: Twin) -> Iterator[Effects]:
    """The journal of the twin; effects that the test did not expect or take fail it."""
    found = Effects(twin)
    yield found
    twin.settle()
    assert found.take() == [], "unexpected effects"


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A local repository with two commits on main and the tag v1.0.0 on the first."""
    path = tmp_path / "local"
    path.mkdir()
    made = Clone(path)
    made.git("init", "--quiet", "--initial-branch=main")
    made.commit("feat: begin", README__md="# Hello\n", VERSION="1.0.0\n")
    made.git("tag", "--annotate", "v1.0.0", "--message", "Version 1.0.0")
    made.commit("fix: mend", README__md="# Hello\n\nMore.\n")
    return made


@pytest.fixture
def project(twin: Twin, clone: Clone) -> Project:
    """The local repository imported into the twin."""
    with twin.world.locked():
        admin.create_repository(twin.world, "octocat/hello", from_git=clone.path)
        token = access.issue_token(twin.world, "octocat")
    return Project(twin, "octocat/hello", token)
