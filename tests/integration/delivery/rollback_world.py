"""A repository whose production has held three versions, copied for each test."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from integration.release.sweep import free_port
from integration.release.world import FILES, NOON, World, clone_of, git, make_source, settle_people, write
from shipway.bootstrap.environment import Chance, Watchers
from shipway.bootstrap.promoting import PromotionAsked, run_promotion
from shipway.bootstrap.rollback import RollbackAsked, run_rollback
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.twin.server import Twin
from shipway.twin.world import Clock

VERSIONS = ("1.0.0", "1.1.0", "1.2.0")
CONFIGURATION = """
gates:
  smoke: {command: [sh, -c, "test ! -e ../smoke-fails"]}
environments:
  dev: {deploy: {command: ["true"]}}
  production:
    after: dev
    deploy: {command: [sh, -c, "echo $SHIPWAY_STAGE $SHIPWAY_VERSION >> ../deployed; test ! -e ../deploy-fails"]}
"""


class Stage:
    """The repository as it is before a rollback, copied for each play."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._count, self._port = folder, 0, free_port()
        source = make_source(folder / "source", FILES | {".github/shipway.yml": CONFIGURATION})
        git(source, "tag", "v1.1.0")
        write(source, {"db/migrations/7.sql": "alter table orders", "hello.txt": "orders\n"})
        git(source, "add", "--all")
        git(source, "commit", "--quiet", "--message", "feat: orders (#12)\n\nRefs: OPS-7")
        git(source, "tag", "v1.2.0")
        with Twin(folder / "prepared", port=self._port, clock=Clock(NOON)) as twin:
            self._token = settle_people(twin, source)
            (folder / "at").mkdir()
            world = World(twin, clone_of(twin, self._token, folder / "at" / "clone"), self._token)
            for version in VERSIONS:
                promote(world, version, "dev")
                promote(world, version, "production", "dev")

    @contextmanager
    def scene(self) -> Iterator[World]:
        """A fresh copy."""
        self._count += 1
        scene = self._folder / f"scene-{self._count}"
        shutil.copytree(self._folder / "prepared", scene / "twin")
        shutil.copytree(self._folder / "at" / "clone", scene / "clone")
        with Twin(scene / "twin", port=self._port, clock=Clock(NOON)) as twin:
            yield World(twin, scene / "clone", self._token)
        shutil.rmtree(scene)


def promote(world: World, version: str, target: str, source: str = "", **asked: Any) -> DeliveryOutcome:
    """Run `shipway promote` in this process."""
    return run_promotion(
        PromotionAsked(version=version, source=source, target=target, repo=world.clone, **asked),
        world.environment(),
        Watchers(),
        sleep=world.pauses.append,
        chance=Chance(lambda: NOON, lambda: 0.0),
    )


def roll_back(
    world: World,
    environment: str = "production",
    watchers: Watchers | None = None,
    holder: str = "",
    sleep: Any = None,
    login: str = "releaser",
    **asked: Any,
) -> DeliveryOutcome:
    """Run `shipway rollback` in this process; `holder` names it as another run."""
    token = world.token if login == "releaser" else world.token_of(login)
    settings = world.environment(GITHUB_TOKEN=token, GH_TOKEN=token)
    return run_rollback(
        RollbackAsked(**{"environment": environment, "reason": "errors", "repo": world.clone, **asked}),
        replace(settings, **({"holder": holder} if holder else {})),
        watchers or Watchers(),
        sleep=sleep or world.pauses.append,
        chance=Chance(lambda: NOON, lambda: 0.0),
    )


def ended_process() -> str:
    """How a run is named whose process has ended."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return f"process:{socket.gethostname()}:{done.pid}"


def ledger_file(world: World, path: str) -> str:
    """A file of the ledger branch."""
    return git(world.bare, "show", f"shipway-ledger:{path}")


def tags(world: World) -> dict[str, str]:
    """Tag → commit on the twin, peeled."""
    rows = git(world.bare, "ls-remote", "--tags", ".").splitlines()
    return {line[41:].removeprefix("refs/tags/").removesuffix("^{}"): line[:40] for line in rows}
