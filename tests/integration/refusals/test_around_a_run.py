"""Refusals that lie in what is around a run: the job, the event, the network, the clone, git itself."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from integration.refusals.asking import refused
from integration.release.world import NAME, World, git

pytestmark = pytest.mark.requirement("CLI-1", "FAIL-4")

NOWHERE = "http://127.0.0.1:1"


def test_deploying_outside_of_a_job(world: World) -> None:
    assert refused(world, "deploy", "--delivery", "x", GITHUB_RUN_ID="") == (
        2,
        (
            "error[no-run]: There is no workflow run here: GITHUB_RUN_ID is not set.\n"
            "  It runs in the job that deploys, started by: shipway promote 1.2.3 --to production\n"
        ),
    )


@pytest.mark.requirement("FACE-1")
@pytest.mark.parametrize(
    ("name", "payload", "told"),
    [
        ("push", "{}", "The event push is no comment."),
        ("", "{}", "The event (none) is no comment."),
        ("issue_comment", "", "The payload of issue_comment cannot be read: it is no JSON."),
        ("issue_comment", "[]", "The payload of issue_comment cannot be read: it is not what GitHub sends."),
        ("issue_comment", "{}", "The payload of issue_comment cannot be read: it has no `issue`."),
        (
            "pull_request_review",
            "{}",
            "The payload of pull_request_review cannot be read: it has no `review`.",
        ),
    ],
)
def test_an_event_that_is_no_comment(world: World, name: str, payload: str, told: str) -> None:
    path = world.clone.with_name("event.json")
    path.write_text(payload)

    assert refused(world, "comment", GITHUB_EVENT_NAME=name, GITHUB_EVENT_PATH=str(path)) == (
        1,
        (
            f"error[event-unreadable]: {told}\n"
            "  Run it by `on: issue_comment` or `on: pull_request_review`, as workflows/comments.yml does.\n"
        ),
    )


def test_an_event_without_its_file(world: World) -> None:
    _, told = refused(world, "comment", GITHUB_EVENT_NAME="issue_comment", GITHUB_EVENT_PATH="/nowhere/x")

    assert told.startswith(
        "error[event-unreadable]: The payload of issue_comment cannot be read: No such file or directory.\n"
    )


def test_a_remote_that_is_not_reached(world: World) -> None:
    code, told = refused(world, "release", "auto", GITHUB_SERVER_URL=NOWHERE)

    first, step = told.splitlines()
    assert code == 1
    assert first.startswith(
        f"error[git-remote]: git ls-remote failed: fatal: unable to access '{NOWHERE}/{NAME}.git/': "
    )
    assert step == (
        "  Check the address, and that the token may read the repository; then run the same command again."
    )


def test_a_remote_that_a_rehearsal_does_not_reach(world: World) -> None:
    code, told = refused(world, "release", "auto", "--rehearse", GITHUB_SERVER_URL=NOWHERE)

    _, first, step = told.splitlines()
    assert code == 1
    assert first.startswith("error[git-remote]: git fetch failed in ")
    assert first.count("git fetch failed") == 1
    assert step.endswith("that the token may read the repository; then run the same command again.")


def test_a_branch_that_git_still_shows_and_github_does_not(world: World, tmp_path: Path) -> None:
    late = tmp_path / "late" / f"{NAME}.git"
    shutil.copytree(world.clone / ".git", late)
    git(late, "config", "core.bare", "true")
    git(late, "branch", "topic")

    asked = ("release", "auto", "--from", "topic", "--to", "main")
    assert refused(world, *asked, GITHUB_SERVER_URL=f"file://{tmp_path}/late") == (
        1,
        (
            "error[branch-gone]: Branch topic has vanished from GitHub.\n"
            "  Push it again, for example: git push origin topic\n"
        ),
    )


def damaged(world: World) -> str:
    """Take a commit out of the middle of the clone's history; gives which."""
    objects = world.clone / ".git" / "objects"
    for pack in objects.glob("pack/*.pack"):
        moved = pack.rename(world.clone.with_name("pack"))
        pack.with_suffix(".idx").unlink()
        with moved.open("rb") as packed:
            subprocess.run(["git", "unpack-objects", "-q"], cwd=world.clone, stdin=packed, check=True)
    lost = world.git("rev-parse", "HEAD~1")
    (objects / lost[:2] / lost[2:]).unlink()
    return lost


def test_a_clone_that_lost_a_commit(world: World) -> None:
    lost = damaged(world)

    assert refused(world, "next") == (
        1,
        (
            f"error[git-log]: git could not read the history: error: Could not read {lost}\n"
            "  See whether the clone is damaged: git fsck; a fresh clone is whole.\n"
        ),
    )
    found = subprocess.run(["git", "fsck"], cwd=world.clone, capture_output=True, text=True, check=False)
    assert f"missing commit {lost}" in found.stdout  # so the advice helps


