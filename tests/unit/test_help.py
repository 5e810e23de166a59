"""What every command says of itself, and what it answers to slips, of all commands that there are."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from shipway.cli.root import run, shipway

INTERNAL = re.compile(
    r"(?i)\b(adapter|bootstrap|dataclass|domain|engine|gather|kwargs|payload|pydantic|rung|todo)\b"
)
"""Words of the code; people who read help know none of them."""


def walked(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[click.Context]:
    """Every command with those that stand below it."""
    context = click.Context(command, info_name=name, parent=parent)
    yield context
    if isinstance(command, click.Group):
        for one in command.list_commands(context):
            below = command.get_command(context, one)
            assert below
            yield from walked(below, one, context)


CONTEXTS = {one.command_path: one for one in walked(shipway, "shipway")}
LONG = [
    (path, option)
    for path, one in CONTEXTS.items()
    for parameter in one.command.params
    for option in parameter.opts
    if option.startswith("--") and len(option) > len("--to")
]


def examples(context: click.Context) -> list[str]:
    """The command lines that help shows for a command, without where a shell sends their results."""
    return re.findall(r"(?m)(?:^|  )(shipway \S.*?)(?=  | > |$)", context.command.epilog or "")


def refused(line: str) -> str:
    """Why click refuses an example, with all that is obligatory and each value of its kind."""
    words = shlex.split(line)[1:]
    command, depth = shipway.get_command(CONTEXTS["shipway"], words[0]), 1
    if isinstance(command, click.Group):
        command, depth = command.get_command(CONTEXTS[f"shipway {words[0]}"], words[1]), 2
    assert command, line
    try:
        command.make_context(words[0], words[depth:]).close()
    except click.UsageError as problem:
        return problem.format_message()
    return ""


@pytest.mark.requirement("CLI-1")
@pytest.mark.parametrize("path", CONTEXTS)
def test_help_has_examples_that_are_understood(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("here", "api"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    Path("comment.md").write_text("/help")
    found = examples(CONTEXTS[path])
    assert found
    assert {line: refused(line) for line in found} == dict.fromkeys(found, "")
    assert any(line.startswith(path) for line in found)


@pytest.mark.requirement("CLI-1")
@pytest.mark.parametrize("path", CONTEXTS)
def test_help_is_whole_and_in_words_of_people(path: str) -> None:
    context = CONTEXTS[path]
    options = [one for one in context.command.params if isinstance(one, click.Option)]
    assert context.command.help
    assert [one.opts for one in options if not one.help] == []
    assert INTERNAL.findall(context.command.get_help(context)) == []


@pytest.mark.requirement("FAIL-4")
@pytest.mark.parametrize(("path", "option"), LONG)
def test_an_option_that_lacks_a_letter_is_recognised(
    path: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    slip = option[:4] + option[5:]
    assert run([*path.split()[1:], slip]) == 2
    said = capsys.readouterr().err
    assert f"There is no option '{slip}'." in said
    assert f"  Did you mean {option}? See `{path} --help`" in said


@pytest.mark.requirement("FAIL-4")
@pytest.mark.parametrize(
    ("path", "name"), [path.rsplit(" ", 1) for path in CONTEXTS if path.startswith("shipway ")]
)
def test_a_command_that_lacks_a_letter_is_recognised(
    path: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    slip = name[:1] + name[2:]
    assert run([*path.split()[1:], slip]) == 2
    assert f"  Did you mean {name}? See `{path} --help`" in capsys.readouterr().err
