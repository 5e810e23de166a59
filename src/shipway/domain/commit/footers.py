"""Footers at the end of a message, and the references in them (rule 6)."""

import re
from collections.abc import Iterable, Sequence

_TICKET = r"[A-Z][A-Z0-9]{1,9}-[0-9]{1,9}\b"
_REFERENCE = rf"(?:[\w.-]{{1,100}}/[\w.-]{{1,100}})?\#[0-9]{{1,10}}\b|{_TICKET}|[gG][hH]-[0-9]{{1,10}}\b"
_REFERENCES = re.compile(rf"(?<![\w./#&-])(?:{_REFERENCE})", re.ASCII)
_IN_HEADER = re.compile(
    rf"(?<![\w./#&-])(?:(?:[\w.-]{{1,100}}/[\w.-]{{1,100}})?\#[0-9]{{1,10}}\b|gh-[0-9]{{1,10}}\b"
    rf"|(?<=[\[(]){_TICKET}(?=[\])]))",
    re.ASCII,
)
_URL = re.compile(r"\b[A-Za-z]{1,12}://\S+", re.ASCII)
_KEYWORD = rf"(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?|refs?|references|see|relates to)[ \t]+(?:{_REFERENCE})"
_TOKEN = re.compile(rf"(?:[A-Za-z][\w-]*(?:: |:$| \#(?=\S))|(?i:{_KEYWORD}))", re.ASCII)
_ALWAYS = re.compile(rf"(?:[A-Za-z][A-Za-z-]{{0,60}}-[Bb]y: |(?i:{_KEYWORD}))", re.ASCII)
BREAKING = re.compile(r"(?:[*-][ \t]+)?BREAKING[ -]CHANGE(?::|(?= #))[ \t]*(.*)")


def footer_lines(lines: Sequence[str]) -> set[int]:
    """Indexes of the lines that begin a footer.

    Footers stand in the last blocks of a message, each line a token or the indented continuation of one.
    Sign-offs and closing words with a reference are footers wherever a line begins with them.
    """
    found = {index for index, line in enumerate(lines) if _ALWAYS.match(line)}
    end = len(lines)
    while end:
        start = _block_start(lines, end)
        if start < end and not _is_footer_block(lines[start:end]):
            break
        found.update(index for index in range(start, end) if _TOKEN.match(lines[index]))
        end = max(start - 1, 0)
    return found


def _block_start(lines: Sequence[str], end: int) -> int:
    start = end
    while start and lines[start - 1].strip():
        start -= 1
    return start


def _is_footer_block(block: Sequence[str]) -> bool:
    first, *rest = block
    return bool(_TOKEN.match(first) or BREAKING.match(first)) and all(
        line[0] in " \t" or _TOKEN.match(line) or BREAKING.match(line) for line in rest
    )


def references(text: str, header: str = "", scope: str = "", known: Sequence[str] = ()) -> tuple[str, ...]:
    """Tickets and pull requests, each once, in the order in which they are named.

    Args:
        text: A body, or the end of one; every reference in its footers counts.
        header: Header text; here tickets count only in brackets, as `UTF-8` looks like one.
        scope: The header's scope; a ticket when it is nothing else.
        known: References that come first.
    """
    found = [*known, *([scope] if re.fullmatch(_TICKET, scope) else [])]
    if "#" in header or "-" in header:
        found += _IN_HEADER.findall(_URL.sub(" ", header))
    for line in _footers(text.split("\n") if text else []):
        found += _REFERENCES.findall(_URL.sub(" ", line))
    return tuple(dict.fromkeys(found))


def _footers(lines: Sequence[str]) -> Iterable[str]:
    """The lines of all footers, with the indented lines that continue them."""
    starts, inside = footer_lines(lines), False
    for index, line in enumerate(lines):
        inside = index in starts or (inside and line[:1] in {" ", "\t"})
        if inside:
            yield line
