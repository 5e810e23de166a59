"""`shipway parse`: say what a text commands, and do nothing."""

import codecs
from typing import BinaryIO

import click

from shipway.cli.mistakes import Choice
from shipway.cli.output import output_option, show
from shipway.domain.commands.branch_deploy import Dialect
from shipway.domain.commands.reading import LONGEST, read_comment
from shipway.errors import ExitCode, UsageError

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
    reading = read_comment(_text(file), dialect=Dialect() if dialect else None)
    show("yaml" if output == "yaml" else "json", "", reading.to_json())
    return ExitCode.USAGE if reading.mistakes else ExitCode.OK


def _text(file: BinaryIO) -> str:
    """What GitHub would have been sent; a byte that is no UTF-8 is one character that nothing means.

    Raises:
        UsageError: `text-encoding`: read like that it would have no commands, whatever it says.
    """
    given = file.read(_BYTES)
    if given.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in given:
        raise UsageError(
            f"{file.name} is not UTF-8 text: it looks like UTF-16, or is no text at all.",
            "Save it as UTF-8, for example: iconv -f UTF-16 -t UTF-8 comment.md | shipway parse",
            reason_code="text-encoding",
        )
    return given.decode("utf-8-sig", "replace")
