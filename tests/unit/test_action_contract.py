"""action.yml, the code behind it and its reference page say the same, in both directions."""

import re
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from shipway import action
from shipway.cli import root
from shipway.domain.outcome import Decision
from shipway.domain.state import State
from shipway.errors import ShipwayError

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
FAILURE = action.failure(action.Inputs.read({}), ShipwayError("lost"))

pytestmark = pytest.mark.requirement("FACE-1")


def _rows(heading: str) -> list[list[str]]:
    page = (ROOT / "docs/reference/action.md").read_text()
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def test_the_page_lists_every_input() -> None:
    stated = [[name, given["default"], given["description"]] for name, given in ACTION["inputs"].items()]
    assert _rows("Inputs") == stated


def test_the_page_lists_every_output() -> None:
    assert _rows("Outputs") == [[name, given["description"]] for name, given in ACTION["outputs"].items()]


def test_every_input_reaches_the_code() -> None:
    (step,) = ACTION["runs"]["steps"]
    given = {f"INPUT_{n.replace('-', '_').upper()}": f"${{{{ inputs.{n} }}}}" for n in ACTION["inputs"]}
    assert step["env"] == given
    read = {name.rstrip("_").replace("_", "-") for name in action.Inputs.__slots__}
    assert {*read, "runtime"} == set(ACTION["inputs"])


def test_every_input_means_something() -> None:
    taken = {name for names in action.TAKES.values() for name in names}
    assert taken | {"command", "token", "runtime"} == set(ACTION["inputs"])


def test_every_input_is_read_from_its_variable() -> None:
    environ = {f"INPUT_{name.replace('-', '_').upper()}": f" {name}\n" for name in ACTION["inputs"]}
    inputs = action.Inputs.read(environ)
    assert [getattr(inputs, name) for name in inputs.__slots__] == [
        name.rstrip("_").replace("_", "-") for name in inputs.__slots__
    ]


def test_every_output_is_written() -> None:
    assert list(action.outputs(FAILURE)) == list(ACTION["outputs"])
    (step,) = ACTION["runs"]["steps"]
    for name, given in ACTION["outputs"].items():
        assert given["value"] == f"${{{{ steps.{step['id']}.outputs.{name} }}}}"


def _named(description: str) -> list[str]:
    listed = description.split(": ", 1)[1].split(".", maxsplit=1)[0]
    return re.findall(r"[a-z-]+", re.sub(r"\(.*?\)", "", listed).replace(" or ", ","))


def test_the_descriptions_name_every_value() -> None:
    assert _named(ACTION["inputs"]["command"]["description"]) == list(action.COMMANDS)
    assert _named(ACTION["outputs"]["state"]["description"]) == [state.value for state in State]
    decisions = [decision.value for decision in Decision]
    assert _named(ACTION["outputs"]["decision"]["description"]) == [*decisions, FAILURE["decision"]]
    runtimes = re.findall(r"^  ([a-z]+)\)$", (ROOT / "scripts/action-run").read_text(), re.MULTILINE)
    assert _named(ACTION["inputs"]["runtime"]["description"]) == runtimes


IDLE = {"release": set(), "promote": {"state", "pull-request"}, "rollback": {"state"}}
"""Reusable workflow → outputs that mean nothing to it."""


def _called(command: str) -> dict[Any, Any]:
    return dict(yaml.safe_load((ROOT / f".github/workflows/{command}.yml").read_text()))


