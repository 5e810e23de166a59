"""release-please, another release tool, works on the twin unchanged."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from twin_project import Clone, Effects, Project

from needed import absent

NPM = Path(__file__).parents[2] / "npm"
RELEASE_PLEASE = NPM / "node_modules" / "release-please" / "build" / "src" / "bin" / "release-please.js"


@pytest.fixture
def release_please(project: Project) -> Callable[[str], None]:
    if not (RELEASE_PLEASE.exists() and shutil.which("node")):
        absent("release-please is not installed", "apt-get install npm && scripts/npm-ci")

    def run(command: str) -> None:
        done = subprocess.run(
            [
                *("node", str(RELEASE_PLEASE), command),
                *("--repo-url", project.full_name, "--token", project.token),
                *("--api-url", project.twin.api_url, "--graphql-url", project.twin.url),
                *("--release-type", "simple", "--target-branch", "main"),
            ],
            env={"PATH": os.environ["PATH"]},
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr

    return run


def test_release_please_opens_a_release_pull_request_and_publishes_what_was_merged(
    release_please: Callable[[str], None], project: Project, clone: Clone, effects: Effects
) -> None:
    clone.commit("fix: count", version__txt="1.0.0\n")
    clone.git("push", "--quiet", project.remote(), "main")
    effects.take()
    branch = "release-please--branches--main"
    release_please("release-pr")
    effects.expect(
        f"ref.created refs/heads/{branch}",
        "commit.created chore(main): release 1.0.1",
        f"ref.updated refs/heads/{branch}",
        "pull.opened #1",
        "label.created autorelease: pending",
        "pull.labeled #1",
    )
    repository = project.github().get_repo(project.full_name)
    pull = repository.get_pull(1)
    assert pull.title == "chore(main): release 1.0.1"
    assert "### Bug Fixes" in pull.body
    assert sorted(file.filename for file in pull.get_files()) == ["CHANGELOG.md", "version.txt"]
    release_please("release-pr")  # nothing new: it looks, and leaves all as it is
    effects.expect()
    pull.merge(merge_method="squash")
    effects.take()
    release_please("github-release")
    effects.expect(
        "ref.created refs/tags/v1.0.1",
        "release.created v1.0.1",
        "release.published v1.0.1",
        "comment.created #1",
        "pull.unlabeled #1",
        "label.created autorelease: tagged",
        "pull.labeled #1",
    )
    assert repository.get_release("v1.0.1").body.startswith("## [1.0.1]")
