"""Workflows started by hand, and runs held at environments."""

from datetime import UTC, datetime, timedelta

import pytest
from github import GithubException
from github.Repository import Repository

from conftest import Clone, Project
from shipway.twin import admin
from shipway.twin.behaviour import runs
from shipway.twin.identity import Identity
from shipway.twin.store import Document

DEPLOY = """
name: Deploy
run-name: Deploy ${{ inputs.version }} ${{ inputs.nonce }}
on:
  workflow_dispatch:
    inputs:
      version: {required: true}
      target: {type: choice, options: [staging, production], default: staging}
      dry: {type: boolean}
      nonce: {}
"""


@pytest.fixture
def repo(project: Project, clone: Clone) -> Repository:
    folder = clone.path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "deploy.yml").write_text(DEPLOY)
    (folder / "ci.yml").write_text("on: [push]\n")
    clone.commit("ci: workflows")
    clone.git("push", "--quiet", project.remote(), "main")
    return project.github().get_repo(project.full_name)


def refusal(problem: pytest.ExceptionInfo[GithubException]) -> tuple[int, str]:
    """Status and message."""
    return problem.value.status, problem.value.data["message"]


def test_dispatch_records_a_run(repo: Repository) -> None:
    workflow = repo.get_workflow("deploy.yml")
    assert (workflow.name, workflow.path) == ("Deploy", ".github/workflows/deploy.yml")
    assert workflow.create_dispatch("main", {"version": "1.2.3", "nonce": "n1"}, throw=True)
    (run,) = workflow.get_runs()
    assert (run.event, run.status, run.conclusion, run.head_branch) == (
        "workflow_dispatch",
        "queued",
        None,
        "main",
    )
    assert (run.display_title, run.run_number) == ("Deploy 1.2.3 n1", 1)
    assert repo.get_workflow_run(run.id).path == ".github/workflows/deploy.yml"
    assert run.cancel()
    assert repo.get_workflow_run(run.id).conclusion == "cancelled"


def test_dispatch_tells_the_run_on_request(repo: Repository) -> None:
    body = {"ref": "main", "inputs": {"version": "1"}, "return_run_details": True}
    url = f"{repo.url}/actions/workflows/deploy.yml/dispatches"
    _, answer = repo.requester.requestJsonAndCheck("POST", url, input=body)
    assert repo.get_workflow_run(answer["workflow_run_id"]).status == "queued"


@pytest.mark.parametrize(
    ("workflow", "ref", "inputs", "expected"),
    [
        ("deploy.yml", "missing", {}, (422, "No ref found for: missing")),
        ("ci.yml", "main", {}, (422, "Workflow does not have 'workflow_dispatch' trigger")),
        ("deploy.yml", "main", {}, (422, "Required input 'version' not provided")),
        ("deploy.yml", "main", {"verison": "1"}, (422, 'Unexpected inputs provided: ["verison"]')),
        (
            "deploy.yml",
            "main",
            {"version": "1", "target": "mars"},
            (422, "Provided value 'mars' for input 'target' not in the list of allowed values"),
        ),
        (
            "deploy.yml",
            "main",
            {"version": "1", "dry": "maybe"},
            (422, "Provided value 'maybe' for input 'dry' is not of type boolean"),
        ),
    ],
)
def test_refuses_to_dispatch(
    repo: Repository, workflow: str, ref: str, inputs: dict[str, str], expected: tuple[int, str]
) -> None:
    with pytest.raises(GithubException) as problem:
        repo.get_workflow(workflow).create_dispatch(ref, inputs, throw=True)
    assert refusal(problem) == expected


def start(project: Project, repo: Repository, environment: str) -> tuple[int, int]:
    """A run whose job enters an environment; gives run and deployment."""
    repo.get_workflow("deploy.yml").create_dispatch("main", {"version": "1"}, throw=True)
    world = project.twin.world
    with world.locked(Identity("github-actions[bot]", "actions")):
        document: Document = world.repository(project.full_name) or {}
        run = world.store.all("run", project.full_name)[-1]
        return run["id"], runs.enter_environment(world, document, run, environment)["id"]


