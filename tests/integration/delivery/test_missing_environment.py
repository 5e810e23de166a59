"""The way of a protected environment into GitHub: not by a deployment, which would leave it open."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.delivery.test_locks import repository
from integration.delivery.test_promotion import promote
from integration.release.world import FILES, NAME, World
from shipway.cli.root import run
from shipway.errors import ExitCode

CONFIGURATION = """
environments:
  dev: {deploy: {command: ["true"]}}
  production:
    deploy: {command: ["true"]}
    protection: {wait-timer: 30m, branches: [main]}
"""

pytestmark = pytest.mark.requirement("PRO-1", "AUTH-1")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Version 1.0.0, and no environment on GitHub."""
    yield from repository(tmp_path, FILES | {".github/shipway.yml": CONFIGURATION})


def environments(world: World) -> list[str]:
    """Those on GitHub."""
    return [one["name"] for one in world.request("GET", "/environments")["environments"]]


def test_a_promotion_makes_only_what_nothing_protects(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert environments(world) == []
    assert promote(world, "dev").exit_code is ExitCode.OK

    refused = promote(world, "production", "dev")

    assert (refused.exit_code, refused.reason_code) == (ExitCode.TRANSITION, "environment-missing")
    assert environments(world) == ["dev"]
    variables = {**world.twin.environment(world.token), "GITHUB_REPOSITORY": NAME}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert run(["environments", "apply", "--yes", "--repo", str(world.clone)]) == 0
    assert environments(world) == ["dev", "production"]
    before = len(world.calls())
    assert promote(world, "production", "dev").exit_code is ExitCode.OK
    assert len(world.calls()[before:]) == 5
