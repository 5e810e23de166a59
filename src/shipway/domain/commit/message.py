"""Read a commit message: the whole of it, into changes."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from shipway.domain.bump import Level
from shipway.domain.commit.blocks import override, take_blocks
from shipway.domain.commit.body import Draft, naming_lines, split_changes
from shipway.domain.commit.bots import announces_update, is_dependency_bot, is_signed_by_bot
from shipway.domain.commit.change import DEFAULT_RULES, Change, Message, Reverted, Rules
from shipway.domain.commit.header import (
    Header,
    is_merge,
    is_unfinished,
    merged_number,
    read_header,
    reverted_title,
    split_number,
)
from shipway.domain.commit.reverts import reverted
from shipway.domain.commit.shields import shields
from shipway.domain.version import SEMVER

RELEASE_AS = re.compile(rf"(?i:Release-As):[ \t]*[vV]?({SEMVER})[ \t]*$", re.ASCII)
_BLANK_LINES = re.compile(r"(?:\ufeff|[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]*\n)+")
_NOTHING = Reverted()


def read_message(text: str, rules: Rules = DEFAULT_RULES, author: str = "", sha: str = "") -> Message:
    """Read a commit message.

    Args:
        text: The message, decoded; any text at all is accepted.
        rules: What configuration says of types.
        author: Name or address of the author, to know dependency bots by.
        sha: The commit, kept in its changes.

    Returns:
        What it says. Reading takes time in proportion to its length.
    """
    title, _, body = normalise(text).partition("\n")
    title = title.rstrip()
    if is_unfinished(title):
        return Message(title)
    if (number := merged_number(title)) is not None:
        return _merged(normalise(body), _Reader(rules, author, sha, number))
    if is_merge(title):
        return Message(title, rule=9)
    return _Reader(rules, author, sha, split_number(title)[1]).read(title, body)


def normalise(text: str) -> str:
    """The message without byte order mark, leading blank lines, and carriage returns before line feeds."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    found = _BLANK_LINES.match(text)
    return text[found.end() :] if found else text


def _merged(text: str, reader: "_Reader") -> Message:
    """The pull request that GitHub's merge commit stands for (rule 9)."""
    title, _, body = text.partition("\n")
    title = title.rstrip()
    if not title or is_unfinished(title) or is_merge(title):
        return Message(title, rule=9, merge=True, pull_request=reader.number)
    message = reader.read(title, body)
    changes = tuple(one._replace(rules=(*one.rules, 9)) for one in message.changes)
    return message._replace(changes=changes, rule=message.rule if changes else 9, merge=True)


class _Reader(NamedTuple):
    """What is the same for all changes of a message."""

    rules: Rules
    author: str
    sha: str
    number: int | None

    def read(self, title: str, body: str, *, nested: bool = False) -> Message:
        """Read a title and what follows it; a nested message holds no others."""
        header = read_header(title)
        if not header and not body.strip() and not reverted_title(title):
            return Message(title, pull_request=self.number)
        if not nested and (corrected := override(body)) is not None:
            return self._nested(corrected)
        lines, blocks = (body.split("\n"), []) if nested else take_blocks(body)
        quiet = self._is_quiet(header, body)
        shield = shields(lines)
        naming = naming_lines(lines, shield, quiet=quiet)
        undone = _undone(title, header, naming)
        outer, *inner = split_changes(header, lines, shield, self.rules, quiet=quiet)
        if header is None and undone:
            outer.header = Header("revert", "", breaking=False, description=reverted_title(title) or title)
        drafts = _with_early_notes(outer, [one for one in inner if one.header != header])
        messages = [] if quiet else [self._nested(block) for block in blocks]
        changes = [self._change(one, undone if one is outer else _NOTHING) for one in drafts if one.header]
        changes += [one._replace(rules=(*one.rules, 7)) for message in messages for one in message.changes]
        forced = [_forced(naming), *(message.forced for message in messages)]
        return _message(title, changes, next(filter(None, forced), ""), self.number)

    def _nested(self, lines: Sequence[str]) -> Message:
        title, _, body = normalise("\n".join(lines)).partition("\n")
        return self.read(title.rstrip(), body, nested=True)

    def _is_quiet(self, header: Header | None, body: str) -> bool:
        if is_dependency_bot(self.author) or is_signed_by_bot(body):
            return True
        return header is not None and announces_update(header.type, header.scope, header.description)

    def _change(self, draft: Draft, undone: Reverted) -> Change:
        header = draft.header or Header("", "", breaking=False, description="")
        text = split_number(header.description)[0]
        breaking = header.breaking or bool(draft.notes)
        level, rule = self.rules.level(header.type), 3
        if breaking:
            level, rule = Level.MAJOR, 4
        elif undone and (level < Level.PATCH or header.type == "revert"):
            level, rule = Level.PATCH, 11
        return Change(
            type=header.type,
            description=text,
            level=level,
            scope=header.scope,
            breaking=breaking,
            notes=_notes(draft, text) if breaking else (),
            pull_request=self.number,
            rules=(rule, *draft.rules),
            sha=self.sha,
            reverts=undone or (Reverted(header=text) if header.type == "revert" else _NOTHING),
            footers="\n".join(draft.footers).strip(),
        )


def _message(title: str, changes: Sequence[Change], forced: str, number: int | None) -> Message:
    highest = max(changes, key=lambda one: one.level, default=None)
    rule = 12 if forced else highest.rules[0] if highest else 10
    return Message(title, tuple(changes), forced, rule, pull_request=number)


def _undone(title: str, header: Header | None, naming: Sequence[str]) -> Reverted:
    refs = header is not None and header.type == "revert"
    named = header.description if header and refs else reverted_title(title)
    return reverted(naming, split_number(named)[0], refs=refs)


def _with_early_notes(outer: Draft, inner: list[Draft]) -> list[Draft]:
    """All drafts; notes under a title that is prose belong to the first change after it."""
    if outer.header is None and outer.notes and inner:
        inner[0].notes[:0] = outer.notes
    return [outer, *inner]


def _notes(draft: Draft, description: str) -> tuple[str, ...]:
    notes = [_paragraphs(lines) for lines in draft.notes]
    return tuple(note for note in notes if note) or (description,)


def _paragraphs(lines: Sequence[str]) -> str:
    return "\n".join(line.strip() for line in lines).strip()


def _forced(naming: Sequence[str]) -> str:
    found = [match[1] for line in naming if (match := RELEASE_AS.match(line))]
    return found[-1] if found else ""
