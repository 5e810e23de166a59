"""`shipway parse`: say what a text commands, and do nothing."""

from typing import BinaryIO

import click

from shipway.cli.mistakes import Choice
from shipway.cli.output import output_option, show
from shipway.domain.commands.branch_deploy import Dialect
from shipway.domain.commands.reading import LONGEST, read_comment
from shipway.errors import ExitCode

_BYTES = 4 * LONGEST + 8
"""More than a text can have that is read at all."""


@click.command(
    "parse",
    short_help="Say what the text of a comment commands.",
    epilog="""
Examples:

\b
  shipway parse comment.md
  shipway parse --dialect branch-deploy comment.md
  echo '/promote staging' | shipway parse
""",
)
@click.argument("file", type=click.File("rb"), default="-", metavar="[FILE]")
@click.option(
    "--dialect", type=Choice(["branch-deploy"]), help="Understand the commands of another tool too."
)
@output_option
def parse_command(file: BinaryIO, dialect: str | None, output: str) -> int:
    """Say what the text in FILE commands, or the text on standard input, and do nothing.

    The answer is JSON, or YAML where that is asked for. Nothing else is read: no configuration, no repository.
    Ends with 2 when something is meant for Shipway and cannot be understood.
    """
    body = file.read(_BYTES).decode("utf-8-sig", "replace")
    reading = read_comment(body, dialect=Dialect() if dialect else None)
    show("yaml" if output == "yaml" else "json", "", reading.to_json())
    return ExitCode.USAGE if reading.mistakes else ExitCode.OK
