"""Releases with their tags and assets, as PyGithub and the browser's address see them."""

from pathlib import Path

import pytest
import requests
from github import GithubException, UnknownObjectException
from github.Repository import Repository

from conftest import Project


@pytest.fixture
def repo(project: Project) -> Repository:
    return project.github().get_repo(project.full_name)


def refusal(problem: pytest.ExceptionInfo[GithubException]) -> tuple[int, str]:
    """Status, and code or message of the refusal."""
    data = problem.value.data
    errors = data.get("errors") or [{}]
    return problem.value.status, errors[0].get("message") or errors[0].get("code") or data["message"]


def test_publishing_makes_the_tag(repo: Repository) -> None:
    head = repo.get_branch("main").commit.sha
    release = repo.create_git_release("v1.1.0", "1.1.0", "Notes", target_commitish="main")
    assert (release.tag_name, release.name, release.body, release.draft) == (
        "v1.1.0",
        "1.1.0",
        "Notes",
        False,
    )
    assert repo.get_git_ref("tags/v1.1.0").object.sha == head
    assert repo.get_latest_release().id == repo.get_release("v1.1.0").id == release.id


def test_drafts_make_no_tag_until_they_are_published(project: Project, repo: Repository) -> None:
    first = repo.create_git_release("v2.0.0", "2", "a", draft=True)
    second = repo.create_git_release("v2.0.0", "2", "b", draft=True)
    assert [one.id for one in repo.get_releases()] == [second.id, first.id]
    reader = project.github(project.token_of("stranger")).get_repo(project.full_name)
    assert list(reader.get_releases()) == []
    for ask in (lambda: repo.get_git_ref("tags/v2.0.0"), lambda: repo.get_release("v2.0.0")):
        with pytest.raises(UnknownObjectException):
            ask()
    published = second.update_release("2", "b", draft=False)
    assert (published.draft, repo.get_latest_release().id) == (False, second.id)
    with pytest.raises(GithubException) as problem:
        first.update_release("2", "a", draft=False)
    assert refusal(problem) == (422, "already_exists")


def test_prereleases_and_old_lines_are_not_latest(repo: Repository) -> None:
    newest = repo.create_git_release("v2.0.0", "2", "")
    repo.create_git_release("v3.0.0-rc.1", "3 rc", "", prerelease=True)
    repo.create_git_release("v1.9.9", "1.9.9", "", make_latest="false")
    assert repo.get_latest_release().id == newest.id


def test_refuses_bad_targets_and_long_bodies(repo: Repository) -> None:
    with pytest.raises(GithubException) as problem:
        repo.create_git_release("v2.0.0", "2", "", target_commitish="missing")
    assert refusal(problem) == (422, "invalid")
    with pytest.raises(GithubException) as problem:
        repo.create_git_release("v2.0.0", "2", "x" * 125_001)
    assert refusal(problem) == (422, "body is too long (maximum is 125000 characters)")


def test_assets(repo: Repository, tmp_path: Path) -> None:
    file = tmp_path / "tool.tar.gz"
    file.write_bytes(b"bytes")
    release = repo.create_git_release("v1.1.0", "1.1.0", "")
    asset = release.upload_asset(str(file), name="my tool.tar.gz", content_type="application/gzip")
    assert (asset.name, asset.size, asset.content_type) == ("my.tool.tar.gz", 5, "application/gzip")
    assert asset.raw_data["digest"].startswith("sha256:277089d9")
    assert requests.get(asset.browser_download_url, timeout=30).content == b"bytes"
    raw = requests.get(asset.url, headers={"Accept": "application/octet-stream"}, timeout=30)
    assert raw.content == b"bytes"
    with pytest.raises(GithubException) as problem:
        release.upload_asset(str(file), name="my tool.tar.gz")
    assert refusal(problem) == (422, "already_exists")
    asset.delete_asset()
    assert list(release.get_assets()) == []


def test_immutable_releases_stay_as_they_are(project: Project, repo: Repository, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"a")
    headers = {"Authorization": f"Bearer {project.token}"}
    url = f"{project.twin.api_url}/repos/{project.full_name}/immutable-releases"
    assert requests.get(url, headers=headers, timeout=30).status_code == 404
    assert requests.put(url, headers=headers, timeout=30).status_code == 204
    assert requests.get(url, headers=headers, timeout=30).json()["enabled"] is True
    draft = repo.create_git_release("v2.0.0", "2", "", draft=True)
    asset = draft.upload_asset(str(file))
    release = draft.update_release("2", "", draft=False)
    assert release.raw_data["immutable"] is True
    with pytest.raises(GithubException) as problem:
        release.upload_asset(str(file), name="b.txt")
    assert refusal(problem) == (422, "Cannot upload assets to an immutable release.")
    with pytest.raises(GithubException) as problem:
        asset.delete_asset()
    assert refusal(problem) == (422, "Cannot delete asset from an immutable release.")
    with pytest.raises(GithubException) as problem:
        release.update_release("2", "", tag_name="v2.0.1")
    assert refusal(problem) == (422, "tag_name can't be changed on an immutable release")
    with pytest.raises(GithubException) as problem:
        repo.get_git_ref("tags/v2.0.0").delete()
    assert refusal(problem) == (422, "Repository rule violations found\n\nCannot delete this tag\n\n")
    release.delete_release()
    repo.get_git_ref("tags/v2.0.0").delete()
    with pytest.raises(GithubException) as problem:
        repo.create_git_release("v2.0.0", "2", "")
    assert refusal(problem) == (422, "tag_name was used by an immutable release")
