"""Who pushed last to the release's pull request does not promote it, where that is configured."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from integration.delivery.test_authorship import promoted
from integration.delivery.test_locks import repository
from integration.release.world import FILES, NAME, World
from shipway.errors import ExitCode
from shipway.twin import admin

CONFIGURATION = """
environments:
  dev:
    automatic: false
    authorize: {last-pusher: false}
    deploy: {command: ["true"]}
"""
BRANCH = "release/1.1.0"

pytestmark = pytest.mark.requirement("AUTH-2")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A release that waits for an approval."""
    for made in repository(tmp_path, FILES | {".github/shipway.yml": CONFIGURATION}):
        made.commit("feat: greet")
        assert made.release("1.1.0").exit_code is ExitCode.WAITING
        yield made


def merged(world: World) -> None:
    """Let the release be approved, and go on until it is tagged."""
    world.approve()
    assert world.release("1.1.0").exit_code is ExitCode.OK


def test_who_pushed_last_needs_somebody_else(world: World) -> None:
    merged(world)
    before = len(world.calls())
    refused = promoted(world, "1.1.0", "releaser")
    assert (refused.exit_code, refused.reason_code) == (ExitCode.NOT_AUTHORISED, "last-pusher-promotes")
    assert refused.message == (
        "1.1.0 cannot go to dev: releaser pushed last to its pull request, so somebody else must promote it to dev."
    )
    assert world.calls()[before:].count("GET /repos/{owner}/{repo}/activity") == 1
    done = promoted(world, "1.1.0", "reviewer")
    assert done.exit_code is ExitCode.OK
    assert {row["gate"]: row["reason_code"] for row in done.verdicts}["last-push"] == "not-the-last-pusher"


def test_it_goes_by_who_pushed_and_not_by_who_wrote_or_restored(world: World) -> None:
    """`writer` pushes a commit in the name of `releaser`; after the merge somebody else brings the branch back."""
    body = {
        "message": "docs: more",
        "content": b64encode(b"more\n").decode(),
        "branch": BRANCH,
        "author": {"name": "releaser", "email": "releaser@users.noreply.github.com"},
    }
    world.request("PUT", "/contents/more.txt", body, world.token_of("writer"))
    merged(world)
    head = world.request("GET", "/pulls/1")["head"]["sha"]
    if any(
        row["ref"] == f"refs/heads/{BRANCH}"
        for row in world.request("GET", f"/git/matching-refs/heads/{BRANCH}")
    ):
        world.request("DELETE", f"/git/refs/heads/{BRANCH}")
    with world.twin.world.locked():
        world.twin.world.clock.advance(timedelta(minutes=1))
        admin.add_collaborator(world.twin.world, NAME, "reviewer", "write")
    world.request(
        "POST", "/git/refs", {"ref": f"refs/heads/{BRANCH}", "sha": head}, world.token_of("reviewer")
    )
    assert promoted(world, "1.1.0", "writer").reason_code == "last-pusher-promotes"
    assert promoted(world, "1.1.0", "reviewer").exit_code is ExitCode.OK


def test_a_version_without_a_pull_request_is_promoted_by_nobody(world: World) -> None:
    refused = promoted(world, "1.0.0", "reviewer")
    assert (refused.exit_code, refused.reason_code) == (ExitCode.NOT_AUTHORISED, "last-pusher-unknown")
    assert refused.message == (
        "1.0.0 cannot go to dev: who pushed last to the pull request of 1.0.0 is not known."
    )
    assert refused.next_step == (
        "Once its pull request is merged: shipway promote 1.0.0 --to dev; "
        "for a version without one: `last-pusher: true`."
    )


BY_ITSELF = """
release: {merge: squash}
environments:
  dev:
    authorize: {last-pusher: false, commit-authors: false}
    deploy: {command: ["true"]}
"""


@pytest.fixture
def approved(tmp_path: Path) -> Iterator[World]:
    """A release that `releaser` began, and that merges and goes on to dev in its next run."""
    for made in repository(tmp_path, FILES | {".github/shipway.yml": BY_ITSELF}):
        made.commit("feat: greet")
        assert made.release("1.1.0").exit_code is ExitCode.WAITING
        made.approve()
        yield made


def test_a_release_that_merges_and_delivers_in_one_run_looks_again_after_the_merge(approved: World) -> None:
    approved.token = approved.token_of("reviewer")
    planned = approved.release("1.1.0", dry_run=True)
    assert planned.exit_code is ExitCode.OK
    assert planned.steps[-1].startswith("set the deployment to dev to success")
    before = len(approved.calls())
    done = approved.release("1.1.0")
    assert (done.exit_code, done.reason_code) == (ExitCode.OK, "done")
    calls = approved.calls()[before:]
    assert calls.count("GET /repos/{owner}/{repo}/activity") == 1
    assert calls.count("GET /repos/{owner}/{repo}/commits") == 1
    assert [one["environment"] for one in approved.request("GET", "/deployments")] == ["dev"]


def test_a_release_that_goes_on_by_itself_is_held_to_it_too(approved: World) -> None:
    """Whoever pushed last gets as far as the tag, once as twice; somebody else goes on."""
    ended = [approved.release("1.1.0") for _ in range(2)]
    assert {one.exit_code for one in ended} == {ExitCode.NOT_AUTHORISED}
    assert {one.reason_code for one in ended} == {"author-promotes"}
    assert approved.request("GET", "/deployments") == []
    approved.token = approved.token_of("reviewer")
    assert approved.release("1.1.0").exit_code is ExitCode.OK
