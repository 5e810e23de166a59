"""Markdown within GitHub's limits: long lines are shortened, then items at the end are counted, and both say so."""

import re

LONGEST_LINE = 500
"""Characters of a line that stays whole where there is too little room."""

_ROOM_FOR_POINTER = 200
_LINKS = re.compile(r" \(\[[^\]]*\]\([^)]*\)(?:, \[[^\]]*\]\([^)]*\))*\)$")
_BACKTICK = re.compile(r"(?<!\\)`")


def fitted(text: str, room: int, page: str) -> str:
    """The text in at most so many characters, and where the whole of it is; as it stands when there is room.

    Args:
        text: Markdown; its items are lines that begin with `- `.
        room: Characters; where it is less than 200, only the pointer is left.
        page: Address of the whole text.
    """
    if len(text) <= room:
        return text
    lines = "\n".join(map(_shorter, text.split("\n")))
    room = max(0, room - _ROOM_FOR_POINTER - len(page))
    if len(lines) <= room:
        return f"{lines}\n\nLines that were shortened (…) stand whole in [the changelog]({page})."
    kept = lines[:room].rpartition("\n")[0]
    left_out = sum(line.startswith("- ") for line in lines[len(kept) :].splitlines())
    return f"{kept}\n\n… and {left_out} more: [the whole changelog]({page})"


def _shorter(line: str) -> str:
    """The beginning of a long line and the links at its end; a code span that is cut is closed."""
    if len(line) <= LONGEST_LINE:
        return line
    links = _LINKS.search(line, len(line) - LONGEST_LINE)
    head = line[:LONGEST_LINE]
    word = head.rfind(" ", LONGEST_LINE // 2)
    head = head[:word] if word > 0 else head.rstrip("\\")
    closing = "`" if len(_BACKTICK.findall(head)) % 2 else ""
    return f"{head}{closing} …{links[0] if links else ''}"
