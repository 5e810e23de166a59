"""What the tests of refusals share."""

from integration.ledger.conftest import s3, s3_server
from integration.release.conftest import _quiet_git, world

__all__ = ["_quiet_git", "s3", "s3_server", "world"]
