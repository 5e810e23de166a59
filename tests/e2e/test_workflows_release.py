"""The shipped workflows, run for real from the button to the tag, against the twin."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from act import NO_CONTAINERS, Act, Annotation, WorkflowRun
from hello import REPOSITORY, Hello, greeting

pytestmark = pytest.mark.requirement("FACE-1")

CONFIGURATION = """\
environments:
  staging: {deploy: {command: [git, --version]}}
  production: {after: staging, deploy: {command: [git, --version]}}
"""


FAILING = {
    ".github/shipway.yml": "gates: {unit: {command: [sh, run-tests], report: [junit.xml]}}\n",
    "run-tests": "echo '::set-output name=tag::v9'\ncp results.xml junit.xml\n",
    "tests/test_a.py": "def test_half():\n    assert 1 == 2\n",
    "results.xml": """\
<testsuite name="unit" tests="2" failures="1"><testcase classname="a" name="test_whole"/>
<testcase classname="a" name="test_half" file="tests/test_a.py" line="2">
<failure message="100% wrong">assert 1 == 2</failure></testcase></testsuite>
""",
}


@pytest.fixture
def hello(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Hello]:
    files = {".github/shipway.yml": CONFIGURATION, **getattr(request, "param", {})}
    with greeting(tmp_path / "clone", files) as made:
        yield made


@pytest.fixture
def act(hello: Hello, action: Path, tool_cache: Path) -> Act:
    """A runner with Python and without containers."""
    return Act(tool_cache, action, {**hello.variables("workflows/release-button.yml"), **NO_CONTAINERS})


def press(act: Act, hello: Hello, **inputs: str) -> WorkflowRun:
    """Press the release button."""
    file = ".github/workflows/release-button.yml"
    return act(file, "workflow_dispatch", hello.clone, inputs={"version": "minor", **inputs})


def waiting(run: WorkflowRun, version: str = "1.1.0") -> str:
    """The number of the pull request for whose approval the run waits."""
    assert run.code == 0, run.log
    assert run.outputs["decision"] == "waiting", run.outputs
    assert run.outputs["state"] == "review"
    assert run.outputs["version"] == version
    assert run.outputs["tag"] == ""
    assert [note.level for note in run.annotations] == ["notice"]
    assert "```mermaid" in run.summary
    return run.outputs["pull-request"]


def completed(run: WorkflowRun, hello: Hello, version: str = "1.1.0") -> None:
    """The release is out and deployed everywhere, and the run said so."""
    assert run.code == 0, run.log
    assert {k: v for k, v in run.outputs.items() if k in {"decision", "state", "version", "tag"}} == {
        "decision": "done",
        "state": "completed",
        "version": version,
        "tag": f"v{version}",
    }
    assert hello.ask("GET", "/releases/latest")["tag_name"] == f"v{version}"
    deployments = hello.ask("GET", "/deployments")
    assert sorted(d["environment"] for d in deployments) == ["production", "staging"]
    for deployment in deployments:
        newest = hello.ask("GET", f"/deployments/{deployment['id']}/statuses")[0]
        assert newest["state"] == "success"


def test_from_the_button_to_production(act: Act, hello: Hello) -> None:
    number = waiting(press(act, hello))
    hello.approve(number)
    completed(press(act, hello), hello)


def test_a_push_opens_the_release_and_a_review_carries_it_on(act: Act, hello: Hello) -> None:
    file = ".github/workflows/release-on-push.yml"
    repository = {"default_branch": "main"}
    pushed = {"ref": "refs/heads/main", "repository": repository}
    number = waiting(act(file, "push", hello.clone, payload=pushed), "1.0.1")
    hello.approve(number)
    pull = hello.ask("GET", f"/pulls/{number}")
    reviewed = {"action": "submitted", "pull_request": pull, "repository": repository}
    completed(act(file, "pull_request_review", hello.clone, payload=reviewed), hello, "1.0.1")


@pytest.mark.parametrize(
    ("branch", "repository"),
    [("release/1.0.1", "mallory/hello"), ("feature", REPOSITORY)],
    ids=["fork", "feature"],
)
def test_a_review_of_another_branch_starts_nothing(
    act: Act, hello: Hello, branch: str, repository: str
) -> None:
    file = ".github/workflows/release-on-push.yml"
    head = {"ref": branch, "repo": {"full_name": repository}}
    reviewed = {
        "action": "submitted",
        "pull_request": {"head": head},
        "repository": {"default_branch": "main"},
    }
    run = act(file, "pull_request_review", hello.clone, payload=reviewed)
    assert (run.code, run.outputs) == (0, {})


def test_a_dry_run_changes_nothing(act: Act, hello: Hello) -> None:
    before = len(hello.twin.journal.entries())
    run = press(act, hello, **{"dry-run": "true"})
    assert run.code == 0, run.log
    assert run.outputs["decision"] == "planned"
    assert len(hello.twin.journal.entries()) == before


@pytest.mark.requirement("GATE-7")
@pytest.mark.parametrize("hello", [FAILING], indirect=True, ids=[""])
def test_a_failing_test_is_noted_in_the_log_and_cannot_command_it(act: Act, hello: Hello) -> None:
    run = press(act, hello)
    assert run.code == 1, run.log
    assert (run.outputs["decision"], run.outputs["reason-code"]) == ("refused", "gates-failed")
    assert run.outputs["tag"] == ""
    assert "| unit | ❌ fail |" in run.summary
    noted = [annotation for annotation in run.annotations if "test_half" in annotation.title]
    assert noted == [Annotation("error", "a.test_half", "100% wrong", "tests/test_a.py", "2")]


def test_a_refusal_is_red_and_says_what_to_do(act: Act, hello: Hello) -> None:
    run = press(act, hello, exact="1.0.0")
    assert run.code == 1
    assert (run.outputs["decision"], run.outputs["reason-code"]) == ("failed", "tag-exists")
    (error,) = run.annotations
    assert (error.level, error.title) == ("error", "Shipway: tag-exists")
    assert error.message.endswith("Choose a higher version, for example: shipway release 1.0.1")


def test_the_button_and_the_command_line_agree(act: Act, hello: Hello) -> None:
    pressed = press(act, hello, **{"dry-run": "true"}).result
    shipway = str(Path(sys.executable).parent / "shipway")
    typed = subprocess.run(
        [shipway, "release", "minor", "--dry-run", "--output", "json"],
        cwd=hello.clone,
        env={**os.environ, **act.variables},
        check=True,
        capture_output=True,
        text=True,
    )
    expected = json.loads(typed.stdout)
    assert pressed.pop("trace_id") != expected.pop("trace_id")
    assert pressed == expected


def test_a_release_stops_at_the_named_environment_and_goes_on_later(act: Act, hello: Hello) -> None:
    hello.approve(waiting(press(act, hello)))
    environ = {**os.environ, **act.variables}
    shipway = [str(Path(sys.executable).parent / "shipway"), "release", "1.1.0", "--output", "json"]
    for options, reached in ((["--environment", "staging"], ["staging"]), ([], ["production", "staging"])):
        subprocess.run([*shipway, *options], cwd=hello.clone, env=environ, check=True, capture_output=True)
        assert sorted(d["environment"] for d in hello.ask("GET", "/deployments")) == reached


def test_another_repository_calls_the_whole_workflow(act: Act, hello: Hello) -> None:
    file = ".github/workflows/release-reuse.yml"
    number = waiting(act(file, "workflow_dispatch", hello.clone, inputs={"version": "minor"}))
    hello.approve(number)
    completed(act(file, "workflow_dispatch", hello.clone, inputs={"version": "minor"}), hello)


@pytest.fixture
def container_act(podman, image: str, tmp_path: Path, hello: Hello, action: Path) -> Iterator[Act]:
    """A runner whose jobs run in containers of the built image, by podman's Docker-like service."""
    socket = tmp_path / "podman.sock"
    service = podman.serve(socket)
    try:
        yield Act(
            tmp_path / "act",
            action,
            hello.variables("workflows/release-button.yml"),
            (
                "--platform=ubuntu-latest=localhost/shipway-test",
                "--pull=false",
                "--container-daemon-socket=-",
            ),
            {"DOCKER_HOST": f"unix://{socket}"},
        )
    finally:
        service.terminate()
        service.wait()


def test_the_button_works_in_a_container(container_act: Act, hello: Hello) -> None:
    run = press(container_act, hello)
    assert "image=localhost/shipway-test" in run.log
    hello.approve(waiting(run))
    completed(press(container_act, hello), hello)
