"""What the commands that people wait for import: a set, never a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from shipway import __version__

pytestmark = pytest.mark.requirement("PERF-3")

HEAVY = {
    "git",
    "github",
    "pydantic",
    "jinja2",
    "rich",
    "yaml",
    "requests",
    "tenacity",
    "dbos",
    "starlette",
    "tomlkit",
}


def imported(*arguments: str, cwd: Path) -> set[str]:
    code = (
        "import sys; from shipway.cli import main; sys.argv = ['shipway', *sys.argv[1:]]\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, *arguments], cwd=cwd, capture_output=True, text=True, check=True
    )
    return set(done.stderr.splitlines()[-1].split())


def test_version_needs_nothing(tmp_path):
    found = imported("--version", cwd=tmp_path)
    assert found.isdisjoint(HEAVY | {"click", "semver", "subprocess", "dataclasses", "re"})


def test_python_runs_it_where_there_is_no_script(tmp_path):
    command = [sys.executable, "-m", "shipway", "--version"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == f"shipway {__version__}\n"


@pytest.fixture
def clone(tmp_path):
    for line in (
        "init -q -b main",
        "-c user.name=A -c user.email=a@example.com commit -q --allow-empty -m feat:x",
    ):
        subprocess.run(["git", *line.split()], cwd=tmp_path, check=True)
    return tmp_path


@pytest.mark.parametrize("command", [("explain",), ("next", "-o", "json"), ("changelog", "--to", "main")])
def test_reading_history_needs_no_big_library(clone, command):
    found = imported(*command, cwd=clone)
    assert "click" in found
    assert found.isdisjoint(HEAVY)


@pytest.mark.parametrize("command", [("next",), ("changelog",), ("changelog", "--all")])
def test_without_options_no_command_line_is_understood(clone, command):
    found = imported(*command, cwd=clone)
    assert "re" in found
    assert found.isdisjoint(HEAVY | {"click", "json", "subprocess", "dataclasses", "inspect"})
