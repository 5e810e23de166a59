"""The workflow of a repository that carries hotfixes on, found by what it calls."""

import re
from collections.abc import Mapping

_CALLS = re.compile(
    r"\buses:\s*\S+/\.github/workflows/hotfix\.ya?ml@|^\s+command:\s*hotfix\s*$", re.MULTILINE
)
_STARTED = re.compile(r"^\s+workflow_dispatch:", re.MULTILINE)


def hotfix_workflow(texts: Mapping[str, str]) -> str:
    """The first file that can be started and calls Shipway for a hotfix; empty where there is none.

    Args:
        texts: Name of a file in `.github/workflows` → its text.
    """
    fitting = (name for name, text in texts.items() if _STARTED.search(text) and _CALLS.search(text))
    return next(fitting, "")
