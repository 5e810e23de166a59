"""Versions in TOML, JSON and XML files, found by asking a real parser which text it reads at a path.

Writing these formats back loses what people wrote, and finding keys by pattern alone mistakes comments,
strings and other packages for the right one. So every text that could be the version is replaced by a
number, the result is parsed once, and the number that the parser then reports at the path tells where in
the original text its version stands.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from shipway.domain.file_edits.version_file import Span, VersionFile, ambiguous, line_of, unreadable

_MARK = "\ue000"  # a private-use character: valid in all three formats, expected in none
_NUMBERED = re.compile(f"v?{_MARK}([0-9]+){_MARK}")

# A text that does not begin like a version is none: a placeholder, or what a build puts in later.
_IN_TOML = re.compile(r"""version["']?[ \t]*=[ \t]*(["'])v?(?P<version>\d[^"'\\\r\n]*)\1""")
_IN_JSON = re.compile(r'"version"\s*:\s*"v?(?P<version>\d[^"\\]*)"')
_IN_XML = re.compile(r"<(version|revision)>\s*(?P<version>\d[^<]*?|\$\{revision\})\s*</\1>")

Places = Iterable[Sequence[Any]]
"""The values found at each path; a sequence of more than one means that the path was written twice."""


@dataclass(frozen=True, slots=True)
class _Format:
    name: str
    candidate: re.Pattern[str]
    parse: Callable[[str], object]


class _SyntaxError(ValueError):
    """Says why in words that do not name a column: the numbering moves columns, never lines."""

    def __init__(self, why: str, line: int | None) -> None:
        super().__init__(why)
        self.line = line


def _parse_toml(text: str) -> object:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        why, _, position = str(error).partition(" (at ")
        line = re.match(r"line (\d+)", position)
        raise _SyntaxError(why, int(line[1]) if line else text.count("\n") + 1) from error


def _parse_json(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_keep_twins)
    except json.JSONDecodeError as error:
        raise _SyntaxError(error.msg, error.lineno) from error


def _keep_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    versions = [value for key, value in pairs if key == "version"]
    return dict(pairs) | ({"version": versions} if len(versions) > 1 else {})


def _parse_xml(text: str) -> object:
    from xml.etree.ElementTree import ParseError  # noqa: PLC0415 - only for Maven

    from defusedxml import DefusedXmlException  # noqa: PLC0415 - only for Maven
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415 - only for Maven

    try:
        root = fromstring(text, forbid_dtd=True)
    except ParseError as error:
        raise _SyntaxError(str(error).partition(":")[0], error.position[0]) from error
    except DefusedXmlException as error:
        raise _SyntaxError("document type declarations are not allowed", None) from error
    paths = {"version": "{*}version", "revision": "{*}properties/{*}revision"}
    return {name: [element.text for element in root.findall(path)] for name, path in paths.items()}


_TOML = _Format("TOML", _IN_TOML, _parse_toml)
_JSON = _Format("JSON", _IN_JSON, _parse_json)
_XML = _Format("XML", _IN_XML, _parse_xml)


def _locate(
    file: VersionFile, text: str, language: _Format, pick: Callable[[object], Places]
) -> tuple[Span, ...]:
    candidates = [match.span("version") for match in language.candidate.finditer(text)]
    numbered = replace(text, candidates, lambda index: f"{_MARK}{index}{_MARK}")
    document = _parsed(file.path, numbered.removeprefix("\ufeff"), language)
    spans = []
    for values in pick(document):
        found = [candidates[int(match[1])] for value in values if (match := _number(value))]
        if len(found) > 1:
            fix = "Keep one of them and delete the others."
            raise ambiguous(file.path, [line_of(text, start) for start, _ in found], fix)
        spans += found
    return tuple(sorted(spans))


def _parsed(path: str, text: str, language: _Format) -> object:
    fix = "Correct the file and run the command again."
    try:
        return language.parse(text)
    except _SyntaxError as error:
        raise unreadable(path, error.line, f"not valid {language.name}: {error}", fix) from error
    except RecursionError as error:
        raise unreadable(path, None, f"not valid {language.name}: nested too deeply", fix) from error


def _number(value: object) -> re.Match[str] | None:
    return _NUMBERED.fullmatch(value.strip()) if isinstance(value, str) else None


def replace(text: str, spans: Sequence[Span], by: Callable[[int], str]) -> str:
    """Return the text with each span, in ascending order, replaced by the result for its index."""
    pieces, end = [], 0
    for index, (start, stop) in enumerate(spans):
        pieces += [text[end:start], by(index)]
        end = stop
    return "".join([*pieces, text[end:]])


def at(document: object, *path: str) -> list[Any]:
    """Return what stands at a path of keys: nothing, one value, or all of a list."""
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, list) else [] if document is None else [document]


def pyproject(file: VersionFile, text: str) -> tuple[Span, ...]:
    """Find ``[project] version`` and ``[tool.poetry] version``."""
    return _locate(
        file, text, _TOML, lambda doc: (at(doc, "project", "version"), at(doc, "tool", "poetry", "version"))
    )


def cargo(file: VersionFile, text: str) -> tuple[Span, ...]:
    """Find ``[package] version`` and ``[workspace.package] version``."""
    return _locate(
        file,
        text,
        _TOML,
        lambda doc: (at(doc, "package", "version"), at(doc, "workspace", "package", "version")),
    )


def toml_lock(file: VersionFile, text: str) -> tuple[Span, ...]:
    """Find our own entries in uv.lock, poetry.lock and Cargo.lock: by name, and not from a registry."""
    names = {canonical(name) for name in file.packages}

    def own(document: object) -> Places:
        entries = [entry for entry in at(document, "package") if isinstance(entry, dict)]
        for name in sorted(names):
            yield [entry.get("version") for entry in entries if _is_own(entry, name)]

    return _locate(file, text, _TOML, own)


def _is_own(entry: dict[str, Any], name: str) -> bool:
    """Cargo leaves ``source`` out for local packages, uv and poetry name a directory."""
    source = entry.get("source", {})
    local = isinstance(source, dict) and not source.keys() & {"registry", "git", "reference"}
    return local and isinstance(entry.get("name"), str) and canonical(entry["name"]) == name


def canonical(name: str) -> str:
    """Return a package name in the one spelling that Python's and Rust's tools treat as equal."""
    return re.sub(r"[-_.]+", "-", name).lower()


def package_json(file: VersionFile, text: str) -> tuple[Span, ...]:
    """Find the top-level ``version``."""
    return _locate(file, text, _JSON, lambda doc: (at(doc, "version"),))


def package_lock(file: VersionFile, text: str) -> tuple[Span, ...]:
    """Find the version of the root package; npm 7 and later write it twice."""
    return _locate(file, text, _JSON, lambda doc: (at(doc, "version"), at(doc, "packages", "", "version")))


def pom(file: VersionFile, text: str) -> tuple[Span, ...]:
    """Find ``project/version``, or ``project/properties/revision`` where the version is ``${revision}``."""
    spans = _locate(file, text, _XML, lambda doc: (at(doc, "version"),))
    if any(text[start:stop] == "${revision}" for start, stop in spans):
        return _locate(file, text, _XML, lambda doc: (at(doc, "revision"),))
    return spans
