"""Issues, labels, milestones, comments, reactions and teams, as PyGithub sees them."""

import pytest
from github import GithubException, UnknownObjectException
from github.Repository import Repository

from conftest import Project
from shipway.twin import admin


@pytest.fixture
def repo(project: Project) -> Repository:
    return project.github().get_repo(project.full_name)


def refusal(problem: pytest.ExceptionInfo[GithubException]) -> tuple[int, str]:
    """Status, and message or code of the first error."""
    data = problem.value.data
    errors = data.get("errors") or [{}]
    return problem.value.status, errors[0].get("message") or errors[0].get("code") or data["message"]


def test_labels_are_made_when_an_issue_names_them(repo: Repository) -> None:
    repo.create_label("bug", "d73a4a", "Broken")
    issue = repo.create_issue("Title", "Body", labels=["bug", "new"], assignees=["octocat"])
    assert [(one.name, one.color) for one in issue.labels] == [("bug", "d73a4a"), ("new", "ededed")]
    issue.add_to_labels("third")
    issue.remove_from_labels("bug")
    assert [one.name for one in repo.get_issue(1).labels] == ["new", "third"]
    issue.set_labels("only")
    assert [one.name for one in issue.get_labels()] == ["only"]
    assert [one.login for one in repo.get_issue(1).assignees] == ["octocat"]


def test_labels_follow_their_new_name(repo: Repository) -> None:
    issue = repo.create_issue("Title", labels=["bug"])
    repo.get_label("bug").edit("defect", "ff0000")
    assert [one.name for one in repo.get_issue(issue.number).labels] == ["defect"]
    with pytest.raises(GithubException) as problem:
        repo.create_label("DEFECT", "ff0000")
    assert refusal(problem) == (422, "already_exists")
    with pytest.raises(GithubException) as problem:
        repo.create_label("x", "red")
    assert refusal(problem) == (422, "invalid")
    repo.get_label("defect").delete()
    assert repo.get_issue(issue.number).labels == []


def test_lists(repo: Repository) -> None:
    repo.create_issue("One", labels=["a", "b"])
    repo.create_issue("Two", labels=["a"]).edit(state="closed", state_reason="not_planned")
    assert [one.title for one in repo.get_issues()] == ["One"]
    assert [one.title for one in repo.get_issues(state="all", labels=["a"])] == ["Two", "One"]
    assert [one.title for one in repo.get_issues(state="all", labels=["a", "b"])] == ["One"]
    assert [one.state_reason for one in repo.get_issues(state="closed")] == ["not_planned"]


def test_milestones(repo: Repository) -> None:
    milestone = repo.create_milestone("1.0", description="First")
    issue = repo.create_issue("Title", milestone=milestone)
    assert (repo.get_milestone(1).open_issues, issue.milestone.title) == (1, "1.0")
    milestone.edit("1.0", state="closed")
    assert [one.title for one in repo.get_milestones()] == []
    with pytest.raises(GithubException) as problem:
        repo.create_milestone("1.0")
    assert refusal(problem) == (422, "already_exists")
    milestone.delete()
    assert repo.get_issue(1).milestone is None


def test_comments_have_limits_and_owners(project: Project, repo: Repository) -> None:
    issue = repo.create_issue("Title")
    comment = issue.create_comment("x" * 65_536)
    with pytest.raises(GithubException) as problem:
        issue.create_comment("x" * 65_537)
    assert refusal(problem) == (422, "Body is too long (maximum is 65536 characters)")
    with pytest.raises(GithubException) as problem:
        issue.create_comment(" ")
    assert refusal(problem) == (422, "Body cannot be blank")
    stranger = project.github(project.token_of("stranger")).get_repo(project.full_name).get_issue(1)
    with pytest.raises(GithubException) as problem:
        stranger.get_comment(comment.id).edit("Mine")
    assert problem.value.status == 403
    said = stranger.create_comment("Hello")
    assert [one.user.login for one in issue.get_comments()] == ["octocat", "stranger"]
    said.delete()
    assert issue.get_comments().totalCount == 1


def test_reactions_count_once(repo: Repository) -> None:
    comment = repo.create_issue("Title").create_comment("Hi")
    first, second = comment.create_reaction("eyes"), comment.create_reaction("eyes")
    assert first.id == second.id
    assert [one.content for one in comment.get_reactions()] == ["eyes"]
    assert comment.delete_reaction(first.id)
    assert list(comment.get_reactions()) == []


def test_strangers_open_issues_but_set_nothing(project: Project, repo: Repository) -> None:
    there = project.github(project.token_of("stranger")).get_repo(project.full_name)
    issue = there.create_issue("Help", labels=["bug"], assignees=["octocat"])
    assert (issue.labels, issue.assignees) == ([], [])
    with pytest.raises(GithubException):
        issue.add_to_labels("bug")
    assert repo.get_issue(1).user.login == "stranger"


