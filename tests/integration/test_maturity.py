"""`shipway maturity` against a twin: judged, tracked in one issue, ticked by people, promoted once."""

import json
from pathlib import Path
from typing import Any

import pytest
from twin_project import QUIET, Clone, Project

from shipway.cli.root import run
from shipway.domain.maturity_policy import USUAL
from shipway.twin.behaviour import access, checks, issues, labels, projects
from shipway.twin.store import Document

NAME = "octocat/hello"
ONLY = "{text: Approved, heading: approvals}"
COBERTURA = """<coverage line-rate="0.5" version="1" timestamp="1"><packages><package name="p"><classes>
<class name="a" filename="src/orders/a.py" line-rate="0.8"><methods/><lines>{lines}</lines></class>
<class name="b" filename="src/other/b.py" line-rate="0"><methods/><lines><line number="1" hits="0"/></lines></class>
</classes></package></packages></coverage>"""


def covering(covered: int) -> str:
    """A report in which so many of the component's ten lines ran, and none of another's."""
    lines = "".join(f'<line number="{one}" hits="{int(one <= covered)}"/>' for one in range(1, 11))
    return COBERTURA.format(lines=lines)


def configuration(criteria: str = "", project: str = "") -> str:
    """Every usual criterion of staging left out, and these in their place."""
    usual = USUAL["staging"]
    out = "".join(f"        {name}: {{required: false}}\n" for name in usual)
    return (
        "gates: {style: {command: [grep, -q, tidy, style.txt]}}\n"
        f"maturity:\n  project: {json.dumps(project)}\n  components: {{orders: {{}}}}\n"
        f"  stages:\n    staging:\n      criteria:\n{out}{criteria}"
    )


