"""Comments that nobody would write and somebody will: by chance, and the same every time."""

import random
from collections.abc import Callable, Iterator

COMMANDS = (
    "/lock staging",
    "/lock staging --reason do not use --all today",
    "/promote production --dry-run",
    '/lock staging --reason "a b" --for 2h',
    "/release minor @abcdef1",
    "/why",
    "/lokc staging",
    "/etc/hosts",
    "/cc @octocat",
)
PIECES = (
    *COMMANDS,
    "",
    "",
    "text",
    "- item",
    "1. item",
    "> quote",
    "```",
    "~~~",
    "````text",
    "    code",
    "\tcode",
    "<details>",
    "</details>",
    "<summary>x</summary>",
    "<div>",
    "</div>",
    "<!-- comment",
    "-->",
    "<!-- whole -->",
    "<sub>",
    "a <b>b",
    "</b>",
    "# heading",
    "===",
    "---",
    "***",
    "| a | b |",
    "|---|---|",
    "a | b",
    "[link",
    "](https://example.com)",
    "[^1]: note",
    "[^1]",
    "[ref]: /why",
    "[ref]:",
    "`",
    "``",
    "*",
    "**",
    "_",
    "~~",
    "~",
    "$$",
    "\\",
    "&#47;lock staging",
    "\\/lock staging",
    "![image](/x",
    "<https://example.com>",
    "<a href='",
    "'>",
    "<script>",
    "</script>",
    "<?php",
    "?>",
    "<![CDATA[",
    "]]>",
    "<pre>",
    "</pre>",
    "- [ ] task",
    "> [!NOTE]",
    "<p>",
    "<table><tr><td>",
    "</td></tr></table>",
)
ENDS = ("\n", "\n", "\n", "\n\n", "\r\n", "\r", "  \n", "\\\n")
BEFORE = (
    *("", "", "", "", " ", "   ", "    ", "\t", "> ", "- ", "  ", "1. ", "* ", "> > ", "`", "*", "<b>", "~~"),
    *("\u200b", "\\"),
)
AFTER = ("", "", "", "", " ", "`", "*", "</b>", "~~", " <!-- x -->", " [x](y)", "\\", "|", "_")
STRANGE = (
    "\u200b\u202e\u00a0\u2028\u0085\x0b\x0c\x00\ufeff\uff0f\u043e\u0430\u3164\u2014\u201c\u201d\ud83d\U0001f600"
    "*_`~[]()<>!#|\\$&;\"'@/-"
)


def _line(dice: random.Random) -> str:
    return dice.choice(BEFORE) + dice.choice(PIECES if dice.random() < 0.6 else COMMANDS) + dice.choice(AFTER)


def _mutated(dice: random.Random, text: str) -> str:
    place = dice.randrange(len(text) + 1)
    return dice.choice(
        (
            text[:place] + dice.choice(STRANGE) + text[place:],
            text[:place] + text[place + 1 :],
            text[:place] + dice.choice(COMMANDS) + text[place:],
            text[:place] + dice.choice(ENDS) + text[place:],
        )
    )


def _stacked(dice: random.Random) -> str:
    """Lines under one another."""
    return "".join(_line(dice) + dice.choice(ENDS) for _ in range(dice.randrange(1, 12)))


def _nested(dice: random.Random) -> str:
    """Quotes and lists in one another, and lines that may stand outside of them."""
    marks = "".join(dice.choice(("> ", "- ", "1. ", "  ", "    ")) for _ in range(dice.randrange(1, 40)))
    return f"{marks}{_line(dice)}{dice.choice(ENDS)}{_stacked(dice)}"


def _strange(dice: random.Random) -> str:
    text = _stacked(dice)
    for _ in range(dice.randrange(1, 8)):
        text = _mutated(dice, text)
    return text


def comments(count: int, seed: int, bodies: tuple[str, ...] = ()) -> Iterator[str]:
    """So many comments.

    Args:
        count: How many.
        seed: Which.
        bodies: Texts of others, which are changed by chance.
    """
    dice = random.Random(seed)  # noqa: S311 - the same every time

    def real(dice: random.Random) -> str:
        text = dice.choice(bodies)
        for _ in range(dice.randrange(1, 6)):
            text = _mutated(dice, text)
        return text

    makers: list[Callable[[random.Random], str]] = [_stacked, _nested, _strange, *([real] if bodies else [])]
    for _ in range(count):
        yield dice.choice(makers)(dice)


PLAIN = (
    "text",
    "",
    "# heading",
    "```\n/status\n```",
    "> quote\n",
    "- item\n",
    "| a |\n|---|\n| b |\n",
    "***",
    "*a* `b`",
)


def plain_comments(count: int, seed: int) -> Iterator[str]:
    """Comments as people write them, with commands that can be understood."""
    dice = random.Random(seed)  # noqa: S311 - the same every time
    ours = [line for line in COMMANDS if line.split()[0] in ("/lock", "/promote", "/release", "/why")]
    for _ in range(count):
        yield "\n".join(dice.choice(dice.choice((PLAIN, ours))) for _ in range(dice.randrange(1, 9)))
