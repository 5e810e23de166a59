"""A line of a command into its words and flags."""

import re
import unicodedata
from dataclasses import dataclass, field

from shipway.domain.commands.nearness import nearest_word
from shipway.domain.commands.spec import Part, Spec
from shipway.domain.delivery.reason import reason_of
from shipway.errors import UsageError

_QUOTES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019"}
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212\uff0d"
_SPACES = re.compile(r"\s*")
_WORD = re.compile(r"\S+")
_FLAG = re.compile(rf"([{_DASHES}][^\s=]+)(=?)")
SHA = re.compile(r"@([0-9a-fA-F]{7,40})")
"""What binds a command to a commit."""
_AFTER_QUOTES = re.compile(rf"\s*$|\s+--|\s+{SHA.pattern}(?:\s|$)")
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Characters that take part in words and show nothing."""


class Unclear(Exception):
    """A line that cannot be understood.

    Args:
        message: What is wrong, as one or two sentences.
        meant: What was probably meant; empty where nobody can tell.
    """

    def __init__(self, message: str, meant: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.meant = meant


@dataclass(slots=True)
class Words:
    """What a line says after the name of its command.

    Attributes:
        plain: Words that are known by their place.
        given: Flag → its values; of a switch nothing.
    """

    plain: list[str] = field(default_factory=list)
    given: dict[str, list[str]] = field(default_factory=dict)


def words_of(text: str, spec: Spec) -> Words:
    """Read a line.

    Values with spaces stand in quotes. A reason without quotes is the rest of the line, whatever stands in it.

    Args:
        text: What follows the name of the command.
        spec: The command.

    Raises:
        Unclear: A flag that there is not, that stands there twice, or that lacks its value; an open quote.
    """
    words, place = Words(), _after_spaces(text, 0)
    while place < len(text):
        found = _FLAG.match(text, place)
        if found:
            place = _flag(text, found, spec, words)
        else:
            word, place = _value(text, place)
            words.plain.append(seen(word))
        place = _after_spaces(text, place)
    return words


def _after_spaces(text: str, place: int) -> int:
    found = _SPACES.match(text, place)
    return found.end() if found else place


def _flag(text: str, found: re.Match[str], spec: Spec, words: Words) -> int:
    """Take one flag and its value; where it ends."""
    part = _known(seen(found[1]), spec)
    if part.name in words.given and not part.many:
        raise Unclear(f"{part.name} stands there twice.")
    values = words.given.setdefault(part.name, [])
    place = found.end()
    if part.kind == "switch":
        if found[2]:
            raise Unclear(f"{part.name} takes no value.", part.name)
        return place
    start = place if found[2] else _after_spaces(text, place)
    value, end = _reason(text, start, spec) if part.rest else _value(text, start)
    if not value or (value.startswith("--") and not part.rest):
        raise Unclear(f"{part.name} needs a value: {part.name} {part.metavar}.")
    values.append(value if part.rest else seen(value))
    return end


def _known(name: str, spec: Spec) -> Part:
    if name in spec.flags:
        return spec.flags[name]
    flags = ", ".join(spec.flags) or "none"
    meant = nearest_word(f"--{name.lstrip(_DASHES).lower()}", spec.flags)
    raise Unclear(f"`{spec.name}` has no option {name}; it has {flags}.", meant)


def _value(text: str, place: int) -> tuple[str, int]:
    """A word, or what stands in quotes, and where it ends."""
    closing = _QUOTES.get(text[place : place + 1])
    if closing:
        end = text.find(closing, place + 1)
        if end < 0:
            raise Unclear(f"The quotation mark {text[place]} is not closed.")
        return text[place + 1 : end], end + 1
    found = _WORD.match(text, place)
    return (found[0], found.end()) if found else ("", place)


def _reason(text: str, place: int, spec: Spec) -> tuple[str, int]:
    """The rest of the line; what stands in quotes if nothing, a flag or a commit comes after them.

    Nobody loses a dry run or a commit by writing it last: that is refused.
    """
    closing = _QUOTES.get(text[place : place + 1])
    end = text.find(closing, place + 1) if closing else -1
    if end >= 0 and _AFTER_QUOTES.match(text, end + 1):
        return _as_reason(text[place + 1 : end], spec), end + 1
    rest = text[place:]
    last = "".join(rest.split()[-1:])
    if last == "--dry-run" or SHA.fullmatch(last):
        raise Unclear(
            f"{last} is only a word at the end of a reason. Put it before --reason, or the reason in quotes.",
            last,
        )
    return _as_reason(rest, spec), len(text)


def _as_reason(text: str, spec: Spec) -> str:
    try:
        return reason_of(text, f"/{spec.name} … --reason TEXT")
    except UsageError as problem:
        raise Unclear(problem.message) from problem


def seen(word: str) -> str:
    """The word.

    Raises:
        Unclear: It holds a character that nobody sees.
    """
    for character in word:
        if not _visible(character):
            raise Unclear(f"It holds a character that cannot be seen, U+{ord(character):04X}. Type it anew.")
    return word


def _visible(character: str) -> bool:
    if character in _BLANK or "\ufe00" <= character <= "\ufe0f":
        return False
    return character.isprintable() or unicodedata.category(character) == "Zs" or character == "\t"
