"""The hourly budget of every token, and the headers that tell of it."""

from dataclasses import dataclass, field
from datetime import datetime

from shipway.twin.errors import Refused
from shipway.twin.identity import Identity

HOUR = 3600
LIMITS = {"user": 5000, "installation": 1000, "actions": 1000, "app": 5000, "anonymous": 60}


@dataclass(slots=True)
class _Window:
    reset: int
    used: int = 0


@dataclass(slots=True)
class RateLimits:
    """Requests counted by token and resource (`core`, `graphql`, `search`) in windows of one hour."""

    limits: dict[str, int] = field(default_factory=lambda: dict(LIMITS))
    _windows: dict[tuple[str, str], _Window] = field(default_factory=dict)

    def spend(self, who: Identity, resource: str, now: datetime, cost: int = 1) -> None:
        """Count a request; 403 with GitHub's words when the budget of the hour is used up."""
        window = self._window(who, resource, now)
        if window.used + cost > self.limits[who.kind]:
            raise Refused(403, f"API rate limit exceeded for {who.login or 'your address'}.")
        window.used += cost

    def give_back(self, who: Identity, resource: str, now: datetime) -> None:
        """Uncount a request that was answered with 304."""
        self._window(who, resource, now).used -= 1

    def status(self, who: Identity, resource: str, now: datetime) -> dict[str, int]:
        """Limit, used, remaining and the second at which the window ends."""
        window = self._window(who, resource, now)
        limit = self.limits[who.kind]
        return {
            "limit": limit,
            "used": window.used,
            "remaining": limit - window.used,
            "reset": window.reset,
        }

    def headers(self, who: Identity, resource: str, now: datetime) -> dict[str, str]:
        """The `X-RateLimit-*` headers of an answer."""
        values = {
            f"x-ratelimit-{name}": str(value) for name, value in self.status(who, resource, now).items()
        }
        return values | {"x-ratelimit-resource": resource}

    def _window(self, who: Identity, resource: str, now: datetime) -> _Window:
        key = (who.token or who.login, resource)
        window = self._windows.get(key)
        seconds = int(now.timestamp())
        if window is None or window.reset <= seconds:
            window = self._windows[key] = _Window(reset=seconds + HOUR)
        return window
