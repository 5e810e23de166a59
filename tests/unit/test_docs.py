"""What the pages say is so: links, commands, paths, codes, steps and states exist, and programs run."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import get_args

import click
import pytest
import yaml
from jinja2 import Environment, meta

from shipway.cli import COMMANDS
from shipway.config import read_policy
from shipway.domain import maturity, plan
from shipway.domain.delivery.rollback_steps import RollbackStep
from shipway.domain.ledger import Event, Ledger
from shipway.domain.state import State

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "shipway"
TEMPLATES = SOURCE / "templates"
FILES = list(TEMPLATES.rglob("*.j2"))
PAGES = sorted(
    page.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "tests/contract/*.md")
    for page in ROOT.glob(pattern)
)
_BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\((?!\w+:)([^)\s]*)\)")
_PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?")
_FOLDERS = {"src", "tests", "scripts", "workflows", "bench", "requirements"}
_PARTS = {path.name for path in SOURCE.iterdir() if path.is_dir()} - {"templates", "__pycache__"}


def text_of(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def blocks(page: str, language: str) -> list[str]:
    return [block for name, block in _BLOCK.findall(text_of(page)) if name == language]


def spans(page: str) -> list[str]:
    return _SPAN.findall(_BLOCK.sub("", text_of(page)))


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", _BLOCK.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(page: str) -> Iterator[str]:
    for link in _LINK.findall(_BLOCK.sub("", text_of(page))):
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    assert list(broken(page)) == []


def test_every_page_is_in_the_index() -> None:
    linked = {
        (ROOT / "docs" / link.partition("#")[0]).resolve()
        for link in _LINK.findall(text_of("docs/README.md"))
    }
    assert [
        page for page in PAGES if (ROOT / page).resolve() not in linked and page != "docs/README.md"
    ] == []


def command_lines(page: str) -> Iterator[list[str]]:
    """The words after `shipway` in each command that a page shows, without what a shell takes for itself."""
    shown = "".join(blocks(page, "") + blocks(page, "sh")).splitlines()
    for line in (*shown, *spans(page)):
        found = re.search(r"(?:^|[;=&|)] ?)shipway ([a-z-].*)", line.strip())
        if found:
            words = shlex.split(found[1], comments=True)
            ends = (index for index, word in enumerate(words) if word in {">", "|", "&&", "…"})
            yield words[: next(ends, len(words))]


def problem_with(words: list[str]) -> str:
    """Why click would not understand a command line; placeholders may stand for values."""
    name, *rest = words
    if name not in COMMANDS:
        return "" if name in {"--version", "--help"} else f"no command {name}"
    module, _, attribute = COMMANDS[name].partition(":")
    command: click.Command = getattr(import_module(module), attribute)
    if isinstance(command, click.Group) and rest:
        if rest[0] not in command.commands:
            return f"no command {name} {rest[0]}"
        command, rest = command.commands[rest[0]], rest[1:]
    context = click.Context(command, info_name=name)
    try:
        values, surplus, _ = command.make_parser(context).parse_args(rest)
    except click.UsageError as error:
        return error.format_message()
    wrong = [
        str(values[one.name])
        for one in command.params
        if isinstance(one.type, click.Choice)
        and one.name in values
        and values[one.name] not in one.type.choices
    ]
    return " ".join([*surplus, *wrong])


def whole_lines(page: str) -> Iterator[list[str]]:
    """The words after `shipway` in each line of a block that people would copy, or see typed."""
    blocks_of = (block for language in ("", "sh", "text") for block in blocks(page, language))
    for line in "".join(blocks_of).splitlines():
        if found := re.search(r"(?:^|[;=&|)$] ?)shipway ([a-z-].*)", line.strip()):
            words = shlex.split(found[1], comments=True)
            ends = (index for index, word in enumerate(words) if word in {">", "|", "&&"})
            yield words[: next(ends, len(words))]


def refused(words: list[str]) -> str:
    """Why click refuses a whole command line, with all that is obligatory and each value of its kind."""
    name, *rest = words
    module, _, attribute = COMMANDS[name].partition(":")
    command: click.Command = getattr(import_module(module), attribute)
    if isinstance(command, click.Group):
        command, rest = command.commands[rest[0]], rest[1:]
    try:
        command.make_context(name, rest).close()
    except click.UsageError as error:
        return error.format_message()
    return ""


@pytest.mark.requirement("CLI-1", "FACE-2")
@pytest.mark.parametrize("page", PAGES)
def test_every_line_to_copy_is_a_whole_command(page: str) -> None:
    wrong = {shlex.join(words): refused(words) for words in whole_lines(page)}
    assert {line: problem for line, problem in wrong.items() if problem} == {}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("rollback production", "Missing option '--reason'."),
        ("status --history many", "Invalid value for '--history': 'many' is not a valid integer range."),
        ("rollback production --reason 'errors'", ""),
    ],
)
def test_what_is_no_whole_command(line: str, problem: str) -> None:
    assert refused(shlex.split(line)) == problem


@pytest.mark.requirement("CLI-1")
@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_understood(page: str) -> None:
    wrong = {shlex.join(words): problem_with(words) for words in command_lines(page)}
    assert {line: problem for line, problem in wrong.items() if problem} == {}


def test_the_readme_names_every_command() -> None:
    assert {name for name, *_ in command_lines("README.md")} == set(COMMANDS)


@pytest.mark.requirement("FACE-2")
@pytest.mark.parametrize("page", PAGES)
def test_every_configuration_can_be_used_as_it_stands(page: str) -> None:
    for text in blocks(page, "yaml"):
        data = yaml.safe_load(text)
        if isinstance(data, dict) and not {"jobs", "run-name"} & {
            *data
        }:  # else test_workflow_scan.py looks at it
            read_policy(text)


@pytest.mark.parametrize("page", PAGES)
def test_every_json_can_be_read(page: str) -> None:
    assert all(json.loads(text) for text in blocks(page, "json"))


@pytest.mark.parametrize("page", ["README.md", "docs/start.md"])
def test_the_first_configuration_can_be_used_as_it_is(page: str) -> None:
    (text,) = blocks(page, "yaml")
    assert read_policy(text).pipeline == ("staging", "production")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("relaese auto", "no command relaese"),
        ("release auto --fast", "--fast"),
        ("release auto now", "now"),
        ("report 1.0.0 --format pdf", "pdf"),
        ("audit check", "no command audit check"),
        ("release 1.0.0 --wait", ""),
    ],
)
def test_what_is_not_understood(line: str, problem: str) -> None:
    assert problem in problem_with(line.split())
    assert bool(problem) == bool(problem_with(line.split()))


def is_there(path: str) -> bool:
    return (ROOT / path).exists() or (SOURCE / path).exists()


@pytest.mark.parametrize("page", PAGES)
def test_every_path_is_there(page: str) -> None:
    named = {span for span in spans(page) if "/" in span and _PATH.fullmatch(span)}
    ours = {path for path in named if path.partition("/")[0] in _FOLDERS | _PARTS}
    assert [path for path in sorted(ours) if not is_there(path)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_and_variable_is_there(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    variables = set(re.findall(r"\$\((\w+)\)", text_of("Makefile")))
    lines = [*"".join(blocks(page, "") + blocks(page, "sh")).splitlines(), *spans(page)]
    for line in lines:
        if called := re.match(r"make ([a-z-]+)((?: \w+=\S+)*)", line.strip()):
            assert called[1] in targets
            assert set(re.findall(r" (\w+)=", called[2])) <= variables


def flaws_of(picture: str) -> Iterator[str]:
    """What would keep GitHub from drawing a picture."""
    kind, *lines = picture.strip().splitlines()
    if kind.split()[0] not in {"flowchart", "stateDiagram-v2"}:
        yield f"a picture of an unknown kind: {kind}"
    if picture.count('"') % 2:
        yield "a quote is open"
    unquoted = re.sub(r'"[^"\n]*"', "", picture)
    for opening, closing in ("()", "[]", "{}"):
        if unquoted.count(opening) != unquoted.count(closing):
            yield f"{opening} and {closing} are not balanced"
    if kind == "stateDiagram-v2":
        state = r"(?:\[\*\]|\w+)"
        yield from (line for line in lines if not re.fullmatch(rf" +{state} --> {state}(: .+)?", line))


@pytest.mark.parametrize("page", PAGES)
def test_every_picture_is_whole(page: str) -> None:
    assert [flaw for picture in blocks(page, "mermaid") for flaw in flaws_of(picture)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_closed(page: str) -> None:
    assert len(re.findall(r"^ *```", text_of(page), re.MULTILINE)) % 2 == 0


def rows(page: str) -> list[list[str]]:
    """The cells of the tables of a page."""
    lines = [line for line in text_of(page).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def first_names(page: str) -> set[str]:
    return {name for row in rows(page) for name in _SPAN.findall(row[0])}


def test_the_design_has_a_row_for_each_step_and_nothing_else() -> None:
    steps = {one.__name__ for kind in (plan.Step, RollbackStep, maturity.Step) for one in get_args(kind)}
    assert {name for name in first_names("docs/design.md") if name[0].isupper()} == steps


def test_the_design_has_each_state_as_a_row_and_in_the_picture() -> None:
    states = {state.value for state in State}
    assert states <= first_names("docs/design.md")
    (picture,) = (block for block in blocks("docs/design.md", "mermaid") if block.startswith("stateDiagram"))
    assert set(re.findall(r"\b[a-z]+(?= -->)|(?<=--> )[a-z]+", picture)) == states


def test_the_picture_names_each_step_that_moves_a_release() -> None:
    besides = {"CloseOther", "DiscardDraft", "MergeBack", "LiftLocks"}
    (picture,) = (block for block in blocks("docs/design.md", "mermaid") if block.startswith("stateDiagram"))
    named = set(re.findall(r"\b[A-Z][a-z]+[A-Za-z]*\b", picture))
    assert named == {step.__name__ for step in get_args(plan.Step)} - besides


def test_troubleshooting_knows_only_codes_that_exist() -> None:
    known = first_names("docs/reference/reason-codes.md")
    coded = {
        code for row in rows("docs/troubleshooting.md") if len(row) == 3 for code in _SPAN.findall(row[1])
    }
    assert len(coded) > 40
    assert coded - known == set()


@pytest.mark.parametrize(
    "template", sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.j2"))
)
def test_every_value_of_a_template_is_explained(template: str) -> None:
    text = (TEMPLATES / template).read_text("utf-8")
    page = set(spans("docs/reference/templates.md"))
    parts = {name for span in page for name in span.split(".")}
    environment = Environment(autoescape=True)
    environment.filters |= dict.fromkeys(("safe_line", "safe_lines", "cell", "seconds"), str)
    used = meta.find_undeclared_variables(environment.parse(text)) | set(
        re.findall(
            r"\b(?:view|notes|report|gate|environment|deployment|event|test|file|scan|row)\.(\w+)", text
        )
    )
    assert template in page
    assert used - parts - {"view", "items"} == set()


def folders() -> list[str]:
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    tops = {path.partition("/")[0] for path in tracked if "/" in path and not path.startswith(".")}
    inside = {
        "/".join(path.split("/")[:2]) for path in tracked if path.startswith("tests/") and path.count("/") > 1
    }
    parts = {f"src/shipway/{path.split('/')[2]}" for path in tracked if path.startswith("src/shipway/")}
    parts |= {str(Path(path).parent) for path in tracked if re.fullmatch(r"src(/\w+){3,}/__init__\.py", path)}
    empty = {"src/shipway/__init__.py", "src/shipway/py.typed"}
    return sorted((tops - {"src", "tests"}) | inside | (parts - empty))


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="which files belong here, only git knows")
def test_the_map_of_the_code_shows_every_folder() -> None:
    named = {name.rstrip("/") for name in first_names("CONTRIBUTING.md")}
    assert [folder for folder in folders() if folder not in named] == []


@pytest.mark.requirement("LED-2")
def test_the_program_that_checks_a_ledger_by_hand(tmp_path: Path) -> None:
    (program,) = blocks("docs/ledger.md", "python")
    file = tmp_path / "check.py"
    file.write_text(program)
    event = Event(
        "initiated", "initiated", "id", "1.0.0", "octocat", "2026-11-21T12:00:00Z", {"source": "größer"}
    )
    entries = Ledger().append([event, event])

    def checked(lines: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, file], input="\n".join(lines), capture_output=True, text=True, check=False
        )

    lines = [entry.to_line() for entry in entries]
    assert checked(lines[::-1]).stdout == f"2 entries, head {entries[-1].hash}\n"
    assert "entry 1 was changed" in checked([lines[0].replace("octocat", "alice"), lines[1]]).stderr
    assert "entry 1 is missing" in checked(lines[1:]).stderr


def test_the_example_of_an_entry_has_its_fields() -> None:
    (example,) = blocks("docs/ledger.md", "json")
    written = Ledger().append([Event("k", "k", "r", "1.0.0", "octocat", "2026-11-21T12:00:00Z")])[0].to_line()
    assert list(json.loads(example)) == list(json.loads(written))
