"""What the README and the first pages promise is there: commands, options, make targets, links, configuration."""

import re
from importlib import import_module
from pathlib import Path

import click
import pytest

from shipway.cli import COMMANDS
from shipway.config import read_policy

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/start.md", "docs/benchmarks.md")
_BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)[^)]*\)")
_YAML = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


def code_of(page: str) -> list[str]:
    """The lines of code on a page, without comments."""
    text = (ROOT / page).read_text("utf-8")
    blocks = [block for language, block in _BLOCK.findall(text) if language in {"", "sh"}]
    lines = [*"".join(blocks).splitlines(), *_SPAN.findall(_BLOCK.sub("", text))]
    return [re.sub(r"\s#.*", "", line).strip() for line in lines]


def called(page: str, program: str) -> list[list[str]]:
    """The words after each call of a program."""
    return [line.split()[1:] for line in code_of(page) if line.startswith(f"{program} ")]


def loaded(name: str) -> click.Command:
    module, _, attribute = COMMANDS[name].partition(":")
    command: click.Command = getattr(import_module(module), attribute)
    return command


def options_of(command: click.Command) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize("page", PAGES)
def test_every_command_and_option_exists(page):
    for name, *words in called(page, "shipway"):
        if name == "--version":
            continue
        assert name in COMMANDS, f"shipway {name}"
        command = loaded(name)
        if isinstance(command, click.Group) and words:
            assert words[0] in command.commands, f"shipway {name} {words[0]}"
            command = command.commands[words[0]]
        given = {word for word in words if word.startswith("--")}
        assert given <= options_of(command), f"shipway {name}: {given - options_of(command)}"


def test_the_readme_names_every_command():
    named = {name for name, *_ in called("README.md", "shipway")}
    assert named == set(COMMANDS)


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_and_variable_exists(page):
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for name, *words in called(page, "make"):
        assert re.search(rf"^{re.escape(name)}:", makefile, re.MULTILINE), f"make {name}"
        for variable in (word.partition("=")[0] for word in words if "=" in word):
            assert f"$({variable})" in makefile, f"make {name} {variable}="


@pytest.mark.parametrize("page", PAGES)
def test_every_relative_link_leads_somewhere(page):
    links = _LINK.findall((ROOT / page).read_text("utf-8"))
    assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []


@pytest.mark.parametrize("page", ["README.md", "docs/start.md"])
def test_every_configuration_is_one(page):
    (text,) = _YAML.findall((ROOT / page).read_text("utf-8"))
    assert read_policy(text).pipeline == ("staging", "production")
