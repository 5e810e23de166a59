"""What somebody asked to lock or unlock, with everything that chance would otherwise decide."""

from dataclasses import dataclass
from typing import Literal, get_args

Scope = Literal["", "user", "pr", "release"]
SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Locking:
    """Let nobody bring anything into environments: all of them, or none.

    Attributes:
        environments: Which.
        every: Whether they were asked for as all that there are.
        id: Of this request (UUID).
        at: When it was asked for, ISO 8601 in UTC.
        until: When it ends by itself; empty when only `unlock` ends it.
        scope: Whom it lets through: who locks, a version, or what comes of a pull request; empty lets nobody through.
        subject: The version or pull request that the scope names; for `user` it is who asks.
        run_url: Where the run can be watched; may be empty.
    """

    environments: tuple[str, ...]
    every: bool = False
    id: str
    at: str
    reason: str
    until: str = ""
    scope: Scope = ""
    subject: str = ""
    run_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlocking:
    """Open environments again.

    Attributes:
        force: Also those that somebody else has locked.
    """

    environments: tuple[str, ...]
    every: bool = False
    id: str
    at: str
    reason: str
    force: bool = False
    run_url: str = ""


Asked = Locking | Unlocking
