"""The signature of a version's commit as GitHub sees it, on the way into an environment."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.delivery.test_locks import repository
from integration.delivery.test_promotion import promote, tags
from integration.release.world import FILES, NAME, World
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.outcome import Decision
from shipway.errors import ExitCode

CONFIGURATION = """
environments:
  dev: {deploy: {command: ["true"]}, signature: warn}
  production: {deploy: {command: ["true"]}, signature: enforce}
"""

pytestmark = pytest.mark.requirement("PRO-6", "OCI-2")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Version 1.0.0 on a commit that nobody signed."""
    yield from repository(tmp_path, FILES | {".github/shipway.yml": CONFIGURATION})


def shown(outcome: DeliveryOutcome) -> Any:
    """What is said of the signature."""
    (row,) = [row for row in outcome.verdicts if row["gate"] == "signature"]
    return row["result"], row["reason_code"], row["summary"]


def test_an_unsigned_version_stays_out_where_signatures_are_demanded(world: World) -> None:
    commit = world.git("rev-parse", "v1.0.0^{commit}")[:10]

    planned = promote(world, "dev", dry_run=True)
    assert planned.decision is Decision.PLANNED
    assert shown(planned) == (
        "warning",
        "signature-not-demanded",
        f"commit {commit} is not signed; dev does not demand it",
    )
    assert promote(world, "dev").exit_code is ExitCode.OK

    for dry in (True, False):
        refused = promote(world, "production", "dev", dry_run=dry)
        assert (refused.exit_code, refused.reason_code) == (ExitCode.SIGNATURE, "unsigned")
        assert refused.message == f"1.0.0 cannot go to production: commit {commit} is not signed."
        assert shown(refused) == ("failed", "unsigned", f"commit {commit} is not signed")
    assert "v1.0.0-production" not in tags(world)


def test_what_github_signed_itself_goes_in(world: World) -> None:
    commit = world.git("rev-parse", "v1.0.0^{commit}")
    with world.twin.world.locked():
        world.twin.world.store.put("verified", NAME, commit, {"at": world.twin.world.now()})
    assert promote(world, "dev").exit_code is ExitCode.OK

    done = promote(world, "production", "dev")

    assert done.exit_code is ExitCode.OK
    assert shown(done) == (
        "passed",
        "signature-valid",
        f"commit {commit[:10]} is signed by GitHub, as GitHub finds",
    )


def test_a_release_that_github_merged_goes_on_by_itself_where_signatures_are_demanded(world: World) -> None:
    world.commit(
        "feat: greet",
        {".github/shipway.yml": 'environments: {dev: {deploy: {command: ["true"]}, signature: enforce}}\n'},
    )
    assert world.release("1.1.0").exit_code is ExitCode.WAITING
    world.approve()

    assert world.release("1.1.0").exit_code is ExitCode.OK

    assert "v1.1.0-dev" in tags(world)
