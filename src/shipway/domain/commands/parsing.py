"""A line of text into one typed command."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shipway.domain.bump import REQUESTS
from shipway.domain.commands.nearness import mistyped, nearest_word
from shipway.domain.commands.spec import Kind, Part, Spec
from shipway.domain.commands.table import TABLE
from shipway.domain.commands.typed import Command
from shipway.domain.commands.words import SHA, Unclear, Words, words_of
from shipway.domain.delivery.order import called
from shipway.domain.span import parse_span
from shipway.domain.version import parse_version
from shipway.errors import UsageError

_NAME = re.compile(r"[^\s/]+")
COMMIT = re.compile(r"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?")
"""The whole name of one."""
_VERSION = re.compile(r"[vV]?[0-9]+\.[0-9].*")
_INTO = ("in", "into", "to")


@dataclass(frozen=True, slots=True)
class Names:
    """What there is, as far as it is known; nothing where it is not.

    Attributes:
        environments: A word that is none of them is refused, with the one that was probably meant.
        gates: Likewise.
    """

    environments: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()


def parse(text: str, names: Names = Names(), line: int = 1) -> Command | None:
    """The command of one line as people see it.

    Args:
        text: The line, which begins with a slash if it is a command.
        names: What there is.
        line: Where it stands.

    Returns:
        The command; None for a line that is not ours.

    Raises:
        Unclear: It is ours, or nearly, and cannot be understood.
    """
    text = text.strip()
    spec = _spec(text)
    if spec is None:
        return None
    words = words_of(text[1 + len(spec.name) :], spec)
    values = _values(spec, words, names)
    return spec.record(**values, line=line, text=text)


def _spec(text: str) -> Spec | None:
    """The command that a line begins with."""
    name = text[1:].split(maxsplit=1)[0] if text.startswith("/") and text[1:2].strip() else ""
    if not _NAME.fullmatch(name):
        return None
    if name.isascii() and name.lower() in TABLE:
        return TABLE[name.lower()]
    meant = mistyped(name.lower(), TABLE)
    if meant:
        raise Unclear(f"There is no command /{name}.", f"/{meant}")
    return None


def _values(spec: Spec, words: Words, names: Names) -> dict[str, Any]:
    """Field → value of everything that was said."""
    sha, plain = _bound(words.plain)
    values: dict[str, Any] = {"sha": sha} if sha else {}
    for part, word in _placed(spec, plain, names):
        values[part.field] = _checked(part, word, names)
    for flag, given in words.given.items():
        part = spec.flags[flag]
        if part.field in values:
            place = next(one.name for one in spec.arguments if one.field == part.field)
            raise Unclear(f"{place} is said twice, by its place and by {flag}.")
        pieces = (one for text in given for one in (text.split(",") if part.kind == "commit" else [text]))
        checked = [_checked(part, one, names) for one in pieces]
        values[part.field] = tuple(checked) if part.many else checked[0] if checked else True
    _complete(spec, values)
    return values


def _bound(plain: list[str]) -> tuple[str, list[str]]:
    """The commit that the line is bound to, and the other words."""
    bound = [word for word in plain if word.startswith("@")]
    wrong = [word for word in bound if not SHA.fullmatch(word)]
    if wrong:
        raise Unclear(f"{wrong[0]} is no commit: that is @ and 7 to 40 hexadecimal digits.")
    if len(bound) > 1:
        raise Unclear("It is bound to two commits.")
    return bound[0][1:].lower() if bound else "", [word for word in plain if word not in bound]


def _placed(spec: Spec, plain: list[str], names: Names) -> list[tuple[Part, str]]:
    """Each word with the argument that it is."""
    free = list(spec.arguments)
    found: list[tuple[Part, str]] = []
    rest = list(plain)
    while rest:
        word = rest.pop(0)
        where = next((part for part in free if part.kind == "environment"), None)
        if word in _INTO and rest and where:
            part: Part | None = where
            word = rest.pop(0)
        else:
            part = next((part for part in free if _fits(part.kind, word, rest, names)), None)
        if part is None:
            raise Unclear(f"{word!r} is one word too many: /{spec.usage}")
        free.remove(part)
        found.append((part, word))
    return found


def _fits(kind: Kind, word: str, rest: list[str], names: Names) -> bool:
    """Whether a word can be an argument of this kind, as far as it looks."""
    environment = bool(called(names.environments, word))
    if kind == "version":
        return bool(_VERSION.fullmatch(word)) and not environment
    if kind == "environment":
        return environment or not _VERSION.fullmatch(word)
    if kind == "ref":
        other = any(not _VERSION.fullmatch(one) for one in rest)
        return bool(_VERSION.fullmatch(word) or COMMIT.fullmatch(word)) or other
    return True


def _complete(spec: Spec, values: Mapping[str, Any]) -> None:
    """Refuse a line that lacks what the command is nothing without."""
    for part in spec.parts:
        if part.needed and part.field not in values:
            hint = _in_reason(part, values)
            raise Unclear(f"`{spec.name}` needs {part.name}{hint}: /{spec.usage}")
    if spec.either and sum(field in values for field in spec.either) != 1:
        shown = " or ".join(part.name for part in spec.parts if part.field in spec.either)
        raise Unclear(f"`{spec.name}` needs {shown}, one of them: /{spec.usage}")


def _in_reason(part: Part, values: Mapping[str, Any]) -> str:
    if part.name not in str(values.get("reason", "")).split():
        return ""
    return ", which is only a word in the reason; put it before --reason, or the reason in quotes"


def _checked(part: Part, word: str, names: Names) -> Any:
    if part.choices and word not in part.choices:
        message = f"{part.name} cannot be {word!r}; it is {', '.join(part.choices)}."
        raise Unclear(message, nearest_word(word, part.choices))
    check = _CHECKS.get(part.kind)
    return check(word, names) if check else word


def checked_environment(word: str, names: Names) -> str:
    """The environment that a word names, as it is called.

    Raises:
        Unclear: There is none of that name.
    """
    found = called(names.environments, word)
    if found or not names.environments:
        return found or word
    known = ", ".join(names.environments)
    lower = {name.lower(): name for name in names.environments}
    meant = lower.get(nearest_word(word.lower(), lower), "")
    raise Unclear(f"There is no environment {word!r}. There are {known}.", meant)


def _gate(word: str, names: Names) -> str:
    if word in names.gates or not names.gates:
        return word
    raise Unclear(
        f"There is no gate {word!r}. There are {', '.join(names.gates)}.", nearest_word(word, names.gates)
    )


def _version(word: str, _names: Names) -> str:
    text = word[1:] if word[:1] in ("v", "V") else word
    try:
        parse_version(text)
    except UsageError as problem:
        raise Unclear(str(problem)) from problem
    return text


def _request(word: str, names: Names) -> str:
    if word.lower() in REQUESTS:
        return word.lower()
    if word.isalpha():
        message = f"VERSION cannot be {word!r}; it is a version, or {', '.join(REQUESTS)}."
        raise Unclear(message, nearest_word(word.lower(), REQUESTS))
    return _version(word, names)


def _span(word: str, _names: Names) -> str:
    try:
        parse_span(word)
    except ValueError as problem:
        raise Unclear(f"{problem}.") from problem
    return word


def _number(word: str, _names: Names) -> int:
    if not re.fullmatch(r"#?[1-9][0-9]{0,8}", word, re.ASCII):
        raise Unclear(f"{word!r} is no number of a pull request.")
    return int(word.removeprefix("#"))


def _commit(word: str, _names: Names) -> str:
    commit = word.strip()
    if not COMMIT.fullmatch(commit):
        raise Unclear(f"{commit!r} is no whole commit: that is 40 or 64 hexadecimal digits.")
    return commit.lower()


def _command(word: str, _names: Names) -> str:
    name = word.removeprefix("/").lower()
    if name in TABLE:
        return name
    raise Unclear(f"There is no command {word!r}. There are {', '.join(TABLE)}.", nearest_word(name, TABLE))


_CHECKS: Mapping[Kind, Callable[[str, Names], Any]] = {
    "environment": checked_environment,
    "gate": _gate,
    "version": _version,
    "request": _request,
    "span": _span,
    "number": _number,
    "commit": _commit,
    "command": _command,
}
