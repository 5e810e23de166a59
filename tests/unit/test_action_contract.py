"""action.yml, the code behind it and its reference page say the same, in both directions."""

import re
from pathlib import Path

import pytest
import yaml

from shipway import action
from shipway.domain.outcome import Decision
from shipway.domain.state import State
from shipway.errors import ShipwayError

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
CALLED = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())
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


def test_the_called_workflow_passes_everything_on() -> None:
    call = CALLED[True]["workflow_call"]  # YAML 1.1 reads the key `on` as true
    assert set(call["inputs"]) | set(call["secrets"]) == {*action.TAKES["release"], "token", "runtime"}
    job = CALLED["jobs"]["release"]
    step = next(step for step in job["steps"] if step.get("id") == "shipway")
    expected = {name: f"${{{{ inputs.{name} }}}}" for name in call["inputs"]}
    assert step["with"] == {**expected, "token": "${{ secrets.token || github.token }}"}
    for name in ACTION["outputs"]:
        assert call["outputs"][name]["value"] == f"${{{{ jobs.release.outputs.{name} }}}}"
        assert job["outputs"][name] == f"${{{{ steps.shipway.outputs.{name} }}}}"
    assert list(call["outputs"]) == list(job["outputs"]) == list(ACTION["outputs"])


def test_the_called_workflow_has_the_same_defaults() -> None:
    for name, given in CALLED[True]["workflow_call"]["inputs"].items():
        default = given["default"]
        assert (str(default).lower() if isinstance(default, bool) else default) == ACTION["inputs"][name][
            "default"
        ]
