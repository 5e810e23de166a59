"""`shipway status` where the ledger is kept in a bucket."""

import json
from datetime import UTC, datetime

import pytest

from integration.release.world import NAME, World
from shipway.adapters.ledgers.s3 import open_ledger
from shipway.cli.root import run
from shipway.domain.ledger import Event
from shipway.domain.record import after, environments_path


@pytest.mark.requirement("PRO-5")
@pytest.mark.requirement("LED-1")
def test_locks_are_read_from_the_bucket(
    world: World, s3: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration = f"environments: {{production: {{}}}}\nledger: {{backend: s3, url: {s3}}}\n"
    world.commit("chore: keep the ledger elsewhere", {".github/shipway.yml": configuration})
    at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC).isoformat()
    detail = {"environment": "production", "reason": "freeze", "until": "", "scope": "", "subject": ""}
    event = Event("locked:1", "locked", "", "", "alice", at, detail)
    store = open_ledger(s3, NAME)
    before = store.read(environments_path(at))
    store.append(before, after(before, [event]), {})
    for name, value in {**world.twin.environment(world.token), "GITHUB_REPOSITORY": NAME}.items():
        monkeypatch.setenv(name, value)

    assert run(["status", "--repo", str(world.clone), "--output", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["environments"]
    assert (row["environment"], row["lock"]["actor"], row["lock"]["reason"]) == (
        "production",
        "alice",
        "freeze",
    )

    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    assert run(["status", "--repo", str(world.clone)]) == 0
    assert capsys.readouterr().err.startswith("warning: locks, holds and verified versions are not known: ")
