"""A run that is stopped from outside, by Ctrl-C or by whoever cancels its job, takes what it started with it."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.release.world import FILES, World, clone_of, make_source, settle_people
from shipway.cli.errors import GO_ON
from shipway.errors import ASKED
from shipway.twin.server import Twin

LONG = "import os, time; print(os.getpid(), file=open('{pipe}', 'w'), flush=True); time.sleep(600)"
COMMAND = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "from shipway.cli import main; main()"
)
"""The command as a terminal starts it; what runs in the background may have been told to ignore Ctrl-C."""
PROMOTE = ("promote", "1.0.0", "--to", "dev", "--output", "json")


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """Where the deploy command says its number."""
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


@pytest.fixture
def world(tmp_path: Path, pipe: Path) -> Iterator[World]:
    """Version 1.0.0, and an environment that takes long to deploy to."""
    command = json.dumps([sys.executable, "-c", LONG.format(pipe=pipe)])
    configured = f"environments: {{dev: {{deploy: {{command: {command}}}}}}}"
    source = make_source(tmp_path / "source", FILES | {".github/shipway.yml": configured})
    with Twin() as twin:
        token = settle_people(twin, source)
        yield World(twin, clone_of(twin, token, tmp_path / "clone"), token)


@pytest.mark.requirement("FAIL-1", "FAIL-4", "PRO-3")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_it_started_is_ended(world: World, pipe: Path, number: int) -> None:
    variables = {**os.environ, **world.twin.environment(world.token), "GITHUB_REPOSITORY": "octo-org/hello"}
    start = [sys.executable, "-c", COMMAND, *PROMOTE]
    with (
        subprocess.Popen(
            start, cwd=world.clone, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as run,
        os.fdopen(os.pidfd_open(int(pipe.read_text()))) as deploying,
    ):
        run.send_signal(number)
        out, err = run.communicate()
        ended = select.select([deploying], [], [], 60)[0]

    assert ended
    assert run.returncode == 1
    assert json.loads(out)["error"] == {
        "reason_code": "stopped",
        "message": "Stopped.",
        "next_step": GO_ON.replace(ASKED, f"shipway {' '.join(PROMOTE)}"),
        "exit_code": 1,
        "retryable": True,
    }
    assert "Traceback" not in err
