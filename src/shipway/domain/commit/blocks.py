"""Whole messages inside a message: nested commits, overrides, and git's squash template (rule 7)."""

import re
from collections.abc import Sequence

_BEGIN, _END = "BEGIN_NESTED_COMMIT", "END_NESTED_COMMIT"
_OVERRIDE, _OVERRIDE_END = "BEGIN_COMMIT_OVERRIDE", "END_COMMIT_OVERRIDE"
_COMMIT = re.compile(r"commit [0-9a-f]{7,64}[ \t]*$")
_ANY = re.compile(rf"\n(?:{_BEGIN}|commit [0-9a-f]{{7}})")  # `^` takes ten times as long
_INDENT = "    "


def override(body: str) -> list[str] | None:
    """The lines that stand in for the whole message, when somebody corrected it afterwards."""
    if _OVERRIDE not in body:
        return None
    lines = body.split("\n")
    marks = [line.rstrip() for line in lines]
    if _OVERRIDE not in marks:
        return None
    start = marks.index(_OVERRIDE) + 1
    end = marks.index(_OVERRIDE_END, start) if _OVERRIDE_END in marks[start:] else len(marks)
    return lines[start:end]


def take_blocks(body: str) -> tuple[list[str], list[list[str]]]:
    """Separate the messages inside from the lines around them, which stay in place as blank lines."""
    lines = body.split("\n")
    if not _ANY.search(f"\n{body}"):
        return lines, []
    return _taken(lines)


def _taken(lines: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    outer: list[str] = []
    blocks: list[list[str]] = []
    inside = ""
    for line in lines:
        mark = line.rstrip()
        if mark == _BEGIN or (inside != _BEGIN and _COMMIT.match(line)):
            inside = _BEGIN if mark == _BEGIN else "commit"
            blocks.append([])
        elif inside == _BEGIN and mark != _END:
            blocks[-1].append(line)
        elif inside == "commit" and (not mark or line.startswith(_INDENT)):
            blocks[-1].append(line[len(_INDENT) :])
        elif inside == _BEGIN or (inside and not _about_commit(line)):
            inside = ""
            outer.append("" if mark == _END else line)
            continue
        else:
            outer.append("" if inside else line)
            continue
        outer.append("")
    return outer, blocks


def _about_commit(line: str) -> bool:
    """`Author: …` and the like, between `commit <sha>` and its message."""
    return line.startswith(("Author:", "AuthorDate:", "Commit:", "CommitDate:", "Date:", "Merge:"))