class Setting:
    """A repository with a component, and the command line on it."""

    def __init__(
        self, project: Project, clone: Clone, config: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.project, self.clone, self.config, self._capsys = project, clone, config, capsys
        self.world = project.twin.world
        self.configuration = configuration(f"        owner-approves: {ONLY}\n")

    def files(self, **texts: str) -> None:
        """Commit files; `__` in a name is a slash and `_DOT_` a dot."""
        for name, text in texts.items():
            path = self.clone.path / name.replace("__", "/").replace("_DOT_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.clone.commit("chore: write")
        self.clone.git("push", "--quiet", self.project.remote(), "main")

    def run(self, *words: str, component: str = "orders", to: str = "staging") -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        self.config.write_text(self.configuration)
        place = ["--repo", str(self.clone.path), "--config", str(self.config)]
        code = run(["maturity", component, "--to", to, *place, *words])
        out = self._capsys.readouterr()
        return code, out.out, out.err

    @property
    def repo(self) -> Document:
        return self.world.repository(NAME) or {}

    def issues(self) -> list[Document]:
        with self.world.locked():
            return issues.threads(self.world, self.repo)

    def edit(self, body: str) -> None:
        """A person rewrites the body of the first issue in a browser."""
        with self.world.locked(access.authenticate(self.world, self.project.token)):
            issue = issues.find(self.world, self.repo, 1)
            issues.edit(self.world, self.repo, issue, title=None, body=body.replace("\n", "\r\n"))

    def tick(self, text: str) -> None:
        """A person ticks a box."""
        (issue,) = self.issues()
        assert f"- [ ] {text}" in issue["body"]
        self.edit(issue["body"].replace(f"- [ ] {text}", f"- [x] {text}"))

    @property
    def writes(self) -> list[str]:
        return [one.effect for one in self.project.twin.journal.entries()]


@pytest.fixture
def setting(
    project: Project,
    clone: Clone,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Setting:
    variables = {**QUIET, **project.twin.environment(project.token), "GITHUB_REPOSITORY": NAME}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    made = Setting(project, clone, tmp_path / "shipway.yml", capsys)
    made.files(
        src__orders__a_DOT_py="a", src__other__b_DOT_py="b", tests__orders__test_a_DOT_py="t",
        specs__orders_DOT_md="# Orders", coverage_DOT_xml=covering(8),
    )  # fmt: skip
    return made


def reasons(setting: Setting) -> dict[str, str]:
    """Criterion → reason code, as programs are told."""
    found = json.loads(setting.run("--dry-run", "--output", "json")[1])
    rows = [{"criterion": name, **row} for name, row in found["quality_gates"].items()]
    rows += found["promotion_criteria"]["details"]
    return {row["criterion"]: row["reason_code"] for row in rows}


def test_a_report_that_cannot_be_written(setting: Setting) -> None:
    before = setting.writes
    code, _, told = setting.run("--report", "/nowhere/maturity.json")
    assert (code, told) == (
        2,
        (
            "error[report-unwritable]: /nowhere/maturity.json cannot be written: its folder is not there.\n"
            "  Name a file in a folder that exists: --report maturity.json\n"
        ),
    )
    assert setting.writes == before


@pytest.mark.requirement("PRO-8")
def test_a_component_is_promoted_once_people_have_ticked_the_rest(setting: Setting) -> None:
    code, text, told = setting.run()
    assert code == 8
    assert text.splitlines()[:5] == [
        "Quality gates",
        "  ✓ At least 70 % of the lines are covered by tests: 80 % of src/orders, 70 % wanted",
        "  ✓ The component's folder exists: src/orders/* is there",
        "  ✓ The folder of its tests exists: tests/orders/* is there",
        "  ✓ Its specification exists: specs/orders.md is there",
    ]
    assert text.splitlines().count("  ✗ Approved: nobody has ticked it") == 1
    assert reasons(setting)["owner-approves"] == "not-ticked"
    assert told.startswith("error[criteria-unmet]: orders does not meet 1 criterion of staging.\n  Tick what")
    assert "Tick what is done in http" in told
    (issue,) = setting.issues()
    assert (issue["title"], issue["labels"]) == (
        "Promote orders to staging",
        ["component:orders", "target:staging"],
    )

    assert setting.run()[0] == 8
    assert len(setting.issues()) == 1
    setting.tick("Approved")
    code, text, _ = setting.run()
    assert (code, text.splitlines()[-1]) == (0, "orders is at staging.")
    (issue,) = setting.issues()
    assert (issue["state"], issue["state_reason"]) == ("closed", "completed")
    assert "**Promoted to staging.**" in issue["body"]

    before = len(setting.writes)
    assert setting.run()[:1] == (0,)
    assert len(setting.writes) == before


@pytest.mark.requirement("PRO-8")
def test_what_people_write_and_tick_survives(setting: Setting) -> None:
    setting.run()
    setting.tick("Approved")
    (issue,) = setting.issues()
    setting.edit(f"Our own words.\n\n{issue['body']}\n\nTurn the flag off.")
    setting.files(coverage_DOT_xml=covering(6))
    assert setting.run()[0] == 8
    (issue,) = setting.issues()
    assert issue["body"].startswith("Our own words.\n\n<!-- shipway:begin ")
    assert issue["body"].endswith("### Rollback plan\n\n_How to go back, in your words; this part stays as you "
                                  "write it._\n\nTurn the flag off.")  # fmt: skip
    assert "- [x] Approved" in issue["body"]
    assert "(60 % of src/orders, 70 % wanted)" in issue["body"]


@pytest.mark.requirement("PRO-8")
def test_a_box_that_facts_decide_cannot_be_ticked_by_hand(setting: Setting) -> None:
    setting.files(coverage_DOT_xml=covering(6))
    setting.run()
    setting.tick("At least 70 % of the lines are covered by tests")
    code, text, _ = setting.run()
    assert code == 8
    assert "  ✗ At least 70 % of the lines are covered by tests: 60 % of src/orders, 70 % wanted\n" in text


@pytest.mark.requirement("PRO-8")
@pytest.mark.parametrize(
    ("covered", "met"), [(0, False), (6, False), (7, True), (10, True)], ids=["0", "60", "70", "100"]
)
def test_the_threshold_of_coverage(setting: Setting, covered: int, met: bool) -> None:
    setting.configuration = configuration()
    setting.files(coverage_DOT_xml=covering(covered))
    assert setting.run("--dry-run")[0] == (0 if met else 8)


@pytest.mark.requirement("PRO-8")
def test_no_report_is_no_coverage(setting: Setting) -> None:
    (setting.clone.path / "coverage.xml").unlink()
    assert "no coverage of src/orders in any report" in setting.run("--dry-run")[1]
    assert reasons(setting)["coverage"] == "no-coverage"
    (setting.clone.path / "coverage.xml").write_text("<html/>")
    assert "coverage.xml:1: the format that begins with `<html>` is not known." in setting.run("--dry-run")[1]


@pytest.mark.requirement("PRO-8")
def test_checks_and_gates_decide_criteria(setting: Setting) -> None:
    setting.configuration = configuration(
        "        build: {text: It builds, check: ci/build}\n        tidy: {text: It is tidy, gate: style}\n"
        "        runbook: {text: The runbook is written, file: 'docs/{component}*.md'}\n"
    )
    setting.files(style_DOT_txt="messy")
    _, text, _ = setting.run("--dry-run")
    assert "  ✗ It builds: never reported: ci/build" in text
    assert "  ✗ It is tidy: " in text
    assert "  ✗ The runbook is written: no docs/orders*.md at this commit" in text
    assert reasons(setting)["runbook"] == "file-missing"

    setting.files(style_DOT_txt="tidy", docs__orders_guide_DOT_md="Turn it off and on.")
    with setting.world.locked(access.authenticate(setting.world, setting.project.token)):
        head = setting.clone.git("rev-parse", "HEAD")
        checks.create_status(setting.world, setting.repo, head, "success", context="ci/build")
    code, text, _ = setting.run()
    assert code == 0, text
    assert "  ✓ It builds: all checks succeeded" in text


@pytest.mark.requirement("PRO-8")
def test_a_dry_run_changes_nothing(setting: Setting) -> None:
    before = setting.writes
    code, text, _ = setting.run("--dry-run", "--output", "json")
    assert (code, setting.writes) == (8, before)
    data = json.loads(text)
    assert data["steps"] == [
        "open the issue 'Promote orders to staging' with component:orders, target:staging"
    ]
    assert (data["decision"], data["reason_code"]) == ("refused", "criteria-unmet")


@pytest.mark.requirement("PRO-8")
def test_the_report(setting: Setting, tmp_path: Path) -> None:
    setting.configuration = configuration()
    _, text, _ = setting.run("--report", str(tmp_path / "report.json"), "--output", "json")
    data = json.loads((tmp_path / "report.json").read_text())
    assert data == json.loads(text)
    assert (data["component"], data["from"], data["to"]) == ("orders", "development", "staging")
    assert data["quality_gates"]["coverage"]["summary"] == "80 % of src/orders, 70 % wanted"
    assert data["promotion_criteria"] == {"all_met": True, "details": []}
    assert data["issue"]["number"] == 1
    assert data["sha"] == setting.clone.git("rev-parse", "HEAD")


@pytest.mark.requirement("PRO-8")
@pytest.mark.requirement("FAIL-4")
@pytest.mark.parametrize(
    ("words", "to", "told"),
    [
        ((), "production", "orders is at development; staging comes before production."),
        (("--from", "staging"), "staging", "orders is at development, not at staging."),
    ],
)
def test_stages_are_not_skipped(setting: Setting, words: tuple[str, ...], to: str, told: str) -> None:
    code, _, error = setting.run(*words, to=to)
    assert code == 9
    assert error == (f"error[stage-order]: {told}\n  Go on with: shipway maturity orders --to staging\n")
    assert setting.issues() == []


@pytest.mark.requirement("FAIL-4")
def test_a_component_that_nobody_configured(setting: Setting) -> None:
    code, _, error = setting.run(component="odrers")
    assert code == 2
    assert error.startswith("error[component-unknown]: There is no component 'odrers'.\n")


@pytest.mark.requirement("PRO-8")
def test_an_issue_that_somebody_closed_is_no_promotion(setting: Setting) -> None:
    setting.run()
    with setting.world.locked(access.authenticate(setting.world, setting.project.token)):
        issue = issues.find(setting.world, setting.repo, 1)
        issues.set_state(setting.world, setting.repo, issue, "closed", "completed")
    code, _, error = setting.run()
    assert code == 9
    assert error.startswith("error[promotion-closed]: Somebody closed issue #1 of this promotion.\n")


@pytest.mark.requirement("PRO-8")
def test_the_card_moves_to_the_column_of_the_stage(setting: Setting) -> None:
    with setting.world.locked():
        board = projects.create(
            setting.world, "octocat", "Maturity", ["Development", "Staging", "Production"]
        )
    setting.configuration = configuration(project="Maturity")
    code, text, told = setting.run()
    assert (code, told) == (0, "")
    assert "  move its card on 'Maturity' to staging" in text
    with setting.world.locked():
        (item,) = setting.world.store.all("project_item", str(board["id"]))
        column = projects.column_of(board, item) or {}
    assert column["name"] == "Staging"


@pytest.mark.requirement("PRO-8")
@pytest.mark.parametrize(
    ("title", "columns", "permissions", "warning"),
    [
        ("Other", ["Staging"], None, "octocat has no project 'Maturity', so no card was moved."),
        ("Maturity", ["Done"], None, "Field 'Status' of project 'Maturity' has no 'staging' (Done), so no card"),
        ("Maturity", ["Staging"], {"issues": "write", "contents": "read", "checks": "read", "deployments": "read",
         "statuses": "read"}, "The token lacks the permission `organization_projects: write`, which"),
    ],
    ids=["no project", "no column", "no permission"],
)  # fmt: skip
def test_a_board_is_not_worth_stopping_for(
    setting: Setting,
    monkeypatch: pytest.MonkeyPatch,
    title: str,
    columns: list[str],
    permissions: Any,
    warning: str,
) -> None:
    with setting.world.locked():
        projects.create(setting.world, "octocat", title, columns)
        token = access.issue_token(setting.world, "octocat", permissions)
    monkeypatch.setenv("GITHUB_TOKEN", token)
    setting.configuration = configuration(project="Maturity")
    code, _, told = setting.run()
    assert code == 0
    assert told.startswith("warning: ")
    assert warning in told


@pytest.mark.requirement("PRO-8")
@pytest.mark.requirement("FAIL-2")
@pytest.mark.parametrize("kind", ["error-after", "reset-after", "error-before"])
@pytest.mark.parametrize(
    "match",
    [{"method": "POST", "path": "/issues$"}, {"method": "PATCH"}, {"operation": "addProjectV2ItemById"}],
)
def test_it_goes_on_after_a_write_that_broke_off(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, kind: str, match: dict[str, str]
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with setting.world.locked():
        projects.create(setting.world, "octocat", "Maturity", ["Staging"])
    setting.configuration = configuration(project="Maturity")
    setting.world.faults.add(kind, match)
    assert setting.run()[0] == 0
    (issue,) = setting.issues()
    assert issue["state"] == "closed"
    assert setting.writes.count("project.item_added") == 1


@pytest.mark.requirement("PRO-8")
def test_how_many_requests_a_run_takes(setting: Setting) -> None:
    with setting.world.locked():
        projects.create(setting.world, "octocat", "Maturity", ["Staging"])
    setting.configuration = configuration(f"        owner-approves: {ONLY}\n", project="Maturity")
    asked = setting.project.twin.journal.requests

    def requests() -> int:
        before = sum(one.kind in {"rest", "graphql"} for one in asked)
        setting.run()
        return sum(one.kind in {"rest", "graphql"} for one in asked) - before

    assert requests() == 2  # look, open the issue
    assert requests() == 1  # look
    setting.tick("Approved")
    assert requests() == 6  # look, rewrite, find the board, add the card, move it, close the issue
    assert requests() == 1


@pytest.mark.requirement("FAIL-4")
def test_who_may_not_label_opens_no_issue_that_would_be_lost(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", setting.project.token_of("mallory"))
    code, _, told = setting.run()
    assert code == 12
    assert told == (
        "error[may-not-label]: This token may not label issues, and by its label the issue of a promotion is "
        "found again.\n  Use one of somebody who may triage, or give the job: issues: write\n"
    )
    assert setting.issues() == []


@pytest.mark.requirement("FAIL-4")
def test_a_clone_that_is_not_what_it_says(setting: Setting, tmp_path: Path) -> None:
    (setting.clone.path / "specs" / "orders.md").write_text("changed")
    _, _, told = setting.run("--dry-run")
    assert told.startswith(
        "warning: The clone has changes that are not committed; what was judged may not be"
    )

    empty = Clone(tmp_path / "empty")
    empty.path.mkdir()
    empty.git("init", "--quiet")
    setting.clone = empty
    code, _, told = setting.run()
    assert code == 1
    assert told.startswith(
        "error[empty-repository]: The clone has no commits yet, so there is nothing to judge."
    )


@pytest.mark.requirement("PRO-8")
def test_labels_that_people_add_stay(setting: Setting) -> None:
    setting.run()
    with setting.world.locked(access.authenticate(setting.world, setting.project.token)):
        labels.ensure(setting.world, setting.repo, "ours")
        issue = issues.find(setting.world, setting.repo, 1)
        issues.set_labels(setting.world, setting.repo, issue, ["component:orders", "ours"])
    setting.run()
    assert sorted(setting.issues()[0]["labels"]) == ["component:orders", "ours", "target:staging"]


@pytest.mark.requirement("PRO-8")
@pytest.mark.parametrize("dry", [("--dry-run",), ()])
def test_the_first_stage_has_criteria_too(setting: Setting, dry: tuple[str, ...]) -> None:
    setting.files(coverage_DOT_xml=covering(5))
    code, text, told = setting.run(*dry, to="development")
    assert code == 8
    assert "  ✗ At least 60 % of the lines are covered by tests: 50 % of src/orders, 60 % wanted" in text
    assert told.startswith(
        "error[criteria-unmet]: orders is at development and does not meet 1 criterion of it.\n"
    )

    setting.files(coverage_DOT_xml=covering(6))
    code, text, _ = setting.run(*dry, to="development")
    assert (code, text.splitlines()[-1]) == (0, "orders is at development.")
    assert setting.issues() == []
