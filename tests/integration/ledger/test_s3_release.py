"""Releases whose ledger is in S3."""

import boto3
import pytest

from integration.release.test_refusals_cli import shipway
from integration.release.world import CONFIGURATION, World
from shipway.adapters.git_repo import Clone
from shipway.bootstrap.audit import audit
from shipway.errors import InputError

pytestmark = pytest.mark.requirement("LED-1")


def test_a_release_is_carried_to_its_end_with_its_ledger_in_s3(world: World, s3: str) -> None:
    configuration = f"{CONFIGURATION}\nledger: {{backend: s3, url: '{s3}'}}\n"
    world.commit("chore: keep the ledger in S3", {".github/shipway.yml": configuration})
    assert world.release().exit_code == 3
    world.approve()
    done = world.release()

    assert (done.decision, done.exit_code) == ("done", 0), done.message
    assert "shipway-ledger" not in world.git("ls-remote", "origin")
    found = audit(world.environment(), Clone(world.clone))
    kinds = [entry.event.kind for entry in found.ledger.entries]
    assert (kinds[0], kinds[-1]) == ("initiated", "completed")
    assert len(kinds) >= 10
    assert found.flaws == ()
    assert found.quoted
    assert world.release().reason_code == "nothing-to-release"
    code, out, _ = shipway(world, "report", "v1.1.0")
    assert code == 0
    assert "v1.1.0" in out


def test_a_changed_record_is_found(world: World, s3: str) -> None:
    configuration = f"{CONFIGURATION}\nledger: {{backend: s3, url: '{s3}'}}\n"
    world.commit("chore: keep the ledger in S3", {".github/shipway.yml": configuration})
    world.release()
    bucket, _, prefix = s3.removeprefix("s3://").partition("/")
    client = boto3.client("s3")
    rows = client.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/records/")["Contents"]
    key = rows[-1]["Key"]
    text = client.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    client.put_object(Bucket=bucket, Key=key, Body=text.replace("releaser", "somebody"))

    name = key.rpartition("/")[2]
    assert [str(flaw) for flaw in audit(world.environment(), Clone(world.clone)).flaws][:2] == [
        "entry 1: its content was changed after it was written",
        f"{name}: it is not what its entries and those before it make of it",
    ]
    client.put_object(Bucket=bucket, Key=key, Body=b"junk")
    with pytest.raises(InputError) as refused:
        world.release()
    assert refused.value.reason_code == "ledger-broken"


def test_a_changed_report_is_found(world: World, s3: str) -> None:
    configuration = f"{CONFIGURATION}\nledger: {{backend: s3, url: '{s3}'}}\n"
    world.commit("chore: keep the ledger in S3", {".github/shipway.yml": configuration})
    world.release()
    bucket, _, prefix = s3.removeprefix("s3://").partition("/")
    key = f"{prefix}/docs/releases/v1.1.0.md"
    client = boto3.client("s3")
    text = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    client.put_object(Bucket=bucket, Key=key, Body=text.replace(b"releaser", b"somebody"))

    assert [str(flaw) for flaw in audit(world.environment(), Clone(world.clone)).flaws] == [
        "docs/releases/v1.1.0.md: it was changed after it was written"
    ]