@pytest.mark.parametrize("command", IDLE)
def test_a_called_workflow_passes_everything_on(command: str) -> None:
    called = _called(command)
    call = called[True]["workflow_call"]  # YAML 1.1 reads the key `on` as true
    assert set(call["inputs"]) | set(call["secrets"]) == {*action.TAKES[command], "token", "runtime"}
    job = called["jobs"][command]
    step = next(step for step in job["steps"] if step.get("id") == "shipway")
    expected = {name: f"${{{{ inputs.{name} }}}}" for name in call["inputs"]}
    assert {"command": "release", **step["with"]} == {
        **expected,
        "command": command,
        "token": "${{ secrets.token || github.token }}",
    }
    outputs = [name for name in ACTION["outputs"] if name not in IDLE[command]]
    for name in outputs:
        assert call["outputs"][name]["value"] == f"${{{{ jobs.{command}.outputs.{name} }}}}"
        assert job["outputs"][name] == f"${{{{ steps.shipway.outputs.{name} }}}}"
    assert list(call["outputs"]) == list(job["outputs"]) == outputs


@pytest.mark.parametrize("command", IDLE)
def test_a_called_workflow_has_the_same_defaults(command: str) -> None:
    for name, given in _called(command)[True]["workflow_call"]["inputs"].items():
        default = given.get("default", ACTION["inputs"][name]["default"])
        assert (str(default).lower() if isinstance(default, bool) else default) == ACTION["inputs"][name][
            "default"
        ]


OUT_OF_PLACE = {"repo", "output", "wait", "rehearse", "notes", "allow-dirty"}
"""Options of the command line that a job has no use for: nothing waits inside it, and it has a clone of its own."""
BY_HAND = {"deploy": {"environment", "pull-request", "sha"}}
"""Options that try a pull request by hand; in a workflow a comment does it, and its job takes up what was started."""
SPELT = {
    ("lock", "release"): "version",
    ("rollback", "to"): "version",
    ("release", "report"): "reports",
    ("hotfix", "report"): "reports",
}


@pytest.mark.parametrize("command", action.COMMANDS)
def test_the_action_takes_what_the_command_line_takes(command: str) -> None:
    found = root.shipway.get_command(click.Context(root.shipway), command)
    assert found
    options = {option.opts[-1].lstrip("-") for option in found.params} - OUT_OF_PLACE
    options -= BY_HAND.get(command, set())
    assert {SPELT.get((command, name), name) for name in options} == set(action.TAKES[command])


@pytest.mark.parametrize("button", ["promote", "rollback"])
def test_a_button_passes_on_what_people_choose(button: str) -> None:
    file = yaml.safe_load((ROOT / f"workflows/{button}-button.yml").read_text())
    asked, given = set(file[True]["workflow_dispatch"]["inputs"]), file["jobs"][button]["with"]
    assert {re.sub(r"\$\{\{ inputs\.(.+) }}", r"\1", value) for value in given.values()} == asked
    assert set(given) <= set(_called(button)[True]["workflow_call"]["inputs"])
    assert file["jobs"][button]["permissions"] == _called(button)["jobs"][button]["permissions"]


@pytest.mark.requirement("LOCK-1", "GATE-9")
@pytest.mark.parametrize(
    ("button", "commands", "left"),
    [
        ("promote", {"promote"}, {"config"}),
        ("rollback", {"rollback"}, {"config"}),
        ("lock", {"lock", "unlock"}, {"config"}),
        ("release", {"release"}, {"config", "reports", "from", "to", "environment"}),
    ],
)
def test_a_button_offers_what_the_command_takes(button: str, commands: set[str], left: set[str]) -> None:
    """All but what nobody chooses anew from one press to the next."""
    (job,) = yaml.safe_load((ROOT / f"workflows/{button}-button.yml").read_text())["jobs"].values()
    given = job.get("with") or job["steps"][-1]["with"]
    assert {*given} - {"command"} == {name for one in commands for name in action.TAKES[one]} - left


@pytest.mark.parametrize("button", ["lock", "release"])
def test_a_button_of_its_own_passes_on_what_people_choose(button: str) -> None:
    file = yaml.safe_load((ROOT / f"workflows/{button}-button.yml").read_text())
    asked, given = set(file[True]["workflow_dispatch"]["inputs"]), file["jobs"][button]["steps"][-1]["with"]
    assert set(re.findall(r"inputs\.([a-z-]+)", " ".join(given.values()))) == asked
