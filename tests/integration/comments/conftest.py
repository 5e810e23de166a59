"""What the tests of comments share."""

from integration.release.conftest import _quiet_git

__all__ = ["_quiet_git"]
