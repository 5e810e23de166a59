"""The command line as a process, forked from one that has everything imported.

A call takes a tenth of the time that it takes people, most of which is imports. What has to do with how a process
begins is tested with the installed command.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from shipway.cli import COMMANDS, main

PRELOADED = [
    __name__,
    "integration.delivery.commands",
    "integration.release.child",
    "integration.deploy.journey_world",
    "shipway.cli.root",
    *{target.partition(":")[0] for target in COMMANDS.values()},
]


def forked(target: Any, *arguments: Any) -> BaseProcess:
    """Call a function in a process of its own, which has begun already."""
    context = get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    process = context.Process(target=target, args=arguments)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        process.start()
    return process


def call(arguments: Sequence[str], folder: Path, variables: Mapping[str, str]) -> tuple[int, str, str]:
    """Run `shipway` in a folder with an environment; gives exit code, standard output and standard error."""
    with TemporaryDirectory() as temporary:
        files = [Path(temporary, name) for name in ("out", "err")]
        process = forked(_called, [*arguments], folder, {**variables}, files)
        process.join()
        code = process.exitcode
        process.close()
        assert code is not None
        out, err = (file.read_text() for file in files)
    return code, out, err


def _called(arguments: list[str], folder: Path, variables: dict[str, str], files: list[Path]) -> None:
    """Become the command: its folder, its environment, its streams, its arguments."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    for number, file in enumerate(files, start=1):
        with file.open("wb") as stream:
            os.dup2(stream.fileno(), number)
    sys.stdout, sys.stderr = (open(number, "w", closefd=False) for number in (1, 2))  # noqa: SIM115 - as Python does
    sys.argv = ["shipway", *arguments]
    main()
