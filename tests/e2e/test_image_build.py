"""The image, built from the Dockerfile and run."""

import json
import subprocess
from pathlib import Path

import pytest

from shipway import __version__

pytestmark = pytest.mark.requirement("FACE-1")


def test_it_is_the_command_line(podman, image: str) -> None:
    assert podman("run", "--rm", image, "--version") == f"shipway {__version__}"


def test_it_runs_without_root(podman, image: str) -> None:
    assert podman("run", "--rm", "--entrypoint=id", image, "-u") == "10001"


def test_it_holds_the_product_and_nothing_else(podman, image: str) -> None:
    listed = podman("run", "--rm", "--entrypoint=ls", image, "-A", "/app").split()
    assert listed == ["requirements", "src", "venv", "workflows"]
    find = "find /app /home /tmp -name .git -o -name pip -o -name '*.pem' -path '/app/src/*'"
    assert podman("run", "--rm", "--entrypoint=sh", image, "-c", find) == ""


def test_it_has_no_health_check_and_few_layers(podman, image: str) -> None:
    (described,) = json.loads(podman("image", "inspect", image))
    assert not described["Config"].get("Healthcheck")
    assert len(described["RootFS"]["Layers"]) == 3  # the base, git, the product


def test_byte_code_is_there_and_names_no_time(podman, image: str) -> None:
    program = "import pathlib, sys, shipway; p = pathlib.Path(shipway.__cached__); print(p.read_bytes()[4])"
    assert podman("run", "--rm", "--entrypoint=python", image, "-P", "-c", program) == "1"


def test_it_reads_a_repository_that_belongs_to_somebody_else(podman, image: str, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    assert tmp_path.stat().st_uid != 10001
    mount = f"--volume={tmp_path}:/work:ro"
    assert podman("run", "--rm", mount, "--entrypoint=git", image, "status", "--short") == ""


def test_the_same_sources_make_the_same_image(podman, image: str, action: Path) -> None:
    assert podman.build(action) == image
