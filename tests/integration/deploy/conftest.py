"""A repository with a released version and a pipeline of three environments."""

from integration.release.conftest import _quiet_git

__all__ = ["_quiet_git"]
