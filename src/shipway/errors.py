"""One root for everything Shipway refuses or fails at.

Each error carries what people and programs need: a stable reason code, a sentence, the next step with an
example, an exit code, and whether running the same command again can help.
"""

from enum import IntEnum

ASKED = "shipway …"
"""Stands in a next step for the command that was given; who knows that puts it there."""


class ExitCode(IntEnum):
    """Exit codes of the command line; documented in docs/reference/exit-codes.md."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    WAITING = 3
    SIGNATURE = 6
    GATE = 8
    TRANSITION = 9
    TAG_EXISTS = 10
    VERSION_MISSING = 11
    NOT_AUTHORISED = 12
    LOCKED = 13


class ShipwayError(Exception):
    """A refusal or failure that is explained to people.

    Args:
        message: One sentence saying what was wrong and where.
        next_step: What to do about it, with an example; may be empty when nothing can be done.
        reason_code: Stable, kebab-case; programs may match on it.
        exit_code: The exit code of the command line.
        retryable: True when running the same command again may succeed without any change.
    """

    reason_code: str = ""  # every kind has its own, or every place where one is raised
    exit_code = ExitCode.FAILURE
    retryable = False
    trace_id = ""  # of the run that it ended, where there was one

    def __init__(
        self,
        message: str,
        next_step: str = "",
        *,
        reason_code: str | None = None,
        exit_code: ExitCode | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.reason_code = reason_code or type(self).reason_code
        self.exit_code = exit_code if exit_code is not None else type(self).exit_code
        self.retryable = type(self).retryable if retryable is None else retryable

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".rstrip()


class UsageError(ShipwayError):
    """What was asked cannot be understood: a wrong option, value or configuration key."""

    reason_code = "usage"
    exit_code = ExitCode.USAGE


class InputError(ShipwayError):
    """A file or a repository that cannot be used as it is."""


class GitHubError(ShipwayError):
    """GitHub refused or could not be reached."""
