"""Locks as branch-deploy makes them."""

import json
from typing import Any

from integration.release.world import World, write

LOCK = {
    "schema_version": 1,
    "reason": "moving the database",
    "branch": "feature",
    "created_at": "2026-11-20T10:00:00.123Z",
    "created_by": "writer",
    "sticky": True,
    "environment": "dev",
    "global": False,
    "unlock_command": ".unlock dev",
    "link": "https://github.com/octo-org/hello/pull/1#issuecomment-1",
    "claim_id": f"sha256:{'a' * 64}",
}


def locked(world: World, where: str = "dev", text: str | None = None, **said: Any) -> str:
    """Lock as branch-deploy does: a branch with a file; gives its name."""
    branch = f"{where}-branch-deploy-lock"
    world.git("checkout", "--quiet", "-B", branch, "origin/main")
    write(world.clone, {"lock.json": json.dumps(LOCK | said) if text is None else text})
    world.git("add", "--all")
    world.git("commit", "--quiet", "--message", "lock [skip ci]")
    world.git("push", "--quiet", "--force", "origin", "HEAD")
    world.git("checkout", "--quiet", "main")
    return branch
