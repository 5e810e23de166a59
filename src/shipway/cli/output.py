"""Where results go: standard output, as text, JSON or YAML."""

import re
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from shipway.domain.schema import SCHEMA
from shipway.domain.scrubbing import scrubbed

_F = TypeVar("_F", bound=Callable[..., Any])
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_IN_JSON = re.compile(rf"{_UNSEEN.pattern}|(?<=##)\[")
_COMMAND = re.compile(r"\n[^\S\n]*:(?=:)")  # begins with what is quickly found; `^` takes ten times as long

OUTPUTS = ("text", "table", "json", "yaml")
"""`table` is another name for `text`, which commands never see."""


def output_option(command: _F) -> _F:
    """The `--output` option that every command has."""
    import click  # noqa: PLC0415 - a bare `shipway next` does without

    from shipway.cli.mistakes import Choice  # noqa: PLC0415 - likewise

    option = click.option(
        "-o",
        "--output",
        type=Choice(OUTPUTS),
        default="text",
        callback=lambda _context, _option, value: "text" if value == "table" else value,
        show_default=True,
        help="Form of the result on standard output.",
    )
    return option(command)


def show(output: str, text: str, data: Mapping[str, Any], *, masked: bool = True) -> None:
    """Print a result.

    Args:
        output: One of `OUTPUTS`.
        text: What people read, nothing when empty; a final line break is added when it lacks one.
        data: The same for programs: dictionaries, lists, strings, numbers. The number of its form comes in front.
        masked: Whether what has the shape of a secret is hidden; False where a token is the result.
    """
    hide = scrubbed if masked else str
    numbered = {"schema": SCHEMA, **data}
    if output == "json":
        import json  # noqa: PLC0415 - text is what most ask for

        text = _IN_JSON.sub(_escape, hide(json.dumps(numbered, ensure_ascii=False, indent=2)))
    elif output == "yaml":
        import yaml  # noqa: PLC0415 - slow to import and rarely wanted

        text = _harmless(hide(yaml.safe_dump(numbered, allow_unicode=True, sort_keys=False)))
    else:
        text = _harmless(hide(text))
    write(text)


def write(text: str) -> None:
    """Print a result that is harmless as it stands, with a final line break, or nothing when it is empty."""
    if text:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()


def say(text: str) -> None:
    """Tell people something on standard error."""
    if text:
        sys.stderr.write(f"{inert(text)}\n")


def _escape(found: re.Match[str]) -> str:
    """The same character for whoever reads JSON, and none for a terminal or a workflow's log."""
    return f"\\u{ord(found[0]):04x}"


def inert(text: str) -> str:
    """Text that may hold a stranger's: no secret in it, and no terminal escape or workflow command takes effect."""
    return _harmless(scrubbed(text))


def _harmless(text: str) -> str:
    seen = "\n" + _UNSEEN.sub("", text)
    return _COMMAND.sub("\\g<0>\u200b", seen)[1:].replace("##[", "##\u200b[")
