"""GitHub over its REST and GraphQL interfaces."""

from shipway.adapters.github.client import GitHub, RateLimited, Refused, Stale, Transient

__all__ = ["GitHub", "RateLimited", "Refused", "Stale", "Transient"]
