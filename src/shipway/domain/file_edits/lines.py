"""Versions in files that are read line by line: YAML charts, properties, Python, plain text, marked lines."""

import re

from shipway.domain.file_edits.version_file import Span, VersionFile, ambiguous, line_of, unreadable

# A release number with an optional pre-release and build, as semver.org writes it.
_VERSION = r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]*[0-9A-Za-z])?(?:\+[0-9A-Za-z.-]*[0-9A-Za-z])?"
_ANYWHERE = re.compile(rf"(?<![\w.])v?(?P<version>{_VERSION})(?![\w])")
_END = r"[ \t]*(?:#.*)?\r?$"

# A root key of a YAML mapping stands in the first column, and nothing else can.
_CHART_KEYS = tuple(
    re.compile(rf"""^["']?{key}["']?[ \t]*:[ \t]+(["']?)v?(?P<version>\d[^\s"'#]*)\1{_END}""", re.MULTILINE)
    for key in ("version", "appVersion")
)
_GRADLE = re.compile(
    r"^[ \t]*(?:version|VERSION_NAME)[ \t]*[=:][ \t]*(?P<version>\d[^\s#]*)[ \t]*\r?$", re.MULTILINE
)
_PYTHON = re.compile(
    r"""^__version__[ \t]*(?::[ \t]*[\w.\[\]]+[ \t]*)?=[ \t]*(["'])v?(?P<version>\d[^"'\\\n]*)\1""",
    re.MULTILINE,
)
_PLAIN = re.compile(r"\A\ufeff?\s*v?(?P<version>\d\S*)\s*\Z")

MARKER = "x-shipway-version"
_MARKED = re.compile(rf"^.*\b(?:{MARKER}|x-release-please-version)\b.*$", re.MULTILINE)
_START = r"(?:shipway:start-version|x-release-please-start-version)\b"
_END_OF_BLOCK = r"(?:shipway:end-version|x-release-please-end)\b"
_BLOCK = re.compile(_START + rf".*\n(?P<block>(?s:.*?))^.*{_END_OF_BLOCK}", re.MULTILINE)
# What may follow a version with a hyphen and still belong to it; `-alpine` of an image tag does not.
_PRERELEASE = re.compile(
    r"[^-+]+(-(a|alpha|b|beta|c|rc|dev|pre|preview|snapshot|next|canary|nightly|edge|m|\d)\b.*)?(\+.*)?",
    re.IGNORECASE,
)


def chart(file: VersionFile, text: str) -> tuple[Span, ...]:
    """Find ``version`` and, where it is there, ``appVersion`` of a Helm chart."""
    return tuple(sorted(span for key in _CHART_KEYS for span in _once(file, text, key)))


def gradle(file: VersionFile, text: str) -> tuple[Span, ...]:
    """Find ``version=`` (or ``VERSION_NAME=``) in gradle.properties."""
    return _once(file, text, _GRADLE)


def python(file: VersionFile, text: str) -> tuple[Span, ...]:
    """Find the ``__version__ = "…"`` of a module."""
    return _once(file, text, _PYTHON)


def plain(file: VersionFile, text: str) -> tuple[Span, ...]:
    """Find the version in a file that holds nothing else."""
    return _once(file, text, _PLAIN)


def pattern(file: VersionFile, text: str) -> tuple[Span, ...]:
    """Find the group ``version`` of the file's own regular expression.

    Raises:
        InputError: The expression is wrong, has no such group, or matches more than once.
    """
    try:
        expression = re.compile(file.pattern, re.MULTILINE)
    except re.error as error:
        raise unreadable(
            file.path, None, f"the pattern {file.pattern!r} is wrong: {error}", "Correct the pattern."
        ) from error
    if "version" not in expression.groupindex:
        fix = r"Name the version in it, such as `app:(?P<version>[\w.+-]+)`."
        raise unreadable(file.path, None, f"the pattern {file.pattern!r} has no group named `version`", fix)
    # `$` is to match at the end of a line that ends in CRLF, and no position may move.
    return _once(file, text.replace("\r\n", "\n\n"), expression)


def _once(file: VersionFile, text: str, expression: re.Pattern[str]) -> tuple[Span, ...]:
    spans = tuple(match.span("version") for match in expression.finditer(text))
    if len(spans) > 1:
        fix = "Keep one of them, or mark the lines to change with `x-shipway-version`."
        raise ambiguous(file.path, [line_of(text, start) for start, _ in spans], fix)
    return spans


def marker(file: VersionFile, text: str) -> tuple[Span, ...]:
    """Find the one version of each marked line, and the same version throughout each marked block.

    The marks of release-please are understood like ours, so that files which it kept need no change.

    Raises:
        InputError: A marked place has no version, or more than one that could be meant.
    """
    spans: list[Span] = []
    for match in _MARKED.finditer(text):
        spans += _versions_between(file, text, match.span(), several=False)
    for start in re.finditer(_START, text):
        block = _BLOCK.match(text, start.start())
        if not block:
            fix = "Write `shipway:end-version` on a line after it."
            raise unreadable(file.path, line_of(text, start.start()), "the block is not ended", fix)
        spans += _versions_between(file, text, block.span("block"), several=True)
    return tuple(sorted(set(spans)))


def _versions_between(file: VersionFile, text: str, place: Span, *, several: bool) -> list[Span]:
    matches = list(_ANYWHERE.finditer(text, *place))
    line = line_of(text, place[0])
    if not matches:
        raise unreadable(
            file.path, line, "marked, but no version such as 1.2.3 stands there", "Remove the marker."
        )
    if len(matches) > 1 and not (several and len({match["version"] for match in matches}) == 1):
        found = ", ".join(match["version"] for match in matches)
        fix = "Mark only the line, or put into the block only the version, that is yours."
        raise unreadable(file.path, line, f"marked, but several versions stand there: {found}", fix)
    if not _PRERELEASE.fullmatch(matches[0]["version"]):
        fix = r"Say with a pattern which part it is, such as `app:(?P<version>[\d.]+)-alpine`."
        raise unreadable(file.path, line, f"`{matches[0]['version']}` may be more than the version", fix)
    return [match.span("version") for match in matches]
