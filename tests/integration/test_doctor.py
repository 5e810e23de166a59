"""`shipway doctor` on a twin: a repository that is well, and one in which much is wrong."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from twin_project import QUIET, Clone, Effects, Project

from shipway.cli.root import run
from shipway.twin import admin
from shipway.twin.behaviour import access, deployments, environments, rulesets, workflows

CONFIGURATION = "environments: {staging: {}, production: {after: staging}}\n"
CALLER = """\
jobs:
  release:
    steps:
      - uses: octo-org/shipway@v1.0.0
"""
UNKNOWN = ".github/shipway.yml:1:1: unknown key `relase`; did you mean `release`?"
UNPROTECTED = "Nothing demands a pull request for main, which releases are merged into."
KEPT = [{"type": "deletion"}, {"type": "non_fast_forward"}]

HEAD: dict[str, Any] = {"format": 1, "hash": "0" * 64, "open": {}, "sequence": 0}
"""What a ledger says in which nothing stands."""


class Setting:
    """A repository on a twin, and the command line on its clone."""

    def __init__(
        self, project: Project, clone: Clone, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch
    ) -> None:
        self.project, self.clone = project, clone
        self._capsys, self._patch = capsys, patch
        self.world = project.twin.world
        self.use(project.token)

    @property
    def repo(self) -> dict[str, Any]:
        return self.world.repository(self.project.full_name) or {}

    def use(self, token: str) -> None:
        variables = {
            **QUIET,
            **self.project.twin.environment(token),
            "GITHUB_REPOSITORY": self.project.full_name,
        }
        for name, value in variables.items():
            self._patch.setenv(name, value)

    def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        code = run(["doctor", *words, "--repo", str(self.clone.path)])
        out = self._capsys.readouterr()
        return code, out.out, out.err

    def codes(self) -> list[str]:
        """Of everything that is not well."""
        rows = json.loads(self.run("--output", "json")[1])["findings"]
        return [row["reason_code"] for row in rows if row["level"] != "ok"]

    def push(self, files: Mapping[str, str], branch: str = "main") -> None:
        for path, text in files.items():
            file = self.clone.path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        self.clone.git("add", "--all")
        self.clone.git("commit", "--quiet", "--message", "chore: set up")
        self.clone.git("push", "--quiet", self.project.remote(), f"HEAD:refs/heads/{branch}")

    def rule(self, target: str, include: str, rules: list[dict[str, Any]]) -> None:
        conditions = {"ref_name": {"include": [include], "exclude": []}}
        settings = {"name": include, "target": target, "enforcement": "active"}
        with self.world.locked():
            rulesets.create(self.world, self.repo, {**settings, "conditions": conditions, "rules": rules})

    def environment(self, name: str, **settings: Any) -> None:
        with self.world.locked():
            environments.put(self.world, self.repo, name, settings)


@pytest.fixture
def setting(
    project: Project, clone: Clone, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Setting:
    return Setting(project, clone, capsys, monkeypatch)


@pytest.fixture
def well(setting: Setting) -> Setting:
    """A repository that was released before, set up as the pages say."""
    setting.push({".github/shipway.yml": CONFIGURATION, ".github/workflows/release.yml": CALLER})
    setting.push({"head.json": json.dumps(HEAD)}, "shipway-ledger")
    pull = {"type": "pull_request", "parameters": {"required_approving_review_count": 1}}
    setting.rule("branch", "refs/heads/main", [pull, *KEPT])
    setting.rule("branch", "refs/heads/shipway-ledger", KEPT)
    setting.rule("tag", "refs/tags/v*", [{"type": "deletion"}, {"type": "update"}])
    setting.environment("staging")
    with setting.world.locked():
        alice = admin.create_user(setting.world, "alice")
        admin.add_collaborator(setting.world, setting.project.full_name, "alice")
    setting.environment("production", reviewers=[{"type": "User", "id": alice["id"]}])
    return setting


def test_a_repository_that_is_well(well: Setting, effects: Effects) -> None:
    before = len(well.project.twin.journal.requests)
    effects.take()
    code, text, told = well.run()
    assert (code, told) == (0, "")
    assert text.splitlines() == [
        "✓ token          A classic token of octocat, role admin",
        "✓ configuration  it can be used",
        "✓ branches       main, the tags and the ledger are looked after",
        "✓ environments   staging, production",
        "✓ workflows      pinned, and they may open pull requests",
        "✓ under way      nothing is stuck",
        "✓ clone          it has the whole history",
        "Problems: 0. Advice: 0.",
    ]
    assert [one.path for one in well.project.twin.journal.requests[before:]] == [
        "/graphql",
        "/repos/octocat/hello/environments",
        "/repos/octocat/hello/actions/permissions/workflow",
    ]
    assert effects.take() == []


def test_a_repository_as_it_comes(setting: Setting) -> None:
    code, text, told = setting.run()
    assert (code, told) == (0, "")
    lines = text.splitlines()
    assert lines[1:4] == [
        "! configuration  There is no .github/shipway.yml on main. [configuration-missing]",
        "                 → `shipway init`",
        f"! branches       {UNPROTECTED} [target-unprotected]",
    ]
    assert lines[-1] == "Problems: 0. Advice: 3."


def test_much_that_is_wrong(well: Setting) -> None:
    well.rule("branch", "refs/heads/shipway-ledger", [{"type": "pull_request", "parameters": {}}])
    checks = {"required_status_checks": [{"context": "build"}], "strict_required_status_checks_policy": False}
    well.rule("branch", "refs/heads/main", [{"type": "required_status_checks", "parameters": checks}])
    by_pattern = {"protected_branches": False, "custom_branch_policies": True}
    well.environment("staging", deployment_branch_policy=by_pattern)
    with well.world.locked():
        workflows.set_permissions(well.world, well.repo, {"can_approve_pull_request_reviews": False})
    assert well.codes() == [
        "ledger-closed",
        "deploy-ref-shut-out",
        "pull-requests-forbidden",
        "checks-not-started",
    ]
    assert well.run()[0] == 1


def test_what_was_left_behind(well: Setting) -> None:
    claim = {"id": "d1", "version": "2.0.0", "by": "bob", "holder": "run:7", "at": "2026-01-01T10:00:00Z"}
    lock = {"by": "bob", "reason": "moving", "at": "2026-01-01T10:00:00Z"}
    late = {**claim, "until": "2026-01-01T11:00:00Z"}
    head = {**HEAD, "environments": {"staging": {"claim": late}, "production": {"lock": lock}}}
    well.push({"head.json": json.dumps(head)}, "shipway-ledger")
    with well.world.locked():
        made = deployments.create(
            well.world, well.repo, "main", environment="staging", auto_merge=False, required_contexts=[]
        )
        old = {**made, "creator": "alice", "created_at": "2026-01-01T10:00:00Z"}
        well.world.store.put("deployment", well.project.full_name, old["id"], old)
    assert well.codes() == ["claim-overdue", "lock-forgotten", "deployment-abandoned"]
    assert well.project.twin.journal.requests[-1].path == "/repos/octocat/hello/actions/runs/7"


def test_a_configuration_that_cannot_be_used(setting: Setting) -> None:
    setting.push({".github/shipway.yml": "relase: {}\n"})
    code, text, _ = setting.run()
    assert code == 2
    assert text.splitlines()[1:4] == [
        "✗ configuration  .github/shipway.yml cannot be used:",
        f"                   {UNKNOWN} [configuration-unusable]",
        "                 → Correct it on the default branch, in the place that is named.",
    ]


def test_a_reader_is_told_first(well: Setting) -> None:
    well.use(well.project.token_of("bob"))
    code, text, _ = well.run()
    assert code == 12
    assert text.startswith(
        "✗ token          A classic token of bob has the role read here. [token-reads-only]\n"
    )
    assert "only an administrator's token sees" in text


def test_the_token_of_a_workflow(well: Setting) -> None:
    with well.world.locked():
        admin.create_user(well.world, "github-actions[bot]")
        permissions = {"contents": "write", "actions": "read", "deployments": "read"}
        token = access.issue_token(well.world, "github-actions[bot]", permissions, kind="actions")
    well.use(token)
    code, text, _ = well.run()
    assert code == 0
    assert text.startswith(
        "✓ token          A workflow's own token of github-actions[bot]; GitHub does not tell what"
    )


def test_a_token_that_may_not_look_at_environments(well: Setting) -> None:
    with well.world.locked():
        admin.create_user(well.world, "github-actions[bot]")
        token = access.issue_token(
            well.world, "github-actions[bot]", {"contents": "write", "deployments": "read"}, kind="actions"
        )
    well.use(token)
    assert well.codes() == ["environments-unseen"]


def test_environments_that_are_configured_and_missing(setting: Setting) -> None:
    setting.push({".github/shipway.yml": CONFIGURATION})
    setting.environment("Staging")
    assert setting.codes()[-2:] == ["environment-spelt-otherwise", "environment-missing"]


def test_a_private_repository_without_protection(
    setting: Setting,
) -> None:
    with setting.world.locked():
        repo = {**setting.repo, "private": True}
        setting.world.store.put("repository", "", setting.project.full_name.lower(), repo)
    setting.environment("production")
    assert setting.codes()[-1] == "plan-enforces-less"


def test_a_ruleset_that_holds_the_tags_that_shipway_moves(well: Setting) -> None:
    for tag in ("latest-staging", "not-latest-staging"):
        well.clone.git("push", "--quiet", well.project.remote(), f"HEAD:refs/tags/{tag}")
    assert "tags-closed" not in well.codes()

    well.rule("tag", "refs/tags/*", [{"type": "update"}, {"type": "creation"}])
    rows = json.loads(well.run("--output", "json")[1])["findings"]
    assert [row["what"] for row in rows if row["reason_code"] == "tags-closed"] == [
        "A ruleset restricts making tags and moving latest-staging."
    ]


def test_what_init_has_written_is_to_be_pushed(setting: Setting) -> None:
    folder = setting.clone.path / ".github"
    folder.mkdir()
    (folder / "shipway.yml").write_text(CONFIGURATION)
    assert [code for code in setting.codes() if code.startswith("configuration")] == [
        "configuration-elsewhere"
    ]
    setting.push({".github/shipway.yml": CONFIGURATION})
    assert [code for code in setting.codes() if code.startswith("configuration")] == []


def test_a_clone_that_was_cut_off(setting: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setting.clone.git(
        "clone", "--quiet", "--depth=1", f"file://{setting.clone.path}", str(tmp_path / "short")
    )
    setting.clone = Clone(tmp_path / "short")
    setting.clone.git("config", "user.signingKey", "ABCD")
    setting.clone.git("config", "user.useConfigOnly", "true")
    monkeypatch.delenv("GIT_COMMITTER_EMAIL")
    assert setting.codes()[-2:] == ["clone-shallow", "identity-missing"]
