"""The rules of this house that no linter keeps."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "shipway"
MODULES = sorted(SOURCE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
SCENARIOS = ROOT / "tests" / "scenarios"
KNOWN = {line.partition(" ")[0] for line in (ROOT / "tests" / "requirements.txt").read_text().splitlines()}
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "models", "services", "interfaces", "common", "misc"}

LONGEST_FILE = 500
"""Lines."""
LONGEST_FUNCTION = 60
"""Lines, without its docstring."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, Function))


def length(function: Function) -> int:
    body = function.body[1:] if ast.get_docstring(function, clean=False) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_no_file_is_too_long() -> None:
    long = {name_of(path): len(path.read_text().splitlines()) for path in MODULES}

    assert {name: lines for name, lines in long.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_too_long() -> None:
    long = {f"{name_of(path)}:{each.name}": length(each) for path in MODULES for each in functions(path)}

    assert {name: lines for name, lines in long.items() if lines > LONGEST_FUNCTION} == {}


def test_modules_are_named_for_what_they_are() -> None:
    parts = {part.removesuffix(".py") for path in MODULES for part in path.relative_to(SOURCE).parts}

    assert parts & NAMES_THAT_SAY_NOTHING == set()


def test_every_module_says_what_it_is() -> None:
    assert [name_of(path) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text()))] == []


def rows(path: Path) -> Iterator[str]:
    """The rows that a test file says it shows."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.requirement":
            yield from (ast.literal_eval(argument) for argument in node.args)


@pytest.mark.parametrize("path", TESTS, ids=name_of)
def test_rows_that_tests_show_are_known(path: Path) -> None:
    assert {*rows(path)} <= KNOWN


def test_no_row_stands_there_twice() -> None:
    assert len(KNOWN) == len((ROOT / "tests" / "requirements.txt").read_text().splitlines())


def said(path: Path) -> Iterator[str]:
    """Reason codes, and what looks like them, that a test file writes as they are compared: no docstrings.

    A plain word such as `git` says nothing in a list, where it may be part of a command.
    """
    for parent in ast.walk(ast.parse(path.read_text())):
        for node in () if isinstance(parent, ast.Expr) else ast.iter_child_nodes(parent):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                shown = re.findall(r"[`\[]([a-z-]+)[`\]]", node.value)
                whole = [] if isinstance(parent, ast.List) else [node.value]
                yield from (*shown, *whole, *re.findall(r"(?<![\w-])[a-z]+(?:-[a-z]+)+(?![\w-])", node.value))


def test_every_reason_code_is_seen_to_arise() -> None:
    codes = json.loads((SOURCE / "reason_codes.json").read_text())
    replies = "".join(path.read_text() for path in SCENARIOS.glob("comments/*/reply.md"))
    ends = [yaml.safe_load(path.read_text())["ends"] for path in SCENARIOS.glob("comments/*/scenario.yml")]
    found = {code for path in TESTS if path != Path(__file__) for code in said(path)}
    found |= {code for _, code in ends} | {*re.findall(r"<sub>`([a-z-]+)`</sub>", replies)}

    assert [code for code in codes if code not in found] == []


def test_every_error_has_a_reason() -> None:
    """The root has none, so that no two kinds of errors share one by leaving it out."""
    bare = {"ShipwayError", "InputError", "GitHubError"}
    calls = [
        (path, node)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in bare
    ]
    named = [any(one.arg in {"reason_code", None} for one in node.keywords) for _, node in calls]

    assert [
        f"{name_of(path)}:{node.lineno}" for (path, node), good in zip(calls, named, strict=True) if not good
    ] == []
