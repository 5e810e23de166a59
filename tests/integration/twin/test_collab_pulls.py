"""Pull requests from opening to merging, as PyGithub and git see them."""

from dataclasses import dataclass

import pytest
import requests
from github import GithubException
from github.PullRequest import PullRequest
from github.Repository import Repository
from twin_project import Clone, Project

from shipway.twin import admin
from shipway.twin.behaviour import merging, pulls, reviews
from shipway.twin.identity import Identity


@dataclass(slots=True)
class Change:
    """A branch `topic` with one commit on top of main, pushed."""

    project: Project
    clone: Clone
    repo: Repository

    def open(self, **fields: object) -> PullRequest:
        """A pull request from `topic` to main."""
        given = {"title": "Add topic", "body": "Why", "head": "topic", "base": "main"} | fields
        return self.repo.create_pull(**given)

    def commit(self, message: str, branch: str = "topic", **files: str) -> str:
        """Commit to a branch and push it."""
        self.clone.git("switch", "--quiet", branch)
        sha = self.clone.commit(message, **files)
        self.clone.git("push", "--quiet", self.project.remote(), branch)
        return sha

    def protect(self, **rules: object) -> None:
        """Protect main."""
        rules = {"enforce_admins": True, **rules}
        with self.project.twin.world.locked():
            self.project.twin.world.store.put("protection", self.project.full_name, "main", rules)

    def review(self, login: str, pull: PullRequest, event: str, body: str = "") -> None:
        """Review as somebody who may write."""
        with self.project.twin.world.locked():
            admin.add_collaborator(self.project.twin.world, self.project.full_name, login)
        token = self.project.token_of(login)
        seen = self.project.github(token).get_repo(self.project.full_name).get_pull(pull.number)
        seen.create_review(body=body, event=event)


@pytest.fixture
def change(project: Project, clone: Clone) -> Change:
    clone.git("switch", "--quiet", "--create", "topic")
    made = Change(project, clone, project.github().get_repo(project.full_name))
    made.commit("feat: topic", topic__md="topic\n")
    return made


def refusal(problem: pytest.ExceptionInfo[GithubException]) -> tuple[int, str]:
    """Status and message, with the first error's sentence where that says more."""
    data = problem.value.data
    errors = data.get("errors") or [{}]
    first = errors[0] if isinstance(errors[0], str) else errors[0].get("message")
    return problem.value.status, first or data["message"]


def test_open_and_read(change: Change) -> None:
    pull = change.open()
    again = change.repo.get_pull(pull.number)
    assert (again.title, again.body, again.state, again.draft) == ("Add topic", "Why", "open", False)
    assert (again.head.ref, again.base.ref, again.user.login) == ("topic", "main", "octocat")
    assert (again.mergeable, again.mergeable_state, again.commits, again.changed_files) == (
        True,
        "clean",
        1,
        1,
    )
    assert [one.filename for one in again.get_files()] == ["topic.md"]
    assert [one.commit.message for one in again.get_commits()] == ["feat: topic"]
    assert [one.number for one in change.repo.get_pulls(head="octocat:topic")] == [1]
    assert [one.number for one in change.repo.get_pulls(base="other")] == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (422, "A pull request already exists for octocat:topic.")),
        ({"head": "main"}, (422, "No commits between main and main")),
        ({"head": "missing"}, (422, "Validation Failed")),
        ({"base": "missing"}, (422, "Validation Failed")),
        ({"head": "main", "body": "x" * 65_537}, (422, "No commits between main and main")),
    ],
)
def test_refuses_to_open(change: Change, fields: dict[str, object], expected: tuple[int, str]) -> None:
    change.open()
    with pytest.raises(GithubException) as problem:
        change.open(**fields)
    assert refusal(problem) == expected


