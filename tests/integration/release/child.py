"""One run in a process of its own, with the clock and the chance of `world`, for the test that kills it."""

import os
import sys
from collections.abc import Callable, Mapping
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from integration.release.command_line import forked
from integration.release.world import NAME, NOON, RELEASE_ID, World
from shipway.bootstrap.environment import Chance, Environment, Watchers
from shipway.bootstrap.release import Asked, run_release

Command = Callable[[Path, Environment], int]
"""Runs in a clone and gives the exit code."""

KILLED = -9


def release(clone: Path, environment: Environment) -> int:
    """Run `shipway release`."""
    outcome = run_release(
        Asked("1.1.0", repo=clone),
        environment,
        Watchers(),
        sleep=lambda _: None,
        chance=Chance(lambda: NOON, lambda: 0.0, lambda: RELEASE_ID),
    )
    return int(outcome.exit_code)


def run_apart(world: World, command: Command, **variables: str) -> int:
    """Run a command in a process of its own, which the armed faults may kill; gives its exit code.

    Args:
        variables: What it finds in its environment besides.
    """
    twin = world.twin.environment(world.token)
    variables = {**os.environ, **twin, "GITHUB_REPOSITORY": NAME, **variables}
    here, there = Pipe()
    process = forked(_child, there, command, world.clone, variables)
    for fault in world.twin.faults.armed:
        fault.pid = process.pid
    here.send("go")
    process.join()
    code = process.exitcode
    here.close()
    there.close()
    process.close()
    assert code is not None
    return code


def _child(
    parent: "Connection[Any, Any]", command: Command, clone: Path, variables: Mapping[str, str]
) -> None:
    """Wait until the parent knows who we are, then run."""
    os.environ.update(variables)
    parent.recv()
    sys.exit(command(clone, Environment.read()))
