"""Faults on demand, and twins that are copied and opened again."""

import subprocess
import sys
from pathlib import Path

import pytest
import requests
from twin_project import Clone, Effects, Project

from shipway.twin import admin
from shipway.twin.server import Twin

pytestmark = pytest.mark.requirement("FAIL-1", "FAIL-2")
HELLO = "/repos/octocat/hello"


def create_ref(project: Project, name: str) -> requests.Response:
    """One write over a connection of its own."""
    head = project.twin.world.git["octocat/hello"].refs["refs/heads/main"]
    return requests.post(
        f"{project.twin.api_url}{HELLO}/git/refs",
        json={"ref": f"refs/heads/{name}", "sha": head},
        headers={"authorization": f"Bearer {project.token}"},
        timeout=5,
    )


@pytest.mark.parametrize(("kind", "happens"), [("error-before", False), ("error-after", True)])
def test_an_error_before_or_after_the_write(
    project: Project, effects: Effects, kind: str, happens: bool
) -> None:
    project.twin.faults.add(kind, {"method": "POST", "path": "/git/refs$"}, status=503)
    assert create_ref(project, "x").status_code == 503
    effects.expect(*["ref.created refs/heads/x"] * happens)


@pytest.mark.parametrize(("kind", "happens"), [("reset-before", False), ("reset-after", True)])
def test_a_reset_before_or_after_the_write(
    project: Project, effects: Effects, kind: str, happens: bool
) -> None:
    project.twin.faults.add(kind, {"method": "POST"})
    with pytest.raises(requests.ConnectionError, match="Connection reset by peer"):
        create_ref(project, "x")
    effects.expect(*["ref.created refs/heads/x"] * happens)


def test_a_timeout_ends_without_an_answer(project: Project, effects: Effects) -> None:
    project.twin.app.hold = 0.05
    project.twin.faults.add("timeout", {"method": "POST"})
    with pytest.raises(requests.ConnectionError):
        create_ref(project, "x")
    effects.expect()


def test_rate_limits_say_when_to_come_back(project: Project, effects: Effects) -> None:
    project.twin.faults.add("secondary-rate-limit", retry_after=7)
    secondary = create_ref(project, "x")
    assert (secondary.status_code, secondary.headers["retry-after"]) == (403, "7")
    assert secondary.json()["message"].startswith("You have exceeded a secondary rate limit")
    project.twin.faults.add("rate-limit", retry_after=30)
    primary = create_ref(project, "x")
    assert (primary.status_code, primary.headers["x-ratelimit-remaining"]) == (403, "0")
    assert create_ref(project, "x").status_code == 201
    effects.expect("ref.created refs/heads/x")


def test_the_nth_match_and_no_other(project: Project, effects: Effects) -> None:
    order = {"kind": "error-before", "match": {"path": "/branches$", "nth": 2}, "times": 2, "status": 500}
    assert requests.post(f"{project.twin.url}/_twin/faults", json=order, timeout=5).status_code == 201
    url = f"{project.twin.api_url}{HELLO}/branches"
    assert [requests.get(url, timeout=5).status_code for _ in range(4)] == [200, 500, 500, 200]


def test_faults_that_nobody_knows_are_refused(project: Project) -> None:
    reply = requests.post(f"{project.twin.url}/_twin/faults", json={"kind": "flood"}, timeout=5)
    assert reply.status_code == 422
    assert reply.json()["message"].startswith("unknown fault 'flood'; known are error-before,")


def test_a_stale_read_does_not_know_the_last_write(project: Project, effects: Effects) -> None:
    project.twin.faults.add("stale-read", {"method": "GET", "path": "/branches$"})
    create_ref(project, "x")
    effects.take()
    url = f"{project.twin.api_url}{HELLO}/branches"
    names = [[one["name"] for one in requests.get(url, timeout=5).json()] for _ in range(2)]
    assert names == [["main"], ["main", "x"]]


@pytest.mark.parametrize(("kind", "happens"), [("kill-before", False), ("kill-after", True)])
def test_a_client_is_killed_before_or_after_its_write(
    project: Project, effects: Effects, kind: str, happens: bool
) -> None:
    script = (
        "import os, sys, requests; print(os.getpid(), flush=True); sys.stdin.readline();"
        "requests.post(sys.argv[1], json={'ref': 'refs/heads/x', 'sha': sys.argv[2]},"
        " headers={'authorization': 'Bearer ' + sys.argv[3]})"
    )
    head = project.twin.world.git["octocat/hello"].refs["refs/heads/main"]
    url = f"{project.twin.api_url}{HELLO}/git/refs"
    arguments = [sys.executable, "-c", script, url, head, project.token]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        pid = int(client.stdout.readline())
        project.twin.faults.add(kind, {"method": "POST"}, pid=pid)
        client.communicate("go\n")
    assert client.returncode == -9
    effects.expect(*["ref.created refs/heads/x"] * happens)


def test_git_fails_on_demand(project: Project, clone: Clone, effects: Effects) -> None:
    clone.commit("feat: more")
    project.twin.faults.add("error-before", {"path": "git-receive-pack$"}, status=500)
    assert "The requested URL returned error: 500" in clone.refused("push", project.remote(), "main")
    effects.expect()
    clone.git("push", "--quiet", project.remote(), "main")
    effects.expect("ref.updated refs/heads/main")


def test_a_copy_lives_on_its_own(project: Project, clone: Clone, tmp_path: Path, effects: Effects) -> None:
    copy = project.twin.copy_to(tmp_path / "copy")
    create_ref(project, "x")
    effects.take()
    with Twin(copy) as other:
        there = Project(other, project.full_name, project.token)
        assert [one.name for one in there.github().get_repo("octocat/hello").get_branches()] == ["main"]
        create_ref(there, "y")
    with Twin(copy) as again:
        there = Project(again, project.full_name, project.token)
        assert [one.name for one in there.github().get_repo("octocat/hello").get_branches()] == ["main", "y"]
    assert sorted(project.twin.world.git["octocat/hello"].refs) == [
        "refs/heads/main",
        "refs/heads/x",
        "refs/tags/v1.0.0",
    ]


def test_equal_histories_have_equal_states(tmp_path: Path) -> None:
    states = []
    for name, day in (("one", "2026-01-01"), ("two", "2026-02-02")):
        path = tmp_path / name
        path.mkdir()
        local = Clone(path)
        local.git("init", "--quiet", "--initial-branch=main")
        local.commit("feat: begin", a__txt="a\n")
        local.git("commit", "--quiet", "--amend", "--no-edit", f"--date={day}T00:00:00Z")
        with Twin() as other:
            with other.world.locked():
                admin.create_repository(other.world, "octocat/hello", from_git=path)
            states.append(requests.get(f"{other.url}/_twin/state", timeout=5).json())
    assert states[0] == states[1]
    assert states[0]["octocat/hello"]["refs"]["refs/heads/main"].endswith(" feat: begin")
