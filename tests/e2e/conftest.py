"""Containers for the tests that run the image: podman without a daemon, configured for this run alone."""

import fcntl
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from act import ROOT, copy_action

from needed import absent

BASE = "localhost/shipway-test-base:1"
NEEDED = ("podman", "runc", "mmdebstrap")


@dataclass(frozen=True, slots=True)
class Podman:
    """Runs podman with settings of its own; `variables` make other programs use it in the same way."""

    variables: dict[str, str]

    def __call__(self, *arguments: str) -> str:
        """Run a command of podman and return what it printed."""
        environ = {**os.environ, **self.variables}
        finished = subprocess.run(
            ["podman", *arguments], env=environ, check=False, capture_output=True, text=True, timeout=600
        )
        assert finished.returncode == 0, f"podman {' '.join(arguments)}\n{finished.stdout}{finished.stderr}"
        return finished.stdout.strip()

    def serve(self, path: Path) -> subprocess.Popen[bytes]:
        """Answer the API of Docker on a socket until the process is ended."""
        environ = {**os.environ, **self.variables}
        command = ["podman", "system", "service", "--time=0", f"unix://{path}"]
        service = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)
        while not _answers(path):
            assert service.poll() is None, "podman system service ended at once"
        return service

    def build(self, action: Path, *options: str) -> str:
        """Build the Dockerfile of an action from nothing that was built before and return the id of the image."""
        base = f"--build-arg=PYTHON_IMAGE={BASE}"
        return self("build", "--quiet", "--no-cache", "--timestamp=1700000000", base, *options, str(action))


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        return client.connect_ex(str(path)) == 0


@pytest.fixture(scope="session")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Podman:
    """Podman with the base image for builds; without podman the test is skipped, or fails where CI demands it."""
    missing = [program for program in NEEDED if not shutil.which(program)]
    if missing:
        absent(f"no containers here, without {', '.join(missing)}", f"apt-get install {' '.join(missing)}")
    settings = tmp_path_factory.mktemp("podman") / "containers.conf"
    settings.write_text(_settings(["/etc/ssl/certs", "/etc/pip.conf"]))
    variables = {
        "CONTAINERS_CONF": str(settings),
        "BUILDAH_ISOLATION": "chroot",
        "SHIPWAY_PYTHON_IMAGE": BASE,
    }
    environ = {**os.environ, **variables}
    subprocess.run([ROOT / "scripts/test-base-image", BASE], env=environ, check=True, timeout=600)
    return Podman(variables)


def _settings(shared: Sequence[str]) -> str:
    """Settings for a machine without systemd; builds find packages the way that this machine does."""
    volumes = ", ".join(f'"{path}:{path}:ro"' for path in shared if Path(path).exists())
    return f"""\
[containers]
netns = "host"
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
volumes = [{volumes}]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


@pytest.fixture(scope="session")
def image(podman: Podman, action: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The image that the Dockerfile makes; the first worker that needs it builds it for all."""
    with _for_all_workers(tmp_path_factory) as folder:
        built = folder / "image"
        if not built.exists():
            built.write_text(podman.build(action, "--tag=localhost/shipway-test"))
        return built.read_text()


@contextmanager
def _for_all_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that the workers of this run share, for one of them at a time."""
    own = tmp_path_factory.getbasetemp()
    folder = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


@pytest.fixture(scope="session")
def action(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The action as its users get it."""
    return copy_action(tmp_path_factory.mktemp("action"))


@pytest.fixture(scope="session")
def tool_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a runner keeps tools from one job to the next; the first worker lets the action install for all."""
    own = tmp_path_factory.mktemp("tools")
    with _for_all_workers(tmp_path_factory) as folder:
        shared = folder / "installed" / "shipway"
        if not shared.exists():
            _install(shared.parent)
    for place in ("shipway", "cache/act/tool_cache/shipway"):
        (own / place).parent.mkdir(parents=True, exist_ok=True)
        (own / place).symlink_to(shared)
    return own


def _install(tools: Path) -> None:
    """Let the action install what it needs, by a run that is refused."""
    variables = {"INPUT_RUNTIME": "python", "RUNNER_TOOL_CACHE": str(tools), "GITHUB_OUTPUT": os.devnull}
    environ = {**os.environ, **variables, "GITHUB_STEP_SUMMARY": os.devnull, "INPUT_DRY_RUN": "perhaps"}
    run = subprocess.run([ROOT / "scripts/action-run"], env=environ, check=False, capture_output=True)
    assert run.returncode == 2, run.stdout + run.stderr
