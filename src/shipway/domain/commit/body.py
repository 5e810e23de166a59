"""Cut a message's body into its changes, their notes and footers (rules 4 to 8)."""

import re
from collections.abc import Sequence

from shipway.domain.commit.change import Rules
from shipway.domain.commit.footers import BREAKING, footer_lines
from shipway.domain.commit.header import Header, read_header
from shipway.domain.commit.shields import Shield

_ITEM = re.compile(r" ?[*-][ \t]+(?=[A-Za-z0-9])")
_NAMING = re.compile(r"(?:this )?reverts |refs?: |release-as:", re.IGNORECASE)
_RULER = re.compile(r"-{3,}[ \t]*$")


class Draft:
    """A change while its lines are being collected."""

    __slots__ = ("body", "footers", "header", "notes", "rules")

    def __init__(self, header: Header | None, rules: tuple[int, ...] = ()) -> None:
        self.header = header
        self.rules = rules
        self.body: list[str] = []
        self.notes: list[list[str]] = []
        self.footers: list[str] = []


def split_changes(
    header: Header | None, lines: Sequence[str], shields: Sequence[Shield], rules: Rules, *, quiet: bool
) -> list[Draft]:
    """The changes of a message; the first is the header's own, without one when that is prose.

    Args:
        header: What the first line says.
        lines: The body.
        shields: What each line of it may say.
        rules: Which types count in a body.
        quiet: Whether a dependency bot wrote it, so that it holds no further changes.
    """
    drafts = [Draft(header)]
    target = drafts[0].body
    footers = footer_lines(lines)
    for index, line in enumerate(lines):
        shield, draft = shields[index], drafts[-1]
        if not (index in footers or _tells(line)) or not _counts(shield, quiet=quiet):
            target.append(line)
        elif found := BREAKING.match(line):
            target = [found[1]]
            draft.notes.append(target)
        elif shield is Shield.OPEN and not quiet and (inner := _change_at(lines, index, rules)):
            drafts.append(Draft(inner, (7,)))
            target = drafts[-1].body
        elif index in footers:
            target = draft.footers
            target.append(line)
        elif _RULER.match(line):
            target = draft.body
        else:
            target.append(line)
    return drafts


def _tells(line: str) -> bool:
    """Whether a line can be more than text by itself: a note, a header or a ruler; quickly, as most cannot."""
    return ":" in line or "BREAKING" in line or line.startswith("---")


def _counts(shield: Shield, *, quiet: bool) -> bool:
    """Whether a line may be more than text: a bot's quotations never are."""
    return shield is Shield.OPEN or (shield is Shield.QUOTED and not quiet)


def naming_lines(lines: Sequence[str], shields: Sequence[Shield], *, quiet: bool) -> list[str]:
    """The lines that may name what the commit takes back, or the version that it forces."""
    found = ((line, shields[index]) for index, line in enumerate(lines) if _NAMING.match(line))
    return [line for line, shield in found if _counts(shield, quiet=quiet)]


def _change_at(lines: Sequence[str], index: int, rules: Rules) -> Header | None:
    """The change that begins at a line: as a list item, or as the first line of a paragraph."""
    line = lines[index]
    if item := _ITEM.match(line):
        line = line[item.end() :]
    elif index and lines[index - 1].strip() and not _RULER.match(lines[index - 1]):
        return None
    header = read_header(line)
    if header is None:
        return None
    known = header.type in rules.levels or header.type in rules.known
    return header if known or header.scope or header.breaking else None