@pytest.mark.parametrize(
    ("method", "message", "parents"),
    [
        ("merge", "Merge pull request #1 from octocat/topic\n\nAdd topic", 2),
        ("squash", "feat: topic (#1)\n\nCo-authored-by: Mona <mona@example.test>", 1),
        ("rebase", "feat: topic", 1),
    ],
)
def test_merges_in_three_ways(change: Change, method: str, message: str, parents: int) -> None:
    pull = change.open()
    change.commit("fix: elsewhere", branch="main", other__md="other\n")
    merged = pull.merge(merge_method=method)
    head = change.repo.get_branch("main").commit
    assert merged.merged
    assert (merged.sha, head.commit.message, len(head.parents)) == (head.sha, message, parents)
    assert change.repo.get_contents("topic.md").decoded_content == b"topic\n"
    again = change.repo.get_pull(1)
    assert (again.state, again.merged, again.merge_commit_sha) == ("closed", True, head.sha)
    assert [one.number for one in head.get_pulls()] == [1]


def test_merge_checks_the_head(change: Change) -> None:
    pull = change.open()
    with pytest.raises(GithubException) as problem:
        pull.merge(sha="0" * 40)
    assert refusal(problem) == (409, "Head branch was modified. Review and try the merge again.")


def test_conflicts_are_not_merged(change: Change) -> None:
    pull = change.open()
    change.commit("fix: conflict", branch="main", topic__md="other\n")
    assert change.repo.get_pull(1).mergeable_state == "dirty"
    with pytest.raises(GithubException) as problem:
        pull.merge()
    assert refusal(problem) == (405, "Pull Request is not mergeable")


def test_drafts_are_not_merged(change: Change) -> None:
    pull = change.open(draft=True)
    assert change.repo.get_pull(1).mergeable_state == "draft"
    with pytest.raises(GithubException) as problem:
        pull.merge()
    assert refusal(problem) == (405, "Pull Request is still a draft")


@pytest.mark.requirement("PR-4")
def test_protection_holds_a_merge_back(change: Change) -> None:
    change.protect(
        required_pull_request_reviews={"required_approving_review_count": 1, "dismiss_stale_reviews": True},
        required_status_checks={"strict": True, "contexts": ["ci"]},
        required_conversation_resolution=True,
    )
    pull = change.open()
    with pytest.raises(GithubException) as problem:
        pull.merge()
    review = "At least 1 approving review is required by reviewers with write access."
    assert refusal(problem) == (405, f'{review} Required status check "ci" is expected.')
    change.review("alice", pull, "APPROVE")
    change.commit("fix: more", more__md="more\n")
    assert [one.state for one in pull.get_reviews()] == ["DISMISSED"]
    change.review("alice", pull, "APPROVE")
    change.repo.get_commit(change.repo.get_pull(1).head.sha).create_status("success", context="ci")
    assert change.repo.get_pull(1).mergeable_state == "clean"
    assert pull.merge().merged


def test_authors_do_not_review_themselves(change: Change) -> None:
    pull = change.open()
    with pytest.raises(GithubException) as problem:
        pull.create_review(event="APPROVE")
    assert refusal(problem) == (422, "Can not approve your own pull request")


def test_requested_changes_block(change: Change) -> None:
    change.protect(required_pull_request_reviews={"required_approving_review_count": 0})
    pull = change.open()
    change.review("alice", pull, "REQUEST_CHANGES", "No")
    assert change.repo.get_pull(1).mergeable_state == "blocked"
    pull.get_reviews()[0].dismiss("Settled")
    assert change.repo.get_pull(1).mergeable_state == "clean"


def test_unresolved_threads_block(change: Change) -> None:
    change.protect(required_conversation_resolution=True)
    pull = change.open()
    comment = pull.create_review_comment("Why?", change.repo.get_commit("topic"), "topic.md", line=1)
    pull.create_review_comment_reply(comment.id, "Because")
    assert [one.body for one in pull.get_review_comments()] == ["Why?", "Because"]
    with pytest.raises(GithubException) as problem:
        pull.merge()
    assert refusal(problem) == (
        405,
        "A conversation must be resolved before this pull request can be merged.",
    )
    world = change.project.twin.world
    with world.locked(Identity("octocat")):
        repo = world.repository("octocat/hello") or {}
        (thread,) = reviews.threads(world, repo, 1)
        reviews.resolve(world, repo, thread["id"])
    assert pull.merge().merged


