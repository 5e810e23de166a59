"""The same reading of messages that most are, in a tenth of the time.

A message whose first line says everything is read here; one whose body could hold more is left to
`read_message`, which alone decides. Tests hold the two against each other.
"""

import re

from shipway.domain.bump import Level
from shipway.domain.commit.change import Change, Rules
from shipway.domain.commit.header import HEADER

_NONE = Level.NONE
PROSE = ""
"""Stands for a message that is not conventional."""

_AT_LINE_START = (
    r" ?[*-][ \t]",
    r"BREAKING[ -]CHANGE",
    r"BEGIN_",
    r"commit [0-9a-f]",
    r"(?i:this reverts |reverts |release-as:)",
    r"[A-Za-z0-9-]+(?:\([^()\n]+\)!?|!):",
)
_OTHER_TITLE = re.compile(r"[ \t\n\ufeff\u00a0\u2000-\u200a\u202f\u205f\u3000]|Re(?:vert|apply) |Merge")


class QuickReader:
    """Reads messages whose first line says everything.

    Args:
        rules: What types mean.
        wanted: Types whose changes are kept besides those that ask for a release; None keeps all.
    """

    def __init__(self, rules: Rules, wanted: frozenset[str] | None = None) -> None:
        types = "|".join(re.escape(kind) for kind in sorted({*rules.levels, *rules.known}))
        self._more = re.compile(r"\n(?:" + "|".join((*_AT_LINE_START, f"(?i:{types}):")) + ")").search
        self._levels = {kind: level for kind, level in rules.levels.items() if kind != "revert"}
        self._wanted = wanted

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
        if "\r" in text or self._more(text):
            return None
        found = HEADER.match(title)
        if not found:
            return None if _OTHER_TITLE.match(text) else PROSE
        kind, scope, bang, description = found.groups()
        if bang or kind not in self._levels:
            kind = kind.lower()
            if bang or kind == "revert":
                return None
        if scope is None:
            scope = ""
        elif not (scope := scope.strip()):
            return None
        level = self._levels.get(kind, _NONE)
        if level is _NONE and self._wanted is not None and kind not in self._wanted:
            return kind
        number = None
        description = description.rstrip()
        if description[-1] == ")":
            if not (cut := _number(description)):
                return None
            description, number = cut
        footers = text[len(title) + 1 :].strip() if len(text) > len(title) + 1 else ""
        return Change(kind, description, level, scope, pull_request=number, sha=sha, footers=footers)


def _number(description: str) -> tuple[str, int | None] | None:
    """Split ` (#12)` off; None where that is not plainly so."""
    rest, mark, number = description.rpartition(" (#")
    number = number[:-1]
    if mark and number.isdecimal() and number.isascii() and len(number) < 10:
        return rest.rstrip(), int(number)
    return None if mark or "#" in number or "gh-" in number.lower() else (description, None)
