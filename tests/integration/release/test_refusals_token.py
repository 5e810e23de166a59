"""Tokens that may not do what a release needs: the refusal names the permission and the line to add."""

from dataclasses import replace

import pytest

from integration.release.refusals import Said, said
from integration.release.world import FILES, World
from shipway.twin import admin

EVERYTHING = {
    "contents": "write",
    "pull_requests": "write",
    "deployments": "write",
    "checks": "write",
    "statuses": "write",
    "issues": "write",
}


def _job(world: World, **permissions: str) -> World:
    granted = {name: level for name, level in (EVERYTHING | permissions).items() if level != "none"}
    return replace(world, token=world.token_of("github-actions[bot]", permissions=granted, kind="actions"))


@pytest.mark.requirement("FAIL-4")
@pytest.mark.parametrize(
    ("lacking", "wanted", "request_name"),
    [
        ({"pull_requests": "none"}, "pull_requests: write", "repository.pullRequests"),
        ({"pull_requests": "read"}, "pull_requests: write", "createPullRequest"),
        ({"deployments": "none"}, "deployments: write", "repository.deployments"),
    ],
)
def test_a_permission_that_is_missing(
    world: World, lacking: dict[str, str], wanted: str, request_name: str
) -> None:
    assert said(_job(world, **lacking).release) == Said(
        "permission-missing",
        12,
        f"The token lacks the permission `{wanted}`, which {request_name} needs.",
        "Add this line under `permissions:` of the job, or give it to the App: "
        + wanted.replace("pull_requests", "pull-requests"),
    )


@pytest.mark.requirement("FAIL-4")
def test_contents_that_may_not_be_read(world: World) -> None:
    assert said(_job(world, contents="none").release) == Said(
        "repository-not-found",
        1,
        f"GitHub shows this token no repository at {world.twin.url}/octo-org/hello.git/.",
        "Check the name in GITHUB_REPOSITORY or `origin`, and that the job grants what reading it needs: "
        "contents: read",
    )


@pytest.mark.requirement("FAIL-4")
@pytest.mark.parametrize("lacking", [("checks",), ("checks", "statuses")])
def test_gates_that_may_not_be_shown_are_no_refusal(world: World, lacking: tuple[str, ...]) -> None:
    outcome = _job(world, **dict.fromkeys(lacking, "none")).release()
    assert outcome.reason_code == "approvals-missing"
    (warning,) = outcome.warnings
    assert warning == (
        "The gates could not be shown on the commit: the token lacks the permission `checks: write`. "
        "Add this line under `permissions:` of the job, or give it to the App: checks: write"
    )


@pytest.mark.requirement("FAIL-4")
def test_nothing_needs_the_permission_for_issues(world: World) -> None:
    job = _job(world, issues="none")
    assert said(job.release).code == "approvals-missing"
    world.approve()
    assert said(job.release).code == "done"


@pytest.mark.requirement("FAIL-4")
def test_deployments_that_may_not_be_written(world: World) -> None:
    world.release()
    world.approve()
    assert said(_job(world, deployments="read").release) == Said(
        "permission-missing",
        12,
        "The token lacks the permission `deployments: write`, which POST /repos/octo-org/hello/deployments needs.",
        "Add this line under `permissions:` of the job, or give it to the App: deployments: write",
    )
    assert world.release().state.value == "completed"


READS_ONLY = Said(
    "permission-missing",
    12,
    "The token may only read octo-org/hello (read).",
    "Add this line to the job, or use a token that may write: permissions: "
    "{contents: write, pull-requests: write, deployments: write, checks: write, statuses: write}",
)


@pytest.mark.requirement("FAIL-4")
def test_a_token_that_may_only_read(world: World) -> None:
    with world.twin.world.locked():
        admin.create_user(world.twin.world, "stranger")
    before = world.canonical()
    assert said(replace(world, token=world.token_of("stranger")).release) == READS_ONLY
    assert said(_job(world, contents="read").release) == READS_ONLY
    assert world.canonical() == before


@pytest.mark.requirement("FAIL-4")
def test_no_token_and_a_bad_one(world: World) -> None:
    assert said(replace(world, token="").release) == Said(
        "no-token",
        12,
        "There is no GitHub token.",
        "Set GITHUB_TOKEN, for example: GITHUB_TOKEN=$(gh auth token) shipway …",
    )
    assert said(replace(world, token="nope").release) == Said(
        "bad-credentials",
        12,
        "GitHub does not accept the token.",
        "Pass a valid one in GITHUB_TOKEN, for example: GITHUB_TOKEN=$(gh auth token) shipway status",
    )


@pytest.mark.requirement("FAIL-4")
def test_a_repository_that_is_not_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integration.release.world.NAME", "octo-org/nothing")
    assert said(world.release) == Said(
        "repository-not-found",
        1,
        f"GitHub shows this token no repository at {world.twin.url}/octo-org/nothing.git/.",
        "Check the name in GITHUB_REPOSITORY or `origin`, and that the job grants what reading it needs: "
        "contents: read",
    )


@pytest.mark.requirement("FAIL-4")
def test_a_workflow_token_whose_pull_request_starts_no_checks(world: World) -> None:
    rules = {
        "required_status_checks": {"strict": False, "contexts": ["ci"]},
        "enforce_admins": True,
        "required_pull_request_reviews": None,
        "restrictions": None,
    }
    world.request("PUT", "/branches/main/protection", rules)
    outcome = _job(world).release()
    warning = (
        "GITHUB_TOKEN opened this pull request, so GitHub starts no workflows for it and the required checks "
        "(ci) will not report. Pass the token of a GitHub App or a person as `token:`, or close and reopen the "
        "pull request by hand."
    )
    assert outcome.warnings == (warning,)
    assert warning in world.request("GET", "/pulls/1")["body"]


@pytest.mark.requirement("FAIL-4", "GATE-2")
@pytest.mark.parametrize("dry_run", [True, False])
def test_a_workflow_token_whose_gate_waits_for_checks_that_start_never(world: World, dry_run: bool) -> None:
    gates = "gates: {ci: {checks: [build, e2e]}, more: {checks: [build]}}"
    world.commit("ci: configure", {**FILES, ".github/shipway.yml": gates})
    outcome = _job(world).release(dry_run=dry_run)
    warning = (
        "GITHUB_TOKEN opened this pull request, so GitHub starts no workflows for it and the required checks "
        "(build, e2e) will not report. Pass the token of a GitHub App or a person as `token:`, or close and "
        "reopen the pull request by hand."
    )
    assert outcome.warnings == (warning,)
    world.token = world.token_of("releaser")
    assert world.release(dry_run=dry_run).warnings == ()
