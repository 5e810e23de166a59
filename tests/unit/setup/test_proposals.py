"""What `shipway init` proposes for repositories of many kinds: held by files, and good for those who read them."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from shipway.adapters.shipped import shipped_workflows
from shipway.config import read_policy
from shipway.domain.gate import minimum_coverage
from shipway.domain.policy import Policy
from shipway.domain.setup.callers import PROPOSED, Caller, filled_in, proposed_workflows
from shipway.domain.setup.configuration import configuration_text
from shipway.domain.setup.findings import Findings, found_in, found_lines
from unit.setup.samples import SAMPLES, Sample
from unit.test_workflow_scan import problems

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "scenarios" / "init"
CLOSE = "Delete its workflow. Shipway closes its open pull request; tags and changelog go on as they are."
pytestmark = pytest.mark.requirement("FACE-2")


def text_for(found: Findings) -> str:
    return configuration_text(found, gate=found.tests is not None and found.tests.ready)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_configuration_that_is_written(name: str) -> None:
    text = text_for(found_in(SAMPLES[name].repository))
    file = GOLDEN / f"{name}.yml"
    if os.environ.get("SHIPWAY_WRITE_GOLDEN"):
        file.write_text(text)
    assert text == file.read_text()
    read_policy(text)


def with_hints(name: str) -> Policy:
    """What is proposed, with every hint taken."""
    body = text_for(found_in(SAMPLES[name].repository)).partition("\n\n")[2]
    return read_policy(re.sub(r"^( *)# (?= *[\w-]+:)", r"\1", body, flags=re.MULTILINE))


@pytest.mark.requirement("GATE-1")
@pytest.mark.parametrize("name", SAMPLES)
def test_gates_are_proposed_in_the_order_in_which_they_are_meant_to_run(name: str) -> None:
    gates = with_hints(name).gates

    assert [*gates] == ["security", "done", "unit", "integration", "smoke", "e2e"]
    assert minimum_coverage("integration", gates["integration"]) == 70


@pytest.mark.parametrize("name", SAMPLES)
def test_every_hint_may_be_taken(name: str) -> None:
    policy = with_hints(name)
    assert policy.release.approvals == 1
    assert policy.gates
    assert policy.environments


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "empty",
            ["repository  not known yet: there is no `origin`", "flow        github-flow: from main to main"],
        ),
        (
            "git-flow",
            ["repository  octocat/hello", "flow        git-flow: from develop to main"],
        ),
        (
            "trunk",
            [
                "repository  octocat/hello",
                "flow        trunk: from trunk to trunk",
                "packages    Maven (pom.xml)",
                "versions    pom.xml",
                "tests       mvn --batch-mode verify → target/surefire-reports/*.xml",
            ],
        ),
        (
            "release-please",
            [
                "repository  octocat/hello",
                "flow        github-flow: from main to main",
                "packages    Node (package.json)",
                "versions    package.json",
                "other tool  release-please (release-please-config.json)",
                f"! release-please: {CLOSE}",
            ],
        ),
        (
            "branch-deploy",
            [
                "repository    octocat/hello",
                "flow          github-flow: from main to main",
                "workflows     deploy.yml",
                "environments  dev, production (from another tool)",
                "other tool    branch-deploy (.github/workflows/deploy.yml)",
                "! branch-deploy: Move its steps into a deploy command, then delete its workflow.",
            ],
        ),
    ],
)
def test_what_is_said_of_a_repository(name: str, lines: list[str]) -> None:
    assert found_lines(found_in(SAMPLES[name].repository)) == lines


@pytest.mark.parametrize(
    ("files", "tool", "form", "changelog"),
    [
        ({".releaserc": '{"tagFormat": "app-${version}"}'}, "semantic-release", "app-{version}", ""),
        (
            {
                "package.json": '{"release": {"plugins": ["a", ["@semantic-release/changelog",'
                ' {"changelogFile": "docs/C.md"}]]}}'
            },
            "semantic-release",
            "",
            "docs/C.md",
        ),
        ({".releaserc.yml": "branches: [main]"}, "semantic-release", "", ""),
        (
            {"pyproject.toml": '[tool.semantic_release]\ntag_format = "{version}"\n'},
            "python-semantic-release",
            "{version}",
            "",
        ),
        (
            {"pyproject.toml": '[tool.commitizen]\ntag_format = "r$version"\nchangelog_file = "C.md"\n'},
            "commitizen",
            "r{version}",
            "C.md",
        ),
        ({".changeset/config.json": "{}"}, "changesets", "", ""),
        ({"release-please-config.json": "not JSON"}, "release-please", "", ""),
        (
            {".github/workflows/r.yml": "- uses: googleapis/release-please-action@v4\n"},
            "release-please",
            "",
            "",
        ),
    ],
)
def test_another_tool_is_recognised(files: dict[str, str], tool: str, form: str, changelog: str) -> None:
    (found,) = found_in(Sample(files).repository).tools
    assert (found.tool, found.tag, found.changelog) == (tool, form, changelog)
    assert found.todo


def test_changesets_that_wait_are_counted() -> None:
    files = dict.fromkeys((".changeset/config.json", ".changeset/README.md", ".changeset/two-cats.md"), "{}")
    (found,) = found_in(Sample(files).repository).tools
    assert found.todo.startswith("Release the 1 changesets that wait with it once more; then delete")


@pytest.mark.parametrize(
    "text", ["{", "[1]", '{"packages": []}', '{"changelog-sections": {}, "packages": {".": 1}}']
)
def test_files_of_tools_that_are_no_good_stop_nothing(text: str) -> None:
    broken = dict.fromkeys(
        (
            "release-please-config.json",
            ".release-please-manifest.json",
            ".releaserc",
            "package.json",
            "pyproject.toml",
        ),
        text,
    )
    read_policy(text_for(found_in(Sample(broken).repository)))


def test_names_that_could_do_harm_in_a_file_are_left_out() -> None:
    found = found_in(Sample(environments=("a: {b}\nrelease:", "on", "it's \u202e", "Prod EU")).repository)
    assert found.environments == ("Prod EU", "on")
    assert tuple(read_policy(text_for(found)).environments) == ("Prod EU", "on")


@pytest.mark.parametrize(
    ("tags", "form"),
    [
        ((), ""),
        (("nightly",), ""),
        (("1.0.0", "v0.9.0"), "v{version}"),
        (("1.9.0", "1.10.0"), "{version}"),
        (("app@1.0.0",), "app@{version}"),
    ],
)
def test_the_form_of_tags_is_that_of_those_there(tags: tuple[str, ...], form: str) -> None:
    assert found_in(Sample(tags=tags).repository).tag == form


@pytest.mark.parametrize(
    ("files", "command", "ready"),
    [
        ({}, None, False),
        (
            {"package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'},
            None,
            False,
        ),
        ({"package.json": '{"scripts": {"test": "a"}}'}, ("npm install && npm test",), True),
        (
            {"package.json": '{"scripts": {"test": "a"}}', "pnpm-lock.yaml": ""},
            ("pnpm install --frozen-lockfile && pnpm test",),
            False,
        ),
        ({"go.mod": ""}, ("go", "test", "./..."), True),
        ({"gradlew": ""}, ("./gradlew", "test"), True),
        ({"tests/test_a.py": ""}, ("python", "-m", "pytest"), False),
        ({"Makefile": "test : build\n"}, ("make", "test"), False),
        ({"Makefile": "tests:\n"}, None, False),
    ],
)
def test_how_the_tests_are_run(files: dict[str, str], command: tuple[str, ...] | None, ready: bool) -> None:
    tests = found_in(Sample(files).repository).tests
    assert (tests and tests.command) == command
    assert (tests is not None and tests.ready) == ready


# -- workflows ------------------------------------------------------------------------------------------


def workflows_for(name: str, owner: str = "OWNER") -> dict[str, str]:
    return proposed_workflows(found_in(SAMPLES[name].repository), shipped_workflows(), Caller(owner, "1.2.3"))


@pytest.mark.parametrize("name", SAMPLES)
def test_the_workflows_are_safe_to_run(name: str, tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for path, text in workflows_for(name).items():
        assert list(problems(text)) == []
        (tmp_path / path).write_text(text)
    files = sorted(map(str, folder.iterdir()))
    for tool in (
        ("actionlint",),
        ("zizmor", "--offline", "--quiet", "--config", str(ROOT / "zizmor.yml")),
        ("check-jsonschema", "--builtin-schema", "vendor.github-workflows"),
    ):
        program = shutil.which(tool[0], path=str(Path(sys.executable).parent))
        assert program
        done = subprocess.run(
            [program, *tool[1:], *files], check=False, capture_output=True, text=True, cwd=tmp_path
        )
        assert (done.returncode, done.stdout if done.returncode else "") == (0, "")


@pytest.mark.parametrize(
    ("name", "absent"),
    [
        ("go", {"release-reuse"}),
        (
            "git-flow",
            {"release-reuse", "release-on-push", "promote-button", "rollback-button", "lock-button"},
        ),
        ("python", {"release-reuse", "promote-button", "rollback-button", "lock-button"}),
    ],
)
def test_which_workflows_are_proposed(name: str, absent: set[str]) -> None:
    here = {
        path.removeprefix(".github/workflows/shipway-").removesuffix(".yml") for path in workflows_for(name)
    }
    known = {name.removesuffix(".yml") for name in shipped_workflows()}
    unless = {one for one in known if one.startswith(("deploy", "sweep"))} if name != "go" else set()
    assert here == known - absent - unless


@pytest.mark.parametrize("name", ["go", "rust", "branch-deploy"])
def test_the_workflow_that_is_hinted_at_is_the_one_that_is_written(name: str) -> None:
    written = workflows_for(name)
    texts = [text_for(found_in(SAMPLES[name].repository)), *written.values()]
    hinted = {file for text in texts for file in re.findall(r"\{workflow: ([\w.-]+)\}", text)}
    assert hinted == {"shipway-deploy.yml"}
    assert f".github/workflows/{hinted.pop()}" in written


def test_owner_version_and_branch_are_put_in() -> None:
    texts = {**workflows_for("trunk", "octo-org"), **workflows_for("rust", "octo-org")}
    assert "branches: [trunk]" in workflows_for("trunk")[".github/workflows/shipway-release-on-push.yml"]
    for text in texts.values():
        assert "OWNER" not in text
        assert "octo-org/shipway" in text
        assert "@v1.2.3" in text
        assert "# Copy to" not in text


def test_a_branch_of_any_name_stays_one_name() -> None:
    name = "it's #1\u2028on: x"
    text = filled_in("on: {push: {branches: [main]}}\n", name, Caller("octo-org", ""))
    assert yaml.safe_load(text) == {
        True: {"push": {"branches": [name]}}
    }  # YAML 1.1 reads the key `on` as true


def test_names_of_branches_and_files_add_no_line() -> None:
    branch, file = "main\u2028gates: {x: {}}", "a\x85b: c.yaml"
    config = json.dumps(
        {"extra-files": [file], "changelog-sections": [{"type": "feat", "section": "A\u2028b: c"}]}
    )
    sample = Sample(
        {"release-please-config.json": config, file: "1.0.0 # x-shipway-version\n"}, (branch,), branch
    )
    policy = read_policy(text_for(found_in(sample.repository)))
    assert policy.release.version_files == (file,)
    assert policy.release.groups == {"A\u2028b: c": ("feat",)}
    assert not policy.gates


def test_each_row_of_the_table_is_about_a_workflow_that_is_shipped() -> None:
    later = {"deploy", "sweep"}
    shipped = shipped_workflows()
    assert [
        one for one in PROPOSED if not any(name.startswith(one) for name in shipped) and one not in later
    ] == []


@pytest.mark.requirement("FACE-2")
def test_tags_of_several_packages_are_told_and_not_passed_over() -> None:
    lines = found_lines(found_in(Sample(tags=("a-v1.0.0", "b-v2.0.0", "v0.1.0", "0.0.1")).repository))
    assert lines[-1] == (
        "! Tags have other forms too (a-v{version}, b-v{version}). "
        "Shipway cuts one version of all, as v{version}."
    )
