"""Messages of dependency bots, whose bodies quote other projects (rule 8)."""

import re

_AUTHOR = re.compile(
    r"\b(?:dependabot|renovate|greenkeeper|snyk|pyup|depfu|scala-steward|pre-commit-ci)\b", re.IGNORECASE
)
_TRAILER = re.compile(r"\nSigned-off-by: (?:dependabot|renovate)\b", re.IGNORECASE)  # `^` takes much longer
_TYPES = frozenset({"build", "ci", "chore"})
_VERB = re.compile(r"(?:bump|update|upgrade)s?\b(?! version\b)", re.IGNORECASE)
_TARGET = re.compile(r"\b(?:from|to) v?\d|\bgroup\b.*\bupdates?\b", re.IGNORECASE)
_DEPENDENCY = re.compile(r"deps\b|dependenc(?:y|ies)\b", re.IGNORECASE)


def is_dependency_bot(author: str) -> bool:
    """Whether a name or an address is one of a known dependency bot."""
    return _AUTHOR.search(author) is not None


def announces_update(kind: str, scope: str, description: str) -> bool:
    """Whether a header says that a dependency got a new version, whoever wrote it."""
    if kind not in _TYPES or not _VERB.match(description):
        return False
    return bool(_DEPENDENCY.match(scope) or _DEPENDENCY.search(description) or _TARGET.search(description))


def is_signed_by_bot(body: str) -> bool:
    """Whether the trailers say that a dependency bot wrote the message."""
    return _TRAILER.search(f"\n{body}") is not None
