"""What runs the action: each runtime for real, and what is said where one is impossible."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from act import ROOT, copy_action

HINT = 'With "runtime: auto" the action takes what the runner has.'

pytestmark = pytest.mark.requirement("FACE-1")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the action's only step."""

    code: int
    log: str
    output: str


@dataclass(frozen=True, slots=True)
class Runner:
    """A runner: a workspace, its own files, and an environment with nothing of this machine but the path."""

    home: Path
    tool_cache: Path
    variables: Mapping[str, str]

    def __call__(self, runtime: str, *, action: Path = ROOT, **variables: str) -> Run:
        workspace, output = self.home / "workspace", self.home / "output"
        workspace.mkdir(exist_ok=True)
        output.write_text("")
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.home / "summary"),
            "RUNNER_TEMP": str(self.home),
            "RUNNER_TOOL_CACHE": str(self.tool_cache),
            "INPUT_COMMAND": "release",
            "INPUT_VERSION": "auto",
            "INPUT_DRY_RUN": "perhaps",
            "INPUT_RUNTIME": runtime,
            **self.variables,
            **variables,
        }
        finished = subprocess.run(
            [action / "scripts/action-run"],
            cwd=workspace,
            env=environ,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
        )
        return Run(finished.returncode, finished.stdout, output.read_text())


@pytest.fixture
def runner(tmp_path: Path, tool_cache: Path) -> Runner:
    kept = ("PIP_", "SSL_", "REQUESTS_", "PYENV_")
    return Runner(tmp_path, tool_cache, {k: v for k, v in os.environ.items() if k.startswith(kept)})


@pytest.fixture
def container_runner(tmp_path: Path, tool_cache: Path, podman) -> Runner:
    return Runner(tmp_path, tool_cache, podman.variables)


@pytest.fixture
def bare(tmp_path: Path) -> str:
    """A search path with the basic programs, and neither Python nor a container engine."""
    programs = (
        "bash",
        "env",
        "dirname",
        "cat",
        "sed",
        "sort",
        "grep",
        "id",
        "sha256sum",
        "cut",
        "mkdir",
        "rm",
    )
    folder = tmp_path / "bin"
    folder.mkdir()
    for program in programs:
        (folder / program).symlink_to(shutil.which(program) or program)
    return str(folder)


def answered(run: Run) -> bool:
    """Whether the program behind the runtime got the inputs, and its answer reached the runner."""
    refused = "::error title=Shipway%3A usage::Input dry-run is 'perhaps'; it can be true or false."
    return (
        run.code == 2
        and refused in run.log
        and re.search(r"^decision<<.*\nfailed\n", run.output, re.MULTILINE) is not None
    )


def test_python_installs_locked_wheels_once(runner: Runner, tmp_path: Path) -> None:
    runner = replace(runner, tool_cache=tmp_path / "tools")
    assert answered(first := runner("python")), first
    assert "Shipway runs on Python 3." in first.log
    (installed,) = (runner.tool_cache / "shipway").iterdir()
    assert (installed / "bin/python").exists()
    assert answered(runner("python", PIP_NO_INDEX="1", PIP_FIND_LINKS="/nowhere"))


def test_the_repository_is_not_on_the_import_path(runner: Runner) -> None:
    workspace = runner.home / "workspace"
    workspace.mkdir()
    for name in ("json.py", "shipway.py", "sitecustomize.py", "click.py"):
        (workspace / name).write_text("raise SystemExit('imported from the repository')")
    assert answered(runner("python"))


def test_build_makes_the_image_and_runs_it(container_runner: Runner) -> None:
    run = container_runner("build")
    assert answered(run), run
    assert re.search(r"^Shipway runs in [0-9a-f]{64} with podman\.$", run.log, re.MULTILINE)


@pytest.fixture
def published(tmp_path: Path, podman, image: str) -> Path:
    """The action as it is once an image is published."""
    action = copy_action(tmp_path / "action")
    digest = podman("image", "inspect", "--format={{.Digest}}", image)
    (action / "published-image").write_text(f"localhost/shipway-test@{digest}\n")
    return action


@pytest.mark.parametrize("runtime", ["image", "auto"])
def test_the_published_image_runs_by_its_digest(
    container_runner: Runner, published: Path, runtime: str
) -> None:
    run = container_runner(runtime, action=published)
    assert answered(run), run
    assert f"Shipway runs in {(published / 'published-image').read_text().strip()} with podman." in run.log


def test_auto_falls_back_to_building(container_runner: Runner, published: Path) -> None:
    (published / "published-image").write_text(f"localhost/absent@sha256:{'0' * 64}\n")
    run = container_runner("auto", action=published)
    assert answered(run), run
    notice = "::notice title=Shipway::the published image could not be pulled, so the next runtime is tried."
    assert notice in run.log


def test_auto_falls_back_to_python(container_runner: Runner, published: Path) -> None:
    (published / "published-image").unlink()
    (published / "Dockerfile").write_text("FROM scratch\nCOPY absent .\n")
    run = container_runner("auto", action=published, **pip_variables())
    assert answered(run), run
    assert "::notice title=Shipway::the image could not be built, so the next runtime is tried." in run.log
    assert "Shipway runs on Python 3." in run.log


def pip_variables() -> dict[str, str]:
    """How this machine finds packages."""
    return {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "PYENV_"))}


@pytest.mark.parametrize(
    ("runtime", "message"),
    [
        ("image", f"runtime: image needs docker or podman, and neither answers. {HINT}"),
        ("build", f"runtime: build needs docker or podman, and neither answers. {HINT}"),
        (
            "python",
            "runtime: python needs Python 3.11 or newer with venv. Add a step: actions/setup-python.",
        ),
        (
            "auto",
            "This runner has neither a container engine nor Python 3.11 or newer. Add a step: actions/setup-python.",
        ),
        ("doc::ker", "runtime: doc??ker is not one of auto, image, build, python."),
    ],
)
def test_what_is_impossible_is_said(runner: Runner, bare: str, runtime: str, message: str) -> None:
    assert runner(runtime, PATH=bare) == Run(2, f"::error title=Shipway::{message}\n", "")


def test_an_image_that_was_never_published_is_said(container_runner: Runner, published: Path) -> None:
    (published / "published-image").unlink()
    message = 'runtime: image needs a published image, and this version has none. Use "runtime: build".'
    run = container_runner("image", action=published)
    assert run == Run(2, f"::error title=Shipway::{message}\n", "")
