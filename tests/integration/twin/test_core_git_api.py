"""The git side of the twin as PyGithub sees it."""

from base64 import b64encode

import pytest
from github import GithubException, InputGitAuthor, InputGitTreeElement
from twin_project import Clone, Effects, Project

pytestmark = pytest.mark.requirement("REL-2")


def refusal(error: GithubException) -> tuple[int, str]:
    return error.status, error.data["message"]


def test_a_repository_is_read_as_it_was_imported(project: Project, clone: Clone, effects: Effects) -> None:
    repo = project.github().get_repo("octocat/hello")
    head = clone.git("rev-parse", "main")
    assert repo.default_branch == "main"
    assert repo.get_branch("main").commit.sha == head
    assert [one.name for one in repo.get_branches()] == ["main"]
    assert [one.commit.message for one in repo.get_commits()] == ["fix: mend", "feat: begin"]
    assert [(one.name, one.commit.sha) for one in repo.get_tags()] == [
        ("v1.0.0", clone.git("rev-parse", "main~1"))
    ]
    assert repo.get_git_ref("tags/v1.0.0").object.type == "tag"
    tag = repo.get_git_tag(repo.get_git_ref("tags/v1.0.0").object.sha)
    assert (tag.tag, tag.message, tag.object.sha) == (
        "v1.0.0",
        "Version 1.0.0\n",
        clone.git("rev-parse", "main~1"),
    )


def test_refs_are_created_moved_and_deleted(project: Project, clone: Clone, effects: Effects) -> None:
    repo = project.github().get_repo("octocat/hello")
    first, second = clone.git("rev-parse", "main~1", "main").split()
    ref = repo.create_git_ref("refs/heads/release/1.0", first)
    assert repo.get_git_ref("heads/release/1.0").object.sha == first
    ref.edit(second)
    ref.edit(first, force=True)
    ref.delete()
    effects.expect(
        "ref.created refs/heads/release/1.0",
        "ref.updated refs/heads/release/1.0",
        "ref.updated refs/heads/release/1.0",
        "ref.deleted refs/heads/release/1.0",
    )


def test_refs_are_refused_in_githubs_words(project: Project, clone: Clone, effects: Effects) -> None:
    repo = project.github().get_repo("octocat/hello")
    first, second = clone.git("rev-parse", "main~1", "main").split()
    cases = (
        (lambda: repo.create_git_ref("refs/heads/main", first), 422, "Reference already exists"),
        (lambda: repo.create_git_ref("refs/heads/x", "0" * 39 + "1"), 422, "Object does not exist"),
        (
            lambda: repo.create_git_ref("refs/heads/a..b", first),
            422,
            "refs/heads/a..b is not a valid ref name.",
        ),
        (lambda: repo.create_git_ref("refs/heads/main/x", first), 422, "Reference update failed"),
        (lambda: repo.get_git_ref("heads/main").edit(first), 422, "Update is not a fast forward"),
        (lambda: repo.get_git_ref("heads/none"), 404, "Not Found"),
        (
            lambda: repo.create_git_ref("refs/x", first),
            422,
            "Reference name must contain at least three slash-separated components.",
        ),
    )
    for ask, status, message in cases:
        with pytest.raises(GithubException) as caught:
            ask()
        assert refusal(caught.value) == (status, message)
    assert repo.get_branch("main").commit.sha == second


def test_matching_refs_come_in_pages(project: Project, clone: Clone, effects: Effects) -> None:
    repo = project.github().get_repo("octocat/hello")
    head = clone.git("rev-parse", "main")
    for number in range(35):
        repo.create_git_ref(f"refs/tags/t{number:02}", head)
    effects.take()
    found = repo.get_git_matching_refs("tags/t")
    assert [one.ref for one in found] == [f"refs/tags/t{number:02}" for number in range(35)]


