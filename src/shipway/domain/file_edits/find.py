"""Find the version files of a repository from the list of its files."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from typing import Any

from shipway.domain.file_edits.edit import current_version, locate
from shipway.domain.file_edits.lines import MARKER
from shipway.domain.file_edits.structured import at, canonical
from shipway.domain.file_edits.version_file import Kind, VersionFile, not_found
from shipway.errors import InputError

Read = Callable[[str], str]

_MANIFESTS = {
    "pyproject.toml": Kind.PYPROJECT,
    "package.json": Kind.PACKAGE_JSON,
    "package-lock.json": Kind.PACKAGE_LOCK,
    "npm-shrinkwrap.json": Kind.PACKAGE_LOCK,
    "Cargo.toml": Kind.CARGO,
    "Chart.yaml": Kind.CHART,
    "pom.xml": Kind.POM,
    "gradle.properties": Kind.GRADLE,
    "VERSION": Kind.PLAIN,
}
_PYTHON_LOCKS = {"uv.lock": Kind.UV_LOCK, "poetry.lock": Kind.POETRY_LOCK}
_MODULES = ("__init__", "__about__", "__version__", "_version", "version")


def find_version_files(
    paths: Iterable[str], read: Read, directories: Iterable[str] = ("",)
) -> tuple[VersionFile, ...]:
    """Return the files that carry the version of the packages in the given directories.

    Args:
        paths: Every file of the repository, with forward slashes.
        read: Gives the text of one of them, with its line endings as they are.
        directories: Where to look; the root is the empty string.

    A file without a version (a private package.json, a lock without our own entry) is left out. A file that
    cannot be understood is kept, so that the edit says what is wrong with it.
    """
    known, read = frozenset(paths), cache(read)
    found = [file for directory in directories for file in _in_directory(directory.strip("/"), known, read)]
    return tuple(file for file in dict.fromkeys(found) if _may_carry(file, read))


def named_version_file(spec: str, paths: Iterable[str], read: Read) -> VersionFile:
    """Return the file that configuration names.

    Args:
        spec: A path; or a path, ``=~`` and a pattern with a group named ``version``, such as
            ``deploy/app.yaml =~ app:(?P<version>\\S+)``.
        paths: As for ``find_version_files``.
        read: As for ``find_version_files``.

    Raises:
        InputError: There is no such file, or nothing says where in it the version is.
    """
    path, _, pattern = (part.strip() for part in spec.partition("=~"))
    known = frozenset(paths)
    if path not in known:
        near = get_close_matches(path, known, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise InputError(
            f"The version file {path} is not in the repository.{hint}",
            "Correct `version-files` in the configuration, or add the file.",
            reason_code="version-file-missing",
        )
    if pattern:
        return VersionFile(path, Kind.PATTERN, pattern=pattern)
    found = find_version_files(known, read, [path.rpartition("/")[0]])
    by_content = (VersionFile(path, kind) for kind in (Kind.MARKER, Kind.PYTHON, Kind.PLAIN))
    candidates = (*(file for file in found if file.path == path), *by_content)
    file = next((file for file in candidates if _may_carry(file, read)), None)
    if file is None:
        raise not_found(path, f"`1.2.3` on a line with the comment `{MARKER}`")
    return file


def _may_carry(file: VersionFile, read: Read) -> bool:
    try:
        return bool(locate(file, read(file.path)))
    except InputError:
        return True


def _in_directory(directory: str, known: frozenset[str], read: Read) -> Iterator[VersionFile]:
    prefix = f"{directory}/" if directory else ""
    for name, kind in _MANIFESTS.items():
        if prefix + name in known:
            yield VersionFile(prefix + name, kind)
    if f"{prefix}pyproject.toml" in known:
        yield from _beside_pyproject(prefix, known, read)
    if f"{prefix}Cargo.toml" in known and f"{prefix}Cargo.lock" in known:
        yield VersionFile(f"{prefix}Cargo.lock", Kind.CARGO_LOCK, _cargo_packages(prefix, known, read))


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError:
        return {}


def _texts(document: dict[str, Any], *path: str) -> list[str]:
    return [value for value in at(document, *path) if isinstance(value, str)]


def _project_names(document: dict[str, Any]) -> list[str]:
    return (_texts(document, "project", "name") or _texts(document, "tool", "poetry", "name"))[:1]


def _beside_pyproject(prefix: str, known: frozenset[str], read: Read) -> Iterator[VersionFile]:
    text = read(f"{prefix}pyproject.toml")
    document = _toml(text)
    for name in _project_names(document):
        for lock, kind in _PYTHON_LOCKS.items():
            if prefix + lock in known:
                yield VersionFile(prefix + lock, kind, (name,))
    manifest = VersionFile(f"{prefix}pyproject.toml", Kind.PYPROJECT)
    try:
        static = current_version(manifest, text)
    except InputError:
        static = ""
    yield from _python_sources(prefix, document, static, known, read)


def _python_sources(
    prefix: str, document: dict[str, Any], static: str, known: frozenset[str], read: Read
) -> Iterator[VersionFile]:
    """Yield the module with ``__version__``: the source of a dynamic version, or a copy of a static one."""
    for path in _version_modules(document):
        file = VersionFile(prefix + path, Kind.PYTHON if path.endswith(".py") else Kind.PLAIN)
        if file.path not in known:
            continue
        text = read(file.path)
        if locate(file, text) and static in {"", current_version(file, text)}:
            yield file
            return


def _version_modules(document: dict[str, Any]) -> Iterator[str]:
    """Yield paths where the build backend, or else custom, puts the version."""
    yield from _texts(document, "tool", "hatch", "version", "path")
    yield from _texts(document, "tool", "pdm", "version", "path")
    yield from _texts(document, "tool", "setuptools", "dynamic", "version", "file")
    for attribute in _texts(document, "tool", "setuptools", "dynamic", "version", "attr"):
        module = attribute.rpartition(".")[0].replace(".", "/")
        yield from (f"{root}{module}{end}" for root in ("", "src/") for end in (".py", "/__init__.py"))
    for name in _project_names(document):
        package = canonical(name).replace("-", "_")
        yield from (f"{root}{package}/{module}.py" for root in ("src/", "") for module in _MODULES)
        yield from (f"src/{package}.py", f"{package}.py")


def _cargo_packages(prefix: str, known: frozenset[str], read: Read) -> tuple[str, ...]:
    """Return the crates whose version the manifest sets: its own, and those that inherit the workspace's."""
    documents = {
        path: _toml(read(path))
        for path in sorted(known)
        if re.fullmatch(rf"{re.escape(prefix)}(.+/)?Cargo\.toml", path)
    }
    root = f"{prefix}Cargo.toml"
    return tuple(
        name
        for path, document in documents.items()
        if path == root or at(document, "package", "version", "workspace") == [True]
        for name in _texts(document, "package", "name")
    )
