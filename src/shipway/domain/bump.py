"""From the level of the changes to the next version."""

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

from shipway.domain.line import MAIN_LINE, Line
from shipway.domain.version import Version
from shipway.errors import ExitCode, UsageError

INITIAL = Version(0, 1, 0)
"""The first version of a repository that has none."""

CHANNEL = "rc"
"""The prerelease channel when none is named."""


class Level(IntEnum):
    """How much a change asks of those who depend on us; ordered."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3

    def __str__(self) -> str:
        return self.name.lower()


REQUESTS = ("auto", "major", "minor", "patch", "prerelease")
"""What may be asked for in place of a version."""


class Basis(NamedTuple):
    """What the next version is reckoned from.

    Attributes:
        last: The last final release of the line; None before the first.
        prerelease: The highest prerelease since then; None when there is none.
        tagged: Every version that is tagged, prereleases too, reachable or not.
        line: The line that is released.
        major_on_zero: Whether a breaking change makes 1.0.0 out of 0.x (rule 13).
        channel: The word in prereleases, as in `2.0.0-rc.1`.
    """

    last: Version | None
    prerelease: Version | None = None
    tagged: tuple[Version, ...] = ()
    line: Line = MAIN_LINE
    major_on_zero: bool = False
    channel: str = CHANNEL

    @property
    def highest(self) -> Version | None:
        """The last release of the line, prereleases included."""
        return max((one for one in (self.last, self.prerelease) if one is not None), default=None)


def bump(version: Version, level: Level, *, major_on_zero: bool = False) -> Version:
    """The version that follows at a level; the same one for `NONE`.

    While the major is 0, a breaking change bumps the minor unless `major_on_zero` (rule 13).
    """
    final = version.final
    if level is Level.MAJOR:
        return final.bump_minor() if final.major == 0 and not major_on_zero else final.bump_major()
    if level is Level.MINOR:
        return final.bump_minor()
    return final.bump_patch() if level is Level.PATCH else final


def next_version(basis: Basis, level: Level) -> Version | None:
    """The next final version that the changes ask for, within the line; None when they ask for none."""
    if level is Level.NONE:
        return None
    level = within_line(basis.line, level)
    last = basis.last
    asked = bump(last, level, major_on_zero=basis.major_on_zero) if last else _first(basis.line)
    return max(asked, basis.prerelease.final) if basis.prerelease else asked


def within_line(line: Line, level: Level) -> Level:
    """The highest level that keeps the version in its line: `1.x` has no major, `2.4.x` no minor."""
    if line.is_main:
        return level
    return min(level, Level.MINOR if line.minor is None else Level.PATCH)


def requested(basis: Basis, request: str, level: Level) -> Version | None:
    """The version that a request asks for.

    Args:
        basis: The releases so far.
        request: One of `REQUESTS`.
        level: What the changes since the last release ask for.

    Returns:
        The version; None when `auto` or `prerelease` finds nothing to release.

    Raises:
        UsageError: `outside-line` when the request leaves the maintenance line.
    """
    if request == "auto":
        return next_version(basis, level)
    if request == "prerelease":
        target = next_version(basis, level)
        return target and _prerelease(target, basis)
    asked = Level[request.upper()]
    if within_line(basis.line, asked) is not asked:
        raise UsageError(
            f"A {request} release would leave the line {basis.line}.",
            f"Release {within_line(basis.line, asked)} here, or release {request} from the main line.",
            reason_code="outside-line",
        )
    if basis.last is None:
        return _first(basis.line)
    return bump(basis.last, asked, major_on_zero=True)


def check_new(version: Version, basis: Basis) -> None:
    """Refuse a version that is tagged, outside its line, or not higher than the line's last release.

    Raises:
        UsageError: `version-exists` (exit code 10), `outside-line`, `version-not-higher`.
    """
    line = basis.line
    if version in basis.tagged:
        raise UsageError(
            f"Version {version} is already tagged.",
            f"Choose a higher one, for example {_higher(basis)}.",
            reason_code="version-exists",
            exit_code=ExitCode.TAG_EXISTS,
        )
    if version not in line:
        raise UsageError(
            f"Version {version} does not belong to the line {line}.",
            f"Choose one of that line, for example {_higher(basis)}.",
            reason_code="outside-line",
        )
    highest = basis.highest
    if highest and version <= highest:
        raise UsageError(
            f"Version {version} is not higher than {highest}, the last release of the {_named(line)}.",
            f"Choose a higher one, for example {_higher(basis)}.",
            reason_code="version-not-higher",
        )


def _named(line: Line) -> str:
    return str(line) if line.is_main else f"line {line}"


def _higher(basis: Basis) -> Version:
    highest = basis.highest
    return bump(highest, Level.PATCH) if highest else _first(basis.line)


def _first(line: Line) -> Version:
    return INITIAL if line.major is None else Version(line.major, line.minor or 0, 0)


def _prerelease(target: Version, basis: Basis) -> Version:
    numbers = _numbers((one for one in basis.tagged if one.final == target), basis.channel)
    return target.with_prerelease(f"{basis.channel}.{max(numbers, default=0) + 1}")


def _numbers(versions: Iterable[Version], channel: str) -> list[int]:
    parts = [(one.prerelease or "").split(".") for one in versions]
    return [int(part[1]) for part in parts if len(part) == 2 and part[0] == channel and part[1].isdigit()]
