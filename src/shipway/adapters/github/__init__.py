"""GitHub over its REST and GraphQL interfaces."""

from shipway.adapters.github.client import GitHub, Refused, Stale, Transient

__all__ = ["GitHub", "Refused", "Stale", "Transient"]
