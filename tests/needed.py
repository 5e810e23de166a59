"""What some tests run and a bare machine lacks: npm programs, containers, ssh-keygen."""

import os
from typing import NoReturn

import pytest


def absent(what: str, remedy: str) -> NoReturn:
    """End a test that cannot run here: skipped with the command that helps, or failed where nothing may be skipped.

    `SHIPWAY_TEST_PROGRAMS=required` says that nothing may; `.ci/run` does.
    """
    reason = f"{what} ({remedy})"
    if os.environ.get("SHIPWAY_TEST_PROGRAMS") == "required":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
