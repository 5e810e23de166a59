"""Globs over paths of a repository: `**` stands for any folders, `*` for any name, `?` for one character."""

import re
from collections.abc import Iterable
from functools import cache

_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
_MEANING = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def matching(paths: Iterable[str], globs: Iterable[str]) -> tuple[str, ...]:
    """The paths that one of the globs stands for, in order."""
    patterns = [_pattern(glob) for glob in globs]
    return tuple(sorted(path for path in paths if any(one.fullmatch(path) for one in patterns)))


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    parts = _PARTS.findall(re.sub(r"(\*\*/)+", "**/", glob))
    return re.compile("".join(_MEANING.get(part) or re.escape(part) for part in parts), re.DOTALL)
