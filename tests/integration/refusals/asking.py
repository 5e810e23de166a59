"""The command line as somebody meets it who is refused: exit code, and what stands on standard error."""

import os
import re

from integration.release.command_line import call
from integration.release.world import NAME, World

TRACE = re.compile(r"^  trace: [0-9a-f]{32}\n", re.MULTILINE)


def refused(world: World, *words: str, **variables: str) -> tuple[int, str]:
    """Run the command in the clone, on the twin; without the line that names the trace."""
    around = {
        **os.environ,
        **world.twin.environment(world.token),
        "GITHUB_REPOSITORY": NAME,
        **variables,
    }
    code, _, told = call(words, world.clone, around)
    return code, TRACE.sub("", told)


def configure(world: World, text: str) -> None:
    """Let the default branch have this configuration."""
    world.commit("chore: configure", {".github/shipway.yml": text})
