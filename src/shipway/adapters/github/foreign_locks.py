"""The locks of branch-deploy, as part of the questions that are asked anyway."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from shipway.domain.foreign_lock import EVERYWHERE, ForeignLock, foreign_lock, lock_branch

_IMPOSSIBLE = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|^/|\.lock(?:/|$)|/$")
"""What no name of a branch has, so that nothing stands under it."""


def asked_for(environments: Iterable[str]) -> str:
    """The fragments that `...Locked` stands for; no more than an id where no environment is named."""
    names = [lock_branch(name) for name in environments]
    branches = [EVERYWHERE, *(name for name in dict.fromkeys(names) if not _IMPOSSIBLE.search(name))]
    parts = (
        f"foreign{number}: ref(qualifiedName: {json.dumps(f'refs/heads/{name}')}) {{ ...Foreign }}"
        for number, name in enumerate(branches if names else ())
    )
    whole = "\n".join(["fragment Locked on Repository {", "id", *parts, "}", ""])
    return whole + (_FOREIGN if names else "")


_FOREIGN = """
fragment Foreign on Ref {
  name
  target { oid ... on Commit { file(path: "lock.json") { object { ... on Blob { text } } } } }
}
"""


def locks_of(row: Mapping[str, Any]) -> tuple[ForeignLock, ...]:
    """Those that stand, of a repository's answer to `...Locked`."""
    found = (ref for name, ref in row.items() if name.startswith("foreign") and ref)
    return tuple(map(lock_of, found))


def lock_of(ref: Mapping[str, Any]) -> ForeignLock:
    """One, from its branch."""
    target = ref["target"]
    text = ((target.get("file") or {}).get("object") or {}).get("text")
    return foreign_lock(ref["name"], target.get("oid", ""), text or "")
