"""`shipway environments` against a twin: planned, applied once, and nothing lost that nobody mentioned."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from twin_project import QUIET, Clone, Effects, Project

from shipway.cli.root import run
from shipway.twin import admin
from shipway.twin.behaviour import access, apps, environments
from shipway.twin.store import Document

FULL = """
environments:
  staging: {protection: {branches: all}}
  production:
    after: staging
    protection:
      reviewers: [alice, octo-org/release]
      wait-timer: 2h
      prevent-self-review: true
      admins-bypass: false
      branches: [main, release/*]
      tags: ["v*"]
      rules: [safety-net]
"""


class Setting:
    """A repository, a configuration file, and the command line on them."""

    def __init__(
        self, project: Project, clone: Clone, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.project, self.clone, self._capsys = project, clone, capsys
        self.config = tmp_path / "shipway.yml"
        self.world = project.twin.world

    def run(self, *words: str, configuration: str = FULL) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        self.config.write_text(configuration)
        code = run(["environments", *words, "--repo", str(self.clone.path), "--config", str(self.config)])
        out = self._capsys.readouterr()
        return code, out.out, out.err

    def environment(self, name: str) -> Document:
        with self.world.locked():
            return environments.find(self.world, self.repo, name)

    @property
    def repo(self) -> Document:
        return self.world.repository(self.project.full_name) or {}

    def patterns(self, name: str) -> set[tuple[str, str]]:
        with self.world.locked():
            found = environments.policies(self.world, self.repo, self.environment(name))
        return {(one["type"], one["name"]) for one in found}

    def put(self, name: str, **settings: Any) -> None:
        with self.world.locked():
            environments.put(self.world, self.repo, name, settings)


@pytest.fixture
def setting(
    project: Project,
    clone: Clone,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Setting:
    world = project.twin.world
    with world.locked():
        admin.create_user(world, "alice")
        admin.create_user(world, "bob")
        admin.create_org(world, "octo-org")
        admin.create_team(world, "octo-org", "release", ("alice",))
        app, _ = apps.create(
            world, "safety-net", "octocat", {"deployments": "write"}, events=["deployment_protection_rule"]
        )
        apps.install(world, app, "octocat")
    variables = {**QUIET, **project.twin.environment(project.token), "GITHUB_REPOSITORY": project.full_name}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Setting(project, clone, tmp_path, capsys)


def asked(setting: Setting) -> list[Any]:
    return setting.project.twin.journal.requests


@pytest.mark.requirement("DEP-7")
def test_a_plan_changes_nothing(setting: Setting, effects: Effects) -> None:
    code, text, _ = setting.run("plan")
    assert code == 0
    assert text.splitlines() == [
        "+ staging (new)",
        "    = branches  all",
        "+ production (new)",
        "    + reviewers            alice, octo-org/release",
        "    + wait-timer           2h",
        "    + prevent-self-review  yes",
        "    + admins-bypass        no",
        "    + branches             main, release/*",
        "    + tags                 v*",
        "    + rules                safety-net",
    ]
    assert effects.take() == []
    assert [one.path for one in asked(setting)] == ["/repos/octocat/hello/environments"]


@pytest.mark.requirement("DEP-7")
def test_applying_twice_is_applying_once(setting: Setting) -> None:
    code, text, told = setting.run("apply", "--yes")
    assert (code, text) == (0, "Done: staging, production.\n")
    assert told.endswith("✓ staging\n✓ production\n")
    made = setting.environment("production")
    assert (made["wait_timer"], made["prevent_self_review"], made["can_admins_bypass"]) == (120, True, False)
    assert [one["type"] for one in made["reviewers"]] == ["User", "Team"]
    assert setting.patterns("production") == {("branch", "main"), ("branch", "release/*"), ("tag", "v*")}

    before = len(asked(setting))
    code, text, _ = setting.run("apply")
    assert code == 0
    assert text.splitlines()[-1] == "GitHub's environments are as configured; nothing to do."
    assert {line[:5].strip() for line in text.splitlines()[:-1]} <= {"=", "= sta", "= pro"}
    assert len(asked(setting)) - before == 3


@pytest.mark.requirement("DEP-7")
def test_what_the_configuration_does_not_mention_survives(setting: Setting) -> None:
    setting.run("apply", "--yes")
    code, text, _ = setting.run(
        "apply", "--yes", configuration="environments: {production: {protection: {wait-timer: 5}}}"
    )
    assert (code, text) == (0, "Done: production.\n")
    made = setting.environment("production")
    assert (made["wait_timer"], made["prevent_self_review"], made["can_admins_bypass"]) == (5, True, False)
    assert [one["type"] for one in made["reviewers"]] == ["User", "Team"]
    assert made["deployment_branch_policy"] == {"protected_branches": False, "custom_branch_policies": True}
    assert setting.patterns("production") == {("branch", "main"), ("branch", "release/*"), ("tag", "v*")}
    with setting.world.locked():
        assert len(environments.rules(setting.world, setting.repo, setting.environment("production"))) == 1


@pytest.mark.requirement("DEP-7")
def test_patterns_and_rules_that_go_are_taken_away(setting: Setting) -> None:
    setting.run("apply", "--yes")
    left = "{branches: [main, hotfix/*], rules: [], reviewers: [bob]}"
    code, _, told = setting.run(
        "apply", "--yes", configuration=f"environments: {{production: {{protection: {left}}}}}"
    )
    assert code == 0
    assert "    ~ branches   main, release/* → hotfix/*, main" in told
    assert "  staging (not in the configuration, left alone)" in told
    assert setting.patterns("production") == {("branch", "main"), ("branch", "hotfix/*"), ("tag", "v*")}
    with setting.world.locked():
        assert environments.rules(setting.world, setting.repo, setting.environment("production")) == []
    assert len(setting.environment("production")["reviewers"]) == 1


@pytest.mark.requirement("DEP-7")
def test_as_data(setting: Setting) -> None:
    setting.put("old")
    code, text, _ = setting.run("plan", "--output", "json")
    data = json.loads(text)
    assert code == 0
    assert (data["schema"], data["repository"], data["decision"]) == (1, "octocat/hello", "planned")
    assert [(one["environment"], one["action"]) for one in data["environments"]] == [
        ("staging", "create"),
        ("production", "create"),
        ("old", "left alone"),
    ]


@pytest.mark.requirement("DEP-7")
def test_the_configuration_of_the_default_branch_counts(setting: Setting) -> None:
    folder = setting.clone.path / ".github"
    folder.mkdir()
    (folder / "shipway.yml").write_text("environments: {dev: {}}")
    setting.clone.commit("chore: configure")
    setting.clone.git("push", "--quiet", setting.project.remote(), "main")
    (folder / "shipway.yml").write_text("environments: {other: {}}")
    assert run(["environments", "plan", "--repo", str(setting.clone.path)]) == 0
    assert setting._capsys.readouterr().out == "+ dev (new)\n"


@pytest.mark.requirement("DEP-7")
def test_nobody_to_ask_is_no_consent(setting: Setting, effects: Effects) -> None:
    code, text, told = setting.run("apply")
    assert (code, text) == (2, "")
    assert told.endswith(
        "error[not-confirmed]: Nobody can be asked here whether to do this.\n"
        "  Pass --yes: shipway environments apply --yes\n"
    )
    assert effects.take() == []


class Terminal(io.StringIO):
    """Somebody who answers."""

    def isatty(self) -> bool:
        return True


@pytest.mark.requirement("DEP-7")
@pytest.mark.parametrize(("answer", "expected"), [("y", 0), ("n", 2), ("", 2)])
def test_somebody_at_a_terminal_is_asked(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, answer: str, expected: int
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
    code, _, told = setting.run("apply")
    assert code == expected
    assert "Do this on GitHub? [y/N]: " in told
    assert ("error[not-confirmed]: Nothing was changed." in told) == (expected != 0)
    with setting.world.locked():
        assert len(setting.world.store.all("environment", "octocat/hello")) == (2 if expected == 0 else 0)


@pytest.mark.requirement("DEP-7")
@pytest.mark.requirement("FAIL-2")
@pytest.mark.parametrize("kind", ["error-before", "error-after", "reset-before", "reset-after"])
@pytest.mark.parametrize("write", ["PUT 1", "PUT 2", "POST 1", "POST 2", "POST 3", "POST 4"])
def test_it_goes_on_after_any_write_that_broke_off(setting: Setting, kind: str, write: str) -> None:
    method, _, nth = write.partition(" ")
    setting.world.faults.add(kind, {"method": method, "path": "/environments/", "nth": int(nth)})
    code, _, told = setting.run("apply", "--yes")
    assert code == 1, told
    assert setting.run("apply", "--yes")[0] == 0
    assert setting.run("apply")[0] == 0
    assert setting.patterns("production") == {("branch", "main"), ("branch", "release/*"), ("tag", "v*")}


@pytest.mark.requirement("DEP-7")
@pytest.mark.requirement("FAIL-4")
def test_a_token_that_may_not(setting: Setting, monkeypatch: pytest.MonkeyPatch, effects: Effects) -> None:
    with setting.world.locked():
        token = access.issue_token(setting.world, "octocat", {"actions": "read", "contents": "read"})
    monkeypatch.setenv("GITHUB_TOKEN", token)
    code, _, told = setting.run("apply", "--yes")
    assert code == 12
    assert told.endswith(
        "error[permission-missing]: The token lacks the permission `administration: write`, which PUT "
        "/repos/octocat/hello/environments/staging needs.\n"
        "  A workflow's own token cannot have it: use that of an administrator, or of an App with "
        "`administration: write`, for example: GITHUB_TOKEN=$(gh auth token) shipway environments apply\n"
    )
    assert effects.take() == []


@pytest.mark.requirement("DEP-7")
def test_a_plan_of_github_without_reviewers(setting: Setting) -> None:
    with setting.world.locked():
        setting.world.store.put("repository", "", "octocat/hello", {**setting.repo, "private": True})
        admin.leave_out_environment_protection(setting.world, "octocat/hello")
    code, text, told = setting.run("apply", "--yes", "--output", "json")
    assert code == 1
    assert json.loads(text)["error"]["reason_code"] == "plan-lacks-protection"
    assert told.endswith(
        "error[plan-lacks-protection]: GitHub does not offer reviewers and wait timers in this private "
        "repository with its present plan; environment production may be there now without protection.\n"
        "  Take `reviewers` and `wait-timer` out of `environments.production.protection` and let "
        "`environments.production.authorize` say who may promote, which Shipway itself holds; or change the "
        "plan.\n"
    )
    assert setting.environment("production")["reviewers"] == []


@pytest.mark.requirement("DEP-7")
def test_what_github_passes_over_in_silence_is_said(setting: Setting) -> None:
    with setting.world.locked():
        setting.world.store.put("repository", "", "octocat/hello", {**setting.repo, "private": True})
        admin.leave_out_environment_protection(setting.world, "octocat/hello")
    code, _, told = setting.run(
        "apply", "--yes", configuration="environments: {live: {protection: {admins-bypass: false}}}"
    )
    assert code == 1
    assert told.endswith(
        "error[protection-ignored]: GitHub took the protection of live without admins-bypass no.\n"
        "  Take it out of `environments.live.protection`; GitHub's plan may not have it.\n"
    )


@pytest.mark.requirement("DEP-7")
@pytest.mark.parametrize(
    ("protection", "told"),
    [
        (
            "{reviewers: [mallory]}",
            "error[reviewer-unknown]: GitHub refused: Could not resolve to a User with the login of 'mallory'.\n",
        ),
        (
            "{reviewers: [octo-org/nobody]}",
            "error[reviewer-unknown]: There is no team octo-org/nobody, or the token may not see it.\n",
        ),
        (
            "{rules: [unknown]}",
            "error[app-unknown]: No App unknown with deployment protection rules is installed in the repository.\n",
        ),
    ],
)
def test_names_that_github_does_not_know(setting: Setting, protection: str, told: str) -> None:
    code, _, error = setting.run(
        "apply", "--yes", configuration=f"environments: {{live: {{protection: {protection}}}}}"
    )
    assert code == 2
    assert told in error