@pytest.mark.requirement("PR-3")
def test_code_owners_are_asked_and_needed(change: Change) -> None:
    change.commit("ci: owners", branch="main", CODEOWNERS="* @alice\n*.md @bob @nobody\n")
    world = change.project.twin.world
    with world.locked():
        for login in ("alice", "bob"):
            admin.add_collaborator(world, "octocat/hello", login)
    change.protect(
        required_pull_request_reviews={
            "required_approving_review_count": 1,
            "require_code_owner_reviews": True,
        }
    )
    pull = change.open(draft=True)
    assert [one.login for one in pull.get_review_requests()[0]] == []
    pull.edit(state="closed")
    pull.edit(state="open")
    with world.locked(Identity("octocat")):
        repo = world.repository("octocat/hello") or {}
        pulls.set_draft(world, repo, pulls.find(world, repo, 1), draft=False)
    assert [one.login for one in pull.get_review_requests()[0]] == ["bob"]
    change.review("alice", pull, "APPROVE")
    with pytest.raises(GithubException) as problem:
        pull.merge()
    assert refusal(problem) == (405, "Waiting on code owner review from bob.")
    change.review("bob", pull, "APPROVE")
    assert [one.login for one in pull.get_review_requests()[0]] == []
    assert pull.merge().merged


def test_head_follows_pushes(change: Change) -> None:
    change.open()
    sha = change.commit("fix: more", more__md="more\n")
    pull = change.repo.get_pull(1)
    assert (pull.head.sha, pull.commits) == (sha, 2)
    assert change.repo.get_git_ref("pull/1/head").object.sha == sha


def test_pushed_merge_marks_it_merged(change: Change) -> None:
    change.open()
    change.clone.git("switch", "--quiet", "main")
    change.clone.git("merge", "--quiet", "--no-ff", "--no-edit", "topic")
    change.clone.git("push", "--quiet", change.project.remote(), "main")
    pull = change.repo.get_pull(1)
    assert (pull.merged, pull.merge_commit_sha) == (True, change.clone.git("rev-parse", "main"))


def test_closes_when_nothing_is_left_or_the_branch_goes(change: Change) -> None:
    change.open()
    change.clone.git("push", "--quiet", "--force", change.project.remote(), "main:topic")
    assert (change.repo.get_pull(1).state, change.repo.get_pull(1).merged) == ("closed", False)
    change.clone.git("push", "--quiet", "--force", change.project.remote(), "topic")
    change.open()
    change.clone.git("push", "--quiet", "--delete", change.project.remote(), "topic")
    assert change.repo.get_pull(2).state == "closed"
    with pytest.raises(GithubException) as problem:
        change.repo.get_pull(2).edit(state="open")
    assert refusal(problem) == (422, "state cannot be changed. The topic branch has been deleted.")


def test_update_branch(change: Change) -> None:
    change.protect(required_status_checks={"strict": True, "contexts": []})
    pull = change.open()
    assert not pull.update_branch()
    change.project.twin.world.store.delete("protection", "octocat/hello", "main")
    change.commit("fix: elsewhere", branch="main", other__md="other\n")
    change.protect(required_status_checks={"strict": True, "contexts": []})
    assert change.repo.get_pull(1).mergeable_state == "behind"
    assert pull.update_branch()
    assert change.repo.get_pull(1).mergeable_state == "clean"
    assert change.repo.get_branch("topic").commit.commit.message == "Merge branch 'main' into topic"


def test_requested_reviewers(change: Change) -> None:
    pull = change.open()
    with pytest.raises(GithubException) as problem:
        pull.create_review_request(["octocat"])
    assert refusal(problem) == (422, "Review cannot be requested from pull request author.")
    with pytest.raises(GithubException) as problem:
        pull.create_review_request(["stranger"])
    words = (
        "Reviews may only be requested from collaborators. One or more of the users or teams you specified"
    )
    assert refusal(problem) == (422, f"{words} is not a collaborator of the octocat/hello repository.")
    with change.project.twin.world.locked():
        admin.add_collaborator(change.project.twin.world, "octocat/hello", "alice")
    pull.create_review_request(["alice"])
    assert [one.login for one in pull.get_review_requests()[0]] == ["alice"]
    pull.delete_review_request(["alice"])
    assert [one.login for one in pull.get_review_requests()[0]] == []


