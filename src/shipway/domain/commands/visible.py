"""Which lines of a comment can command: those that people see as plain lines of text.

CommonMark with tables says what is quoted, code, HTML, a heading, a list or a link. What GitHub adds to it and
shows in another way (footnotes, text struck out, formulas) is kept away from, rather than read in full.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_FOOTNOTE = re.compile(r"^( {0,3})\[\^[^\]\s\0]+\]:", re.MULTILINE)
_SPACE = re.compile(r"\s")
_LINE_END = re.compile(r"\r\n?")
_PAIRS = ("~", "$")
"""Characters that GitHub takes in pairs, over line ends too: to strike out, and for formulas."""
_PLAIN = frozenset({"text", "text_special", "code_inline"})
_DEEPEST = 100


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
    text = _LINE_END.sub("\n", body)
    # A footnote holds the lines after it as a list item does, and ends a paragraph like one.
    return tuple(_lines(_reader().parse(_FOOTNOTE.sub(r"\g<1>1. ", text))))


def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable("table")
    reader.core.ruler.disable("text_join")  # so that an escaped slash stays apart from text
    reader.inline.ruler.at("newline", _line_end)
    reader.inline.ruler.before("escape", "escaped_line_end", _escaped_line_end)
    return reader


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


def _lines(tokens: Iterable[Token]) -> Iterator[Line]:
    around = _Elements()
    for before, token in pairwise([Token("start", "", 0), *tokens]):
        if token.type == "html_block":
            around.take(token.content)
        elif token.type == "inline":
            if before.type == "paragraph_open" and not before.level and not around.open:
                yield from _paragraph(token)
            for child in token.children or ():
                if child.type == "html_inline":
                    around.take(child.content)
        elif token.tag in _CONTAINERS:
            around.enter() if token.nesting > 0 else around.leave()


def _paragraph(token: Token) -> Iterator[Line]:
    """The lines of a paragraph that begin with plain text outside of everything."""
    number = token.map[0] + 1 if token.map else 1
    place, html = 0, False
    for run, end in _runs(token):
        html = html or any(child.type == "html_inline" for child in run)
        if _begins_plain(run):
            yield Line(number, _shown(run), _hindrance(run, token.content, place, html=html))
        number += token.content.count("\n", place, end + 1)
        place = end + 1


def _runs(token: Token) -> Iterator[tuple[list[Token], int]]:
    """What stands on each line, and where the line ends."""
    run: list[Token] = []
    for child in token.children or ():
        if child.type == "softbreak":
            yield run, child.meta["place"]
            run = []
        else:
            run.append(child)
    yield run, len(token.content)


def _begins_plain(run: Sequence[Token]) -> bool:
    """Whether the first word of a line is text in nothing else, written as it is shown."""
    first = run[0] if run else None
    if first is None or first.type != "text" or first.level:
        return False
    return len(run) == 1 or bool(_SPACE.search(first.content))


def _shown(run: Iterable[Token]) -> str:
    return "".join(child.content for child in run if child.type in _PLAIN)


def _hindrance(run: Iterable[Token], content: str, place: int, *, html: bool) -> str:
    """What may make that people do not see a line as it is, in its paragraph up to there, or in itself."""
    if html:
        return "HTML"
    if any(child.type == "image" for child in run):
        return "an image"
    pair = next((mark for mark in _PAIRS if 0 <= content.find(mark) < place <= content.rfind(mark)), "")
    return f"a pair of {pair}" if pair else ""


_CONTAINERS = frozenset({"blockquote", "li", "th", "td"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
_CLOSED_BY_OTHERS = frozenset(
    {"dd", "dt", "li", "option", "rp", "rt", "tbody", "td", "tfoot", "th", "thead", "tr"}
)
_CLOSED_FROM_INSIDE_ONLY = frozenset({"caption", "math", "object", "svg", "table", "td", "template", "th"})


class _Elements(HTMLParser):
    """The HTML elements that are open, in which what follows stands.

    Attributes:
        open: Their names. One that does not end well is open for good.
    """

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self._depths: list[int] = []

    def take(self, html: str) -> None:
        """Read a piece of HTML."""
        try:
            self.feed(html)
        except AssertionError:  # what the parser says of some declarations that are none
            self.open.append("!")
        if self.rawdata:
            self.open.append("<")

    def enter(self) -> None:
        """Go into a container of Markdown."""
        self._depths.append(len(self.open))

    def leave(self) -> None:
        """Leave it; most of what was left open in it ends."""
        depth = self._depths.pop()
        if not _CLOSED_FROM_INSIDE_ONLY.intersection(self.open[depth:]):
            del self.open[depth:]

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - HTMLParser's signature
        """Open an element; a paragraph ends by itself when the next one begins."""
        if tag not in _VOID and tag != "p":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """Open one that says it is empty, as browsers do."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Close an element, if nothing stands between that has to be closed first."""
        depth = len(self.open)
        while depth and self.open[depth - 1] != tag:
            if self.open[depth - 1] not in _CLOSED_BY_OTHERS:
                return
            depth -= 1
        if depth:
            del self.open[depth - 1 :]
