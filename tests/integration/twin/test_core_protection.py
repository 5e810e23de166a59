"""What protected branches and rulesets refuse, over the API."""

from collections.abc import Callable
from typing import Any

import pytest
from github import GithubException
from github.Repository import Repository
from twin_project import Clone, Effects, Project

from contract.plugin import Contract
from shipway.twin import admin
from shipway.twin.behaviour import commits, protection
from shipway.twin.behaviour.commits import FileChanges
from shipway.twin.errors import Refused
from shipway.twin.identity import Identity
from shipway.twin.store import Document
from shipway.twin.world import World

pytestmark = pytest.mark.requirement("PR-4")


def refusal(ask: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(GithubException) as caught:
        ask()
    return caught.value.status, caught.value.data["message"]


@pytest.fixture
def repo(project: Project) -> Repository:
    return project.github().get_repo("octocat/hello")


@pytest.fixture
def helper(project: Project) -> Repository:
    """The repository as somebody sees it who may write and no more."""
    token = project.token_of("helper")
    with project.twin.world.locked():
        admin.add_collaborator(project.twin.world, "octocat/hello", "helper")
    return project.github(token).get_repo("octocat/hello")


def test_protection_is_put_read_and_taken_away(
    repo: Repository, effects: Effects, contract: Contract
) -> None:
    main = repo.get_branch("main")
    assert refusal(main.get_protection) == (404, "Branch not protected")
    main.edit_protection(
        strict=True,
        contexts=["ci"],
        enforce_admins=True,
        required_approving_review_count=2,
        require_code_owner_reviews=True,
    )
    found = repo.get_branch("main").get_protection()
    assert (found.required_status_checks.strict, found.required_status_checks.contexts) == (True, ["ci"])
    assert found.required_pull_request_reviews.required_approving_review_count == 2
    assert found.required_pull_request_reviews.require_code_owner_reviews is True
    assert repo.get_branch("main").protected is True
    main.remove_protection()
    assert repo.get_branch("main").protected is False
    effects.expect("protection.updated main", "protection.deleted main")
    contract.problems.clear()  # PyGithub leaves out `contexts`, which GitHub has retired but still describes


def test_only_administrators_protect(helper: Repository, effects: Effects) -> None:
    main = helper.get_branch("main")
    assert refusal(lambda: main.edit_protection(enforce_admins=True)) == (
        403,
        "Must have admin rights to Repository.",
    )


def test_changes_must_come_by_pull_request(repo: Repository, helper: Repository, effects: Effects) -> None:
    repo.get_branch("main").edit_protection(required_approving_review_count=1)
    effects.take()
    second = repo.get_branch("main").commit.sha
    version = helper.get_contents("VERSION")
    message = "Changes must be made through a pull request."
    assert refusal(lambda: helper.update_file("VERSION", "x", "2", version.sha)) == (
        409,
        f"Could not update file: {message}",
    )
    assert refusal(lambda: helper.create_file("NEW", "x", "2")) == (409, f"Could not create file: {message}")
    helper.create_git_ref("refs/heads/side", second)
    made = helper.create_file("NEW", "feat: new", "2", branch="side")["commit"].sha
    assert refusal(lambda: helper.get_git_ref("heads/main").edit(made)) == (422, message)
    assert refusal(lambda: helper.merge("main", "side")) == (403, message)
    effects.take()
    repo.get_git_ref("heads/main").edit(made)  # the owner is not bound: enforce_admins is off
    effects.expect("ref.updated refs/heads/main")


def test_force_and_deletion_are_refused_to_everybody(repo: Repository, effects: Effects) -> None:
    first, second = (one.sha for one in reversed(list(repo.get_commits())))
    line = repo.create_git_ref("refs/heads/1.x", second)
    repo.get_branch("1.x").edit_protection()
    assert refusal(lambda: line.edit(first, force=True)) == (422, "Cannot force-push to this branch")
    assert refusal(line.delete) == (422, "Cannot delete this branch")
    repo.get_branch("1.x").edit_protection(allow_force_pushes=True, allow_deletions=True)
    line.edit(first, force=True)
    line.delete()
    effects.expect(
        "ref.created refs/heads/1.x",
        "protection.updated 1.x",
        "protection.updated 1.x",
        "ref.updated refs/heads/1.x",
        "ref.deleted refs/heads/1.x",
    )


def test_required_checks_hold_a_commit_back(
    repo: Repository, helper: Repository, effects: Effects, contract: Contract
) -> None:
    repo.get_branch("main").edit_protection(strict=False, contexts=["ci", "lint"])
    helper.create_git_ref("refs/heads/side", helper.get_branch("main").commit.sha)
    sha = helper.create_file("NEW", "feat: new", "2", branch="side")["commit"].sha
    effects.take()
    main = helper.get_git_ref("heads/main")
    assert refusal(lambda: main.edit(sha)) == (422, "2 of 2 required status checks are expected.")
    contract.problems.clear()  # see above


def test_rulesets_speak_in_their_own_words(repo: Repository, effects: Effects) -> None:
    conditions = {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}
    ruleset = {"name": "main", "target": "branch", "enforcement": "active", "conditions": conditions}
    rules = {"rules": [{"type": "pull_request"}]}
    _, made = repo.requester.requestJsonAndCheck("POST", f"{repo.url}/rulesets", input=ruleset | rules)
    text = "Repository rule violations found\n\nChanges must be made through a pull request.\n\n"
    assert refusal(lambda: repo.create_file("NEW", "x", "2")) == (409, f"Could not create file: {text}")
    off = {"enforcement": "disabled"}
    repo.requester.requestJsonAndCheck("PUT", f"{repo.url}/rulesets/{made['id']}", input=off)
    repo.create_file("NEW", "feat: new", "2")
    effects.expect(
        "ruleset.created main",
        "ruleset.updated main",
        "commit.created feat: new",
        "ref.updated refs/heads/main",
    )


LOCKED = "Cannot change this locked branch"
RULES = "Repository rule violations found\n\n{}\n\n"


def protect(repo: Repository, **settings: Any) -> None:
    names = ("required_status_checks", "enforce_admins", "required_pull_request_reviews", "restrictions")
    body = {**dict.fromkeys(names), "enforce_admins": False, **settings}
    repo.requester.requestJsonAndCheck("PUT", f"{repo.url}/branches/main/protection", input=body)


def ruleset(
    repo: Repository,
    *rules: str,
    bypass: tuple[int, ...] = (),
    target: str = "branch",
    include: str = "~DEFAULT_BRANCH",
) -> None:
    actors = [{"actor_id": one, "actor_type": "RepositoryRole", "bypass_mode": "always"} for one in bypass]
    body = {
        "name": "main",
        "target": target,
        "enforcement": "active",
        "bypass_actors": actors,
        "conditions": {"ref_name": {"include": [include], "exclude": []}},
        "rules": [{"type": rule} for rule in rules],
    }
    repo.requester.requestJsonAndCheck("POST", f"{repo.url}/rulesets", input=body)


def test_a_ruleset_for_tags_holds_those_that_it_covers(
    repo: Repository, helper: Repository, effects: Effects
) -> None:
    first = repo.get_branch("main").commit.sha
    second = repo.create_file("NEW", "feat: new", "2", branch="main")["commit"].sha
    repo.create_git_ref("refs/tags/v8", first)
    ruleset(repo, "update", "deletion", bypass=(5,), target="tag", include="refs/tags/v*")
    ruleset(repo, "creation", target="tag", include="refs/tags/x*")
    effects.take()
    rules = "Repository rule violations found\n\n{}\n\n"
    v1 = helper.get_git_ref("tags/v8")
    update = rules.format("Cannot update this protected ref.")
    assert refusal(lambda: v1.edit(second, force=True)) == (422, update)
    assert refusal(v1.delete) == (422, rules.format("Cannot delete this tag"))
    creation = rules.format("Cannot create ref due to creations being restricted.")
    assert refusal(lambda: helper.create_git_ref("refs/tags/x1", second)) == (422, creation)
    assert effects.take() == []
    helper.create_git_ref("refs/tags/v9", second)
    repo.get_git_ref("tags/v8").edit(second, force=True)
    assert effects.take() == ["ref.created refs/tags/v9", "ref.updated refs/tags/v8"]


def proposed(repo: Repository) -> int:
    """The number of a pull request that could be merged."""
    repo.create_git_ref("refs/heads/side", repo.get_branch("main").commit.sha)
    repo.create_file("NEW", "feat: new", "2", branch="side")
    return repo.create_pull(base="main", head="side", title="feat: new").number


@pytest.mark.parametrize(
    ("settings", "refused"),
    [
        ({"lock_branch": True}, LOCKED),
        (
            {"restrictions": {"users": ["somebody"], "teams": []}},
            "You're not authorized to push to this branch.",
        ),
    ],
)
def test_a_closed_branch_takes_neither_pushes_nor_merges(
    repo: Repository, helper: Repository, effects: Effects, settings: dict[str, Any], refused: str
) -> None:
    number = proposed(repo)
    head = repo.get_pull(number).head.sha
    protect(repo, **settings, enforce_admins=True)
    for who in (repo, helper):
        assert refusal(lambda who=who: who.get_git_ref("heads/main").edit(head)) == (422, refused)
        assert refusal(lambda who=who: who.get_pull(number).merge()) == (405, refused)
        assert who.get_pull(number).mergeable_state == "blocked"
    protect(repo, **settings)
    assert refusal(lambda: helper.get_pull(number).merge()) == (405, refused)
    effects.take()
    assert repo.get_pull(number).merge().merged  # an administrator passes over it
    assert "pull.merged #1" in effects.take()


def test_who_is_listed_may_push_and_merge_and_who_is_excused_needs_no_review(
    repo: Repository, helper: Repository, effects: Effects
) -> None:
    number = proposed(repo)
    reviews: dict[str, Any] = {"required_approving_review_count": 1}
    protect(repo, restrictions={"users": ["helper"], "teams": []}, required_pull_request_reviews=reviews)
    message = "At least 1 approving review is required by reviewers with write access."
    assert refusal(lambda: helper.get_pull(number).merge()) == (405, message)
    reviews["bypass_pull_request_allowances"] = {"users": ["helper"]}
    protect(repo, restrictions={"users": ["helper"], "teams": []}, required_pull_request_reviews=reviews)
    assert helper.get_pull(number).merge().merged
    effects.take()


def test_a_ruleset_closes_a_branch_to_all_but_those_who_may_bypass_it(
    repo: Repository, helper: Repository, effects: Effects
) -> None:
    number = proposed(repo)
    ruleset(repo, "update", bypass=(5,))
    refused = RULES.format("Cannot update this protected ref.")
    assert refusal(lambda: helper.get_pull(number).merge()) == (405, refused)
    assert repo.get_pull(number).merge().merged
    effects.take()


@pytest.fixture
def world(project: Project) -> World:
    return project.twin.world


@pytest.fixture
def hello(world: World) -> Document:
    return world.repository("octocat/hello")


def test_a_commit_on_a_branch_that_moved_is_stale(
    world: World, hello: Document, clone: Clone, effects: Effects
) -> None:
    first, second = clone.git("rev-parse", "main~1", "main").split()
    changes = FileChanges({"VERSION": b"1.1.0\n", "docs/new.md": b"new\n"}, ["README.md"])
    with pytest.raises(Refused) as stale, world.locked(Identity("octocat")):
        commits.commit_on_branch(world, hello, "main", first, "chore: release", changes)
    assert (stale.value.graphql_type, stale.value.message) == (
        "STALE_DATA",
        f'Expected branch to point to "{first}" but it did not.  Pull and try again.',
    )
    effects.expect()
    with world.locked(Identity("octocat")):
        sha = commits.commit_on_branch(world, hello, "main", second, "chore: release", changes)
    git = world.git["octocat/hello"]
    assert git.branch("main") == sha
    assert {one.name for one in git.tree(git.commit(sha).tree)} == {"VERSION", "docs"}
    assert commits.verification(world, hello, sha)["verified"] is True
    effects.expect("commit.created chore: release", "ref.updated refs/heads/main")


def test_a_protected_branch_takes_no_commit_and_says_which_kind_of_rule(
    world: World, hello: Document, clone: Clone, effects: Effects
) -> None:
    settings = {
        "enforce_admins": True,
        "required_pull_request_reviews": {"required_approving_review_count": 1},
    }
    with world.locked():
        world.store.put("protection", "octocat/hello", "main", settings)
    head = clone.git("rev-parse", "main")
    with pytest.raises(Refused) as caught, world.locked(Identity("octocat")):
        commits.commit_on_branch(world, hello, "main", head, "x", FileChanges({"a": b""}))
    assert caught.value.graphql_type == "BRANCH_PROTECTION_RULE_VIOLATION"
    assert caught.value.message == protection.PULL_REQUEST


def test_parts_of_protection_change_one_by_one(
    repo: Repository, effects: Effects, contract: Contract
) -> None:
    main = repo.get_branch("main")
    main.edit_protection(enforce_admins=False, required_approving_review_count=1)
    assert refusal(main.get_required_status_checks) == (404, "Required status checks not enabled")
    assert refusal(lambda: main.edit_required_status_checks(strict=True))[0] == 404
    main.edit_protection(strict=False, contexts=["lint"], required_approving_review_count=1)
    main.edit_required_status_checks(strict=True, contexts=["ci"])
    assert main.get_required_status_checks().contexts == ["ci"]
    main.edit_required_pull_request_reviews(required_approving_review_count=3)
    assert main.get_required_pull_request_reviews().required_approving_review_count == 3
    main.set_admin_enforcement()
    assert main.get_admin_enforcement() is True
    main.remove_admin_enforcement()
    main.remove_required_status_checks()
    main.remove_required_pull_request_reviews()
    found = main.get_protection()
    assert (found.enforce_admins, found.required_status_checks, found.required_pull_request_reviews) == (
        False,
        None,
        None,
    )
    assert effects.take() == ["protection.updated main"] * 8
    contract.problems.clear()  # see above