def test_merge_queue_merges_when_it_may(change: Change) -> None:
    world = change.project.twin.world
    rules = [
        {"type": "merge_queue"},
        {"type": "required_status_checks", "parameters": {"required_status_checks": [{"context": "ci"}]}},
    ]
    ruleset = {"id": 1, "enforcement": "active", "target": "branch", "rules": rules, "name": "main"}
    pull = change.open()
    with world.locked():
        world.store.put("ruleset", "octocat/hello", 1, ruleset | {"conditions": None})
    with pytest.raises(GithubException) as problem:
        pull.merge()
    words = "Repository rule violations found\n\nChanges must be made through the merge queue\n\n"
    assert refusal(problem) == (405, words)
    with world.locked(Identity("octocat")):
        repo = world.repository("octocat/hello") or {}
        merging.enqueue(world, repo, pulls.find(world, repo, 1))
    change.project.twin.settle()
    assert not change.repo.get_pull(1).merged
    change.repo.get_commit(pull.head.sha).create_status("success", context="ci")
    change.project.twin.settle()
    assert change.repo.get_pull(1).merged


def test_pulls_of_forks(change: Change) -> None:
    world = change.project.twin.world
    with world.locked():
        admin.create_repository(world, "alice/hello", from_git=change.clone.path)
    pull = change.open(head="alice:topic")
    assert (pull.head.repo.full_name, pull.head.label) == ("alice/hello", "alice:topic")
    assert pull.merge().merged


def test_permissions(change: Change) -> None:
    change.open()
    reader = change.project.github(change.project.token_of("stranger")).get_repo("octocat/hello").get_pull(1)
    with pytest.raises(GithubException) as problem:
        reader.merge()
    assert refusal(problem) == (404, "Not Found")
    token = change.project.token_of("octocat", {"contents": "write"})
    with pytest.raises(GithubException) as problem:
        change.project.github(token).get_repo("octocat/hello").create_pull(
            base="main", head="topic", title="x"
        )
    assert refusal(problem) == (403, "Resource not accessible by personal access token")


@pytest.mark.parametrize(
    ("permission", "pull", "issue"),
    [("issues", 403, 201), ("pull_requests", 201, 403), ("contents", 403, 403)],
)
def test_a_reaction_needs_the_permission_of_what_it_is_about(
    change: Change, permission: str, pull: int, issue: int
) -> None:
    there = {"pull": change.open().number, "issue": change.repo.create_issue("Title").number}
    comments = {name: change.repo.get_issue(number).create_comment("Hi") for name, number in there.items()}
    token = change.project.token_of("octocat", {permission: "write"})
    ask = {"Authorization": f"Bearer {token}"}
    address = f"{change.project.twin.api_url}/repos/octocat/hello/issues"
    react = (
        "mutation($id: ID!) { addReaction(input: {subjectId: $id, content: EYES}) { reaction { content } } }"
    )

    for name, expected in {"pull": pull, "issue": issue}.items():
        for about in (f"{there[name]}", f"comments/{comments[name].id}"):
            made = requests.post(
                f"{address}/{about}/reactions", json={"content": "rocket"}, headers=ask, timeout=9
            )
            assert made.status_code == expected
        given = {"query": react, "variables": {"id": comments[name].raw_data["node_id"]}}
        told = requests.post(f"{change.project.twin.url}/api/graphql", json=given, headers=ask, timeout=9)
        assert ("errors" in told.json()) == (expected == 403)


def test_auto_merge_waits_for_the_requirements(change: Change) -> None:
    change.protect(required_status_checks={"strict": False, "contexts": ["ci"]})
    change.repo.edit(allow_auto_merge=True, delete_branch_on_merge=True)
    pull = change.open()
    world = change.project.twin.world
    with world.locked(Identity("octocat")):
        repo = world.repository("octocat/hello") or {}
        merging.enable_auto_merge(world, repo, pulls.find(world, repo, 1), merging.Wish("squash"))
    assert change.repo.get_pull(1).raw_data["auto_merge"]["merge_method"] == "squash"
    change.repo.get_commit(pull.head.sha).create_status("success", context="ci")
    change.project.twin.settle()
    assert change.repo.get_pull(1).merged
    assert [one.name for one in change.repo.get_branches()] == ["main"]