def test_pull_requests_and_issues_share_numbers_and_labels(repo: Repository) -> None:
    repo.create_issue("Title")
    repo.create_git_ref("refs/heads/topic", repo.get_branch("main").commit.sha)
    repo.create_file("new.md", "docs: new", "new", branch="topic")
    pull = repo.create_pull(title="Add", head="topic", base="main")
    assert pull.number == 2
    pull.add_to_labels("release")
    pull.as_issue().edit(milestone=repo.create_milestone("1.0"))
    again = repo.get_pull(2)
    assert ([one.name for one in again.labels], again.milestone.title) == (["release"], "1.0")
    assert repo.get_issue(2).pull_request is not None


# -- checks ----------------------------------------------------------------------------------------


def test_check_runs_belong_to_apps(project: Project, repo: Repository) -> None:
    sha = repo.get_branch("main").commit.sha
    with pytest.raises(GithubException) as problem:
        repo.create_check_run("gate", sha)
    assert refusal(problem) == (403, "You must authenticate via a GitHub App.")
    token = project.token_of("github-actions[bot]", {"checks": "write", "contents": "read"}, kind="actions")
    there = project.github(token).get_repo(project.full_name)
    annotation = {
        "path": "a.py",
        "start_line": 1,
        "end_line": 1,
        "annotation_level": "failure",
        "message": "No",
    }
    output = {"title": "Gate", "summary": "Sum"}
    run = there.create_check_run("gate", sha, output=output | {"annotations": [annotation] * 50})
    with pytest.raises(GithubException) as problem:
        run.edit(output=output | {"annotations": [annotation] * 51})
    assert refusal(problem)[0] == 422
    run.edit(conclusion="success", output=output | {"annotations": [annotation]})
    again = there.get_check_run(run.id)
    assert (again.status, again.conclusion, again.output.annotations_count) == ("completed", "success", 51)
    assert len(list(again.get_annotations())) == 51
    commit = there.get_commit(sha)
    assert [one.name for one in commit.get_check_runs()] == ["gate"]
    (suite,) = commit.get_check_suites()
    assert (suite.status, suite.conclusion, suite.app.slug) == ("completed", "success", "github-actions")
    with pytest.raises(GithubException) as problem:
        there.create_check_run("long", sha, output={"title": "T", "summary": "x" * 65_536})
    assert refusal(problem) == (422, "summary exceeds a maximum bytesize of 65535")


def test_statuses_combine(repo: Repository) -> None:
    commit = repo.get_branch("main").commit
    assert commit.get_combined_status().state == "pending"
    commit.create_status("pending", context="ci")
    commit.create_status("success", "http://127.0.0.1/ci", "Good", "ci")
    commit.create_status("failure", context="lint")
    combined = commit.get_combined_status()
    assert combined.state == "failure"
    assert {one.context: one.state for one in combined.statuses} == {"ci": "success", "lint": "failure"}
    assert len(list(commit.get_statuses())) == 3
    with pytest.raises(GithubException) as problem:
        commit.create_status("success", description="x" * 141)
    assert refusal(problem) == (422, "description is too long (maximum is 140 characters)")


# -- people ----------------------------------------------------------------------------------------


def test_permissions_of_people(project: Project, repo: Repository) -> None:
    world = project.twin.world
    with world.locked():
        for login, role in (("alice", "maintain"), ("bob", "triage")):
            admin.add_collaborator(world, project.full_name, login, role)
        admin.create_user(world, "carol")
    found = {login: repo.get_collaborator_permission(login) for login in ("octocat", "alice", "bob", "carol")}
    assert found == {"octocat": "admin", "alice": "write", "bob": "read", "carol": "read"}
    assert repo.has_in_collaborators("alice")
    assert not repo.has_in_collaborators("carol")


def test_teams(project: Project) -> None:
    world = project.twin.world
    with world.locked():
        admin.create_org(world, "acme", ("octocat",))
        admin.create_repository(world, "acme/app")
        admin.create_team(world, "acme", "leads", ("alice",), {"acme/app": "write"})
    org = project.github().get_organization("acme")
    team = org.get_team_by_slug("leads")
    assert [one.login for one in team.get_members()] == ["alice"]
    assert team.get_team_membership("alice").state == "active"
    with pytest.raises(UnknownObjectException):
        team.get_team_membership("octocat")
    assert [one.slug for one in project.github().get_repo("acme/app").get_teams()] == ["leads"]
    stranger = project.github(project.token_of("stranger"))
    with pytest.raises(UnknownObjectException):
        stranger.requester.requestJsonAndCheck("GET", f"{project.twin.api_url}/orgs/acme/teams/leads")
