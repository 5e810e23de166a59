"""A server program that speaks S3, and a repository on a twin."""

import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.release.conftest import _quiet_git, world

__all__ = ["_quiet_git", "world"]

BUCKET = "ledgers"

pytest.register_assert_rewrite("shipway.ledger_contract")


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with one bucket."""
    data = tmp_path_factory.mktemp("s3")
    (data / BUCKET).mkdir()
    program = Path(sys.executable).with_name("localbucket")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [program, "--port", str(port), data], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout
    found = (re.search(r"http://[0-9.]+:[0-9]+", line) for line in process.stdout)
    address = next(match[0] for match in found if match)
    threading.Thread(target=process.stdout.read, daemon=True).start()  # it logs each request
    yield address
    process.terminate()
    process.wait()
    process.stdout.close()


@pytest.fixture
def s3(s3_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The address of an empty ledger, and the environment that leads to its server."""
    for name, value in {
        "AWS_ENDPOINT_URL_S3": s3_server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "eu-central-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}/{tmp_path.name}"
