"""Which lines of a body only quote or show something, so that they say nothing about the commit (rules 4, 8)."""

import re
from collections.abc import Iterator, Sequence
from enum import IntEnum

_FENCE = re.compile(r"[ \t]*(`{3,}(?=[^`]*$)|~{3,})")
_TITLE = r"(?:#{1,6}[ \t]+|\*\*|__)?(?:release notes|changelog|commits)"
_HEADING = re.compile(rf"{_TITLE}(?:\*\*|__)?[ \t]*:?(?:\*\*|__)?[ \t]*$", re.IGNORECASE)
_RULER = re.compile(r"-{3,}[ \t]*$")
_HTML = re.compile(r"<(/?)(blockquote|details|div|ol|pre|summary|table|ul)\b", re.IGNORECASE)
_ANY = re.compile(rf"\n(?:[ \t]*(?:`{{3}}|~{{3}})|[<>]|-{{3}}|{_TITLE})", re.IGNORECASE)


class Shield(IntEnum):
    """How far a line is kept from being read as more than text."""

    OPEN = 0
    QUOTED = 1  # by a dependency bot or in HTML: holds no further changes
    LITERAL = 2  # in a code fence or a Markdown quote: holds nothing at all


def shields(lines: Sequence[str]) -> list[Shield]:
    """The shield of each line of a body."""
    if not _ANY.search("\n".join(["", *lines])):
        return [Shield.OPEN] * len(lines)
    quoted = _quoted(lines)
    return [
        Shield.LITERAL if literal else Shield.QUOTED if bot else Shield.OPEN
        for literal, bot in zip(_literal(lines), quoted, strict=True)
    ]


def _literal(lines: Sequence[str]) -> Iterator[bool]:
    fence = ""
    for line in lines:
        found = _FENCE.match(line)
        if fence:
            yield True
            if found and found[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif found:
            fence = found[1]
            yield True
        else:
            yield line.startswith(">")


def _quoted(lines: Sequence[str]) -> Iterator[bool]:
    rulers = _between_rulers(lines)
    depth, heading, comment = 0, False, False
    for line, ruled in zip(lines, rulers, strict=True):
        heading = heading or _HEADING.match(line) is not None
        comment = comment or line.startswith("<!--")
        inside = depth > 0
        for closing, _ in _HTML.findall(line) if inside or line.startswith("<") else ():
            depth = max(0, depth - 1) if closing else depth + 1
        yield heading or comment or ruled or inside or depth > 0
        comment = comment and "-->" not in line


def _between_rulers(lines: Sequence[str]) -> list[bool]:
    """Lines between one `---` and the next, or the `...` that ends YAML; a lone one quotes nothing."""
    result = [False] * len(lines)
    start = -1
    for index, line in enumerate(lines):
        if start >= 0 and (_RULER.match(line) or line.rstrip() == "..."):
            result[start : index + 1] = [True] * (index + 1 - start)
            start = -1
        elif _RULER.match(line):
            start = index
    return result
