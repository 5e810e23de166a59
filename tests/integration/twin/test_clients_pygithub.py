"""PyGithub works on the twin unchanged: a release by hand, and what it does over GraphQL."""

import pytest
from github import GithubException, InputGitTreeElement
from twin_project import Effects, Project

from shipway.twin import admin


def test_pygithub_takes_a_change_from_commit_to_release_and_deployment(
    project: Project, effects: Effects
) -> None:
    repository = project.github().get_repo(project.full_name)
    head = repository.get_branch("main").commit
    element = InputGitTreeElement("NEWS", "100644", "blob", content="news\n")
    tree = repository.create_git_tree([element], base_tree=head.commit.tree)
    commit = repository.create_git_commit("feat: news", tree, [head.commit])
    repository.create_git_ref("refs/heads/news", commit.sha)
    pull = repository.create_pull("main", "news", title="News", body="Read all about it", draft=True)
    pull.mark_ready_for_review()
    pull.add_to_labels("release")
    pull.create_issue_comment("Ready")
    assert (pull.draft, [label.name for label in pull.get_labels()]) == (False, ["release"])
    assert pull.merge(merge_method="squash").merged
    tagged = repository.create_git_tag("v2.0.0", "Two", repository.get_branch("main").commit.sha, "commit")
    repository.create_git_ref("refs/tags/v2.0.0", tagged.sha)
    release = repository.create_git_release("v2.0.0", "Two", "News", draft=True)
    release.upload_asset_from_memory(b"tool", 4, "tool.txt", "text/plain")
    release.update_release("Two", "News", draft=False)
    assert repository.get_latest_release().tag_name == "v2.0.0"
    deployment = repository.create_deployment(
        "v2.0.0", environment="staging", auto_merge=False, required_contexts=[], payload={"version": "2.0.0"}
    )
    deployment.create_status("success", environment_url="https://staging.example.test")
    assert [one.state for one in deployment.get_statuses()] == ["success"]
    kinds = [line.split()[0] for line in effects.take()]
    assert kinds == [
        "commit.created",
        "ref.created",
        "pull.opened",
        "pull.ready_for_review",
        "label.created",
        "pull.labeled",
        "comment.created",
        "commit.created",
        "pull.merged",
        "ref.updated",
        "tag.created",
        "ref.created",
        "release.created",
        "asset.uploaded",
        "release.edited",
        "release.published",
        "environment.created",
        "deployment.created",
        "deployment_status.created",
    ]


def test_pygithub_turns_a_pull_request_into_a_draft_and_asks_for_auto_merge(project: Project) -> None:
    github = project.github()
    repository = github.get_repo(project.full_name)
    repository.create_git_ref("refs/heads/topic", repository.get_branch("main").commit.sha)
    repository.create_file("TOPIC", "feat: topic", "1\n", branch="topic")
    pull = repository.create_pull("main", "topic", title="Topic", body="")
    pull.convert_to_draft()
    assert pull.draft
    pull.mark_ready_for_review()
    with pytest.raises(GithubException, match="Auto merge is not allowed for this repository"):
        pull.enable_automerge("SQUASH")
    repository.edit(allow_auto_merge=True)
    with pytest.raises(GithubException, match="Pull request is in clean status"):
        pull.enable_automerge("SQUASH")
    repository.get_branch("main").edit_protection(required_approving_review_count=1, enforce_admins=True)
    pull.enable_automerge("SQUASH")
    assert (
        project.github().get_repo(project.full_name).get_pull(1).raw_data["auto_merge"]["merge_method"]
        == "squash"
    )
    with project.twin.world.locked():
        admin.add_collaborator(project.twin.world, project.full_name, "alice")
    other = project.github(project.token_of("alice")).get_repo(project.full_name).get_pull(1)
    other.create_review(event="APPROVE")
    project.twin.settle()
    assert repository.get_pull(1).merged
