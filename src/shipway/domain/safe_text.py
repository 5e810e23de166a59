"""Text of strangers, made harmless for Markdown on GitHub and for workflow logs."""

import re

from shipway.domain.scrubbing import scrubbed

_WORD = r"[A-Za-z0-9,.;()'\"/+%?^=#:-]{0,14}+"  # shorter than any secret that is one word without an `@`
_HARMLESS = re.compile(rf"(?:(?=[A-Za-z]){_WORD}(?: {_WORD})*+)?")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
_CODE = re.compile(r"(?<!`)(`[^`]+`)(?!`)")
_MENTION = re.compile(r"(?<!\w)@(?=\w)")
_ENTITY = re.compile(r"&(?=#?\w{1,40};)")
_MARKS = re.compile(r"([\\`*\[\]~|$]|(?<![^\W_])_|_(?![^\W_]))")
_BLOCK = re.compile(r"(?:[#>+=-]|::)|(\d+)([.)])")
_IN_CODE = re.compile(r"##(?=\[)|<!(?=--)")
_ITEM = re.compile(r"\s*[*-] +")
ZERO_WIDTH = "\u200b"


def visible(text: str) -> str:
    """The text without characters that nobody sees, in which words for programs hide."""
    return _INVISIBLE.sub("", text)


def safe_line(text: str) -> str:
    """Text as one line that Markdown shows as it stands, without what has the shape of a secret.

    Mentions do not ping, HTML and links are shown instead of taking effect, nothing begins a heading, list or
    quote, no workflow command runs, and control and direction characters are gone. Code spans stay code, but for
    what also counts in code: old workflow commands in a log, and comments for programs that look for theirs.
    """
    if _HARMLESS.fullmatch(text):
        return text
    text = scrubbed(_INVISIBLE.sub("", text.replace("\n", " ").replace("\t", " "))).strip()
    parts = _CODE.split(text)
    parts[::2] = [_escaped(part) for part in parts[::2]]
    parts[1::2] = [_IN_CODE.sub(rf"\g<0>{ZERO_WIDTH}", code) for code in parts[1::2]]
    line = "".join(parts)
    found = _BLOCK.match(line)
    if not found:
        return line
    if found[1]:
        return f"{found[1]}\\{line[len(found[1]) :]}"
    return f":{ZERO_WIDTH}{line[1:]}" if line.startswith("::") else f"\\{line}"


def safe_cell(text: str) -> str:
    """Text as `safe_line` makes it, for a table: its cells end at bars in code too, so there is no code."""
    return safe_line(text.replace("`", "'"))


def safe_lines(text: str) -> str:
    """Text of several lines, each made harmless; list items stay list items."""
    lines: list[str] = []
    for line in scrubbed(text).split("\n"):  # as a whole, since keys have several
        item = _ITEM.match(line)
        lines.append(f"- {safe_line(line[item.end() :])}" if item else safe_line(line.strip()))
    return "\n".join(lines)


def _escaped(text: str) -> str:
    text = _MARKS.sub(r"\\\1", text)
    text = _ENTITY.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
    return _MENTION.sub(f"@{ZERO_WIDTH}", text)
