"""The shipped workflow that obeys comments, run for real against the twin."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from act import NO_CONTAINERS, ROOT, Act, WorkflowRun
from hello import BOT, REPOSITORY, Hello, git, greeting

from shipway.twin.behaviour import comments, issues
from shipway.twin.behaviour.events import Happened
from shipway.twin.identity import Identity
from shipway.twin.rest.payloads import payload

CONFIGURATION = """\
gates:
  unit: {stages: [hotfix], command: [git, --version]}
hotfix: {auto-approve: true}
environments:
  dev: {deploy: {command: [git, --version]}}
"""

pytestmark = pytest.mark.requirement("FACE-1", "SEC-1")


@pytest.fixture
def hello(tmp_path: Path) -> Iterator[Hello]:
    """A repository with a pull request of alice's, which brings a file that must not be seen."""
    lines = (ROOT / "workflows/comments.yml").read_text().splitlines(keepends=True)
    known = "".join(one for one in lines if not one.startswith("cache-mode:"))  # which act does not know
    files = {".github/shipway.yml": CONFIGURATION, ".github/workflows/comments.yml": known}
    with greeting(tmp_path / "clone", files) as made:
        git(made.clone, "checkout", "--quiet", "-b", "topic")
        (made.clone / "stranger.txt").write_text("code of a pull request\n")
        git(made.clone, "add", "stranger.txt")
        git(made.clone, "commit", "--quiet", "--message=feat: say more")
        address = made.twin.url.replace("://", f"://x-access-token:{made.alice}@", 1)
        git(made.clone, "push", "--quiet", f"{address}/{REPOSITORY}.git", "topic")
        git(made.clone, "checkout", "--quiet", "main")
        made.ask("POST", "/pulls", {"title": "feat: say more", "head": "topic", "base": "main"}, made.alice)
        yield made


def said(hello: Hello, body: str, by: str) -> dict[str, Any]:
    """The event of a comment, as GitHub tells it."""
    world = hello.twin.world
    repo = world.repository(REPOSITORY) or {}
    with world.locked(Identity(by)):
        thread = issues.find(world, repo, 1)
        comment = comments.create(world, repo, thread, body)
        about = {"thread": thread, "comment": comment}
        return dict(payload(world, repo, Happened(REPOSITORY, "issue_comment", "created", about)))


def obeyed(hello: Hello, action: Path, tools: Path, event: dict[str, Any]) -> WorkflowRun:
    """Run the workflow as GitHub would after the comment."""
    variables = {**hello.variables("workflows/comments.yml"), **NO_CONTAINERS}
    act = Act(tools, action, variables)
    return act(".github/workflows/comments.yml", "issue_comment", hello.clone, payload=event)


def answers(hello: Hello) -> list[str]:
    """What the bot has written into the pull request."""
    rows = hello.ask("GET", "/issues/1/comments")
    return [row["body"] for row in rows if row["user"]["login"] == BOT]


def test_from_a_comment_to_promoted(hello: Hello, action: Path, tool_cache: Path) -> None:
    event = said(hello, "/promote 1.0.0 dev", "alice")
    done = obeyed(hello, action, tool_cache, event)
    assert done.code == 0, done.log
    assert (done.code, done.outputs["decision"], done.outputs["version"]) == (0, "done", "1.0.0"), done.log
    assert [row["environment"] for row in hello.ask("GET", "/deployments")] == ["dev"]
    reply, status = answers(hello)
    assert "✅ `/promote 1.0.0 dev`: 1\\.0.0 is in dev." in reply
    assert "| dev | ✅ **1\\.0.0** |" in status
    reactions = hello.ask("GET", f"/issues/comments/{event['comment']['id']}/reactions")
    assert [(one["user"]["login"], one["content"]) for one in reactions] == [(BOT, "eyes"), (BOT, "+1")]
    assert not (hello.clone / "stranger.txt").exists()


@pytest.mark.requirement("HOT-1", "HOT-3")
def test_from_a_comment_to_the_end_of_a_hotfix(hello: Hello, action: Path, tool_cache: Path) -> None:
    """The comment's job makes the branch with the fix and starts the hotfix workflow, which goes on from there."""
    given = said(hello, f"/hotfix auto --base v1.0.0 --pick {hello.fix()} --reason it crashes", "alice")
    asked = obeyed(hello, action, tool_cache, given)
    assert (asked.code, asked.outputs["reason-code"]) == (0, "hotfix-dispatched"), asked.log
    started = hello.ask("GET", "/actions/runs")["workflow_runs"][0]
    workflow = ".github/workflows/hotfix-button.yml"
    assert (started["path"], started["actor"]["login"]) == (workflow, BOT)
    assert f"/actions/runs/{started['id']}." in answers(hello)[0]
    entries = (one for one in hello.twin.journal.entries() if one.effect == "workflow.dispatched")
    (inputs,) = (one.detail["inputs"] for one in entries if one.actor == BOT)

    variables = {**hello.variables("workflows/hotfix-button.yml"), **NO_CONTAINERS}
    variables["GITHUB_RUN_ID"] = str(started["id"])
    act = Act(tool_cache, action, variables, ("--platform=ubuntu-latest=-self-hosted", f"--actor={BOT}"))
    done = act(workflow, "workflow_dispatch", hello.clone, inputs=inputs)

    assert (done.code, done.outputs["decision"], done.outputs["state"]) == (0, "done", "completed"), done.log
    assert done.outputs["tag"] == "v1.0.1"
    assert [row["environment"] for row in hello.ask("GET", "/deployments")] == ["dev"]
    assert hello.ask("GET", "/compare/v1.0.1...main")["behind_by"] == 0
    assert "is released" in answers(hello)[1]


def test_what_is_no_command_starts_nothing(hello: Hello, action: Path, tool_cache: Path) -> None:
    before = len(hello.twin.journal.requests)
    run = obeyed(hello, action, tool_cache, said(hello, "Looks good.", "alice"))
    assert (run.code, run.outputs) == (0, {}), run.log
    assert answers(hello) == []
    asked = [one.route for one in hello.twin.journal.requests[before:] if one.user_agent == "shipway"]
    assert asked == []
