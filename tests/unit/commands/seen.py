"""What people see of a comment, by GitHub's own reader of Markdown: the second opinion of the parser's tests."""

from contextlib import suppress
from html.parser import HTMLParser

from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options

_GITHUB = Options.CMARK_OPT_FOOTNOTES | Options.CMARK_OPT_HARDBREAKS | Options.CMARK_OPT_UNSAFE
_KEPT = frozenset(
    {
        *(
            "a",
            "b",
            "blockquote",
            "code",
            "del",
            "details",
            "div",
            "em",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "i",
            "li",
        ),
        *(
            "ol",
            "p",
            "pre",
            "section",
            "strong",
            "sub",
            "summary",
            "sup",
            "table",
            "tbody",
            "td",
            "th",
            "thead",
            "tr",
        ),
        "ul",
    }
)
"""Elements of the comments of these tests that GitHub keeps; it takes others away and leaves what is in them."""
_BLOCKS = frozenset({"blockquote", "details", "div", "h1", "h2", "ol", "p", "pre", "section", "table", "ul"})


class _Page(HTMLParser):
    """Collects the lines of paragraphs that stand in nothing else.

    Attributes:
        lines: Text of each line, with whether its first word stands in nothing but the paragraph.
    """

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.lines: list[tuple[str, bool]] = []
        self.text: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "br":
            self._end_line()
        elif tag in _KEPT:
            if tag in _BLOCKS and self.open[-1:] == ["p"]:
                self.open.pop()
            if tag == "p":
                self.text = []
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open == ["p"]:
            self._end_line()
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self.open[:1] == ["p"]:
            self.text.append((data, self.open == ["p"]))

    def _end_line(self) -> None:
        text = "".join(data for data, _ in self.text)
        first = "".join(data for data, alone in self.text[:1] if alone).split(maxsplit=1)
        if text.strip():
            self.lines.append((text.strip(), bool(first) and text.split(maxsplit=1)[0] == first[0]))
        self.text = []


def plain_lines(body: str) -> list[str]:
    """The lines of a comment that a person sees as plain text, as far as their first word goes."""
    page = _Page()
    whole = body.encode("utf-8", "replace").decode()
    with suppress(AssertionError):  # of a declaration that is none: browsers show nothing after it
        page.feed(github_flavored_markdown_to_html(whole, options=_GITHUB))
    return [text for text, plain in page.lines if plain]
