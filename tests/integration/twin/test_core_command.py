"""`shipway twin` as people run it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from twin_project import Clone

pytestmark = pytest.mark.requirement("CLI-1")
SHIPWAY = [sys.executable, "-c", "from shipway.cli import main; main()", "twin"]


@contextmanager
def serving(*arguments: str) -> Iterator[dict[str, str]]:
    """The command while it runs: the variables it printed."""
    command = [*SHIPWAY, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        lines = [running.stdout.readline() for _ in range(6)]
        exports = [line.removeprefix("export ").strip() for line in lines if line.startswith("export ")]
        try:
            yield dict(line.split("=", 1) for line in exports)
        finally:
            running.send_signal(signal.SIGTERM)
            _, said = running.communicate()
    assert (running.returncode, said) == (0, "Serving until Ctrl-C.\n")


def test_it_serves_what_was_imported_and_remembers_it(clone: Clone, tmp_path: Path) -> None:
    kept = ["--data", str(tmp_path / "kept")]
    with serving(*kept, "--import", f"octocat/hello={clone.path}") as first:
        assert set(first) == {"GITHUB_API_URL", "GITHUB_GRAPHQL_URL", "GITHUB_SERVER_URL", "GITHUB_TOKEN"}
        assert clone.git("ls-remote", "--heads", f"{first['GITHUB_SERVER_URL']}/octocat/hello.git")
    with serving(*kept) as second:
        headers = {"authorization": f"Bearer {first['GITHUB_TOKEN']}"}
        repo = requests.get(f"{second['GITHUB_API_URL']}/repos/octocat/hello", headers=headers, timeout=5)
        assert repo.json()["permissions"]["admin"] is True
        assert second["GITHUB_TOKEN"] == first["GITHUB_TOKEN"]


def test_several_people_have_tokens_of_their_own(clone: Clone) -> None:
    command = [*SHIPWAY, "--user", "octocat", "--user", "bob", "--import", f"octocat/hello={clone.path}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout
        lines = [running.stdout.readline().strip() for _ in range(7)]
        exported = dict(line.removeprefix("export ").split("=", 1) for line in lines[:4])
        who, _, shown = lines[6].partition(": GITHUB_TOKEN=")
        token, _, may = shown.partition(" ")
        headers = {"authorization": f"Bearer {token}"}
        repo = requests.get(
            f"{exported['GITHUB_API_URL']}/repos/octocat/hello", headers=headers, timeout=5
        ).json()
        running.send_signal(signal.SIGTERM)
        running.communicate()
    assert (who, may) == ("# bob", "(write in octocat/hello)")
    assert token != exported["GITHUB_TOKEN"]
    assert (repo["permissions"]["push"], repo["permissions"]["admin"]) == (True, False)


def refused(*arguments: str) -> tuple[int, str]:
    done = subprocess.run([*SHIPWAY, *arguments], capture_output=True, text=True, env=os.environ, check=False)
    return done.returncode, done.stderr


def test_an_import_needs_a_name_and_a_directory() -> None:
    code, said = refused("--import", "hello=/nowhere")
    assert code == 2
    assert "--import hello=/nowhere does not name a repository and a directory." in said
    assert "Write it like `--import octocat/hello=../hello`." in said


def test_a_taken_port_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = refused("--port", str(port))
    assert code == 1
    assert said == (
        f"error[twin-start]: The twin cannot start on port {port} with its data in memory: Address already in use.\n"
        "  Name a free port and a directory that you may write to: `shipway twin --port 0 --data ~/twin`.\n"
    )
