"""Who may do something, as the configuration names people."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from shipway.domain.strict import STRICT

Role = Literal["read", "triage", "write", "maintain", "admin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRule:
    """Who may do something; being named in one way is enough.

    Attributes:
        users: Logins.
        teams: `org/team`.
        roles: Roles in the repository; a higher one than named is enough.
    """

    users: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT


NOBODY = AuthorityRule()
MAINTAINERS = AuthorityRule(roles=("maintain",))
