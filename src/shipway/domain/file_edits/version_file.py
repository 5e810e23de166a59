"""A file that carries the version, and how its refusals are worded."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from shipway.errors import InputError

Span = tuple[int, int]


class Kind(StrEnum):
    """How the version is written in a file; also the names that configuration uses."""

    PYPROJECT = "pyproject"
    UV_LOCK = "uv-lock"
    POETRY_LOCK = "poetry-lock"
    PACKAGE_JSON = "package-json"
    PACKAGE_LOCK = "package-lock"
    CARGO = "cargo"
    CARGO_LOCK = "cargo-lock"
    CHART = "chart"
    POM = "pom"
    GRADLE = "gradle"
    PYTHON = "python"
    PLAIN = "plain"
    PATTERN = "pattern"
    MARKER = "marker"


@dataclass(frozen=True, slots=True)
class VersionFile:
    """One file to edit when the version changes.

    Attributes:
        path: Path in the repository, with forward slashes.
        kind: How the version is written there.
        packages: For lock files, the names of the entries that are our own.
        pattern: For ``Kind.PATTERN``, a regular expression with a group named ``version``; it must match
            once. ``^`` and ``$`` are the ends of lines.
    """

    path: str
    kind: Kind
    packages: tuple[str, ...] = ()
    pattern: str = ""


def line_of(text: str, position: int) -> int:
    """Return the line number, from 1, of a position in the text."""
    return text.count("\n", 0, position) + 1


def unreadable(path: str, line: int | None, why: str, fix: str) -> InputError:
    """The file is not what its kind says."""
    where = path if line is None else f"{path}:{line}"
    return InputError(f"{where}: {why}.", fix, reason_code="version-file-unreadable")


def not_found(path: str, expected: str, line: int = 1) -> InputError:
    """The version is not where it is expected."""
    return InputError(
        f"{path}:{line}: no version found.",
        f"Write it there as {expected}, or take the file out of the version files.",
        reason_code="version-not-found",
    )


def ambiguous(path: str, lines: Iterable[int], fix: str) -> InputError:
    """The version stands where only one may stand, several times."""
    first, *others = lines
    where = " and ".join(str(line) for line in others)
    return InputError(
        f"{path}:{first}: the version is found again in line {where}.", fix, reason_code="version-ambiguous"
    )
