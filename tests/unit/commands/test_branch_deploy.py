"""The commands of branch-deploy, and what they became."""

from typing import Any

import pytest

from shipway.domain.commands.branch_deploy import Dialect
from shipway.domain.commands.parsing import Names
from shipway.domain.commands.reading import Mistake, read_comment
from shipway.domain.commands.table import as_json

pytestmark = pytest.mark.requirement("FACE-1")

SHA = "b0" * 20
LONG = "c1" * 32
PRODUCTION = {"environment": "production"}


def became(body: str, dialect: Dialect = Dialect()) -> dict[str, Any]:  # noqa: B008 - frozen
    (command,) = read_comment(body, dialect=dialect).commands
    found = as_json(command)
    del found["text"], found["line"]
    return {key: value for key, value in found.items() if value not in (None, False, [])}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (".deploy", {"name": "deploy", **PRODUCTION}),
        (".deploy staging", {"name": "deploy", "environment": "staging"}),
        (".deploy to staging", {"name": "deploy", "environment": "staging"}),
        (".deploy main", {"name": "deploy", "ref": "main", **PRODUCTION}),
        (".deploy main staging", {"name": "deploy", "ref": "main", "environment": "staging"}),
        (".deploy main to staging", {"name": "deploy", "ref": "main", "environment": "staging"}),
        (f".deploy {SHA} production", {"name": "deploy", "ref": SHA, **PRODUCTION}),
        (f".deploy {LONG} to staging", {"name": "deploy", "ref": LONG, "environment": "staging"}),
        (f".deploy {SHA}", {"name": "deploy", "ref": SHA, **PRODUCTION}),
        (
            ".deploy staging | --cpu=2 a | b --dry-run",
            {"name": "deploy", "environment": "staging", "parameters": "--cpu=2 a | b --dry-run"},
        ),
        (".deploy | x", {"name": "deploy", **PRODUCTION, "parameters": "x"}),
        (".noop", {"name": "plan", **PRODUCTION}),
        (".noop main to staging", {"name": "plan", "ref": "main", "environment": "staging"}),
        (".noop staging | x=1", {"name": "plan", "environment": "staging", "parameters": "x=1"}),
        (".lock", {"name": "lock", **PRODUCTION, "scope": "user"}),
        (".lock staging", {"name": "lock", "environment": "staging", "scope": "user"}),
        (
            ".lock staging --reason do not use --global today",
            {
                "name": "lock",
                "environment": "staging",
                "scope": "user",
                "reason": "do not use --global today",
            },
        ),
        (
            ".lock --reason fixing -disk full",
            {"name": "lock", **PRODUCTION, "scope": "user", "reason": "fixing -disk full"},
        ),
        (".lock --global", {"name": "lock", "all": True, "scope": "user"}),
        (".lock --global --reason x", {"name": "lock", "all": True, "scope": "user", "reason": "x"}),
        (
            ".lock staging --reason a\nb",
            {"name": "lock", "environment": "staging", "scope": "user", "reason": "a b"},
        ),
        (".lock --info", {"name": "status", **PRODUCTION}),
        (".lock staging --details", {"name": "status", "environment": "staging"}),
        (".lock --global --info", {"name": "status"}),
        (".wcid", {"name": "status", **PRODUCTION}),
        (".wcid staging", {"name": "status", "environment": "staging"}),
        (".unlock", {"name": "unlock", **PRODUCTION}),
        (".unlock staging --reason done", {"name": "unlock", "environment": "staging", "reason": "done"}),
        (".unlock --global", {"name": "unlock", "all": True}),
        (".help", {"name": "help"}),
        ("\n\n.help\n", {"name": "help"}),
        ("/status", {"name": "status"}),
        (".gitignore is wrong\n\n/status", {"name": "status"}),
    ],
)
def test_what_a_comment_became(body: str, expected: dict[str, Any]) -> None:
    assert became(body) == expected


def test_as_somebody_had_it_set_up() -> None:
    dialect = Dialect(environment="live", stable="trunk")
    assert became(".deploy trunk", dialect) == {"name": "deploy", "ref": "trunk", "environment": "live"}


@pytest.mark.parametrize(
    "body",
    [
        "please\n.deploy",
        "please .deploy",
        ".deployment",
        "..deploy",
        "`.deploy`",
        "    .deploy",
        "> .deploy",
        "```\n.deploy\n```",
        ".deploy\n===",
        ".gitignore has it",
    ],
)
def test_what_is_no_command(body: str) -> None:
    assert not read_comment(body, dialect=Dialect())


@pytest.mark.parametrize(
    ("body", "message", "meant"),
    [
        (".lcok", "There is no command .lcok.", ".lock"),
        (".deploy staging now", "It names no environment: 'staging now'.", ""),
        (
            ".lock staging --global",
            "--global is about every environment, and 'staging' stands beside it.",
            "",
        ),
        (".deploy to", "It names no environment: 'to'.", ""),
        (
            ".deploy prodution",
            "There is no environment 'prodution'. There are staging, production.",
            "production",
        ),
        (
            ".deploy staging\n\n> on your own risk",
            "Markdown stands around or in the command. Write it as plain text, with an empty line before it.",
            "",
        ),
    ],
)
def test_what_cannot_be_understood(body: str, message: str, meant: str) -> None:
    names = Names(environments=("staging", "production"))
    reading = read_comment(body, names, Dialect())
    assert reading.commands == ()
    assert reading.mistakes == (Mistake(1, message, meant),)


def test_without_the_dialect_they_are_text() -> None:
    assert not read_comment(".deploy production")
