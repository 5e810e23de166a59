"""GitHub's own command line works on the twin, unchanged.

`gh` speaks HTTPS to every host but `github.localhost`, and takes a proxy for that one: the twin.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from twin_project import Clone, Project

from shipway.twin import admin

GH = shutil.which("gh", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


@dataclass(slots=True)
class Gh:
    """`gh` in a clone, told nothing but where GitHub is and a token."""

    clone: Path
    url: str
    token: str
    home: Path

    def __call__(self, *arguments: str) -> str:
        """Run it and return what it printed; fails the test when it fails."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def json(self, *arguments: str) -> object:
        """The same for commands that print JSON."""
        return json.loads(self(*arguments))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it, whatever comes of it."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "GH_HOST": "github.localhost",
            "GH_TOKEN": self.token,
            "GH_ENTERPRISE_TOKEN": self.token,  # for uploads, whose address is the twin's own
            "HTTP_PROXY": self.url,
            "GH_PROMPT_DISABLED": "1",
            "GH_NO_UPDATE_NOTIFIER": "1",
            "NO_COLOR": "1",
        }
        return subprocess.run(
            [str(GH), *arguments],
            cwd=self.clone,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )


@pytest.fixture
def gh(project: Project, clone: Clone, tmp_path: Path) -> Gh:
    """`gh` in the clone, which has a branch `topic` that the twin knows too."""
    assert GH, "gh is not installed; run `make venv`"
    clone.git("checkout", "--quiet", "-b", "topic")
    clone.commit("feat: topic", TOPIC="1\n")
    clone.git("push", "--quiet", project.remote(), "main", "topic")
    clone.git("remote", "add", "origin", f"http://github.localhost/{project.full_name}.git")
    return Gh(clone.path, project.twin.url, project.token, tmp_path)


def test_gh_api_and_repo_view(gh: Gh) -> None:
    assert gh("api", "user", "--jq", ".login") == "octocat"
    answer = gh.json("api", "graphql", "-f", "query={ viewer { login } }")
    assert answer == {"data": {"viewer": {"login": "octocat"}}}
    fields = "nameWithOwner,defaultBranchRef,viewerPermission,isPrivate,squashMergeAllowed"
    assert gh.json("repo", "view", "octocat/hello", "--json", fields) == {
        "nameWithOwner": "octocat/hello",
        "defaultBranchRef": {"name": "main"},
        "viewerPermission": "ADMIN",
        "isPrivate": False,
        "squashMergeAllowed": True,
    }


def test_gh_takes_a_pull_request_from_creation_to_merge(gh: Gh, project: Project, clone: Clone) -> None:
    with project.twin.world.locked():
        admin.add_collaborator(project.twin.world, project.full_name, "alice")
    url = gh(
        "pr", "create", "--title", "Topic", "--body", "Words", "--head", "topic", "--base", "main", "--draft"
    )
    assert url == f"{project.twin.url}/octocat/hello/pull/1"
    assert gh.json("pr", "list", "--json", "number,title,isDraft,headRefName") == [
        {"number": 1, "title": "Topic", "isDraft": True, "headRefName": "topic"}
    ]
    gh("pr", "ready", "1")
    gh("pr", "comment", "1", "--body", "Looks fine")
    gh("pr", "review", "1", "--comment", "--body", "Read it")
    fields = "state,title,body,files,commits,comments,reviews,mergeStateStatus,statusCheckRollup"
    seen = gh.json("pr", "view", "1", "--json", fields)
    assert (seen["state"], seen["title"], seen["body"], seen["mergeStateStatus"]) == (
        "OPEN",
        "Topic",
        "Words",
        "CLEAN",
    )
    assert [one["path"] for one in seen["files"]] == ["TOPIC"]
    assert [one["messageHeadline"] for one in seen["commits"]] == ["feat: topic"]
    assert [one["body"] for one in seen["comments"]] == ["Looks fine"]
    assert [one["state"] for one in seen["reviews"]] == ["COMMENTED"]
    assert "#1  Topic [topic]" in gh("pr", "status")
    gh("pr", "merge", "1", "--squash", "--subject", "Topic (#1)", "--body", "")
    assert gh.json("pr", "view", "1", "--json", "state") == {"state": "MERGED"}
    clone.git("fetch", "--quiet", project.remote(), "main")
    assert clone.git("log", "-1", "--format=%s", "FETCH_HEAD") == "Topic (#1)"


def test_gh_is_told_why_it_may_not_merge(gh: Gh, project: Project) -> None:
    gh("pr", "create", "--title", "Topic", "--body", "", "--head", "topic", "--base", "main", "--draft")
    done = gh.run("pr", "merge", "1", "--merge")
    assert done.returncode == 1
    assert "draft" in done.stderr


def test_gh_works_with_issues_and_labels(gh: Gh) -> None:
    gh("label", "create", "urgent", "--color", "ff0000")
    gh("issue", "create", "--title", "Broken", "--body", "Mend it", "--label", "urgent")
    found = gh.json("issue", "list", "--label", "urgent", "--json", "number,title,labels")
    (issue,) = found
    assert (issue["number"], issue["title"], issue["labels"][0]["name"]) == (1, "Broken", "urgent")
    gh("issue", "close", "1")
    assert gh.json("issue", "view", "1", "--json", "state,stateReason") == {
        "state": "CLOSED",
        "stateReason": "COMPLETED",
    }


def test_gh_publishes_a_release_with_an_asset(gh: Gh, clone: Clone) -> None:
    (clone.path / "notes.md").write_text("All of it\n")
    (clone.path / "tool.txt").write_text("tool\n")
    draft = ("--draft", "--title", "Two", "--notes-file", "notes.md")
    gh("release", "create", "v2.0.0", "tool.txt", *draft)
    fields = "tagName,name,isDraft"
    listed = [{"tagName": "v2.0.0", "name": "Two", "isDraft": True}]
    assert gh.json("release", "list", "--json", fields) == listed
    gh("release", "edit", "v2.0.0", "--draft=false")
    seen = gh.json("release", "view", "v2.0.0", "--json", "tagName,body,isDraft,assets")
    assert (seen["tagName"], seen["body"], seen["isDraft"]) == ("v2.0.0", "All of it\n", False)
    assert [one["name"] for one in seen["assets"]] == ["tool.txt"]
    gh("release", "download", "v2.0.0", "--dir", "got")
    assert (clone.path / "got" / "tool.txt").read_text() == "tool\n"


DEPLOY = """name: Deploy
on:
  workflow_dispatch:
    inputs:
      version: {required: true}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps: [{run: "true"}]
"""


def test_gh_starts_a_workflow_and_lists_its_runs(gh: Gh, project: Project, clone: Clone) -> None:
    clone.git("checkout", "--quiet", "main")
    (clone.path / ".github" / "workflows").mkdir(parents=True)
    (clone.path / ".github" / "workflows" / "deploy.yml").write_text(DEPLOY)
    clone.commit("ci: deploy")
    clone.git("push", "--quiet", project.remote(), "main")
    gh("workflow", "run", "deploy.yml", "--ref", "main", "--field", "version=2.0.0")
    fields = "workflowName,event,headBranch,status,number"
    assert gh.json("run", "list", "--json", fields) == [
        {
            "workflowName": "Deploy",
            "event": "workflow_dispatch",
            "headBranch": "main",
            "status": "queued",
            "number": 1,
        }
    ]
    done = gh.run("workflow", "run", "deploy.yml", "--ref", "main")
    assert (done.returncode, "Required input 'version' not provided" in done.stderr) == (1, True)