def review(project: Project, login: str, run: int, environment: int, state: str) -> list[Document]:
    """Answer as somebody."""
    repo = project.github(project.token_of(login)).get_repo(project.full_name)
    body = {"environment_ids": [environment], "state": state, "comment": "Seen"}
    url = f"{repo.url}/actions/runs/{run}/pending_deployments"
    answer: list[Document] = repo.requester.requestJsonAndCheck("POST", url, input=body)[1]
    return answer


def protect(project: Project, repo: Repository, name: str, **settings: object) -> int:
    """An environment reviewed by alice; gives its number."""
    project.token_of("alice")
    alice = project.twin.world.user("alice") or {}
    body = {"reviewers": [{"type": "User", "id": alice["id"]}], **settings}
    _, answer = repo.requester.requestJsonAndCheck("PUT", f"{repo.url}/environments/{name}", input=body)
    return int(answer["id"])


def test_an_environment_without_protection_holds_nothing(project: Project, repo: Repository) -> None:
    _, deployment = start(project, repo, "dev")
    assert [one.state for one in repo.get_deployment(deployment).get_statuses()] == ["in_progress"]


def test_reviewers_let_a_run_go_on(project: Project, repo: Repository) -> None:
    environment = protect(project, repo, "production", prevent_self_review=True)
    run, deployment = start(project, repo, "production")
    assert repo.get_workflow_run(run).status == "waiting"
    with pytest.raises(GithubException) as problem:
        review(project, "octocat", run, environment, "approved")
    words = "There were one or more errors: the user is not allowed to review."
    assert refusal(problem) == (422, words)
    (approved,) = review(project, "alice", run, environment, "approved")
    assert approved["id"] == deployment
    assert repo.get_workflow_run(run).status == "in_progress"
    url = f"{repo.url}/actions/runs/{run}/approvals"
    (told,) = repo.requester.requestJsonAndCheck("GET", url)[1]
    assert (told["state"], told["user"]["login"], told["comment"]) == ("approved", "alice", "Seen")


def test_rejection_ends_a_run(project: Project, repo: Repository) -> None:
    environment = protect(project, repo, "production")
    run, deployment = start(project, repo, "production")
    review(project, "alice", run, environment, "rejected")
    assert repo.get_workflow_run(run).conclusion == "failure"
    assert repo.get_deployment(deployment).get_statuses()[0].state == "failure"


def test_a_timer_holds_until_it_ran_out(project: Project, repo: Repository) -> None:
    clock = project.twin.world.clock
    clock.set(datetime(2026, 1, 5, 12, tzinfo=UTC))
    environment = protect(project, repo, "production", wait_timer=30)
    run, _ = start(project, repo, "production")
    review(project, "alice", run, environment, "approved")
    url = f"{repo.url}/actions/runs/{run}/pending_deployments"
    (waiting,) = repo.requester.requestJsonAndCheck("GET", url)[1]
    assert (waiting["environment"]["name"], waiting["wait_timer"]) == ("production", 30)
    clock.advance(timedelta(minutes=30))
    assert repo.requester.requestJsonAndCheck("GET", url)[1] == []
    assert repo.get_workflow_run(run).status == "in_progress"


def test_repository_dispatch(repo: Repository) -> None:
    assert repo.create_repository_dispatch("deploy", {"version": "1"})


def test_workflow_tokens_open_pull_requests_only_where_they_may(project: Project, repo: Repository) -> None:
    repo.create_git_ref("refs/heads/topic", repo.get_branch("main").commit.sha)
    repo.create_file("new.md", "docs: new", "new", branch="topic")
    url, closed = f"{repo.url}/actions/permissions/workflow", {"can_approve_pull_request_reviews": False}
    repo.requester.requestJsonAndCheck("PUT", url, input=closed)
    with project.twin.world.locked():
        admin.create_user(project.twin.world, "github-actions[bot]", kind="Bot")
    token = project.token_of("github-actions[bot]", {"pull_requests": "write"}, kind="actions")
    there = project.github(token).get_repo(project.full_name)
    with pytest.raises(GithubException) as problem:
        there.create_pull(title="Add", head="topic", base="main")
    assert refusal(problem) == (403, "GitHub Actions is not permitted to create or approve pull requests.")
    repo.requester.requestJsonAndCheck("PUT", url, input={"can_approve_pull_request_reviews": True})
    assert there.create_pull(title="Add", head="topic", base="main").user.login == "github-actions[bot]"