def test_a_demonstration_in_a_clone_that_lost_a_commit(world: World) -> None:
    damaged(world)

    code, told = refused(world, "demo")

    *_, first, step = told.splitlines()
    assert code == 1
    assert first.startswith("error[git]: git push failed in ")
    assert "hint:" not in first
    assert step == "  See whether the clone that you stand in is damaged: git fsck; a fresh clone is whole."


def test_git_that_is_too_old_to_pick(world: World, tmp_path: Path) -> None:
    old = tmp_path / "old" / "git"
    old.parent.mkdir()
    usage = "usage: git merge-tree <base-tree> <branch1> <branch2>"
    old.write_text(
        f"#!/bin/sh\ncase \"$*\" in *--write-tree*) echo '{usage}' >&2; exit 129;; esac\n"
        f'exec {shutil.which("git")} "$@"\n'
    )
    old.chmod(0o755)
    fix = world.git("rev-parse", "main")

    asked = ("hotfix", "auto", "--base", "v1.0.0", "--pick", fix)
    assert refused(world, *asked, PATH=f"{old.parent}:{os.environ['PATH']}") == (
        1,
        f"error[merge-failed]: git cannot merge: {usage}\n  Use git 2.38 or newer: git --version\n",
    )


def test_a_hotfix_that_began_from_another_release(world: World) -> None:
    assert refused(world, "hotfix", "1.0.2", "--base", "v1.0.0")[0] == 3
    world.git("tag", "v1.0.1", "v1.0.0^{commit}")
    world.git("push", "--quiet", "origin", "v1.0.1")

    assert refused(world, "hotfix", "1.0.2", "--base", "v1.0.1") == (
        2,
        (
            "error[other-base]: Hotfix 1.0.2 began from v1.0.0, not from v1.0.1.\n"
            "  Go on with it: shipway hotfix 1.0.2\n"
        ),
    )


def test_what_github_says_no_to(world: World) -> None:
    world.twin.faults.add("error-before", {"operation": "Commit"}, status=422)
    world.twin.faults.add("error-before", {"path": "/git/trees"}, status=422)

    code, told = refused(world, "lock", "production", "--reason", "moving")

    assert code == 1
    assert told.startswith("error[github-refused]: GitHub refused POST http")
    assert told.endswith(
        ": Server Error\n  The words are GitHub's; docs/reference/permissions.md has what the token needs.\n"
    )


FILES = {
    "version-not-found": (
        {
            "pyproject.toml": '[project]\nname = "hello"\n',
            ".github/shipway.yml": "release: {version-files: [pyproject.toml]}",
        },
        "pyproject.toml:1: no version found.",
        (
            "Write it there as `1.2.3` on a line with the comment `x-shipway-version`, or take the file out of the "
            "version files."
        ),
    ),
    "version-file-unreadable": (
        {"pyproject.toml": '[project\nname = "hello"\n'},
        "pyproject.toml:1: not valid TOML: Expected ']' at the end of a table declaration.",
        "Correct the file and run the command again.",
    ),
    "version-ambiguous": (
        {"package.json": '{\n "version": "1.0.0",\n "version": "1.0.1"\n}\n'},
        "package.json:2: the version is found again in line 3.",
        "Keep one of them and delete the others.",
    ),
    "version-file-missing": (
        {".github/shipway.yml": "release: {version-files: [pyprojct.toml]}"},
        "The version file pyprojct.toml is not in the repository. Did you mean pyproject.toml?",
        "Correct `version-files` in the configuration, or add the file.",
    ),
}


@pytest.mark.requirement("REL-1")
@pytest.mark.parametrize("code", FILES)
def test_version_files_that_cannot_be_written(world: World, code: str) -> None:
    files, message, step = FILES[code]
    world.commit("feat: change the files", files)

    assert refused(world, "release", "auto") == (1, f"error[{code}]: {message}\n  {step}\n")
    assert world.request("GET", "/pulls") == []


@pytest.mark.requirement("REL-1")
def test_a_version_file_that_is_no_text(world: World) -> None:
    (world.clone / "pyproject.toml").write_bytes(b'[project]\nname = "h\xe4llo"\nversion = "1.0.0"\n')
    head = world.commit("feat: greet in German")[:10]

    code, told = refused(world, "release", "auto")

    assert (code, told) == (
        1,
        (
            f"error[unreadable-file]: pyproject.toml cannot be read at {head}.\n"
            f"  Check that it is committed as UTF-8 text: git show {head}:pyproject.toml\n"
        ),
    )
