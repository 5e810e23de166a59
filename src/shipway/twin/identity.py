"""Who is asking."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody with a token, or without.

    `kind` is `user`, `actions` (a GITHUB_TOKEN), `installation`, `app` (a JWT) or `anonymous`.
    `permissions` maps GitHub's permission names to `read`, `write` or `admin`; None means all that the
    user may do. `repositories` limits the token to some full names.
    """

    login: str
    kind: str = "user"
    permissions: Mapping[str, str] | None = None
    repositories: tuple[str, ...] | None = None
    token: str = ""
    app_id: int | None = None
    installation_id: int | None = None


ANONYMOUS = Identity("", "anonymous", permissions={})
SYSTEM = Identity("github", "user")
