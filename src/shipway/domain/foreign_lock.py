"""Locks that branch-deploy holds beside ours: each is a branch, with a file that says whose it is, and why.

They never run out. Where the file cannot be understood the lock stands all the same: nobody knows whose it is.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from shipway.domain.safe_text import visible
from shipway.domain.scrubbing import scrubbed
from shipway.domain.standing import Lock

SUFFIX = "-branch-deploy-lock"
EVERYWHERE = f"global{SUFFIX}"
"""Branch of the lock that closes every environment."""

UNKNOWN = "somebody unknown"
"""In the place of a login; no login has a space."""

_LONGEST = 20_000
"""Characters of the file; it says eleven short things."""
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,80})(?:\[bot\])?")
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z")


@dataclass(frozen=True, slots=True)
class ForeignLock:
    """A lock of branch-deploy.

    Attributes:
        branch: That it is.
        commit: The newest one of that; empty where it does not matter.
        by: Login; empty where the file does not say it.
        reason: On one line; empty where the file does not say it.
        at: Since when, ISO 8601 in UTC; empty where the file does not say it.
    """

    branch: str
    by: str = ""
    reason: str = ""
    at: str = ""
    commit: str = ""

    @property
    def lock(self) -> Lock:
        """What it is among ours: a lock that lets in who made it."""
        why = self.reason or ("no reason given" if self.by else "its lock.json cannot be understood")
        scope = "user" if self.by else ""
        return Lock(self.by or UNKNOWN, f"{why} ({self.branch})", self.at, scope=scope, subject=self.by)


def lock_branch(environment: str) -> str:
    """The branch that branch-deploy locks an environment by."""
    return re.sub(r"\s", "-", environment) + SUFFIX


def foreign_lock(branch: str, commit: str, text: str) -> ForeignLock:
    """Read a lock.

    Args:
        text: Of its `lock.json`, by whoever may push; empty where that is not there or no text.
    """
    said = _object(text)
    by, at = str(said.get("created_by") or ""), _TIME.fullmatch(str(said.get("created_at") or ""))
    if not _LOGIN.fullmatch(by):
        return ForeignLock(branch, commit=commit)
    return ForeignLock(branch, by, _line(said.get("reason")), f"{at[1]}Z" if at else "", commit)


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if len(text) <= _LONGEST else None
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _line(reason: object) -> str:
    if not isinstance(reason, str):
        return ""
    return " ".join(scrubbed(visible(reason)).split())[:200]


def closing(locks: Iterable[ForeignLock], environment: str) -> tuple[ForeignLock, ...]:
    """The locks that close an environment, its own before that of all."""
    found = {one.branch: one for one in locks}
    return tuple(found[name] for name in (lock_branch(environment), EVERYWHERE) if name in found)
