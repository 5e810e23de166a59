"""Ledgers that cannot be kept where the configuration says."""

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from integration.refusals.asking import configure, refused
from integration.release.world import NAME, NOON, World
from shipway.bootstrap.environment import Chance, Watchers
from shipway.bootstrap.locking import LockAsked, run_lock
from shipway.engine.run import PATIENCE
from shipway.errors import ExitCode, ShipwayError

pytestmark = pytest.mark.requirement("LED-1", "FAIL-4", "CLI-1")

LOCK = ("lock", "production", "--reason", "moving")


class Careless(BaseHTTPRequestHandler):
    """An object store that knows no conditions: it takes every write and lists nothing."""

    def do_GET(self) -> None:
        """List."""
        self._answer(b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")

    def do_PUT(self) -> None:
        """Take it."""
        self.rfile.read(int(self.headers.get("content-length", "0")))
        self._answer(b"")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""


@pytest.fixture
def careless() -> Iterator[str]:
    """Address of such a store."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Careless) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_store_that_nobody_brings(world: World) -> None:
    configure(world, "ledger: {backend: vault}\n")

    assert refused(world, *LOCK) == (
        2,
        (
            "error[ledger-unknown]: No installed package keeps ledgers in 'vault'; known: git, s3.\n"
            "  Install the package that does, or write in .github/shipway.yml: ledger: {backend: git}\n"
        ),
    )


def test_a_bucket_that_is_not_there(world: World, s3: str) -> None:
    configure(world, f"ledger: {{backend: s3, url: '{s3.replace('ledgers', 'nowhere', 1)}'}}\n")

    assert refused(world, *LOCK) == (
        1,
        (
            "error[ledger-refused]: The bucket nowhere refused to read the ledger: NoSuchBucket.\n"
            "  Check the address under `ledger:` and that the credentials may list, get and put its objects.\n"
        ),
    )


@pytest.mark.usefixtures("s3")
def test_a_store_in_which_two_would_overwrite_each_other(world: World, careless: str) -> None:
    configure(world, "ledger: {backend: s3, url: 's3://bucket/hello'}\n")

    assert refused(world, *LOCK, AWS_ENDPOINT_URL_S3=careless) == (
        1,
        (
            "✗ record locked in the ledger\n"
            "error[ledger-unsafe]: The server of bucket bucket ignores If-None-Match, so that two writers would lose "
            "entries.\n"
            "  Use a server that has conditional writes, or keep the ledger in git: ledger: {backend: git}\n"
        ),
    )


def test_a_store_whose_library_is_missing(world: World) -> None:
    configure(world, "ledger: {backend: s3, url: 's3://bucket/hello'}\n")
    script = (
        "import sys; sys.modules['boto3'] = None\n"
        "from shipway.cli import main\n"
        f"sys.argv = ['shipway', *{LOCK!r}]\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=world.clone,
        env={**os.environ, **world.twin.environment(world.token), "GITHUB_REPOSITORY": NAME},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.splitlines()[:2] == [
        "error[extra-missing]: The ledger is configured to be in S3, and boto3 is not installed.",
        "  In a clone of Shipway: `pip install '.[s3]'`.",
    ]


def test_somebody_who_writes_to_the_branch_again_and_again(world: World) -> None:
    assert refused(world, *LOCK)[0] == 0

    def between(move: object, facts: object) -> None:
        body = {"message": "meddle", "content": "", "branch": "shipway-ledger"}
        world.request("PUT", f"/contents/meddled/{len(world.moves)}", body)
        world.moves.append(str(move))

    with pytest.raises(ShipwayError) as stopped:
        run_lock(
            LockAsked(environment="staging", reason="moving", repo=world.clone),
            world.environment(),
            Watchers(move=between),
            sleep=world.pauses.append,
            chance=Chance(lambda: NOON, lambda: 0.0),
        )

    assert (stopped.value.reason_code, stopped.value.exit_code) == ("changed-meanwhile", ExitCode.FAILURE)
    assert stopped.value.message.startswith("Somebody else changed it first: ")
    assert stopped.value.next_step == "Run the same command again; it goes on where it stopped."
    assert len(world.moves) == PATIENCE
    assert refused(world, "lock", "staging", "--reason", "moving")[0] == 0
