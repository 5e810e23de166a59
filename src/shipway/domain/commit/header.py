"""The header line `type(scope)!: description` (rules 1 and 3), and titles that are not one (9 and 10)."""

import re
from typing import NamedTuple

HEADER = re.compile(
    r"(?P<type>[A-Za-z0-9][A-Za-z0-9-]*)(?:\((?P<scope>[^()\n]+)\))?(?P<bang>!)?:\s*(?P<description>\S.*)"
)
_NUMBER = re.compile(r"\((?:#|gh-)(\d{1,10})\)$", re.ASCII | re.IGNORECASE)
_REVERT = re.compile(r'(Revert|Reapply) "(.*)"')
_PULL_REQUEST = re.compile(r"Merge pull request #(\d{1,10}) from \S", re.ASCII)
_MERGE = re.compile(
    r"Merge (?:(?:remote-tracking )?branch(?:es)?|tags?|commits?|pull request|remote|[0-9a-f]{7,64} into)\b"
    r"|Merged (?:in|PR \d+)\b",
    re.ASCII,
)
_UNFINISHED = re.compile(r"(?:fixup|squash|amend)!")


class Header(NamedTuple):
    """The parts of a header line, without surrounding space; the type in lower case."""

    type: str
    scope: str
    breaking: bool
    description: str


def read_header(line: str) -> Header | None:
    """The parts of a line, or None when it is not a header."""
    found = HEADER.match(line)
    if not found:
        return None
    kind, scope, bang, description = found.groups()
    if scope is not None and not (scope := scope.strip()):
        return None
    return Header(kind.lower(), scope or "", bang is not None, description.rstrip())


def split_number(text: str) -> tuple[str, int | None]:
    """Take the pull request number that GitHub appends, ` (#12)`, off a title."""
    found = _NUMBER.search(text, max(0, len(text) - 40)) if text.endswith(")") else None
    return (text[: found.start()].rstrip(), int(found[1])) if found else (text, None)


def reverted_title(line: str) -> str:
    """The title inside `Revert "…"` and, for a revert taken back, `Reapply "…"`; empty for other lines."""
    found = _REVERT.fullmatch(split_number(line)[0])
    if not found:
        return ""
    return found[2] if found[1] == "Revert" else f'Revert "{found[2]}"'


def merged_number(line: str) -> int | None:
    """The number in GitHub's title of a merge commit, `Merge pull request #5 from …`."""
    found = _PULL_REQUEST.match(line)
    return int(found[1]) if found else None


def is_merge(line: str) -> bool:
    """Whether a title is one that git and its hosts write for merges."""
    return _MERGE.match(line) is not None


def is_unfinished(line: str) -> bool:
    """Whether a title announces a commit that is to be folded into another one."""
    return _UNFINISHED.match(line) is not None
