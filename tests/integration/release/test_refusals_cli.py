"""What the installed command prints where: results on standard output, refusals on standard error."""

import json
import os
import re
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from integration.release.command_line import call
from integration.release.world import NAME, World
from shipway.cli.root import run

COMMAND = Path(sys.executable).with_name("shipway")
TRACE = re.compile(r"^  trace: [0-9a-f]{32}\n", re.MULTILINE)


def shipway(world: World, *arguments: str) -> tuple[int, str, str]:
    """Run the command in the clone, on the twin; refusals without the line that names the trace."""
    variables = {
        **os.environ,
        **world.twin.environment(world.token),
        "GITHUB_REPOSITORY": NAME,
        "TRACEPARENT": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    code, out, err = call(arguments, world.clone, variables)
    return code, out, TRACE.sub("", err)


@pytest.mark.requirement("CLI-1", "FAIL-4")
def test_a_refusal_is_talk_and_for_programs_an_object(world: World) -> None:
    message = "There is no source branch 'mian'."
    step = "The nearest names are main; for example: --from main"
    talk = f"error[source-branch-missing]: {message}\n  {step}\n"

    assert shipway(world, "release", "auto", "--from", "mian") == (2, "", talk)
    code, out, err = shipway(world, "release", "auto", "--from", "mian", "--output", "json")
    assert (code, err) == (2, talk)
    assert json.loads(out)["error"]["next_step"] == step


@pytest.mark.requirement("CLI-1")
@pytest.mark.parametrize("command", [("next",), ("changelog",), ("status",), ("audit", "show")])
def test_a_table_is_the_text(world: World, command: tuple[str, ...]) -> None:
    plain = shipway(world, *command)
    assert plain[0] == 0
    assert shipway(world, *command, "--output", "table") == plain


@pytest.mark.requirement("LED-1", "CLI-1")
def test_a_tampered_ledger_is_found(world: World) -> None:
    world.release()
    world.git("fetch", "--quiet")
    world.git("checkout", "--quiet", "shipway-ledger")
    entries = "releases/1.1.0.jsonl"
    text = (world.clone / entries).read_text()
    commit = world.commit("oops", {entries: text.replace('"actor":"releaser"', '"actor":"somebody"', 1)})
    world.git("checkout", "--quiet", "main")
    assert shipway(world, "audit", "verify") == (
        1,
        "",
        (
            "error[ledger-tampered]: The ledger was changed behind Shipway's back:\n"
            "  entry 1: its content was changed after it was written\n"
            f"  commit {commit[:10]}: it changes entries of {entries}\n"
            f"  commit {commit[:10]}: it adds no entry\n"
            "  Compare the branch shipway-ledger with a clone that somebody fetched earlier.\n"
        ),
    )


@pytest.mark.requirement("CLI-1", "FAIL-4")
@pytest.mark.parametrize(
    "command",
    [
        "next --output json",
        "explain HEAD",
        "lint main..HEAD",
        "status --env production",
        "rollback production --reason 'errors at checkout' --dry-run",
    ],
)
def test_outside_of_a_repository_the_command_that_was_given_is_the_example(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "t")
    monkeypatch.setenv("GITHUB_REPOSITORY", NAME)
    assert run([*shlex.split(command), "--repo", str(tmp_path)]) in {1, 2}

    told = capsys.readouterr().err.splitlines()[1]
    assert told == f"  Go to a clone, or name one: shipway {command} --repo path/to/clone"


@pytest.mark.requirement("CLI-1", "FAIL-4")
@pytest.mark.parametrize(
    "command", ["release auto", "audit show --kind deployed", "maturity orders --to staging"]
)
def test_without_a_token_the_command_that_was_given_is_the_example(world: World, command: str) -> None:
    told = shipway(replace(world, token=""), *command.split())[2].splitlines()[1]

    assert told == f"  Set GITHUB_TOKEN, for example: GITHUB_TOKEN=$(gh auth token) shipway {command}"
