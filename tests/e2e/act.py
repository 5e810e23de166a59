"""Runs workflow files for real with act, against a twin, and reads what they told the runner."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = (
    ".github/workflows/release.yml",
    ".github/workflows/hotfix.yml",
    ".github/workflows/promote.yml",
    ".github/workflows/rollback.yml",
    ".github/workflows/deploy.yml",
    ".github/workflows/comment.yml",
    "action.yml",
    "scripts/action-run",
    "src",
    "workflows",
    "requirements/runtime.txt",
    "Dockerfile",
    ".dockerignore",
)
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
STAND_IN = """\
# Stands in for actions/checkout where a workflow names a ref: clones from the twin, or brings the action itself.
inputs: {repository: {default: "${{ github.repository }}"}, ref: {}, path: {}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {REF: "${{ inputs.ref }}", TARGET: "${{ inputs.path }}", OF: "${{ inputs.repository }}"}
      run: |
        if [ "$TARGET" = .shipway-action ]; then cp -R "$TEST_ACTION" "$TARGET"; exit; fi
        git init --quiet .
        git fetch --quiet "$GITHUB_SERVER_URL/$OF.git" "refs/heads/$REF" "refs/tags/*:refs/tags/*"
        git checkout --quiet -B "$REF" FETCH_HEAD
"""
NO_CONTAINERS = {"DOCKER_HOST": "unix:///nonexistent", "CONTAINERS_CONF": "/nonexistent"}
"""With these no container engine answers, so that the action takes the runner's Python."""


def copy_action(target: Path) -> Path:
    """Copy what a user of the action gets, and nothing that was installed beside it."""
    for name in SHIPPED:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, target / name)
    return target


@dataclass(frozen=True, slots=True)
class Annotation:
    """A note that a step made: an error, a warning or a notice."""

    level: str
    title: str
    message: str
    file: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """What a run ended with.

    Attributes:
        outputs: Of the step with the id `shipway`.
        summary: The job summary.
        annotations: Of the same step.
    """

    code: int
    log: str
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    annotations: tuple[Annotation, ...] = ()

    @property
    def result(self) -> dict[str, Any]:
        """The output `result`."""
        return dict(json.loads(self.outputs["result"]))


@dataclass(frozen=True, slots=True)
class Act:
    """A runner of workflows: where it keeps its things, which action it has, and the variables of its jobs."""

    home: Path
    action: Path
    variables: Mapping[str, str]
    options: tuple[str, ...] = ("--platform=ubuntu-latest=-self-hosted",)
    process: Mapping[str, str] = field(default_factory=dict)

    def __call__(
        self,
        workflow: str,
        event: str,
        clone: Path,
        *,
        inputs: Mapping[str, str] | None = None,
        payload: Mapping[str, Any] | None = None,
    ) -> WorkflowRun:
        """Run a workflow file of the clone as GitHub would after an event."""
        (self.home / ".config/act").mkdir(parents=True, exist_ok=True)
        (self.home / ".config/act/actrc").touch()
        (self.home / "checkout").mkdir(exist_ok=True)
        (self.home / "checkout/action.yml").write_text(STAND_IN)
        given = [f"--input={name}={value}" for name, value in (inputs or {}).items()]
        if payload:
            (self.home / "event.json").write_text(json.dumps(payload))
            given.append(f"--eventpath={self.home / 'event.json'}")
        variables = [
            f"--env={name}={value}" for name, value in self.variables.items() if name != "GITHUB_TOKEN"
        ]
        command = [
            str(Path(sys.executable).parent / "act"),
            event,
            f"--workflows={workflow}",
            "--json",
            "--no-cache-server",
            "--actor=alice",
            f"--secret=GITHUB_TOKEN={self.variables['GITHUB_TOKEN']}",
            f"--env=TEST_ACTION={self.action}",
            f"--local-repository=OWNER/shipway@v0.1.0={self.action}",
            f"--local-repository={CHECKOUT}={self.home / 'checkout'}",
            *self.options,
            *given,
            *variables,
        ]
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            **self.process,
        }
        finished = subprocess.run(
            command, cwd=clone, env=environ, check=False, capture_output=True, text=True, timeout=600
        )
        return _read(finished.returncode, finished.stdout + finished.stderr)


def _read(code: int, printed: str) -> WorkflowRun:
    """Each line of act's is an object; `command` says what a step told the runner."""
    rows = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    ours = [row for row in rows if row.get("stepID") == ["shipway"]]
    inner = [row for row in rows if row.get("stepID") == ["shipway", "shipway"]]
    return WorkflowRun(
        code,
        "\n".join(row["msg"].rstrip() for row in rows),
        {row["name"]: row["arg"] for row in ours if row.get("command") == "set-output"},
        "".join(row["content"] for row in inner if row.get("command") == "summary"),
        tuple(
            Annotation(row["command"], message=row["arg"], **row["kvPairs"])
            for row in inner
            if row.get("command") in {"error", "warning", "notice"}
        ),
    )
