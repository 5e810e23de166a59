"""The same reading of messages that most are, in a tenth of the time.

A message whose first line says everything is read here; one whose body could hold more is left to
`read_message`, which alone decides. Tests hold the two against each other.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from shipway.domain.bump import Level
from shipway.domain.commit.change import Change, Rules
from shipway.domain.commit.header import HEADER, read_header

PROSE = ""
"""Stands for a message that is not conventional."""

_AT_LINE_START = r"BEGIN_|commit [0-9a-f]|(?i:this reverts |reverts |release-as:)"
_ITEM = r"(?: ?[*-][ \t]+)?"
_WORD = r"[A-Za-z0-9-]++"
_OTHER_TITLE = re.compile(
    r"[ \t\n\ufeff\u00a0\u2000-\u200a\u202f\u205f\u3000]|Re(?:vert|apply) |Merge pull request #"
)


class QuickReader:
    """Reads messages whose first line says everything.

    Args:
        rules: What types mean.
        wanted: Types whose changes are kept besides those that ask for a release; None keeps all.
    """

    def __init__(self, rules: Rules, wanted: frozenset[str] | None = None) -> None:
        types = "|".join(re.escape(kind) for kind in sorted({*rules.levels, *rules.known}))
        header = rf"(?={_WORD}[(!:])(?:{_WORD}(?:\([^()\n]+\)!?|!)|(?i:{types})):"
        self._more = re.compile(rf"\n(?:{_AT_LINE_START}|{_ITEM}(?:BREAKING[ -]CHANGE|{header}))").search
        self._rules = rules
        self._wanted = wanted
        self._head = lru_cache(maxsize=1024)(self._read_head)

    def read(self, text: str, title: str, sha: str) -> Change | str | None:
        """Read a message.

        Args:
            text: All of it.
            title: Its first line.
            sha: The commit.

        Returns:
            Its only change; its type when that is not wanted, `PROSE` when there is none, and None when it
            takes more to tell.
        """
        footers = text[len(title) + 1 :]
        if footers and ("\r" in text or self._more(text)):
            return None
        if ":" not in title:
            return None if _OTHER_TITLE.match(text) else PROSE
        before, colon, description = title.partition(": ")
        head, description = self._head(before) if colon else None, description.strip()
        if not (head and description):
            return None if HEADER.match(title) or _OTHER_TITLE.match(text) else PROSE
        if not head.wanted:
            return head.type
        number = None
        if description[-1] == ")":
            if not (cut := _number(description)):
                return None
            description, number = cut
        if footers:
            footers = footers.strip()
        return Change(
            head.type, description, head.level, head.scope, pull_request=number, sha=sha, footers=footers
        )

    def _read_head(self, text: str) -> "_Head | None":
        """What stands before the colon; few differ, so that each is read once. None where it takes more to tell."""
        header = read_header(f"{text}: x")
        if not header or header.description != "x" or header.breaking or header.type == "revert":
            return None
        level = self._rules.level(header.type)
        wanted = level > Level.NONE or self._wanted is None or header.type in self._wanted
        return _Head(header.type, header.scope, level, wanted)


class _Head(NamedTuple):
    """Type and scope of a header, what they ask for, and whether changes with them are kept."""

    type: str
    scope: str
    level: Level
    wanted: bool


def _number(description: str) -> tuple[str, int | None] | None:
    """Split ` (#12)` off; None where that is not plainly so."""
    rest, mark, number = description.rpartition(" (#")
    number = number[:-1]
    if mark and number.isdecimal() and number.isascii() and len(number) < 10:
        return rest.rstrip(), int(number)
    return None if mark or "#" in number or "gh-" in number.lower() else (description, None)
