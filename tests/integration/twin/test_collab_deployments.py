"""Deployments, their statuses and environments."""

import pytest
from github import GithubException
from github.EnvironmentDeploymentBranchPolicy import EnvironmentDeploymentBranchPolicyParams
from github.EnvironmentProtectionRuleReviewer import ReviewerParams
from github.Repository import Repository

from conftest import Clone, Project


@pytest.fixture
def repo(project: Project) -> Repository:
    return project.github().get_repo(project.full_name)


def refusal(problem: pytest.ExceptionInfo[GithubException]) -> tuple[int, str]:
    """Status, and code or message of the refusal."""
    data = problem.value.data
    errors = data.get("errors") or [{}]
    return problem.value.status, errors[0].get("message") or data["message"]


def states(repo: Repository, number: int) -> list[str]:
    """The states of a deployment, newest first."""
    return [one.state for one in repo.get_deployment(number).get_statuses()]


def test_record_and_read(repo: Repository) -> None:
    payload = {"release": "1"}
    made = repo.create_deployment("v1.0.0", environment="staging", payload=payload, auto_merge=False)
    again = repo.get_deployment(made.id)
    assert (again.ref, again.environment, again.payload, again.task) == (
        "v1.0.0",
        "staging",
        payload,
        "deploy",
    )
    assert (again.raw_data["production_environment"], again.raw_data["transient_environment"]) == (
        False,
        False,
    )
    assert [one.name for one in repo.get_environments()] == ["staging"]
    assert [one.id for one in repo.get_deployments(environment="staging", sha=again.sha)] == [made.id]
    assert list(repo.get_deployments(environment="other")) == []


def test_success_retires_earlier_ones_but_not_in_production(repo: Repository) -> None:
    for name, left in (("staging", "inactive"), ("production", "success")):
        first = repo.create_deployment("v1.0.0", environment=name)
        first.create_status("in_progress")
        first.create_status("success", environment_url="http://127.0.0.1/app")
        second = repo.create_deployment("main", environment=name)
        second.create_status("success")
        assert states(repo, first.id)[0] == left
        assert states(repo, second.id) == ["success"]


def test_refusals(repo: Repository) -> None:
    with pytest.raises(GithubException) as problem:
        repo.create_deployment("missing")
    assert refusal(problem) == (422, "No ref found for: missing")
    made = repo.create_deployment("main")
    with pytest.raises(GithubException) as problem:
        made.create_status("success", description="x" * 141)
    assert refusal(problem) == (422, "description is too long (maximum is 140 characters)")


def test_checks_hold_a_deployment_back(repo: Repository) -> None:
    commit = repo.get_branch("main").commit
    commit.create_status("pending", context="ci")
    with pytest.raises(GithubException) as problem:
        repo.create_deployment("main")
    assert refusal(problem) == (409, "Conflict: Commit status checks failed for main.")
    assert repo.create_deployment("main", required_contexts=[]).ref == "main"
    commit.create_status("success", context="ci")
    assert repo.create_deployment("main", required_contexts=["ci"]).ref == "main"


def test_a_branch_behind_is_merged_first(project: Project, repo: Repository, clone: Clone) -> None:
    clone.git("push", "--quiet", project.remote(), "v1.0.0^{commit}:refs/heads/old")
    answer = repo.create_deployment("old", auto_merge=True)
    assert answer.raw_data == {"message": "Auto-merged main into old on deployment."}
    message = repo.get_branch("old").commit.commit.message
    assert message == "Merge main into old on deployment."


def test_environments(project: Project, repo: Repository) -> None:
    project.token_of("alice")
    alice = project.twin.world.user("alice") or {}
    made = repo.create_environment(
        "prod/eu",
        wait_timer=5,
        reviewers=[ReviewerParams(type_="User", id_=alice["id"])],
        prevent_self_review=True,
        deployment_branch_policy=EnvironmentDeploymentBranchPolicyParams(custom_branch_policies=True),
    )
    kinds = {one.type for one in made.protection_rules}
    assert kinds == {"wait_timer", "required_reviewers", "branch_policy"}
    again = repo.get_environment("prod/eu")
    assert (again.name, again.deployment_branch_policy.custom_branch_policies) == ("prod/eu", True)
    with pytest.raises(GithubException) as problem:
        repo.create_environment("prod", wait_timer=43_201)
    assert refusal(problem) == (422, "Wait timer must be between 0 and 43200 minutes.")
    repo.delete_environment("prod/eu")
    assert list(repo.get_environments()) == []
