"""Locks that branch-deploy left behind, as its Action makes them: a branch with `lock.json` at its top."""

import json

import pytest
from twin_project import Clone, Project

from integration.migration.left_behind import LeftBehind

pytestmark = pytest.mark.requirement("FACE-2")

LOCK = {
    "schema_version": 1,
    "reason": "moving\nthe database",
    "branch": "feature",
    "created_at": "2026-11-20T10:00:00.000Z",
    "created_by": "alice",
    "sticky": True,
    "environment": "production",
    "global": False,
    "unlock_command": ".unlock production",
    "link": "https://github.com/octocat/hello/pull/1#issuecomment-1",
}


@pytest.fixture
def locked(project: Project, clone: Clone) -> LeftBehind:
    """A repository with a lock on production, a global one, and a branch that is no lock."""
    clone.git("remote", "add", "origin", project.remote())
    left = LeftBehind(project, clone)
    for branch, text in {
        "production-branch-deploy-lock": json.dumps(LOCK),
        "global-branch-deploy-lock": "not JSON",
        "branch-deploy-locks": json.dumps(LOCK),
    }.items():
        clone.git("checkout", "--quiet", "-b", branch, "main")
        (clone.path / "lock.json").write_text(text)
        clone.commit("lock [skip ci]")
        clone.git("push", "--quiet", "origin", branch)
    clone.git("checkout", "--quiet", "main")
    return left


def test_its_locks_are_said(locked: LeftBehind) -> None:
    found = json.loads(locked.shipway("doctor", "--output", "json")[1])["findings"]
    seen = {row["what"]: row["fix"] for row in found if row["reason_code"] == "foreign-lock"}
    fix = (
        "`shipway lock` what is still meant to be locked; then `git push origin --delete {}`, "
        "or hold to it: `comments: {{dialect: branch-deploy}}`."
    )
    assert seen == {
        (
            "branch-deploy's lock production-branch-deploy-lock by alice stands, and Shipway does not hold to it: "
            "moving the database"
        ): fix.format("production-branch-deploy-lock"),
        (
            "branch-deploy's lock global-branch-deploy-lock stands, and Shipway does not hold to it."
        ): fix.format("global-branch-deploy-lock"),
    }


def test_the_locks_that_stand_are_gone_with_their_branches(locked: LeftBehind) -> None:
    locked.clone.git(
        "push",
        "--quiet",
        "origin",
        "--delete",
        "production-branch-deploy-lock",
        "global-branch-deploy-lock",
    )
    found = json.loads(locked.shipway("doctor", "--output", "json")[1])["findings"]
    assert "foreign-lock" not in {row["reason_code"] for row in found}
