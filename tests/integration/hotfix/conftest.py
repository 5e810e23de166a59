"""A repository whose main branch has gone on since its release."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.hotfix.hotfixes import HOTFIX_FILES
from integration.release.conftest import _quiet_git
from integration.release.world import NOON, World, clone_of, make_source, settle_people
from shipway.twin.server import Twin
from shipway.twin.world import Clock

__all__ = ["_quiet_git"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The repository on a twin, and a clone of it."""
    source = make_source(tmp_path / "source", HOTFIX_FILES)
    with Twin(clock=Clock(NOON)) as twin:
        token = settle_people(twin, source)
        yield World(twin, clone_of(twin, token, tmp_path / "clone"), token)
