"""Which lines of a comment can command: those that people see as plain lines of text.

CommonMark with tables says what is quoted, code, HTML, a heading, a list or a link. What GitHub adds to it and
shows in another way (footnotes, text struck out, formulas) is kept away from, rather than read in full.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from shipway.domain.commands.elements import Element, Elements

_CANDIDATE = re.compile(r"^[ \t]*[/.]\S", re.MULTILINE)
"""What a line begins with that may command."""
_FOOTNOTE = re.compile(r"^ {0,3}\[\^[^\]\s\0]+\]:[ \t]*", re.MULTILINE)
_SPACE = re.compile(r"\s")
_LINE_END = re.compile(r"\r\n?")
_TABLE = re.compile(r"^[|: \t\v\f-]*-[|: \t\v\f-]*$", re.MULTILINE)
"""What makes a table of the line before, also where that has no bar."""
_TAG_ALONE = re.compile(r"^ *</?[A-Za-z].*>[ \t]*$", re.MULTILINE)
"""What GitHub takes for the beginning of HTML also where it still belongs to a paragraph in a quote or list."""
_PAIRS = ("~", "$")
"""Characters that GitHub takes in pairs, over line ends too: to strike out, and for formulas."""
_PLAIN = frozenset({"text", "text_special", "code_inline"})
_HOLDING = frozenset({"blockquote_open", "bullet_list_open", "ordered_list_open"})
_DEEPEST = 100
_MOST_BRACKETS = 100
"""In one paragraph: looking for links takes the square of their number."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that people see as it stands.

    Attributes:
        number: In the comment, from 1.
        text: As it is shown: without marks of emphasis, with what escapes and entities stand for.
        hindrance: What is in it, or around it, that people may not see as it is; empty for nothing.
    """

    number: int
    text: str
    hindrance: str = ""


def visible_lines(body: str) -> tuple[Line, ...]:
    """The lines of the paragraphs that stand in nothing else, as far as they begin with plain text.

    Args:
        body: Markdown, as GitHub gives it.
    """
    # A footnote holds the lines after it as a list item does, and ends a paragraph like one.
    text = _FOOTNOTE.sub("1. ", _LINE_END.sub("\n", body))
    if not _CANDIDATE.search(text):
        return ()
    lines = _Reader().lines(text)
    if "]:" not in text:
        return lines
    # What a link's name stands for is part of its paragraph, and so are the lines after it, until that ends.
    others = {line.number for line in _Reader("reference").lines(text)}
    return tuple(line for line in lines if line.number in others)


class _Reader:
    """A reader of Markdown that reads what stands in a paragraph only where it has to.

    Args:
        without: A rule to leave out.
    """

    def __init__(self, without: str = "") -> None:
        self._markdown = _markdown(without)
        self._names: dict[str, object] = {}
        self._around = Elements()

    def lines(self, text: str) -> tuple[Line, ...]:
        """The lines outside of HTML; also those in HTML that is nowhere closed, which is hardly meant so."""
        empty = [place for place, line in enumerate(text.split("\n")) if not line.strip(" \t")]
        found = [*self._found(self._markdown.parse(text, self._names), empty)]
        last = self._around.outermost
        return tuple(
            replace(line, hindrance="HTML that is not closed") if element else line
            for line, element in found
            if element is None or element is last
        )

    def _found(self, tokens: Iterable[Token], empty: Sequence[int]) -> Iterator[tuple[Line, Element | None]]:
        """Each line with the outermost element that it stands in."""
        held = 0
        for before, token in pairwise([Token("start", "", 0), *tokens]):
            if token.type == "html_block":
                self._around.take(token.content)
            elif token.type == "inline":
                children = self._children(token.content)
                if before.type == "paragraph_open" and not before.level:
                    outermost, stuck = self._around.outermost, _stuck(before, held, empty)
                    yield from ((line, outermost) for line in _paragraph(token, children, stuck))
                for html in _html(token, children, held=bool(before.level)):
                    self._around.take(html)
            elif token.type in _HOLDING and not token.level and token.map:
                held = token.map[1]

    def _children(self, content: str) -> list[Token]:
        """What stands in a paragraph; nothing where nothing in it matters, or reading it would take too long."""
        children: list[Token] = []
        if content.count("[") <= _MOST_BRACKETS:
            if "<" in content or _CANDIDATE.search(content):
                self._markdown.inline.parse(content, self._markdown, self._names, children)
        elif "<" in content:
            self._around.take("<")
        return children


def _html(token: Token, children: Sequence[Token], *, held: bool) -> Iterator[str]:
    """The HTML in a paragraph; in a quote or list also what GitHub takes for HTML from there on."""
    content = token.content
    alone = _TAG_ALONE.search(content) if held else None
    behind = alone.start() if alone else len(content)
    for run, end in _runs(children, len(content)):
        yield from (child.content for child in run if child.type == "html_inline" and end <= behind)
    yield content[behind:]


@cache
def _markdown(without: str) -> MarkdownIt:
    found = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable("table")
    found.disable([name for name in ("inline", "text_join", without) if name])
    found.inline.ruler.at("newline", _line_end)
    found.inline.ruler.before("escape", "escaped_line_end", _escaped_line_end)
    return found


def _line_end(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    """A line end that says where it stands, as code and HTML swallow others."""
    if state.src[state.pos] != "\n":
        return False
    if not silent:
        state.pending = state.pending.rstrip(" ")
        state.push("softbreak", "br", 0).meta["place"] = state.pos
    state.pos += 1
    while state.pos < state.posMax and state.src[state.pos] in " \t":
        state.pos += 1
    return True


def _escaped_line_end(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    """A line end after a backslash, which is not shown."""
    if not state.src.startswith("\\\n", state.pos):
        return False
    state.pos += 1
    return _line_end(state, silent)


def _stuck(paragraph: Token, held: int, empty: Sequence[int]) -> str:
    """What a paragraph follows without an empty line: readers of Markdown differ on whether it is part of that.

    Args:
        paragraph: Where it begins.
        held: Line behind the last quote or list; 0 where there was none.
        empty: Lines that are empty.
    """
    first = paragraph.map[0] if paragraph.map else 0
    apart = not held or bisect_left(empty, held - 1) < bisect_left(empty, first)
    return "" if apart else "A quote, list or footnote"


def _paragraph(token: Token, children: Sequence[Token], stuck: str) -> Iterator[Line]:
    """The lines of a paragraph that begin with plain text outside of everything."""
    number = token.map[0] + 1 if token.map else 1
    stretches, place = tuple(_stretches(token.content, children)), 0
    for run, end in _runs(children, len(token.content)):
        inside = token.content.count("\n", place, end)
        if _begins_plain(run):
            around = next((name for name, first, last in stretches if first <= place <= last), "")
            yield Line(number, _shown(run), stuck or around or _hindrance(run, inside))
        number += inside + 1
        place = end + 1


def _stretches(content: str, children: Sequence[Token]) -> Iterator[tuple[str, int, int]]:
    """What people may see in another way: what that is, and where lines begin that are touched by it."""
    for mark in _PAIRS:
        if mark in content:
            yield f"A pair of {mark}", content.index(mark) + 1, content.rindex(mark)
    if found := _TABLE.search(content):
        yield "A table", content.rfind("\n", 0, max(found.start() - 1, 0)) + 1, len(content)
    if "[^" in content and "]" in content:
        yield "A footnote", content.index("[^") + 1, content.rindex("]")
    place = 0
    for run, end in _runs(children, len(content)):
        if any(child.type == "html_inline" for child in run):
            yield "HTML", place, len(content)
            return
        place = end + 1


def _runs(children: Sequence[Token], length: int) -> Iterator[tuple[list[Token], int]]:
    """What stands on each line, and where the line ends."""
    run: list[Token] = []
    for child in children:
        if child.type == "softbreak":
            yield run, child.meta["place"]
            run = []
        else:
            run.append(child)
    yield run, length


def _begins_plain(run: Sequence[Token]) -> bool:
    """Whether the first word of a line is text in nothing else, written as it is shown."""
    first = run[0] if run else None
    if first is None or first.type != "text" or first.level:
        return False
    return len(run) == 1 or bool(_SPACE.search(first.content))


def _shown(run: Iterable[Token]) -> str:
    return "".join(child.content for child in run if child.type in _PLAIN)


def _hindrance(run: Iterable[Token], line_ends: int) -> str:
    """What in a line itself people see in another way."""
    if any(child.type == "image" for child in run):
        return "An image"
    return "Code over several lines" if line_ends else ""
