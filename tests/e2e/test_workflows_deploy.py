"""The shipped workflow that deploys, started by the button of promotions, run for real against the twin."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from act import NO_CONTAINERS, Act, WorkflowRun
from hello import BOT, REPOSITORY, Hello, greeting

from shipway.twin.behaviour import environments, runs
from shipway.twin.identity import Identity

CONFIGURATION = """\
gates:
  smoke: {command: [git, --version]}
environments:
  production: {deploy: {workflow: deploy.yml, command: [git, --version]}}
"""


@pytest.fixture
def hello(tmp_path: Path) -> Iterator[Hello]:
    with greeting(tmp_path / "clone", {".github/shipway.yml": CONFIGURATION}) as made:
        with made.twin.world.locked():
            environments.ensure(made.twin.world, made.twin.world.repository(REPOSITORY) or {}, "production")
        yield made


@pytest.mark.requirement("DEP-1", "DEP-2", "FACE-1")
def test_from_the_button_to_verified(hello: Hello, action: Path, tool_cache: Path) -> None:
    def press(name: str, run: int = 0, **inputs: str) -> WorkflowRun:
        variables = {**hello.variables(f"workflows/{name}.yml"), **NO_CONTAINERS}
        variables |= {"GITHUB_RUN_ID": str(run)} if run else {}
        actor = (f"--actor={BOT}",) if run else ()  # whose token has started it
        act = Act(tool_cache, action, variables, ("--platform=ubuntu-latest=-self-hosted", *actor))
        return act(f".github/workflows/{name}.yml", "workflow_dispatch", hello.clone, inputs=inputs)

    asked = press("promote-button", version="1.0.0", to="production")
    assert (asked.code, asked.outputs["reason-code"]) == (0, "dispatched"), asked.log
    started = asked.result["run"]["id"]
    delivery = asked.result["id"]
    with hello.twin.world.locked(Identity(BOT, "actions")):
        twin = hello.twin.world
        repo = twin.repository(REPOSITORY) or {}
        deployment = runs.enter_environment(twin, repo, runs.find(twin, repo, started), "production")["id"]

    done = press("deploy", started, delivery=delivery, environment="production", version="1.0.0")

    assert (done.code, done.outputs["decision"]) == (0, "done"), done.log
    assert done.result["deployment"]["id"] == deployment
    assert done.outputs["reason-code"] == "done"
    assert [row["id"] for row in hello.ask("GET", "/deployments")] == [deployment]
    swept = press("sweep")
    assert (swept.code, swept.result["message"]) == (0, "Nothing is under way."), swept.log
