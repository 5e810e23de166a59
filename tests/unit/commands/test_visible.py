"""Which lines of a comment command: what people see as a plain line, and nothing else."""

import pytest

from shipway.domain.commands.reading import Mistake, read_comment

pytestmark = pytest.mark.requirement("FACE-1", "SEC-1")


def commanded(body: str) -> list[tuple[int, str]]:
    return [(command.line, command.text) for command in read_comment(body).commands]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("/status", 1),
        ("\n\n/status\n", 3),
        ("Hello\n/status\nbye", 2),
        ("   /status", 1),
        ("Hello  \n/status  \nbye", 2),
        ("Hello\\\n/status\\\nbye", 2),
        ("Hello\r\n\r\n/status\r\n", 3),
        ("Hello\r/status", 2),
        ("# Heading\n/status", 2),
        ("```\ncode\n```\n/status", 4),
        ("> quote\n\n/status", 3),
        ("- item\n\n/status", 3),
        ("<div>\nHTML\n</div>\n\n/status", 5),
        ("<details>\n\ntext\n\n</details>\n\n/status", 7),
        ("<!-- a template's note -->\n/status", 2),
        ("a `code\nover lines` b\n/status", 3),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n\n/status", 5),
        ("use Map<String, List<T>> here\n\n/status", 3),
        ("[ref]: https://example.com\n/status", 2),
        ("***\n/status", 2),
        ("\ufeff/status", 1),
        ("[" * 101 + "\n\n/status", 3),
        ("> # heading\n\n***\n/status", 4),
        ("about 5 ~ 6 things\n/status", 2),
    ],
)
def test_lines_that_people_see(body: str, line: int) -> None:
    assert commanded(body) == [(line, "/status")]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("/lock staging --reason **both** _hands_", "/lock staging --reason both hands"),
        ("/lock `staging`", "/lock staging"),
        ("/lock staging --reason a &lt; b \\* c", "/lock staging --reason a < b * c"),
        ("/lock staging --reason see [it](https://example.com)", "/lock staging --reason see it"),
    ],
)
def test_a_line_is_read_as_it_is_shown(body: str, shown: str) -> None:
    assert commanded(body) == [(1, shown)]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("> /status", id="quote"),
        pytest.param("> quote\n/status", id="goes on with a quote"),
        pytest.param("> > quote\n> /status\n/status", id="goes on with quotes in one another"),
        pytest.param("```\n/status\n```", id="fence"),
        pytest.param("~~~\n/status", id="fence that is open"),
        pytest.param("````\n```\n/status\n````", id="fence in a fence"),
        pytest.param("    /status", id="indented"),
        pytest.param("\t/status", id="indented by a tab"),
        pytest.param("text\n\n    /status", id="indented after text"),
        pytest.param("`/status`", id="code"),
        pytest.param("`code\n/status`", id="code over lines"),
        pytest.param("`/status` x", id="code at the beginning"),
        pytest.param("/`status`", id="code in the word"),
        pytest.param("/**status**", id="emphasis in the word"),
        pytest.param("# /status", id="heading"),
        pytest.param("/status\n===", id="heading by a line below"),
        pytest.param("/status\n---", id="smaller heading by a line below"),
        pytest.param("- /status", id="list"),
        pytest.param("- item\n/status", id="goes on with a list"),
        pytest.param("1. /status", id="numbered list"),
        pytest.param("- [ ] /status", id="task"),
        pytest.param("<div>\n/status\n</div>", id="HTML"),
        pytest.param("<!--\n/status\n-->", id="comment"),
        pytest.param("<!--\n\n/status", id="comment that is open"),
        pytest.param("<details>\n\n/status\n\n</details>", id="folded away"),
        pytest.param("<details><summary>x</summary>\n\n/status\n\n</details>", id="folded away with a title"),
        pytest.param("<b>/status</b>", id="element"),
        pytest.param("[/status](https://example.com)", id="link"),
        pytest.param("[text\n/status](https://example.com)", id="link over lines"),
        pytest.param("[text]:\n/status", id="what a link's name stands for"),
        pytest.param("![text\n/status](image.png)", id="image"),
        pytest.param("**bold\n/status**", id="emphasis over lines"),
        pytest.param("| /status |\n|---|\n| /status |", id="table"),
        pytest.param("| a |\n|---|\n/status", id="row of a table"),
        pytest.param("[^1]: note\n/status\n\nx[^1]", id="footnote"),
        pytest.param("text\n[^1]: note\n/status\n\nx[^1]", id="footnote after text"),
        pytest.param("\\/status", id="escaped"),
        pytest.param("&#47;status", id="entity"),
        pytest.param("\u200b/status", id="after what cannot be seen"),
        pytest.param("text /status", id="in a line"),
        pytest.param("[" * 101 + "\n/status", id="too many brackets to look for links"),
        pytest.param("> [!NOTE]\n> /status", id="alert"),
    ],
)
def test_lines_that_never_command(body: str) -> None:
    assert not read_comment(body)


@pytest.mark.parametrize(
    ("body", "line", "hindrance"),
    [
        ("/status <!-- production -->", 1, "HTML"),
        ("text <sub>\n/status", 2, "HTML"),
        ("> a <details>\n<i>\nb\n\n/status", 5, "HTML that is not closed"),
        ("<details>\n\n/status", 3, "HTML that is not closed"),
        ("/status ![x](image.png)", 1, "An image"),
        ("~struck\n/status out~", 2, "A pair of ~"),
        ("$$\n/status\n$$", 2, "A pair of $"),
        ("heading\n:-|\n/status", 3, "A table"),
        ("text\n/status\n---|", 2, "A table"),
        ("[^1\n/status\n]", 2, "A footnote"),
        ("> > quote\n    # heading\n/status", 3, "A quote, list or footnote"),
        ("<b>" + "[" * 101 + "</b>\n\n/status", 3, "HTML that is not closed"),
        ("> # heading\n/status", 2, "A quote, list or footnote"),
        ("/lock staging --reason `a\nb`", 1, "Code over several lines"),
    ],
)
def test_lines_that_people_may_see_in_another_way(body: str, line: int, hindrance: str) -> None:
    reading = read_comment(body)
    assert reading.commands == ()
    message = (
        f"{hindrance} stands around or in the command. Write it as plain text, with an empty line before it."
    )
    assert reading.mistakes == (Mistake(line, message),)
