"""A repository whose main branch has gone on since its release, and a hotfix of that release."""

from typing import Any

from integration.release.world import FILES, World
from shipway.domain.outcome import Outcome
from shipway.twin import admin

CONFIGURATION = """
gates:
  unit: {command: ["true"]}
  e2e: {command: ["test", "!", "-f", "e2e-fails"]}
environments:
  staging: {deploy: {command: ["true"]}}
  production: {after: staging, deploy: {command: ["true"]}}
hotfix:
  approvers: {users: [reviewer]}
"""

HOTFIX_FILES = {**FILES, ".github/shipway.yml": CONFIGURATION, "greet.py": "print('hello')\n"}


def hotfix(world: World, version: str = "1.0.1", **asked: Any) -> Outcome:
    """Run `shipway hotfix`."""
    return world.release(version, stage="hotfix", **asked)


def begin(world: World, **asked: Any) -> Outcome:
    """Have the branch made, and stand on it."""
    outcome = hotfix(world, "auto", base="v1.0.0", **asked)
    world.git("fetch", "--quiet", "origin")
    world.git("switch", "--quiet", "hotfix/1.0.1")
    return outcome


def with_a_writer(world: World) -> None:
    """Somebody who may write, and is no emergency approver."""
    with world.twin.world.locked():
        admin.create_user(world.twin.world, "writer")
        admin.add_collaborator(world.twin.world, "octo-org/hello", "writer", "write")


def fix(world: World, files: dict[str, str] | None = None, message: str = "fix: do not crash") -> None:
    """Push a commit to the branch of the hotfix, as it stands on GitHub."""
    world.git("pull", "--quiet", "--rebase", "origin", "hotfix/1.0.1")
    world.commit(message, files or {"fix.txt": f"{message}\n"})


def let_in(world: World) -> Outcome:
    """Open its pull request, have it approved, and carry it on."""
    hotfix(world)
    world.approve()
    return hotfix(world)


def there(world: World, branch: str, path: str) -> str:
    """A file of a branch on GitHub."""
    world.git("fetch", "--quiet", "origin")
    return world.git("show", f"origin/{branch}:{path}")


def on_main(world: World, message: str, files: dict[str, str]) -> str:
    """Commit on the main branch and come back."""
    world.git("switch", "--quiet", "main")
    world.git("pull", "--quiet", "--rebase", "origin", "main")
    commit = world.commit(message, files)
    world.git("switch", "--quiet", "-")
    return commit


def kinds(world: World) -> list[str]:
    """Kinds of the entries in the ledger, in order."""
    return [
        line.split()[3] for line in there(world, "shipway-ledger", "docs/audit/releases.log").splitlines()
    ]
