"""An error that nobody foresaw: one sentence and a next step, in every form, and the whole of it for who asks."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.requirement("CLI-1")

TOKEN = f"ghp_{'a1B2' * 9}"
BROKEN = f"""
import click

@click.command("broken")
@click.option("--output")
def broken(output):
    raise KeyError("{TOKEN}\\n::error::mine")
"""
START = "import shipway.cli as cli; cli.COMMANDS['broken'] = 'broken:broken'; cli.main()"
SENTENCE = "Shipway failed in a way that nobody foresaw (KeyError at cli/root.py:…). What was done until then stands."
STEP = "Read what this shows, in which tokens are hidden, and report it: SHIPWAY_TRACEBACK=1 shipway broken"


def broken(
    folder: Path, *arguments: str, out: int = subprocess.PIPE, **variables: str
) -> tuple[int, str, str]:
    """Run the command line with a command that fails; gives exit code, standard output and standard error."""
    (folder / "broken.py").write_text(BROKEN)
    path = os.pathsep.join([str(folder), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", START, "broken", *arguments],
        env={**os.environ, "PYTHONPATH": path, **variables},
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    shown = (
        re.sub(r"(?<=cli/root\.py:)\d+", "…", done.stdout or ""),
        re.sub(r"(?<=root\.py:)\d+", "…", done.stderr),
    )
    return done.returncode, *shown


def test_people_read_one_sentence(tmp_path: Path) -> None:
    assert broken(tmp_path) == (1, "", f"error[unforeseen]: {SENTENCE}\n  {STEP}\n")


def test_programs_read_one_document(tmp_path: Path) -> None:
    code, out, err = broken(tmp_path, "--output", "json", SHIPWAY_TRACEBACK="1")
    assert code == 1
    assert json.loads(out)["error"] == {
        "reason_code": "unforeseen",
        "message": SENTENCE,
        "next_step": f"{STEP} --output json",
        "exit_code": 1,
        "retryable": False,
    }
    assert err.startswith("Traceback")


def test_who_asks_is_shown_all_of_it_but_secrets(tmp_path: Path) -> None:
    _, out, err = broken(tmp_path, SHIPWAY_TRACEBACK="1")
    assert "KeyError: '***" in err
    assert TOKEN not in out + err


def test_a_full_disk_at_standard_output(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        code, _, err = broken(tmp_path, "--output", "json", out=full.fileno())
    assert "Traceback" not in err
    assert (code, err.startswith(f"error[unforeseen]: {SENTENCE}\n  {STEP}")) == (1, True)
