"""Options that a release and a hotfix have in common: how they run, and with which files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

_F = TypeVar("_F", bound=Callable[..., Any])


def course_options(*, clone: str, reason: str, dirty: str) -> Callable[[_F], _F]:
    """Add the options in the order in which help shows them.

    Args:
        clone: Help of `--repo`.
        reason: Help of `--reason`.
        dirty: What `--allow-dirty` does although the clone has changes.
    """
    path = click.Path(path_type=Path)
    options = (
        click.option("--wait", is_flag=True, help="Stay while reviewers or checks have to move."),
        click.option("--repo", type=path, default=Path(), help=clone),
        click.option("--notes", "notes_file", type=path, help="Hand-written changelog section to use."),
        click.option("--config", type=path, help="Configuration in place of the default branch's."),
        click.option("--override", multiple=True, metavar="GATE", help="Gate to let past; may be repeated."),
        click.option("--reason", default="", help=reason),
        click.option(
            "--expires", metavar="TIME", default="", help="How long they are, such as 4h; likewise."
        ),
        click.option(
            "--report", "reports", multiple=True, metavar="GLOB", help="Report files; may be repeated."
        ),
        click.option(
            "--allow-dirty",
            is_flag=True,
            help=f"{dirty} although the clone has changes that are not committed.",
        ),
    )

    def with_options(command: _F) -> _F:
        for option in reversed(options):
            command = option(command)
        return command

    return with_options
