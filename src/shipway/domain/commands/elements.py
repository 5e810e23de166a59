"""Which elements of HTML are open at a place of a comment."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

_CLOSED_BY_OTHERS = frozenset({"dd", "dt", "li", "rp", "rt", "tbody", "td", "tfoot", "th", "thead", "tr"})
_SHOWN_IN_OWN_WAY = re.compile(
    r"a|abbr|b|bdo|blockquote|caption|cite|code|del|details|dfn|div|dl|em|figcaption|figure|h1|h2|h3|h4|h5|h6|"
    r"h7|h8|i|ins|kbd|mark|math|noscript|ol|picture|pre|q|ruby|s|samp|select|small|span|strike|strong|sub|"
    r"summary|sup|svg|table|template|time|tt|ul|var|video"
)
"""Elements that GitHub shows in their own way, or not at all. It takes others away and leaves what is in them."""


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """An element that is open; one without a name ends nowhere."""

    name: str = ""


class Elements(HTMLParser):
    """Takes pieces of HTML in the order of a comment, and knows what is open after them."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[Element] = []

    @property
    def outermost(self) -> Element | None:
        """The first of them; None outside of all."""
        return self._open[0] if self._open else None

    def take(self, html: str) -> None:
        """Read a piece of HTML."""
        try:
            self.feed(html)
        except AssertionError:  # what the parser says of some declarations that are none
            self._open.append(Element())
        if self.rawdata:
            self._open.append(Element())

    def set_cdata_mode(self, elem: str, *, escapable: bool = False) -> None:
        """Read on inside of scripts and the like: GitHub shows their tags as text, and obeys those within."""

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - HTMLParser's signature
        """Open an element."""
        if tag in _CLOSED_BY_OTHERS or _SHOWN_IN_OWN_WAY.fullmatch(tag):
            self._open.append(Element(tag))

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """Open one that says it is empty, as browsers do."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Close an element, if nothing stands between that has to be closed first."""
        depth = len(self._open)
        while depth and self._open[depth - 1].name != tag:
            if self._open[depth - 1].name not in _CLOSED_BY_OTHERS:
                return
            depth -= 1
        if depth:
            del self._open[depth - 1 :]
