"""The contract of ledger stores, run against those that Shipway has and one of somebody else's."""

import sys
from functools import partial
from pathlib import Path

import pytest

from integration.ledger import folder_ledger
from integration.release.world import NAME, World
from shipway.adapters.git_repo import Clone
from shipway.bootstrap.environment import connect
from shipway.domain.ledger_policy import LedgerPolicy
from shipway.domain.ledger_store import LedgerStore, WholeLedger
from shipway.engine.ledgers import open_ledger, whole_branch
from shipway.ledger_contract import LedgerContract

pytestmark = pytest.mark.requirement("LED-1")


def opened(world: World, policy: LedgerPolicy) -> LedgerStore:
    """A new connection to the ledger, as a command makes it."""
    environment, clone = world.environment(), Clone(world.clone)
    url = f"{environment.server_url}/{NAME}.git"
    return open_ledger(
        policy, connect(environment, clone), partial(whole_branch, clone, url, environment.token)
    )


class TestGit(LedgerContract):
    @pytest.fixture(autouse=True)
    def _store(self, world: World) -> None:
        self.open = partial(opened, world, LedgerPolicy())


class TestS3(LedgerContract):
    @pytest.fixture(autouse=True)
    def _store(self, world: World, s3: str) -> None:
        self.open = partial(opened, world, LedgerPolicy(backend="s3", url=s3))


class TestSomebodyElses(LedgerContract):
    @pytest.fixture(autouse=True)
    def _store(self, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        package = tmp_path / "installed"
        about = package / "folder_ledger-1.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: folder-ledger\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(
            f"[shipway.ledgers]\nfolder = {folder_ledger.__name__}:open_ledger\n"
        )
        monkeypatch.setattr(sys, "path", [*sys.path, str(package)])
        self.open = partial(
            opened, world, LedgerPolicy(backend="folder", url=f"folder:{tmp_path / 'ledger'}")
        )


def test_the_example_is_a_store() -> None:
    store: type[LedgerStore] = folder_ledger.FolderLedger
    assert store.whole.__annotations__["return"] is WholeLedger
