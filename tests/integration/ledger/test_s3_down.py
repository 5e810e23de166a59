"""A ledger that does not answer stops a promotion, which goes on once it answers again."""

import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from integration.delivery.commands import Command
from integration.release.world import World
from shipway.adapters.git_repo import Clone
from shipway.bootstrap.audit import audit
from shipway.domain.ledger_store import LedgerUnavailable
from shipway.errors import ExitCode, ShipwayError

BUCKET = "ledgers"


class Bucket:
    """A server program with one bucket, that can be stopped and started again at the same address."""

    def __init__(self, data: Path) -> None:
        (data / BUCKET).mkdir(parents=True)
        self._data = data
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.start()

    def start(self) -> None:
        program = Path(sys.executable).with_name("localbucket")
        command = [program, "--port", str(self.port), self._data]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self.process.stdout
        next(line for line in self.process.stdout if re.search(r"http://[0-9.]+:[0-9]+", line))
        self._reader = threading.Thread(target=self.process.stdout.read, daemon=True)
        self._reader.start()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout
        self.process.stdout.close()


@pytest.mark.requirement("FAIL-3", "LED-1")
def test_a_promotion_stops_where_its_ledger_does_not_answer_and_goes_on_later(
    world: World, s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = Bucket(tmp_path / "bucket")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{bucket.port}")
    stop = f"kill -9 {bucket.process.pid}"
    configuration = (
        f"ledger: {{backend: s3, url: '{s3}'}}\n"
        f"environments: {{dev: {{deploy: {{command: ['sh', '-c', '{stop}; true']}}}}}}\n"
    )
    world.commit("chore: keep the ledger in S3", {".github/shipway.yml": configuration})
    promotion = Command("promote", {"version": "1.0.0", "target": "dev"})

    with pytest.raises(ShipwayError) as stopped:
        promotion.run(world.clone, world.environment(), 1)
    assert stopped.value.retryable
    assert stopped.value.next_step == "Run the same command again; it goes on where it stopped."
    bucket.stop()

    with pytest.raises(LedgerUnavailable) as refused:
        promotion.run(world.clone, world.environment(), 2)
    assert refused.value.reason_code == "ledger-unavailable"
    assert refused.value.message == "The bucket ledgers did not answer: EndpointConnectionError."
    assert len(world.request("GET", "/deployments")) == 1

    bucket.start()
    done = promotion.run(world.clone, world.environment(), 3)
    assert done.exit_code is ExitCode.OK
    assert len(world.request("GET", "/deployments")) == 1
    found = audit(world.environment(), Clone(world.clone))
    kinds = [entry.event.kind for entry in found.ledger.entries]
    assert (kinds, found.flaws) == (["promotion-started", "deployed", "verified"], ())
    bucket.stop()
