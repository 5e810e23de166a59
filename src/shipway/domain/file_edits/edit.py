"""Read and replace the version in the text of one file."""

import re
from collections.abc import Callable

from shipway.domain.file_edits import lines, structured
from shipway.domain.file_edits.version_file import Kind, Span, VersionFile, line_of, not_found, unreadable
from shipway.errors import UsageError

_LOCATORS: dict[Kind, tuple[Callable[[VersionFile, str], tuple[Span, ...]], str]] = {
    Kind.PYPROJECT: (structured.pyproject, '`version = "1.2.3"` under `[project]`'),
    Kind.UV_LOCK: (structured.toml_lock, "`uv lock` does"),
    Kind.POETRY_LOCK: (structured.toml_lock, "`poetry lock` does"),
    Kind.PACKAGE_JSON: (structured.package_json, '`"version": "1.2.3"` at the top level'),
    Kind.PACKAGE_LOCK: (structured.package_lock, "`npm install --package-lock-only` does"),
    Kind.CARGO: (structured.cargo, '`version = "1.2.3"` under `[package]` or `[workspace.package]`'),
    Kind.CARGO_LOCK: (structured.toml_lock, "`cargo update --workspace` does"),
    Kind.CHART: (lines.chart, "`version: 1.2.3` at the start of a line"),
    Kind.POM: (structured.pom, "`<version>1.2.3</version>` directly under `<project>`"),
    Kind.GRADLE: (lines.gradle, "`version=1.2.3`"),
    Kind.PYTHON: (lines.python, '`__version__ = "1.2.3"` at the start of a line'),
    Kind.PLAIN: (lines.plain, "`1.2.3` and nothing else"),
    Kind.PATTERN: (lines.pattern, "its pattern expects"),
    Kind.MARKER: (lines.marker, f"`1.2.3` on a line with the comment `{lines.MARKER}`"),
}
_SAFE = re.compile(r"[0-9][0-9A-Za-z.+-]*")
_PEP_440 = re.compile(r"-(alpha|beta|rc)\.?(\d+)")


def locate(file: VersionFile, text: str) -> tuple[Span, ...]:
    """Return where the version stands, in ascending order; empty when it does not.

    Raises:
        InputError: The file cannot be parsed, or the version stands there twice.
    """
    return _LOCATORS[file.kind][0](file, text)


def current_version(file: VersionFile, text: str) -> str:
    """Return the version that the file carries now; the first, where it is written in several places.

    Raises:
        InputError: It has none, or two where one belongs.
    """
    start, stop = _required(file, text)[0]
    return text[start:stop]


def bump(file: VersionFile, text: str, version: str) -> str:
    """Return the text with the version replaced; doing it twice gives the same text.

    Raises:
        InputError: The version is not found, or found where only one may stand twice, or the file is broken.
        UsageError: The version has characters that no version has.
    """
    if not _SAFE.fullmatch(version):
        raise UsageError(f"{version!r} cannot be written as a version.", "Use a version such as 1.2.3.")
    spans = _required(file, text)
    written = _python_spelling(version) if file.kind is Kind.UV_LOCK else version
    edited = structured.replace(text, spans, lambda _: written)
    if {edited[start:stop] for start, stop in locate(file, edited)} != {written}:
        why = f"the version {written} would not be found again once it is written"
        fix = r"Widen its pattern, such as `(?P<version>[\w.+-]+)`."
        raise unreadable(file.path, line_of(text, spans[0][0]), why, fix)
    return edited


def _required(file: VersionFile, text: str) -> tuple[Span, ...]:
    spans = locate(file, text)
    if not spans:
        raise not_found(file.path, _LOCATORS[file.kind][1])
    return spans


def _python_spelling(version: str) -> str:
    """Spell a pre-release as Python's tools normalise it: uv calls its lock outdated otherwise."""
    names = {"alpha": "a", "beta": "b", "rc": "rc"}
    return _PEP_440.sub(lambda match: names[match[1]] + match[2], version)
