"""Every workflow that people could copy from here is safe to copy: files, README and docs alike."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*ROOT.glob("workflows/*.yml"), *ROOT.glob(".github/workflows/*.yml")])
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])
FENCE = re.compile(r"^```ya?ml\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
OWN = re.compile(
    r"OWNER/shipway(/\.github/workflows/(release|hotfix|promote|rollback|deploy|comment)\.yml)?@v\d+\.\d+\.\d+"
)
LOCAL = re.compile(r"\./(\.shipway-action)?")

pytestmark = pytest.mark.requirement("SEC-3")


def problems(text: str) -> Iterator[str]:
    """What must not be copied into anybody's repository, in a workflow or a part of one."""
    for used in re.findall(r"^[ -]*uses: *(.+)", text, re.MULTILINE):
        if not any(form.fullmatch(used.strip()) for form in (PINNED, OWN, LOCAL)):
            yield f"unpinned: {used}"
    data = yaml.safe_load(text)
    if isinstance(data, dict) and "jobs" in data:
        yield from _workflow_problems(data)
    for step in _steps(data):
        yield from _step_problems(step)


def _workflow_problems(workflow: dict[Any, Any]) -> Iterator[str]:
    if workflow.get("permissions") != {}:
        yield "permissions of the workflow are not {}"
    if "concurrency" not in workflow:
        yield "no concurrency group"
    triggers = workflow[True]  # YAML 1.1 reads the key `on` as true
    if {"pull_request_target", "workflow_run"} & set(triggers):
        yield "a trigger that runs foreign code with secrets"
    for name, job in workflow["jobs"].items():
        if not isinstance(job.get("permissions"), dict):
            yield f"job {name} does not list its permissions"
        if "uses" not in job and "timeout-minutes" not in job:
            yield f"job {name} may run for six hours"
        if job.get("secrets") == "inherit":
            yield f"job {name} hands over every secret"


def _steps(data: Any) -> list[dict[str, Any]]:
    if isinstance(data, list):
        return [step for step in data if isinstance(step, dict)]
    if not isinstance(data, dict):
        return []
    jobs = data.get("jobs", {}).values()
    return [step for job in (*jobs, data, data.get("runs", {})) for step in job.get("steps", ())]


def _step_problems(step: dict[str, Any]) -> Iterator[str]:
    given = step.get("with", {})
    if "${{" in f"{step.get('run', '')}{given.get('script', '')}":
        yield "an expression inside a script"
    if step.get("uses", "").startswith("actions/checkout@") and given.get("persist-credentials") is not False:
        yield "checkout leaves its credentials behind"


def shown(page: Path) -> list[str]:
    """The YAML blocks of a page that are workflows or parts of one."""
    texts = [found["text"] for found in FENCE.finditer(page.read_text())]
    return [text for text in texts if re.search(r"^(\s*- )?(uses|run|jobs):", text, re.MULTILINE)]


@pytest.mark.parametrize("path", [*FILES, ROOT / "action.yml"], ids=lambda p: str(p.relative_to(ROOT)))
def test_a_shipped_file_is_safe_to_run(path: Path) -> None:
    assert list(problems(path.read_text())) == []


def test_every_workflow_that_the_pages_show_is_safe_to_copy() -> None:
    found = {f"{page.name} {n}": list(problems(t)) for page in PAGES for n, t in enumerate(shown(page))}
    assert found
    assert {name: listed for name, listed in found.items() if listed} == {}


SAFE = """\
on: {push: {}}
permissions: {}
concurrency: release
jobs:
  one:
    permissions: {contents: read}
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with: {persist-credentials: false}
      - run: echo ok
"""


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("echo ok", "echo ${{ github.head_ref }}", "an expression inside a script"),
        ("run: echo ok", "{with: {script: '${{ github.head_ref }}'}}", "an expression inside a script"),
        (
            "@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
            "@v7",
            "unpinned: actions/checkout@v7",
        ),
        ("{persist-credentials: false}", "{}", "checkout leaves its credentials behind"),
        ("permissions: {}\n", "", "permissions of the workflow are not {}"),
        ("    permissions: {contents: read}\n", "", "job one does not list its permissions"),
        (
            "    permissions: {contents: read}",
            "    permissions: write-all",
            "job one does not list its permissions",
        ),
        ("concurrency: release\n", "", "no concurrency group"),
        ("push: {}", "pull_request_target: {}", "a trigger that runs foreign code with secrets"),
        ("    timeout-minutes: 5\n", "", "job one may run for six hours"),
        ("    timeout", "    secrets: inherit\n    timeout", "job one hands over every secret"),
    ],
)
def test_the_scan_sees_what_it_looks_for(before: str, after: str, problem: str) -> None:
    assert list(problems(SAFE)) == []
    assert list(problems(SAFE.replace(before, after))) == [problem]


def test_permissions_are_those_of_the_reference_page() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|\n").split("|")]
        for line in (ROOT / "docs/reference/permissions.md").read_text().splitlines()
        if line.startswith("|") and "---" not in line
    ]
    scopes = rows[0][1:]
    listed = {
        row[0]: {scope: level for scope, level in zip(scopes, row[1:], strict=True) if level}
        for row in rows[1:]
    }
    assert listed == {str(path.relative_to(ROOT)): _granted(path) for path in FILES}


def _granted(path: Path) -> dict[str, str]:
    jobs = yaml.safe_load(path.read_text())["jobs"].values()
    (granted,) = [job["permissions"] for job in jobs]
    return dict(granted)


def test_callers_grant_exactly_what_the_called_workflow_asks_for() -> None:
    """GitHub does not start a workflow that asks for more than its caller has; less would be enough for more."""
    texts = [path.read_text() for path in FILES] + [text for page in PAGES for text in shown(page)]
    jobs = [job for data in map(yaml.safe_load, texts) if "jobs" in data for job in data["jobs"].values()]
    calls = [(job, found) for job in jobs if (found := OWN.fullmatch(job.get("uses", ""))) and found[1]]

    assert len(calls) > 6
    for job, found in calls:
        assert job["permissions"] == _granted(ROOT / found[1].removeprefix("/")), found[1]


TOOLS = {
    "actionlint": ["actionlint", *FILES],
    "zizmor": ["zizmor", "--offline", "--quiet", "--config", "zizmor.yml", *FILES, "action.yml"],
    "workflow schema": ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *FILES],
    "action schema": ["check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml"],
    "shellcheck": ["shellcheck", "scripts/action-run", "scripts/test-base-image", ".ci/run"],
    "hadolint": ["hadolint", "--failure-threshold", "style", "Dockerfile"],
}


@pytest.mark.parametrize("name", TOOLS)
def test_the_linters_find_nothing(name: str) -> None:
    tool, *arguments = map(str, TOOLS[name])
    beside_python = shutil.which(tool, path=str(Path(sys.executable).parent))
    assert beside_python, f"{tool} is a development dependency and is missing: make venv"
    finished = subprocess.run(
        [beside_python, *arguments], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert (finished.returncode, finished.stdout if finished.returncode else "") == (0, "")
