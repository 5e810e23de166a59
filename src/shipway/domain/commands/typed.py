"""What a line of text commands, as one frozen value for each command.

The fields that a command has of its own are called as in the records that the runs take (`LockAsked`,
`PromotionAsked`, …), so that `own_fields` feeds them as it stands. Empty is what was not said.
"""

from dataclasses import dataclass, fields
from typing import Any

from shipway.domain.delivery.lock_command import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What every command has.

    Attributes:
        line: Of the text that it stands in, from 1.
        text: The line as people see it, without the space around it.
        sha: Commit that it is bound to, 7 to 40 hexadecimal digits in lower case; empty for none.
        dry_run: Whether to show only what would be done.
    """

    line: int = 1
    text: str = ""
    sha: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Command):
    """Carry a version from commits to production; fields as of `shipway release`."""

    version: str
    source: str = ""
    target: str = ""
    environment: str = ""
    override: tuple[str, ...] = ()
    expires: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotfix(Command):
    """Release a version from an older tag, on the fast track.

    Attributes:
        base: Tag that it starts from; empty for one that has begun.
        pick: Whole hashes of commits that it takes over, in lower case.
        target: Branch that it is merged into; empty takes that of its line.
    """

    version: str
    base: str = ""
    pick: tuple[str, ...] = ()
    target: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promote(Command):
    """Bring a version into an environment; fields as of `shipway promote`.

    Attributes:
        version: Empty for the one that the pull request is about.
        source: Environment that holds it; empty for the one before.
    """

    target: str
    version: str = ""
    source: str = ""
    component: str = ""
    lift_hold: bool = False
    override: tuple[str, ...] = ()
    expires: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy(Command):
    """Bring in what is released.

    Attributes:
        ref: Version, tag or whole commit; empty for the version of the pull request.
        parameters: As they were written; nothing is deployed with any.
    """

    environment: str
    ref: str = ""
    parameters: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Command):
    """Show what a deployment would do.

    Attributes:
        environment: Empty for the next one.
        ref: As of `Deploy`.
        parameters: As of `Deploy`.
    """

    environment: str = ""
    ref: str = ""
    parameters: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback(Command):
    """Take a version out; fields as of `shipway rollback`."""

    environment: str
    to: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock(Command):
    """Let nobody bring anything in; fields as of `shipway lock`."""

    environment: str = ""
    every: bool = False
    lasting: str = ""
    scope: Scope = ""
    release: str = ""
    pr: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlock(Command):
    """Open an environment again; fields as of `shipway unlock`."""

    environment: str = ""
    every: bool = False
    force: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open(Command):
    """What concerns something that waits or runs: what is open where neither is said."""

    environment: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve(_Open):
    """Say yes to what waits for an approval."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(_Open):
    """Say no to what waits for an approval."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override(Command):
    """Let a version past one gate.

    Attributes:
        expires: For how long, such as `2h`.
        environment: Where; empty for everywhere.
    """

    gate: str
    expires: str
    reason: str
    environment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(_Open):
    """End what is open."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry(_Open):
    """Go on with what failed or stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status(Command):
    """Show what runs where, and what is locked."""

    environment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why(_Open):
    """Say what something waits for, and who can change it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Command):
    """Show the report of a release."""

    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Help(Command):
    """Say which commands there are.

    Attributes:
        command: The one that is asked about; empty for all.
    """

    command: str = ""


_SHARED = frozenset(field.name for field in fields(Command))


def own_fields(command: Command) -> dict[str, Any]:
    """What was asked, without what every command has: the arguments of the record that a run takes."""
    return {
        field.name: getattr(command, field.name) for field in fields(command) if field.name not in _SHARED
    }
