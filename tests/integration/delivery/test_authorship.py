"""Who wrote some of what an environment would get does not bring it there, where that is configured."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.delivery.test_locks import repository
from integration.release.world import FILES, NOON, World
from shipway.bootstrap.environment import Chance, Watchers
from shipway.bootstrap.promoting import PromotionAsked, run_promotion
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.errors import ExitCode

CONFIGURATION = """
environments:
  dev:
    authorize: {commit-authors: false}
    deploy: {command: ["true"]}
"""

pytestmark = pytest.mark.requirement("AUTH-2")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Version 1.0.0 is in dev; `writer` wrote a part of 1.1.0, and none of 1.0.0."""
    for made in repository(tmp_path, FILES | {".github/shipway.yml": CONFIGURATION}):
        assert promoted(made, "1.0.0", "releaser").exit_code is ExitCode.OK
        body = {"message": "feat: more", "content": b64encode(b"more\n").decode()}
        made.request("PUT", "/contents/more.txt", body, made.token_of("writer"))
        made.git("pull", "--quiet", "origin", "main")
        made.git("tag", "--annotate", "v1.1.0", "--message", "v1.1.0")
        made.git("push", "--quiet", "origin", "v1.1.0")
        yield made


def promoted(world: World, version: str, login: str) -> DeliveryOutcome:
    """Promote to dev as somebody."""
    token = world.token_of(login)
    return run_promotion(
        PromotionAsked(version=version, target="dev", repo=world.clone),
        world.environment(GITHUB_TOKEN=token, GH_TOKEN=token),
        Watchers(),
        sleep=world.pauses.append,
        chance=Chance(lambda: NOON, lambda: 0.0),
    )


def test_an_author_needs_somebody_else(world: World) -> None:
    before = len(world.calls())
    refused = promoted(world, "1.1.0", "writer")
    assert (refused.exit_code, refused.reason_code) == (ExitCode.NOT_AUTHORISED, "author-promotes")
    head = world.git("rev-parse", "v1.1.0^{commit}")
    assert refused.message == (
        f"1.1.0 cannot go to dev: writer wrote {head[:10]}, so somebody else must promote it to dev."
    )
    asked = [call for call in world.calls()[before:] if "compare" in call]
    assert asked[:1] == ["GET /repos/{owner}/{repo}/compare/{basehead}"]
    done = promoted(world, "1.1.0", "reviewer")
    assert done.exit_code is ExitCode.OK
    grounds = {row["gate"]: (row["reason_code"], row["summary"]) for row in done.verdicts}
    assert grounds["authorship"] == ("not-an-author", "reviewer wrote nothing of what dev would get")


def test_of_a_history_of_its_own_nobody_knows_who_wrote_it(world: World) -> None:
    world.git("checkout", "--quiet", "--orphan", "other")
    world.commit("feat: begin anew")
    world.git("tag", "v2.0.0")
    world.git("push", "--quiet", "origin", "v2.0.0")
    waits = promoted(world, "2.0.0", "reviewer")
    assert (waits.exit_code, waits.reason_code) == (ExitCode.NOT_AUTHORISED, "authors-unreadable")
    assert waits.message == (
        "2.0.0 cannot go to dev: whether reviewer wrote some of what dev would get is not known."
    )
    assert waits.next_step == (
        "Bring in a version between them first; where GitHub finds no history in common, let authors promote: "
        "`commit-authors: true` under `environments: dev: authorize:`."
    )
