"""The visible state of two equal runs is equal, whatever the time and the ids."""

from datetime import UTC, datetime

import requests

from shipway.twin import admin
from shipway.twin.behaviour import (
    comments,
    contents,
    deployments,
    issues,
    merging,
    pulls,
    refs,
    releases,
    reviews,
)
from shipway.twin.behaviour.contents import Edit
from shipway.twin.identity import Identity
from shipway.twin.server import Twin
from shipway.twin.world import Clock, World


def play(world: World, note: str) -> None:
    """A small release, in which a comment says `note`."""
    with world.locked(Identity("octocat")):
        repo = admin.create_repository(world, "octocat/hello")
        admin.add_collaborator(world, "octocat/hello", "alice")
        contents.write(world, repo, Edit("a.md", b"a", "feat: begin"))
        refs.create(world, repo, "refs/heads/topic", world.git_of(repo).branch("main") or "")
        contents.write(world, repo, Edit("b.md", b"b", "feat: go on", branch="topic"))
        pull = pulls.create(world, repo, "Go on", "topic", "main", draft=True)
        pulls.set_draft(world, repo, pull, draft=False)
        issues.set_labels(world, repo, pull, ["release"])
        comments.create(world, repo, pull, note)
    with world.locked(Identity("alice")):
        reviews.create(world, repo, pull, "APPROVE")
    with world.locked(Identity("octocat")):
        merging.merge(world, repo, pulls.find(world, repo, 1))
        release = releases.create(world, repo, "v1.0.0", draft=True)
        releases.upload(world, repo, release, "a.txt", b"a", "text/plain")
        releases.update(world, repo, release["id"], {"draft": False})
        deployment = deployments.record(world, repo, "v1.0.0", world.git_of(repo).branch("main") or "", {})
        deployments.create_status(world, repo, deployment, "success")


def state_after(year: int, skipped: int, note: str = "Done") -> object:
    """The state after playing in some year with ids that start later."""
    with Twin(clock=Clock(datetime(year, 1, 1, tzinfo=UTC))) as twin:
        for _ in range(skipped):
            twin.world.next_id()
        play(twin.world, note)
        return requests.get(f"{twin.url}/_twin/state", timeout=30).json()


def test_equal_runs_show_the_same() -> None:
    assert state_after(2025, skipped=0) == state_after(2026, skipped=7)


def test_a_difference_shows() -> None:
    assert state_after(2025, skipped=0) != state_after(2025, skipped=0, note="Not done")
