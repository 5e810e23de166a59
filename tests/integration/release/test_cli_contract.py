"""What holds for every command: data on standard output, talk on standard error, one document for programs."""

import json
import os
import pty
import re
import signal
import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest
import yaml

from integration.release.command_line import call
from integration.release.test_refusals_cli import COMMAND, TRACE, shipway
from integration.release.world import NAME, World, clone_of, make_source, settle_people
from shipway.cli import COMMANDS
from shipway.cli.errors import show_error
from shipway.errors import InputError
from shipway.twin.server import Twin

pytestmark = pytest.mark.requirement("CLI-1")

CALLS = {
    "init": ("init", "--dry-run"),
    "doctor": ("doctor",),
    "next": ("next",),
    "changelog": ("changelog",),
    "explain": ("explain", "HEAD"),
    "lint": ("lint", "HEAD"),
    "release": ("release", "auto", "--dry-run"),
    "promote": ("promote", "1.0.0", "--to", "staging", "--dry-run"),
    "unlock": ("unlock", "staging", "--reason", "over"),
    "environments plan": ("environments", "plan"),
    "environments apply": ("environments", "apply", "--yes"),
    "sweep": ("sweep",),
    "status": ("status",),
    "report": ("report", "1.1.0"),
    "audit verify": ("audit", "verify"),
    "audit show": ("audit", "show"),
    "demo": ("demo",),
}
"""Every command that ends by itself, as it is called in a clone with a release under way."""

OWN_WORLDS = {
    "audit acknowledge",
    "mcp",
    "twin",
    "lock",
    "rollback",
    "maturity",
    "parse",
    "comment",
    "deploy",
    "hotfix",
}
"""Commands that do not end by themselves, stand in the way of others, or need more than this clone has: they have
tests of their own.
"""

SILENT = {"lint"}
"""Commands whose text is empty when nothing is wrong."""

TALKING = {"demo"}
"""Commands that tell what they do meanwhile."""


def leaves() -> dict[str, click.Command]:
    """Full name → command, of all commands that are no groups."""
    found = {}
    for name, target in COMMANDS.items():
        module, _, attribute = target.partition(":")
        command = getattr(import_module(module), attribute)
        inner = command.commands.items() if isinstance(command, click.Group) else ()
        found |= {f"{name} {one}": leaf for one, leaf in inner} or {name: command}
    return found


