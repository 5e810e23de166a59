"""The shipped workflow that repairs a release, run for real from the button to production, against the twin."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from act import NO_CONTAINERS, Act, WorkflowRun
from hello import Hello, greeting

pytestmark = pytest.mark.requirement("FACE-1", "HOT-1")

CONFIGURATION = """\
gates:
  unit: {command: [git, --version]}
  e2e: {command: [git, --version]}
environments:
  staging: {deploy: {command: [git, --version]}}
  production: {after: staging, deploy: {command: [git, --version]}}
"""


@pytest.fixture
def hello(tmp_path: Path) -> Iterator[Hello]:
    with greeting(tmp_path / "clone", {".github/shipway.yml": CONFIGURATION}) as made:
        yield made


def press(hello: Hello, action: Path, tools: Path, **inputs: str) -> WorkflowRun:
    """Press the button, with a token that may do what its job asks for, and nothing else."""
    act = Act(tools, action, {**hello.variables("workflows/hotfix-button.yml"), **NO_CONTAINERS})
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    return act(".github/workflows/hotfix-button.yml", "workflow_dispatch", hello.clone, inputs=given)


@pytest.mark.requirement("HOT-2", "HOT-3")
def test_from_the_button_to_production_and_back(hello: Hello, action: Path, tool_cache: Path) -> None:
    waiting = press(hello, action, tool_cache, base="v1.0.0", pick=hello.fix(), reason="it crashes")

    assert waiting.code == 0, waiting.log
    assert (waiting.outputs["decision"], waiting.outputs["reason-code"]) == (
        "waiting",
        "emergency-approval-missing",
    ), waiting.outputs
    assert waiting.outputs["version"] == "1.0.1"
    pull = hello.ask("GET", f"/pulls/{waiting.outputs['pull-request']}")
    assert (pull["head"]["ref"], pull["base"]["ref"]) == ("hotfix/1.0.1", "1.0.x")

    hello.approve(waiting.outputs["pull-request"])
    done = press(hello, action, tool_cache, version="1.0.1")

    assert done.code == 0, done.log
    assert {name: done.outputs[name] for name in ("decision", "state", "tag")} == {
        "decision": "done",
        "state": "completed",
        "tag": "v1.0.1",
    }
    deployments = hello.ask("GET", "/deployments")
    assert sorted(one["environment"] for one in deployments) == ["production", "staging"]
    compared = hello.ask("GET", "/compare/v1.0.1...main")
    assert compared["behind_by"] == 0


def test_a_dry_run_changes_nothing_and_a_missing_base_is_red(
    hello: Hello, action: Path, tool_cache: Path
) -> None:
    planned = press(hello, action, tool_cache, base="v1.0.0", dry_run="true")
    assert (planned.code, planned.outputs["decision"]) == (0, "planned"), planned.log

    refused = press(hello, action, tool_cache)
    assert refused.code == 1
    assert refused.outputs["reason-code"] == "base-missing"
    assert [note.level for note in refused.annotations] == ["error"]
    assert {one.actor for one in hello.twin.journal.entries()} == {"alice"}  # who pressed
