"""The table agrees with the command line, with what runs take, and with the reference."""

from dataclasses import MISSING, fields
from importlib import import_module
from pathlib import Path

import click
import pytest

from shipway.bootstrap.locking import LockAsked
from shipway.bootstrap.promoting import PromotionAsked
from shipway.bootstrap.release import Asked
from shipway.bootstrap.rollback import RollbackAsked
from shipway.cli import COMMANDS
from shipway.domain.commands.help_text import described, help_text, overview
from shipway.domain.commands.parsing import parse
from shipway.domain.commands.spec import Spec
from shipway.domain.commands.table import TABLE
from shipway.domain.commands.typed import Command, own_fields

pytestmark = pytest.mark.requirement("FACE-1")

ROOT = Path(__file__).parents[3]
SHARED = {"release", "hotfix", "promote", "lock", "unlock", "rollback"}
"""Commands whose options on the command line are those of the table, and some more."""
LINES = {
    "release": ("/release minor", Asked),
    "hotfix": (f"/hotfix auto --base v2.4.1 --pick {'a' * 40}", Asked),
    "promote": ("/promote 2.5.0 staging", PromotionAsked),
    "lock": ("/lock staging", LockAsked),
    "unlock": ("/unlock staging", LockAsked),
    "rollback": ("/rollback staging", RollbackAsked),
}


def options(name: str) -> dict[str, click.Option]:
    module, _, attribute = COMMANDS[name].partition(":")
    command: click.Command = getattr(import_module(module), attribute)
    return {opt: one for one in command.params if isinstance(one, click.Option) for opt in one.opts}


def test_the_commands() -> None:
    assert " ".join(TABLE) == (
        "release hotfix promote deploy plan rollback lock unlock approve reject override cancel retry status why "
        "report help"
    )


@pytest.mark.parametrize("spec", TABLE.values(), ids=lambda spec: spec.name)
def test_a_command_says_all_that_its_record_has_and_nothing_else(spec: Spec) -> None:
    shared = {field.name for field in fields(Command)}
    own = {field.name: field for field in fields(spec.record) if field.name not in shared}
    needed = {name for name, field in own.items() if field.default is MISSING}

    assert {part.field for part in spec.parts} == {*own}
    assert {part.field for part in spec.parts if part.needed} == needed
    assert len({*spec.keys.values()}) == len(own)
    assert spec.summary.endswith(".")
    assert all(part.help.endswith(".") for part in spec.parts)


@pytest.mark.parametrize("name", sorted(SHARED))
def test_every_flag_is_an_option_of_the_command_line(name: str) -> None:
    there = options(name)
    ours = dict(TABLE[name].flags)

    assert {*ours} <= {*there}
    for flag, part in ours.items():
        option = there[flag]
        assert (option.name, option.is_flag, option.multiple) == (
            part.field,
            part.kind == "switch",
            part.many,
        )


SAID_OTHERWISE = {"--reason", "--dry-run", "--expires", "--scope", "--pick"}
"""Flags of which a comment says another thing: reasons need no quotes there, choices are not shown, commits are
named whole."""


@pytest.mark.parametrize("name", sorted(SHARED))
def test_flags_are_explained_alike(name: str) -> None:
    there, ours = options(name), TABLE[name].flags
    shared = {*there} & {*ours} - SAID_OTHERWISE
    assert {flag: ours[flag].help for flag in shared} == {
        flag: (there[flag].help or "").partition("  [default: ")[0] for flag in shared
    }


@pytest.mark.parametrize("name", sorted(LINES))
def test_a_run_takes_what_a_line_says(name: str) -> None:
    line, record = LINES[name]
    command = parse(line)
    assert command is not None
    asked = record(**own_fields(command))
    assert {key: getattr(asked, key) for key in own_fields(command)} == own_fields(command)


def test_the_reference_has_every_command() -> None:
    page = (ROOT / "docs" / "reference" / "commands.md").read_text()

    assert overview() in page
    for spec in TABLE.values():
        assert f"\n## `/{spec.name}`\n\n{described(spec)}\n" in page


def test_help() -> None:
    assert help_text("report") == (
        "```text\n/report [VERSION] [@SHA]\n```\n\n"
        "Show the report of a release.\n\n"
        "Who may: role read and higher. Changes nothing.\n\n"
        "| Part | Meaning |\n| --- | --- |\n| `VERSION` | The version; in a pull request its own. |\n\n"
        "```text\n/report 2.5.0    the report of 2.5.0\n```"
    )
    assert help_text().startswith("| Command | What it does | Lowest role |\n")
    assert "| `/override` | Let a version past one gate, for a while. | maintain |" in help_text()