def test_a_commit_is_built_from_blob_and_tree(project: Project, clone: Clone, effects: Effects) -> None:
    repo = project.github().get_repo("octocat/hello")
    head = repo.get_git_commit(clone.git("rev-parse", "main"))
    blob = repo.create_git_blob(b64encode(b"\x00binary").decode(), "base64")
    entries = [
        InputGitTreeElement("docs/new.bin", "100644", "blob", sha=blob.sha),
        InputGitTreeElement("VERSION", "100644", "blob", sha=None),
        InputGitTreeElement("run.sh", "100755", "blob", content="#!/bin/sh\n"),
    ]
    tree = repo.create_git_tree(entries, head.tree)
    author = InputGitAuthor("Alice", "alice@example.test", "2026-01-02T03:04:05Z")
    commit = repo.create_git_commit("chore: add\n\nBody", tree, [head], author=author)
    repo.get_git_ref("heads/main").edit(commit.sha)
    effects.expect("commit.created chore: add", "ref.updated refs/heads/main")

    clone.git("pull", "--quiet", project.remote(), "main")
    assert (clone.path / "docs/new.bin").read_bytes() == b"\x00binary"
    assert not (clone.path / "VERSION").exists()
    assert clone.git("ls-files", "--stage", "run.sh").startswith("100755")
    assert clone.git(
        "log", "-1", "--format=%an %ae %aI"
    ) == "Alice alice@example.test 2026-01-02T03:04:05Z".replace("Z", "+00:00")
    assert commit.verification.verified is False
    assert {one.path for one in repo.get_git_tree(tree.sha, recursive=True).tree} == {
        "README.md",
        "docs",
        "docs/new.bin",
        "run.sh",
    }


def test_files_are_written_one_commit_each(project: Project, clone: Clone, effects: Effects) -> None:
    repo = project.github().get_repo("octocat/hello")
    made = repo.create_file("docs/a.md", "docs: add", "text\n", branch="main")
    updated = repo.update_file("docs/a.md", "docs: change", "other\n", made["content"].sha)
    assert repo.get_contents("docs/a.md").decoded_content == b"other\n"
    assert [one.path for one in repo.get_contents("")] == ["README.md", "VERSION", "docs"]
    with pytest.raises(GithubException) as caught:
        repo.update_file("docs/a.md", "docs: again", "x", made["content"].sha)
    assert refusal(caught.value) == (409, f"docs/a.md does not match {made['content'].sha}")
    repo.delete_file("docs/a.md", "docs: remove", updated["content"].sha)
    effects.expect(
        "commit.created docs: add",
        "ref.updated refs/heads/main",
        "commit.created docs: change",
        "ref.updated refs/heads/main",
        "commit.created docs: remove",
        "ref.updated refs/heads/main",
    )


def test_comparison_counts_both_sides_and_lists_files(
    project: Project, clone: Clone, effects: Effects
) -> None:
    repo = project.github().get_repo("octocat/hello")
    first = clone.git("rev-parse", "main~1")
    repo.create_git_ref("refs/heads/side", first)
    repo.create_file("side.txt", "feat: side", "1\n2\n", branch="side")
    effects.take()
    found = repo.compare("main", "side")
    assert (found.status, found.ahead_by, found.behind_by) == ("diverged", 1, 1)
    assert [one.commit.message for one in found.commits] == ["feat: side"]
    assert [(one.filename, one.status, one.additions, one.patch) for one in found.files] == [
        ("side.txt", "added", 2, "@@ -0,0 +1,2 @@\n+1\n+2")
    ]
    assert found.merge_base_commit.sha == first
    assert repo.compare("main", "main").status == "identical"


def test_merging_branches(project: Project, clone: Clone, effects: Effects) -> None:
    repo = project.github().get_repo("octocat/hello")
    first = clone.git("rev-parse", "main~1")
    repo.create_git_ref("refs/heads/side", first)
    repo.create_file("side.txt", "feat: side", "1\n", branch="side")
    repo.create_git_ref("refs/heads/clash", first)
    readme = repo.get_contents("README.md", ref="clash")
    repo.update_file("README.md", "docs: clash", "# Other\n", readme.sha, branch="clash")
    effects.take()

    merged = repo.merge("main", "side", "Merge it")
    assert merged.commit.message == "Merge it"
    assert len(merged.parents) == 2
    assert merged.commit.committer.email == "noreply@github.com"
    assert repo.merge("main", "side") is None
    with pytest.raises(GithubException) as caught:
        repo.merge("main", "clash")
    assert refusal(caught.value) == (409, "Merge conflict")
    effects.expect("commit.created Merge it", "ref.updated refs/heads/main")


def test_commits_carry_files_statistics_and_accounts(
    project: Project, clone: Clone, effects: Effects
) -> None:
    repo = project.github().get_repo("octocat/hello")
    repo.create_file("a.txt", "feat: a", "one\n")
    effects.take()
    commit = repo.get_commit("main")
    assert commit.author.login == "octocat"
    assert (commit.stats.additions, commit.stats.deletions) == (1, 0)
    assert [one.filename for one in commit.files] == ["a.txt"]
    assert [one.sha for one in repo.get_commits(path="a.txt")] == [commit.sha]
    assert [one.sha for one in repo.get_commits(author="octocat")] == [commit.sha]
    with pytest.raises(GithubException) as caught:
        repo.get_commit("missing")
    assert refusal(caught.value) == (422, "No commit found for SHA: missing")
