"""A repository that is ready to be released."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.release.world import NOON, World, clone_of, make_source, settle_people
from shipway.twin.server import Twin
from shipway.twin.world import Clock


@pytest.fixture(autouse=True, scope="module")
def _quiet_git() -> Iterator[None]:
    """Git as on a machine where nobody configured it, before any repository of a module is made."""
    variables = {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Mona",
        "GIT_AUTHOR_EMAIL": "mona@example.test",
        "GIT_COMMITTER_NAME": "Mona",
        "GIT_COMMITTER_EMAIL": "mona@example.test",
        "GIT_AUTHOR_DATE": "2026-11-20T12:00:00Z",
        "GIT_COMMITTER_DATE": "2026-11-20T12:00:00Z",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The repository of `world.FILES` on a twin, and a clone of it."""
    source = make_source(tmp_path / "source")
    with Twin(clock=Clock(NOON)) as twin:
        token = settle_people(twin, source)
        yield World(twin, clone_of(twin, token, tmp_path / "clone"), token)
