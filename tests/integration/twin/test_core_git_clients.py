"""The twin as the real git sees it: clone, fetch and push over HTTP."""

from pathlib import Path

from twin_project import Clone, Effects, Project

from shipway.twin import admin

PROTECTED = {
    "required_status_checks": None,
    "enforce_admins": False,
    "required_pull_request_reviews": None,
    "restrictions": None,
}


def protect(project: Project, **settings: object) -> None:
    with project.twin.world.locked():
        project.twin.world.store.put("protection", project.full_name, "main", PROTECTED | settings)


def test_clones_full_shallow_and_partial(project: Project, tmp_path: Path, effects: Effects) -> None:
    here = Clone(tmp_path)
    public = f"{project.twin.url}/octocat/hello.git"
    here.git("clone", "--quiet", public, "full")
    here.git("clone", "--quiet", "--depth=1", public, "shallow")
    here.git("clone", "--quiet", "--filter=tree:0", "--no-checkout", public, "treeless")
    assert Clone(tmp_path / "full").git("rev-list", "--count", "HEAD") == "2"
    assert Clone(tmp_path / "full").git("tag") == "v1.0.0"
    assert Clone(tmp_path / "shallow").git("rev-list", "--count", "HEAD") == "1"
    assert Clone(tmp_path / "treeless").git("log", "--format=%s") == "fix: mend\nfeat: begin"


def test_a_shallow_clone_deepens_and_fetches_single_commits(
    project: Project, clone: Clone, tmp_path: Path, effects: Effects
) -> None:
    Clone(tmp_path).git("clone", "--quiet", "--depth=1", project.remote(), "shallow")
    shallow = Clone(tmp_path / "shallow")
    first = clone.git("rev-parse", "main~1")
    shallow.git("fetch", "--quiet", "--depth=1", "origin", first)
    assert shallow.git("cat-file", "-t", first) == "commit"
    shallow.git("fetch", "--quiet", "--unshallow")
    assert shallow.git("rev-list", "--count", "HEAD") == "2"


def test_pushes_move_refs_and_are_journaled(project: Project, clone: Clone, effects: Effects) -> None:
    head = clone.commit("feat: more", more__txt="more\n")
    clone.git("tag", "v1.1.0")
    clone.git("push", "--quiet", project.remote(), "main", "v1.1.0", "main:refs/heads/side")
    effects.expect(
        "ref.updated refs/heads/main",
        "ref.created refs/tags/v1.1.0",
        "ref.created refs/heads/side",
    )
    repo = project.github().get_repo("octocat/hello")
    assert repo.get_branch("main").commit.sha == head
    assert repo.get_commit("main").commit.message == "feat: more"
    clone.git("push", "--quiet", project.remote(), "--delete", "side")
    effects.expect("ref.deleted refs/heads/side")
    assert [one.name for one in repo.get_branches()] == ["main"]


def test_who_may_push(project: Project, clone: Clone, effects: Effects) -> None:
    clone.commit("feat: more")
    stranger = project.token_of("stranger")
    helper = project.token_of("helper")
    reader = project.token_of("octocat", {"contents": "read"})
    with project.twin.world.locked():
        admin.add_collaborator(project.twin.world, "octocat/hello", "helper", "write")
    denied = "remote: Permission to octocat/hello.git denied to {}."
    assert denied.format("stranger") in clone.refused("push", project.remote(stranger), "main")
    assert denied.format("octocat") in clone.refused("push", project.remote(reader), "main")
    assert "Authentication failed" in clone.refused("push", project.remote("ghp_wrong"), "main")
    assert "could not read Username" in clone.refused("push", f"{project.twin.url}/octocat/hello.git", "main")
    effects.expect()
    clone.git("push", "--quiet", project.remote(helper), "main")
    effects.expect("ref.updated refs/heads/main")
    assert project.twin.journal.entries()[-1].actor == "helper"


def test_a_private_repository_hides_from_strangers(twin, clone: Clone, tmp_path: Path) -> None:
    with twin.world.locked():
        admin.create_repository(twin.world, "octocat/secret", from_git=clone.path, private=True)
    secret = Project(twin, "octocat/secret", "")
    own, other = secret.token_of("octocat"), secret.token_of("stranger")
    here = Clone(tmp_path)
    here.git("clone", "--quiet", secret.remote(own), "copy")
    assert "Repository not found" in here.refused("clone", secret.remote(other), "x")


def test_protected_branches_turn_pushes_down(project: Project, clone: Clone, effects: Effects) -> None:
    clone.commit("feat: more")
    clone.git("branch", "other", "main~1")
    protect(project)
    assert "Cannot force-push to this branch" in clone.refused(
        "push", "--force", project.remote(), "v1.0.0^{commit}:refs/heads/main"
    )
    assert "refusing to delete the current branch" in clone.refused("push", project.remote(), ":main")
    clone.git("push", "--quiet", project.remote(), "main")
    effects.expect("ref.updated refs/heads/main")

    protect(
        project, required_pull_request_reviews={"required_approving_review_count": 1}, enforce_admins=True
    )
    clone.commit("feat: yet more")
    said = clone.refused("push", project.remote(), "main", "other")
    assert "GH006: Protected branch update failed for refs/heads/main." in said
    assert "Changes must be made through a pull request." in said
    assert "[remote rejected] main -> main (hook declined)" in said
    effects.expect("ref.created refs/heads/other")


def test_rulesets_turn_pushes_down(project: Project, clone: Clone, effects: Effects) -> None:
    repo = project.github().get_repo("octocat/hello")
    rules = [{"type": "non_fast_forward"}, {"type": "deletion"}]
    conditions = {"ref_name": {"include": ["refs/heads/release/*"], "exclude": []}}
    ruleset = {"name": "lines", "target": "branch", "enforcement": "active", "conditions": conditions}
    repo.requester.requestJsonAndCheck("POST", f"{repo.url}/rulesets", input=ruleset | {"rules": rules})
    _, found = repo.requester.requestJsonAndCheck("GET", f"{repo.url}/rules/branches/release/1.0")
    assert [one["type"] for one in found] == ["non_fast_forward", "deletion"]
    clone.git("push", "--quiet", project.remote(), "main:refs/heads/release/1.0")
    said = clone.refused("push", project.remote(), "+main~1:refs/heads/release/1.0")
    assert "GH013: Repository rule violations found for refs/heads/release/1.0." in said
    assert "Cannot delete this branch" in clone.refused("push", project.remote(), ":release/1.0")
    effects.expect("ruleset.created lines", "ref.created refs/heads/release/1.0")


def test_heads_of_pull_requests_cannot_be_pushed(project: Project, clone: Clone, effects: Effects) -> None:
    said = clone.refused("push", project.remote(), "main:refs/pull/1/head")
    assert "deny updating a hidden ref" in said


def test_a_clone_on_no_branch_is_imported_at_its_commit(twin, clone: Clone) -> None:
    clone.git("checkout", "--quiet", "--detach", "v1.0.0")
    clone.git("branch", "--delete", "--force", "main")
    with twin.world.locked():
        repo = admin.create_repository(twin.world, "octocat/detached", from_git=clone.path)
    assert repo["default_branch"] == "main"
    assert twin.world.git["octocat/detached"].branch("main") == clone.git("rev-parse", "HEAD")