def test_every_command_is_called_here() -> None:
    assert {*CALLS, *OWN_WORLDS} == leaves().keys()


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A clone with a release under way."""
    folder = tmp_path_factory.mktemp("begun")
    with pytest.MonkeyPatch.context() as patch, Twin() as twin:
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "Mona")
            patch.setenv(f"GIT_{role}_EMAIL", "mona@example.test")
        token = settle_people(twin, make_source(folder / "source"))
        world = World(twin, clone_of(twin, token, folder / "clone"), token)
        world.release()
        assert shipway(world, *CALLS["environments apply"])[0] == 0  # done, so that each call says the same
        yield world


@pytest.mark.parametrize("name", CALLS)
def test_what_a_command_prints_where(begun: World, name: str) -> None:
    code, text, talk = shipway(begun, *CALLS[name])
    assert code == 0
    assert bool(text) == (name not in SILENT)
    assert bool(talk) == (name in TALKING)
    if name != "demo":  # takes a while, and goes through the same door
        assert shipway(begun, *CALLS[name], "--output", "table")[:2] == (0, text)

    code, out, said = shipway(begun, *CALLS[name], "--output", "json")
    assert code == 0
    found = json.loads(out)
    assert bool(said) == bool(talk)

    if name != "demo":
        code, out, _ = shipway(begun, *CALLS[name], "--output", "yaml")
        assert (code, yaml.safe_load(out)) == (0, found)


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_the_twin_prints_its_variables_and_nothing_else(form: str) -> None:
    command = [COMMAND, "twin", "--output", form]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr
        assert running.stderr.readline() == "Serving until Ctrl-C.\n"
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate()
    found = yaml.safe_load(out) if form == "yaml" else json.loads(out)
    assert (running.returncode, err) == (0, "")
    assert found["variables"]["GITHUB_SERVER_URL"] == found["url"]


REFUSED = CALLS | {"twin": ("twin", "--import", "nothing")}


@pytest.mark.requirement("FAIL-4")
@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_is_one_document_too(tmp_path: Path, name: str) -> None:
    def refused(*more: str) -> tuple[int, str, str]:
        code, out, err = call([*REFUSED[name], *more], tmp_path, os.environ)
        return code, out, TRACE.sub("", err)

    code, nothing, talk = refused()
    assert (code in {1, 2}, nothing) == (True, "")
    for form, read in (("json", json.loads), ("yaml", yaml.safe_load)):
        again, out, said = refused("--output", form)
        assert (again, said.replace(f" --output {form}", "")) == (code, talk)  # it shows the command as given
        document = read(out)
        assert list(document) == ["schema", "error"]
        error = document["error"]
        fields = ["reason_code", "message", "next_step", "exit_code", "retryable"]
        assert [name for name in error if name != "trace_id"] == fields
        assert f"error[{error['reason_code']}]: {error['message']}\n  {error['next_step']}\n" == said
        assert error["exit_code"] == code


def test_a_tampered_ledger_is_one_document_with_its_flaws_and_the_error(world: World) -> None:
    world.release()
    world.git("fetch", "--quiet")
    world.git("checkout", "--quiet", "shipway-ledger")
    entries = "releases/1.1.0.jsonl"
    text = (world.clone / entries).read_text()
    world.commit("oops", {entries: text.replace('"actor":"releaser"', '"actor":"somebody"', 1)})
    world.git("checkout", "--quiet", "main")
    code, out, err = shipway(world, "audit", "verify", "--output", "json")
    found = json.loads(out)
    assert code == 1
    assert err.startswith("error[ledger-tampered]: ")
    changed = {"sequence": 1, "path": "", "problem": "its content was changed after it was written"}
    assert found["flaws"][0] == changed
    assert found["error"]["reason_code"] == "ledger-tampered"


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (("release", "auto", "--dry-run"), 0),
        (("release", "auto", "--from", "mian"), 2),
        (("release", "auto"), 3),
        (("report", "9.9.9"), 11),
        (("next", "--fast"), 2),
    ],
)
def test_exit_codes(begun: World, arguments: tuple[str, ...], exit_code: int) -> None:
    assert shipway(begun, *arguments)[0] == exit_code


def test_the_exit_code_of_a_token_that_may_not(begun: World) -> None:
    variables = {**os.environ, **begun.twin.environment("nope"), "GITHUB_REPOSITORY": NAME}
    done = subprocess.run(
        [COMMAND, "status"], cwd=begun.clone, env=variables, capture_output=True, check=False
    )
    assert done.returncode == 12


COLOUR = re.compile(rb"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7])(?:;\d+)*m")


def on_a_terminal(world: World, **more: str) -> bytes:
    """What a release shows to somebody who sits in front of it."""
    ours, theirs = pty.openpty()
    variables = {**os.environ, **world.twin.environment(world.token), "GITHUB_REPOSITORY": NAME}
    variables |= {"TERM": "xterm-256color"} | more
    command = [COMMAND, "release", "auto"]
    with subprocess.Popen(command, cwd=world.clone, env=variables, stdout=theirs, stderr=theirs) as running:
        os.close(theirs)
        shown = b""
        while block := _read(ours):
            shown += block
    os.close(ours)
    assert running.returncode == 3
    return shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux ends a pseudo-terminal like this
        return b""


def test_no_color_is_respected(begun: World) -> None:
    assert COLOUR.search(on_a_terminal(begun))
    assert not COLOUR.search(on_a_terminal(begun, NO_COLOR="1"))


@pytest.mark.parametrize("name", [*leaves(), "audit"])
def test_help_goes_to_standard_output_and_has_an_example(tmp_path: Path, name: str) -> None:
    code, out, err = call([*name.split(), "--help"], tmp_path, os.environ)
    assert (code, err) == (0, "")
    assert re.search(rf"(?s)Examples?:\s+shipway {name}\b", out)
    assert "\x1b" not in out


@pytest.mark.requirement("CLI-1")
@pytest.mark.parametrize("group", ["", "audit", "environments"])
def test_no_sentence_is_cut_off_where_commands_are_listed(tmp_path: Path, group: str) -> None:
    _, out, _ = call([*group.split(), "--help"], tmp_path, os.environ)

    _, _, listed = out.partition("Commands:\n")
    assert listed
    assert "..." not in listed


@pytest.mark.requirement("FAIL-4")
@pytest.mark.parametrize(
    ("line", "message", "next_step"),
    [
        (
            "nxt",
            "There is no command 'nxt'.",
            "Did you mean next? See `shipway --help`; for example: shipway next",
        ),
        (
            "audit verfy",
            "There is no command 'verfy'.",
            "Did you mean verify? See `shipway audit --help`; for example: shipway audit verify",
        ),
        (
            "audit",
            "`shipway audit` needs a command.",
            "There are acknowledge, show, verify. See `shipway audit --help`; for example: shipway audit verify",
        ),
        (
            "next --ouput json",
            "There is no option '--ouput'.",
            "Did you mean --output? See `shipway next --help`; for example: shipway next",
        ),
        (
            "next -x",
            "There is no option '-x'.",
            "There are --repo, --output, --help. See `shipway next --help`; for example: shipway next",
        ),
        (
            "next -o jsn",
            "--output cannot be 'jsn'.",
            "Did you mean json? See `shipway next --help`; for example: shipway next",
        ),
        (
            "report v1.0.0 --format pdf",
            "--format cannot be 'pdf'.",
            "There are markdown, html, json. See `shipway report --help`; for example: shipway report v2.5.0",
        ),
        (
            "release mior",
            "VERSION cannot be 'mior'.",
            "Did you mean minor? See `shipway release --help`; for example: shipway release auto --dry-run",
        ),
        (
            "release",
            "Missing argument 'VERSION'.",
            "See `shipway release --help`; for example: shipway release auto --dry-run",
        ),
        (
            "next --output",
            "Option '--output' requires an argument.",
            "See `shipway next --help`; for example: shipway next",
        ),
    ],
)
def test_what_was_probably_meant(tmp_path: Path, line: str, message: str, next_step: str) -> None:
    said = f"error[usage]: {message}\n  {next_step}\n"
    assert call(line.split(), tmp_path, os.environ) == (2, "", said)


HOSTILE = "\x9b31m##[group]x\n::set-output name=a::b\u202e"


@pytest.mark.requirement("SEC-3")
@pytest.mark.parametrize("form", ["json", "yaml", "text"])
def test_an_error_is_harmless_in_a_log(tmp_path: Path, form: str) -> None:
    _, out, err = call([HOSTILE, "--output", form], tmp_path, os.environ)
    for shown in (out, err):
        assert not re.search(r"[\x80-\x9f\u202e]|##\[|^\s*::", shown, re.MULTILINE)
    if form == "json":
        assert json.loads(out)["error"]["message"] == f"There is no command {HOSTILE!r}."


@pytest.mark.requirement("SEC-3")
@pytest.mark.parametrize("form", ["json", "yaml", "text"])
def test_a_message_that_was_not_quoted_is_harmless_too(capsys: pytest.CaptureFixture[str], form: str) -> None:
    assert show_error(InputError(HOSTILE, HOSTILE), ["next", "--output", form]) == 1
    shown = capsys.readouterr()
    for stream in (shown.out, shown.err):
        assert not re.search(r"[\x80-\x9f\u202e]|##\[|^\s*::", stream, re.MULTILINE)
    if form == "json":
        assert json.loads(shown.out)["error"]["message"] == HOSTILE
